"""How long a segment's count takes over HTTP, as the builder and programs ask for it."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any  # a body of the API

import httpx
from msgspec import Struct

from benchmarks.parties.measuring import AnswerError, signed_in
from benchmarks.service import serving

BAR = 1_000
"""Milliseconds in which nineteen of twenty counts are there."""

WARM_UPS = 2


class Count(Struct, frozen=True):
    """How long the counts of a segment took, in milliseconds, and how many parties they found."""

    name: str
    parties: int
    p50: float
    p95: float

    @property
    def is_met(self) -> bool:
        """Whether the bar is met."""
        return self.p95 <= BAR


def measure(folder: Path, *, samples: int, say: Callable[[str], None]) -> list[Count]:
    """Serve the folder that `make` made and count every segment so often. Raises AnswerError, ServiceError."""
    counts: list[Count] = []
    with serving(DATA=str(folder), CURRENCY="EUR", TIMEZONE="Europe/Sofia") as service, signed_in(service.port) as http:
        for name, definition in SEGMENTS.items():
            counts.append(_count(http, name, definition, samples=samples))
            say(f"{name:44} p50 {counts[-1].p50:7.1f} ms   p95 {counts[-1].p95:7.1f} ms")
    return counts


def _count(http: httpx.Client, name: str, definition: dict[str, Any], *, samples: int) -> Count:
    spent: list[float] = []
    found = 0
    for number in range(samples + WARM_UPS):
        began = time.perf_counter()
        answer = http.post("/v1/segments/count", json={"definition": definition})
        if number >= WARM_UPS:
            spent.append((time.perf_counter() - began) * 1_000)
        if not answer.is_success:
            raise AnswerError(f"{name}: {answer.status_code}")
        found = answer.json()["count"]
    return Count(name, found, statistics.median(spent), statistics.quantiles(spent, n=20)[18])


def _leaf(text: str) -> dict[str, Any]:
    field, operator, *operands = text.split("~")
    return {"is": "filter", "field": field, "operator": operator, "operands": operands}


def _all(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"is": "all", "of": list(parts)}


def _any(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"is": "any", "of": list(parts)}


def _not(part: dict[str, Any]) -> dict[str, Any]:
    return {"is": "not", "of": part}


_GOODS = _leaf("bought~at_least_in~group 3~90~20.00")
_TURNOVER = _leaf("turnover~at_least_in~90~100.00")
_GROUP = _leaf("group~any_of~vip")
_SILVER = _leaf("card~held~SILVER~~")
SEGMENTS: dict[str, dict[str, Any]] = {
    "bought of a group of goods in 30 days": _leaf("bought~at_least_in~group 3~30~20.00"),
    "bought of a group of goods in 90 days": _GOODS,
    "bought of a group of goods in a year": _leaf("bought~at_least_in~group 3~365~20.00"),
    "turnover of 90 days": _TURNOVER,
    "not seen for 180 days": _not(_leaf("last_purchase~last_days~180")),
    "class of buyers": _leaf("score~at_least~4~4~"),
    "points, group and phone": _all(_leaf("points~under~1"), _GROUP, _leaf("phone~given")),
    "goods and group, or turnover": _any(_all(_GOODS, _GROUP), _TURNOVER),
    "of a series, none of goods or phone": _all(_SILVER, _not(_any(_GOODS, _leaf("phone~missing")))),
    "was sent a letter in 60 days": _leaf("mailing~sent_in~60"),
    "opened a letter in 60 days": _leaf("mailing~opened_in~60"),
    "clicked within 90 days, bounced never": _all(
        _leaf("mailing~clicked_in~90"), _not(_leaf("mailing~bounced_in~365"))
    ),
    "opened the first mailing": _leaf("mailing~opened~1"),
    "wants offers, opened nothing, bought": _all(
        _leaf("subscribed~any_of~offer"), _not(_leaf("mailing~opened_in~90")), _TURNOVER
    ),
    "good buyers who buy no such goods": _all(_leaf("score~at_least~4~3~"), _not(_GOODS), _leaf("email~given")),
}
"""What is counted, in this order."""
