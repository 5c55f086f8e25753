"""An invented shop with every kind of rule, and open receipts that meet all of them: for comparing two ways to a price.

The key idea: everything comes from one seed, so that a difference can be met again.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any  # JSON bodies are free in their values
from uuid import UUID

SKUS = [f"{number}" for number in range(1_000, 1_060)]
GROUPS = ("dairy", "bread", "wine", "soap")
STATES = ("", "", "", "", "block", "close", "freeze")
"""What is done to cards; most stay as they are."""

HOURS = {"from": "20:00:00", "to": "06:00:00"}
PRICE_LISTS: dict[str, dict[str, Any]] = {
    "WHOLESALE": {"name": "Wholesale", "rank": 2},
    "NIGHT": {"name": "Night", "rank": 3, "hours": HOURS},
    "WEEKEND": {"name": "Weekend", "rank": 1, "weekdays": [6, 7]},
    "PAST": {"name": "Past", "rank": 9, "valid_until": "2020-01-01"},
}
SERIES: dict[str, dict[str, Any]] = {
    "PLAIN": {"kind": "discount", "discount_percent": "7.35"},
    "LISTS": {
        "kind": "discount",
        "discount_percent": "5.00",
        "price_lists": ["WHOLESALE", "NIGHT", "WEEKEND", "PAST"],
        "percent_without_quotation": True,
    },
    "LOWEST": {
        "kind": "discount",
        "discount_percent": "3.33",
        "price_lists": ["WHOLESALE", "WEEKEND"],
        "price_list_choice": "lowest",
        "dearer_quotations": True,
        "total_rounding": {"step": "0.05", "mode": "nearest"},
    },
    "RULES": {"kind": "bonus", "discount_percent": "2.00", "manual_with_percent": True},
    "DAYTIME": {
        "kind": "credit",
        "discount_percent": "12.50",
        "hours": {"from": "08:00:00", "to": "20:00:00"},
        "total_rounding": {"step": "1.00", "mode": "down"},
    },
    "OLD": {"kind": "discount", "discount_percent": "9.00", "valid_until": "2026-06-30"},
    "SURCHARGE": {"kind": "discount", "discount_percent": "-2.50"},
}
RULES: dict[str, dict[str, Any]] = {
    "RULES": {
        "receipt": [
            {"from": "50.00", "to": None, "percent": "10.00", "max_discount": "9.99"},
            {"from": "0.00", "to": None, "groups": ["wine"], "min_quantity": "3", "percent": "15.00", "on_rest": True},
            {"from": "20.00", "to": "50.00", "amount": "1.50"},
        ]
    }
}
"""Series of each kind of setting; the numbers of their cards begin alike and are told apart by the next digit."""

DAYS_AROUND = 30


def invent_price_lists(rng: Random) -> dict[str, dict[str, Any]]:
    """Give bodies of price lists, with quotations of half of the articles each."""
    return {
        code: settings
        | {"quotations": [{"sku": sku, "price": _price(rng, 1, 30)} for sku in rng.sample(SKUS, len(SKUS) // 2)]}
        for code, settings in PRICE_LISTS.items()
    }


def invent_series() -> dict[str, dict[str, Any]]:
    """Give bodies of series."""
    return {
        code: settings | {"name": code.title(), "number_template": f"290{place}%08^"}
        for place, (code, settings) in enumerate(SERIES.items(), 1)
    }


def invent_receipts(
    rng: Random, numbers: list[str], *, store: str, till: str, around: datetime
) -> Iterator[dict[str, Any]]:
    """Give open receipts without end, of the days around a moment; one in ten shows no card."""
    while True:
        number = rng.choice(numbers) if rng.random() < 0.9 else None  # noqa: PLR2004 # as the docstring says
        at = around + timedelta(seconds=rng.randrange(-DAYS_AROUND * 86_400, DAYS_AROUND * 86_400))
        yield {
            "receipt_uid": str(UUID(int=rng.getrandbits(128), version=4)),
            "store": store,
            "till": till,
            "at": at.isoformat(),
            "card": None if number is None else {"number": number},
            "lines": [_line(rng, place) for place in range(1, rng.randint(1, 12) + 1)],
        }


def _line(rng: Random, place: int) -> dict[str, Any]:
    line: dict[str, Any] = {
        "line": place,
        "sku": rng.choice(SKUS),
        "group": rng.choice(GROUPS),
        "quantity": rng.choice(["1", "2", "6", "0.756", "1.5", f"{rng.randint(1, 3_000_000) / 1_000_000:.6f}", "-1"]),
        "price": _price(rng, 0, 40),
    }
    marks: list[dict[str, Any]] = [
        {"no_discount": True},
        {"gift": True},
        {"fixed_price": True},
        {"min_price": _price(rng, 0, 10)},
        {"max_discount_percent": f"{rng.randint(0, 1_500) / 100:.2f}"},
        {"manual_discount_percent": f"{rng.randint(0, 2_000) / 100:.2f}"},
    ]
    return line | (rng.choice(marks) if rng.random() < 0.3 else {})  # noqa: PLR2004 # a third of the lines


def _price(rng: Random, least: int, most: int) -> str:
    return f"{rng.randint(least * 10_000, most * 10_000) / 10_000:.{rng.choice((2, 2, 2, 4))}f}"
