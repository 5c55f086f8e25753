"""Receipts, lines and parties as tests want them, with only what matters given."""

from datetime import UTC, datetime
from typing import Any  # JSON bodies are free in their values
from uuid import uuid4

from sqlalchemy import insert

from crm.parties.model import PartyDetails
from crm.parties.service import make_party
from crm.parties.tables import party_contact
from database.activity import Act
from database.engine import Database

CASH = "cash"


def make_line(
    number: int = 1, *, price: str = "10.00", quantity: str = "1", net: str | None = None, **more: Any
) -> dict[str, Any]:
    """Make a line; its net is the price unless it is given."""
    return {"line": number, "sku": f"SKU{number}", "quantity": quantity, "price": price, "net": net or price, **more}


def make_receipt(*lines: dict[str, Any], total: str | None = None, **more: Any) -> dict[str, Any]:
    """Make a sale paid in cash; each has its own UUID and number unless they are given."""
    shown = list(lines) or [make_line()]
    amount = total if total is not None else shown[0]["net"]
    uid = str(uuid4())
    body = {
        "receipt_uid": uid,
        "kind": "sale",
        "store": "0007",
        "till": "3",
        "shift": 118,
        "number": f"R{uid[-12:]}",
        "business_date": "2026-11-22",
        "closed_at": "2026-11-22T10:15:02+02:00",
        "cashier": "5",
        "lines": shown,
        "payments": [{"kind": CASH, "amount": amount}],
        "total": amount,
    }
    return body | more


def make_return(sale: dict[str, Any], *lines: dict[str, Any], total: str | None = None, **more: Any) -> dict[str, Any]:
    """Make a return of a sale, named by its UUID."""
    return make_receipt(*lines, total=total, kind="return", original={"receipt_uid": sale["receipt_uid"]}, **more)


def make_calculation(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Make an open receipt to be priced."""
    shown = [{name: value for name, value in line.items() if name not in {"net", "discount"}} for line in lines]
    body = {
        "receipt_uid": str(uuid4()),
        "store": "0007",
        "till": "3",
        "at": "2026-11-22T10:15:02+02:00",
        "lines": shown,
    }
    return body | more


async def make_person(database: Database, name: str, *, phone: str | None = None) -> int:
    """Make a natural person, with a phone in the form of E.164 if one is given, and give the identifier."""
    return await _make_party(database, name, "natural_person", phone)


async def make_company(database: Database, name: str, *, phone: str | None = None) -> int:
    """Make a limited company, with a phone in the form of E.164 if one is given, and give the identifier."""
    return await _make_party(database, name, "limited_company", phone)


async def _make_party(database: Database, name: str, legal_status: str, phone: str | None) -> int:
    act = Act("test", datetime(2026, 11, 22, 10, tzinfo=UTC))
    made = await database.run(make_party, PartyDetails(name=name, legal_status=legal_status), act=act)
    if phone is not None:
        values = {"position": 11, "kind": "phone", "value": phone, "canonical": phone.lstrip("+")}
        async with database.connection() as connection:
            await connection.execute(insert(party_contact).values(party_id=made.id, **values))
    return made.id
