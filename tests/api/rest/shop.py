"""A shop as the tests of the REST routes want it: series, cards and receipts of their own in one call each."""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple  # Any: JSON bodies are free in their values
from uuid import uuid4

import asyncpg
from httpx import AsyncClient, Response

from tests.conftest import Caller
from tests.factories import make_calculation, make_line, make_receipt, make_return

_counter = itertools.count(1)


def new_uid() -> str:
    """Give a UUID of the caller's own."""
    return str(uuid4())


def new_code(word: str = "S") -> str:
    """Give a code that no other test uses."""
    return f"{word}{next(_counter)}"


class ShopCard(NamedTuple):
    """A card that a test made."""

    id: int
    number: str
    series: str

    @property
    def ref(self) -> dict[str, str]:
        """Name it in a body."""
        return {"number": self.number}


class Shop:
    """Calls the API as the administrator, and looks into its database with plain SQL."""

    def __init__(self, caller: Caller, admin: AsyncClient, url: str) -> None:
        self.caller = caller
        self.admin = admin
        self.url = url

    async def put_series(self, code: str | None = None, **settings: Any) -> str:
        """Make or replace a series, with a number template of its own unless one is given."""
        code = code or new_code()
        body = {"name": code, "kind": "discount", "number_template": f"{code}N%06", **settings}
        answer = await self.admin.put(f"/v1/series/{code}", json=body)
        assert answer.status_code in {200, 201}, answer.text
        return code

    async def make_card(self, series: str | None = None, *, number: str | None = None, **settings: Any) -> ShopCard:
        """Make a card, in a series of its own with these settings unless one is given."""
        code = series or await self.put_series(**settings)
        asked = {"count": 1} if number is None else {"number": number}
        answer = await self.admin.post(f"/v1/series/{code}/cards", json=asked)
        assert answer.status_code == 201, answer.text
        made = answer.json()["cards"][0]
        return ShopCard(made["card_id"], made["number"], code)

    async def make_credit_card(self, balance: str = "0.00", **settings: Any) -> ShopCard:
        """Make a credit card with money on it."""
        card = await self.make_card(**({"kind": "credit"} | settings))
        if balance != "0.00":
            await self.top_up(card, balance)
        return card

    async def top_up(self, card: ShopCard, amount: str) -> None:
        """Put money on a card."""
        body = {"amount": amount, "operation_uid": new_uid()}
        answer = await self.admin.post(f"/v1/cards/{card.id}/top-up", json=body)
        assert answer.status_code == 201, answer.text

    async def act(self, card: ShopCard, act: str, **body: Any) -> Response:
        """Do a single act to a card."""
        return await self.admin.post(f"/v1/cards/{card.id}/{act}", json=body)

    async def put_list(self, *, rank: int = 0, **prices: str) -> str:
        """Make a price list with quotations by article."""
        code = new_code("L")
        quotations = [{"sku": sku, "price": price} for sku, price in prices.items()]
        body = {"name": code, "rank": rank, "quotations": quotations}
        answer = await self.admin.put(f"/v1/price-lists/{code}", json=body)
        assert answer.status_code == 201, answer.text
        return code

    async def post(self, receipt: dict[str, Any]) -> Response:
        """Post a receipt."""
        return await self.admin.post("/v1/receipts", json=receipt)

    async def sell(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Post a sale that must be taken; gives its body."""
        receipt = make_receipt(*lines, **more)
        answer = await self.post(receipt)
        assert answer.status_code == 201, answer.text
        return receipt

    async def give_back(self, sale: dict[str, Any], *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Post a return that must be taken; gives its body."""
        receipt = make_return(sale, *lines, **more)
        answer = await self.post(receipt)
        assert answer.status_code == 201, answer.text
        return receipt

    async def void(self, receipt: dict[str, Any], void_uid: str | None = None) -> Response:
        """Void a receipt."""
        body = {"void_uid": void_uid or new_uid(), "reason": "typed wrong"}
        return await self.admin.post(f"/v1/receipts/{receipt['receipt_uid']}/void", json=body)

    async def calculate(self, *lines: dict[str, Any], card: ShopCard | None = None, **more: Any) -> dict[str, Any]:
        """Price a receipt that must be priced; gives the answer."""
        body = make_calculation(*lines, card=None if card is None else card.ref, **more)
        answer = await self.admin.post("/v1/receipts/calculate", json=body)
        assert answer.status_code == 200, answer.text
        priced: dict[str, Any] = answer.json()
        return priced

    async def look_up(self, card: ShopCard) -> dict[str, Any]:
        """Look a card up that must be there."""
        answer = await self.admin.post("/v1/cards/lookup", json={"number": card.number})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def figures(self, card: ShopCard) -> tuple[str, int, str]:
        """Give a card's turnover, purchases and balance."""
        found = await self.look_up(card)
        return found["turnover"], found["purchases"], found["balance"]

    async def read_state(self, receipt: dict[str, Any]) -> tuple[str, list[str]]:
        """Give the state and flags of a kept receipt."""
        answer = await self.admin.get(f"/v1/receipts/{receipt['receipt_uid']}")
        assert answer.status_code == 200, answer.text
        kept = answer.json()
        return kept["state"], kept["flags"]

    async def sql(self, query: str, *values: object) -> Sequence[asyncpg.Record]:
        """Ask the database with plain SQL."""
        connection = await asyncpg.connect(self.url)
        try:
            rows: Sequence[asyncpg.Record] = await connection.fetch(query, *values)
            return rows
        finally:
            await connection.close()


def paid_by(card: ShopCard, amount: str, **others: str) -> list[dict[str, Any]]:
    """Make payments: by card, and the rest by other means."""
    payments: list[dict[str, Any]] = [{"kind": "card", "amount": amount, "card": card.ref}]
    return payments + [{"kind": kind, "amount": rest} for kind, rest in others.items()]


def refusal(answer: Response) -> tuple[int, str]:
    """Give the status and code of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    return answer.status_code, problem["code"]


__all__ = [
    "Shop",
    "ShopCard",
    "make_calculation",
    "make_line",
    "make_receipt",
    "make_return",
    "new_code",
    "new_uid",
    "paid_by",
    "refusal",
]
