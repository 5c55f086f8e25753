"""The story that the demonstration tells: a till's day in a dozen lines, each of which really happened."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any  # JSON bodies are free in their values
from uuid import uuid4

import httpx

from api.demo.shop import STORE, TILL, Shop
from devices.simulator import SimulatedReader

EVENT_SECONDS = 20
BANK_CARD = "4111111111111111"  # the industry's published test number
Tell = Callable[[str], None]


class Cashier:
    """A cash register program: it knows the till agent's address and token, and nothing of the server."""

    def __init__(self, http: httpx.Client, events: Iterator[dict[str, Any]], tell: Tell) -> None:
        self.http = http
        self.events = events
        self.tell = tell
        self._number = 9_000

    def call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call the agent; the demonstration ends with its answer where that is a refusal."""
        answer = self.http.post(path, json=body)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def hear(self, kind: str) -> dict[str, Any]:
        """Wait for the next event of a kind."""
        return next(event for event in self.events if event["kind"] == kind)

    def price(self, card: str | None, lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        """Have a receipt priced."""
        shown = None if card is None else {"number": card}
        body = {"receipt_uid": str(uuid4()), "store": STORE, "till": TILL, "at": _now(), "card": shown, "lines": lines}
        return self.call("/v1/receipts/calculate", body | more)

    def receipt(
        self, priced: dict[str, Any], lines: list[dict[str, Any]], payments: list[dict[str, Any]], **more: Any
    ) -> dict[str, Any]:
        """Make the closed receipt of a priced one."""
        self._number += 1
        sold = [
            line | {"discount": found["discount"], "net": found["net"]}
            for line, found in zip(lines, priced["lines"], strict=True)
        ]
        body = {
            "receipt_uid": str(uuid4()),
            "kind": "sale",
            "store": STORE,
            "till": TILL,
            "shift": int(datetime.now(UTC).timestamp()) % 1_000_000_000,
            "number": str(self._number),
            "business_date": _now()[:10],
            "closed_at": _now(),
            "cashier": "Nora",
            "lines": sold,
            "payments": payments,
            "total": priced["total"],
        }
        return body | more


def _now() -> str:
    return datetime.now(UTC).isoformat()


def read_events(stream: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Read the agent's server-sent events."""
    kind = ""
    for line in stream:
        if line.startswith("event:"):
            kind = line.removeprefix("event:").strip()
        elif line.startswith("data:") and kind:
            yield json.loads(line.removeprefix("data:")) | {"kind": kind}


def tell_story(cashier: Cashier, shop: Shop, scanner: SimulatedReader, stripe: SimulatedReader) -> None:
    """Live through a till's day and tell it."""
    tell = cashier.tell
    tell(f"The shop has {shop.cards} cards in three series and {shop.receipts} receipts of the past year.")
    sale = _sell_with_discount(cashier, shop, scanner)
    paid = _pay_from_card(cashier, stripe, shop)
    _give_back(cashier, paid)
    again = cashier.call("/v1/receipts", sale)
    tell(
        f"The first receipt is sent again, as after a lost answer: counted once, turnover {again['card']['turnover']}."
    )
    stripe.swipe(track2=f"{BANK_CARD}=30122010000000000")
    refused = cashier.hear("card-refused")
    tell(
        f"Somebody swipes a bank card ({refused.get('masked') or 'no digit shown'}):"
        " refused in the reader, nothing is kept."
    )


def _sell_with_discount(cashier: Cashier, shop: Shop, scanner: SimulatedReader) -> dict[str, Any]:
    scanner.scan(shop.gold)
    read = cashier.hear("card-read")["card"]
    card = cashier.call("/v1/cards/lookup", {"number": read["number"]})
    cashier.tell(
        f"The scanner reads card {read['masked']}: {card['series']['name']}, {card['discount_percent']} %,"
        f" turnover {card['turnover']}."
    )
    lines: list[dict[str, Any]] = [
        {"line": 1, "sku": "4105", "name": "Ground coffee 500 g", "quantity": "2", "price": "8.60"},
        {"line": 2, "sku": "4103", "name": "Goat cheese, weighed", "quantity": "0.335", "price": "24.90"},
        {"line": 3, "sku": "4102", "name": "Rye bread 800 g", "quantity": "1", "price": "2.90"},
    ]
    priced = cashier.price(read["number"], lines)
    reasons = {applied["reason"] for line in priced["lines"] for applied in line["applied"]}
    cashier.tell(
        f"Three lines are priced: {priced['gross']} less {priced['discount']} = {priced['total']}"
        f" ({' and '.join(sorted(reason.replace('_', ' ') for reason in reasons))})."
    )
    shown = {"number": read["number"], "entry": "scanned"}
    sale = cashier.receipt(priced, lines, [{"kind": "cash", "amount": priced["total"]}], card=shown)
    posted = cashier.call("/v1/receipts", sale)
    cashier.tell(f"The receipt is posted; turnover grows from {card['turnover']} to {posted['card']['turnover']}.")
    return sale


def _pay_from_card(cashier: Cashier, stripe: SimulatedReader, shop: Shop) -> dict[str, Any]:
    stripe.swipe(track2=f"{shop.purse}=")
    read = cashier.hear("card-read")["card"]
    card = cashier.call("/v1/cards/lookup", {"number": read["number"]})
    cashier.tell(
        f"The stripe reader reads card {read['masked']}: {card['series']['name']}, balance {card['balance']},"
        f" limit {card['credit_limit']}."
    )
    lines: list[dict[str, Any]] = [
        {"line": 1, "sku": "4104", "name": "Olive oil 500 ml", "quantity": "3", "price": "9.80"},
        {"line": 2, "sku": "4106", "name": "Dark chocolate 100 g", "quantity": "4", "price": "2.35"},
    ]
    priced = cashier.price(read["number"], lines)
    payment = {"kind": "card", "amount": priced["total"], "card": {"number": read["number"]}}
    shown = {"number": read["number"], "entry": "swiped"}
    sale = cashier.receipt(priced, lines, [payment], card=shown)
    posted = cashier.call("/v1/receipts", sale)
    cashier.tell(f"{priced['total']} is paid from the card; {posted['card']['balance']} is left on it.")
    return sale


def _give_back(cashier: Cashier, sale: dict[str, Any]) -> None:
    original = {"receipt_uid": sale["receipt_uid"]}
    lines: list[dict[str, Any]] = [
        {"line": 1, "sku": "4104", "name": "Olive oil 500 ml", "quantity": "1", "price": "9.80", "original_line": 1}
    ]
    due = cashier.price(None, lines, kind="return", original=original)
    payment = {"kind": "card", "amount": due["total"], "card": sale["payments"][0]["card"]}
    back = cashier.receipt(due, lines, [payment], kind="return", original=original, card=sale["card"])
    posted = cashier.call("/v1/receipts", back)
    cashier.tell(
        f"One bottle comes back: {due['total']} goes to the card, balance {posted['card']['balance']},"
        f" turnover {posted['card']['turnover']}."
    )
