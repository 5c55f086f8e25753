"""Bodies as a cash register sends them."""

from typing import Any
from uuid import uuid4

LINE = {"line": 1, "sku": "1001", "quantity": "1", "price": "12.90"}


def calculation(**changes: Any) -> dict[str, Any]:  # Any: JSON, wrong on purpose at times
    """Give an open receipt."""
    return {
        "receipt_uid": str(uuid4()),
        "store": "0007",
        "till": "3",
        "at": "2026-11-22T10:15:02+03:00",
        "lines": [LINE],
    } | changes


def posting(**changes: Any) -> dict[str, Any]:  # Any: as above
    """Give a closed receipt."""
    return {
        "receipt_uid": str(uuid4()),
        "kind": "sale",
        "store": "0007",
        "till": "3",
        "shift": 118,
        "number": "57",
        "business_date": "2026-11-22",
        "closed_at": "2026-11-22T10:16:40+03:00",
        "cashier": "5",
        "lines": [LINE | {"net": "12.90"}],
        "payments": [{"kind": "cash", "amount": "12.90"}],
        "total": "12.90",
    } | changes
