"""A small invented shop, put in through the API as a real one would: series, cards, a price list, a year of receipts.

The shop, its goods and its customers are made up.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any  # JSON bodies are free in their values
from uuid import UUID, uuid4

import httpx
from msgspec import Struct

from crm.attributes.examples import DIRECTORY, EXAMPLES
from loyalty.money import PRICE, QUANTITY, line_gross, percent_of, share

STORE, TILL = "0001", "1"
CARDS_PER_SERIES = 30
RECEIPTS = 900
DAYS = 365
BATCH = 300
_SEED = 2026

GOODS = (
    ("4100", "Oat milk 1 l", "2.10"),
    ("4101", "Butter 250 g", "3.45"),
    ("4102", "Rye bread 800 g", "2.90"),
    ("4103", "Goat cheese, weighed", "24.90"),
    ("4104", "Olive oil 500 ml", "9.80"),
    ("4105", "Ground coffee 500 g", "8.60"),
    ("4106", "Dark chocolate 100 g", "2.35"),
    ("4107", "Apples, weighed", "2.20"),
)
SERIES: dict[str, dict[str, Any]] = {
    "SILVER": {"name": "Silver", "kind": "discount", "number_template": "2901%08^", "discount_percent": "5.00"},
    "GOLD": {
        "name": "Gold",
        "kind": "discount",
        "number_template": "2902%08^",
        "discount_percent": "10.00",
        "price_lists": ["COFFEE"],
        "percent_without_quotation": True,
    },
    "PURSE": {"name": "Purse", "kind": "credit", "number_template": "990077%07!", "credit_limit": "20.00"},
}
PREFIXES = ("2901", "2902", "990077")


class Shop(Struct, frozen=True):
    """What the story needs of the shop: a gold card and a purse of its cards."""

    gold: str
    purse: str
    cards: int
    receipts: int


def fill_shop(http: httpx.Client, *, now: datetime) -> Shop:
    """Fill an empty installation."""
    for one in EXAMPLES:
        definition = {"code": one.code, "kind": one.kind, "names": one.names, "refers_to": one.refers_to}
        _ok(http.post("/v1/attributes", json={"directory": DIRECTORY, **definition}))
    coffee = {"name": "Coffee for gold", "rank": 1, "quotations": [{"sku": "4105", "price": "7.20"}]}
    _ok(http.put("/v1/price-lists/COFFEE", json=coffee))
    cards: dict[str, list[dict[str, Any]]] = {}
    for code, series in SERIES.items():
        _ok(http.put(f"/v1/series/{code}", json=series))
        cards[code] = _ok(http.post(f"/v1/series/{code}/cards", json={"count": CARDS_PER_SERIES}))["cards"]
    for card in cards["PURSE"]:
        top_up = {"amount": "60.00", "operation_uid": str(uuid4())}
        _ok(http.post(f"/v1/cards/{card['card_id']}/top-up", json=top_up))
    receipts = list(_past_receipts(cards, now))
    for start in range(0, len(receipts), BATCH):
        answer = _ok(http.post("/v1/receipts/batch", json={"receipts": receipts[start : start + BATCH]}))
        assert all(result["status"] == httpx.codes.CREATED for result in answer["results"]), "the shop is in order"
    _ok(http.post(f"/v1/cards/{cards['SILVER'][-1]['card_id']}/block", json={"reason": "the holder phoned: lost"}))
    shown = cards["GOLD"][0]["number"], cards["PURSE"][0]["number"]
    return Shop(*shown, cards=len(SERIES) * CARDS_PER_SERIES, receipts=len(receipts))


def _ok(response: httpx.Response) -> dict[str, Any]:
    assert response.is_success, f"{response.request.url.path}: {response.status_code} {response.text}"
    answer: dict[str, Any] = response.json()
    return answer


def _past_receipts(cards: dict[str, list[dict[str, Any]]], now: datetime) -> list[dict[str, Any]]:
    """Invent a year of receipts, always the same ones but for the days; a tenth of them without a card."""
    chance = random.Random(_SEED)  # noqa: S311 # an invented shop, no secrets
    holders = [(code, card["number"]) for code in ("SILVER", "GOLD") for card in cards[code]]
    receipts = []
    for number in range(RECEIPTS):
        closed = now - timedelta(days=DAYS * (1 - number / RECEIPTS), minutes=chance.randrange(600))
        code, card = chance.choice(holders[: 1 + number * len(holders) // RECEIPTS])
        shown = None if chance.randrange(10) == 0 else card
        percent = 0 if shown is None else {"SILVER": 50_000, "GOLD": 100_000}[code]
        goods = chance.sample([item for item in GOODS if item[0] != "4105"], chance.randint(1, 5))
        receipts.append(_past_receipt(number, closed, shown, percent, goods, chance))
    return receipts


def _past_receipt(
    number: int,
    closed: datetime,
    card: str | None,
    percent: int,
    goods: list[tuple[str, str, str]],
    chance: random.Random,
) -> dict[str, Any]:
    quantities = [
        f"{chance.randint(200, 1800) / 1000:.3f}" if "weighed" in name else str(chance.randint(1, 3))
        for _, name, _ in goods
    ]
    grosses = [
        line_gross(QUANTITY.parse(q), PRICE.parse(item[2]), 2) for q, item in zip(quantities, goods, strict=True)
    ]
    discounts = share(percent_of(sum(grosses), percent), grosses)
    lines = [
        {
            "line": place,
            "sku": sku,
            "name": name,
            "quantity": quantity,
            "price": price,
            "discount": _money(off),
            "net": _money(gross - off),
        }
        for place, ((sku, name, price), quantity, gross, off) in enumerate(
            zip(goods, quantities, grosses, discounts, strict=True), 1
        )
    ]
    total = _money(sum(grosses) - sum(discounts))
    return {
        "receipt_uid": str(UUID(int=chance.getrandbits(128), version=4)),
        "kind": "sale",
        "store": STORE,
        "till": TILL,
        "shift": 1 + number // 30,
        "number": str(number + 1),
        "business_date": closed.date().isoformat(),
        "closed_at": closed.astimezone(UTC).isoformat(),
        "cashier": "Nora",
        "card": None if card is None else {"number": card, "entry": "scanned"},
        "lines": lines,
        "payments": [{"kind": chance.choice(["cash", "bank_card"]), "amount": total}],
        "total": total,
    }


def _money(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"
