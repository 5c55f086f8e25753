"""How long the pages over parties take, asked over HTTP as a browser asks, one after the other.

Each question is asked for another party each time, so that no cache holds the answer. What is measured is the server's
time and the loopback's; the bars are those that the pages promise at a million parties and ten million acts.
"""

import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from urllib.parse import quote

import httpx
from msgspec import Struct

from benchmarks.parties.making import LOGIN, PASSWORD
from benchmarks.parties.people import Invented, chance, invent, misspell
from benchmarks.service import serving

LIST, PROFILE, SEARCH, CALL = 100, 150, 150, 300
"""The bars of the ninety-fifth of a hundred answers, in milliseconds."""

WARM_UPS = 6
"""A session plans each of its statements anew five times before it keeps a plan."""

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_ON = re.compile(r'id="list-older" href="([^"]+)"')
Ask = Callable[[httpx.Client, Invented], httpx.Response]


class Question(Struct, frozen=True):
    """Something a person does: its name, its bar in milliseconds, and how it is asked of a party."""

    name: str
    bar: int
    ask: Ask


class Reading(Struct, frozen=True):
    """What a question took, in milliseconds, and the bytes of the last answer as they were sent."""

    name: str
    bar: int
    p50: float
    p95: float
    size: int

    @property
    def is_met(self) -> bool:
        """Whether the bar is met."""
        return self.p95 <= self.bar


class AnswerError(Exception):
    """The service answered otherwise than it should; the text says what was asked."""


def measure(
    folder: Path, *, parties: int, samples: int, seed: int, only: str, say: Callable[[str], None]
) -> list[Reading]:
    """Serve the folder that `make` made and ask every question so often. Raises AnswerError, ServiceError."""
    readings: list[Reading] = []
    with (
        serving(DATA=str(folder), CURRENCY="EUR", TIMEZONE="Europe/Sofia") as service,
        _signed_in(service.port) as http,
    ):
        for question in QUESTIONS:
            if only in question.name:
                reading = _read(http, question, parties=parties, samples=samples, rng=chance("question", seed))
                say(f"{reading.name:44} p50 {reading.p50:7.1f} ms   p95 {reading.p95:7.1f} ms")
                readings.append(reading)
    return readings


def _read(http: httpx.Client, question: Question, *, parties: int, samples: int, rng: Random) -> Reading:
    spent: list[float] = []
    size = 0
    for number in range(samples + WARM_UPS):
        one = invent(rng.randrange(1, parties + 1))
        began = time.perf_counter()
        answer = question.ask(http, one)
        if number >= WARM_UPS:
            spent.append((time.perf_counter() - began) * 1_000)
        if answer.status_code not in {200, 303}:
            raise AnswerError(f"{question.name}: {answer.status_code}")
        size = int(answer.headers.get("content-length", 0))
    p95 = statistics.quantiles(spent, n=20)[18]
    return Reading(question.name, question.bar, statistics.median(spent), p95, size)


@contextmanager
def _signed_in(port: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as http:
        http.post("/sign-in", data={"login": LOGIN, "password": PASSWORD, "next": "/parties"})
        page = http.get("/call").text
        found = _CSRF.search(page)
        if found is None:
            raise AnswerError("sign-in: the folder was not made by `make`")
        http.headers["X-CSRF-Token"] = found[1]
        yield http


def _get(path: str) -> Ask:
    return lambda http, _: http.get(path)


def _where(condition: Callable[[Invented], str], more: str = "") -> Ask:
    return lambda http, one: http.get(f"/parties?where={quote(condition(one), safe='~')}{more}")


def _second(path: str) -> Ask:
    """Ask for the second page; the first one, which says where it begins, is asked for once."""
    known: list[str] = []

    def ask(http: httpx.Client, _: Invented) -> httpx.Response:
        if not known:
            found = _ON.search(http.get(path).text)
            if found is None:
                raise AnswerError(f"{path}: there is no second page")
            known.append(found[1].replace("&amp;", "&"))
        return http.get(known[0])

    return ask


def _find(typed: Callable[[Invented], str]) -> Ask:
    return lambda http, one: http.post("/search/palette", data={"find": typed(one)})


def _misspelt(one: Invented) -> str:
    return misspell(one.name, chance("typing", one.number))


def _digits(one: Invented) -> str:
    return f"+{one.phone[:3]} {one.phone[3:6]}-{one.phone[6:]}"


_FILTERS: Mapping[str, Callable[[Invented], str]] = {
    "name has a word": lambda one: f"name~has~{one.name.split()[-1]}",
    "name begins": lambda one: f"name~begins~{one.name[:4].strip()}",
    "words": lambda one: f"words~has~{one.name.split()[0]}",
    "kind": lambda _: "kind~is~organisation",
    "legal status": lambda _: "legal_status~any_of~limited_company",
    "relation now": lambda _: "relation~current~supplier",
    "group": lambda _: "group~any_of~press",
    "city": lambda one: f"city~is~{one.city}",
    "postal code": lambda one: f"postal_code~is~{one.postal_code}",
    "country": lambda one: f"country~any_of~{one.country}",
    "no e-mail": lambda _: "email~missing",
    "birthday in 7 days": lambda _: "birthday~next_days~7",
    "added since": lambda _: "created~since~2026-10-01",
    "changed in 7 days": lambda _: "changed~last_days~7",
    "archived": lambda _: "archived~only",
    "card of series from 10 %": lambda _: "card~held~GOLD~active~10",
    "blocked card": lambda _: "card~held~~blocked~",
    "no card": lambda _: "card~missing",
    "turnover": lambda _: "turnover~at_least~100.00",
    "turnover, few": lambda _: "turnover~at_least~100000.00",
    "turnover in 90 days": lambda _: "turnover~at_least_in~90~200.00",
    "bought in 30 days": lambda _: "last_purchase~last_days~30",
    "never bought": lambda _: "last_purchase~never",
    "answers for purchasing": lambda _: "answers_for~any_of~purchasing",
    "attribute, number": lambda one: f"party.size~is~{one.number % 5_000}",
    "attribute, range": lambda _: "party.size~at_least~4000",
    "attribute, text": lambda one: f"party.slogan~contains~{one.number % 9_973}",
}
_MANY = "columns=kind,legal_status,relations,groups,phone,email,city,country,cards,turnover,last_purchase,party.size"
QUESTIONS: tuple[Question, ...] = (
    Question("list", LIST, _get("/parties")),
    Question("list, next page", LIST, _second("/parties")),
    Question("list, all columns", LIST, _get(f"/parties?{_MANY}")),
    *(
        Question(
            f"sort by {sort}{', next page' if is_second else ''}",
            LIST,
            (_second if is_second else _get)(f"/parties?sort={sort}"),
        )
        for sort in ("-changed", "-created", "-turnover", "party.size", "party.slogan")
        for is_second in (False, True)
    ),
    *(Question(f"filter: {name}", LIST, _where(condition)) for name, condition in _FILTERS.items()),
    Question(
        "filter: city and turnover", LIST, _where(lambda one: f"city~is~{one.city}", "&where=turnover~at_least~100.00")
    ),
    Question("contact persons", LIST, _get("/persons")),
    Question("contact persons for purchasing, now", LIST, _get("/persons?responsibility=purchasing&reachable=now")),
    Question("search: name", SEARCH, _find(lambda one: one.name)),
    Question("search: one word", SEARCH, _find(lambda one: one.name.split()[-1])),
    Question("search: misspelt", SEARCH, _find(_misspelt)),
    Question("search: phone", SEARCH, _find(_digits)),
    Question("search: e-mail", SEARCH, _find(lambda one: one.email)),
    Question("search: card digits", SEARCH, _find(lambda one: f"{one.number:07}")),
    Question("search: document", SEARCH, _find(lambda one: f"INV-{one.number // 20 * 20 + 1:07}")),
    Question("search: city", SEARCH, _find(lambda one: one.city)),
    Question("profile, first paint", PROFILE, lambda http, one: http.get(f"/parties/{one.number}")),
    Question("caller screen", CALL, lambda http, one: http.get("/call", params={"number": _digits(one)})),
)
"""What is asked, in this order."""
