"""How long the pages over parties take, asked over HTTP as a browser asks, one after the other.

Each question is asked for another party each time, so that no cache holds the answer. What is measured is the server's
time and the loopback's; the bars are those that the pages promise at a million parties and ten million acts.
"""

import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from urllib.parse import quote

import httpx
from msgspec import Struct

from benchmarks.parties.filters import FILTERS
from benchmarks.parties.making import BUSY, LOGIN, PASSWORD
from benchmarks.parties.people import Invented, chance, invent, misspell
from benchmarks.service import serving

LIST, PROFILE, SEARCH, CALL = 100, 150, 150, 300
"""The bars of the ninety-fifth of a hundred answers, in milliseconds."""

WARM_UPS = 6
"""A session plans each of its statements anew five times before it keeps a plan."""

_SHORT = 4
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
        signed_in(service.port) as http,
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
def signed_in(port: int) -> Iterator[httpx.Client]:
    """Give a browser of the account that measures. Raises AnswerError."""
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


def _middle(one: Invented) -> str:
    """Give letters from the middle of a name's last word."""
    word = max(one.name.split(), key=len)
    return word[1:-1] if len(word) > _SHORT else word


ORDERED = (
    ("added before", "-created"),
    ("changed before", "-changed"),
    ("city", "-changed"),
    ("attribute, range", "party.size"),
    ("group", "-turnover"),
    ("postal code", "-turnover"),
)
"""Filters in an order other than by name, some of them against it: those who pass stand at its end."""

_MANY = "columns=kind,legal_status,relations,groups,phone,email,city,country,cards,turnover,last_purchase,party.size"
_DAY = "actor=user:u3&act=note.added&since=2025-06-01&until=2025-06-01"
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
    *(Question(f"filter: {name}", LIST, _where(condition)) for name, condition in FILTERS.items()),
    *(
        Question(f"filter: {name}, order by {sort}", LIST, _where(FILTERS[name], f"&sort={sort}"))
        for name, sort in ORDERED
    ),
    Question(
        "filter: city and turnover", LIST, _where(lambda one: f"city~is~{one.city}", "&where=turnover~at_least~100.00")
    ),
    Question("contact persons", LIST, _get("/persons")),
    Question("contact persons for purchasing, now", LIST, _get("/persons?responsibility=purchasing&reachable=now")),
    Question("search: name", SEARCH, _find(lambda one: one.name)),
    Question("search: one word", SEARCH, _find(lambda one: one.name.split()[-1])),
    Question("search: misspelt", SEARCH, _find(_misspelt)),
    Question("search: phone", SEARCH, _find(_digits)),
    Question("search: letters in the middle", SEARCH, _find(_middle)),
    Question("search: e-mail", SEARCH, _find(lambda one: one.email)),
    Question("search: card digits", SEARCH, _find(lambda one: f"{one.number:07}")),
    Question("search: document", SEARCH, _find(lambda one: f"INV-{one.number // 20 * 20 + 1:07}")),
    Question("search: city", SEARCH, _find(lambda one: one.city)),
    Question("profile, first paint", PROFILE, lambda http, one: http.get(f"/parties/{one.number}")),
    Question("profile of the busiest", PROFILE, _get(f"/parties/{BUSY}")),
    Question("timeline", PROFILE, lambda http, one: http.get(f"/parties/{one.number}/timeline")),
    Question("timeline of the busiest, next page", PROFILE, _second(f"/parties/{BUSY}/timeline")),
    Question("timeline of the busiest, by an actor", PROFILE, _get(f"/parties/{BUSY}/timeline?actor=user:u10")),
    Question("duplicates", LIST, _get("/parties/duplicates")),
    Question("lookalikes of one", PROFILE, lambda http, one: http.get(f"/parties/{one.number}/lookalikes")),
    Question("journal", LIST, _get("/settings/audit")),
    Question("journal, next page", LIST, _second("/settings/audit")),
    Question("journal: an actor", LIST, _get("/settings/audit?actor=user:u3")),
    Question("journal: an act", LIST, _get("/settings/audit?act=note.added")),
    Question("journal: a record", LIST, lambda http, one: http.get(f"/settings/audit?record=party:{one.number}")),
    Question("journal: an actor, an act and a day", LIST, _get(f"/settings/audit?{_DAY}")),
    Question("caller screen", CALL, lambda http, one: http.get("/call", params={"number": _digits(one)})),
)
"""What is asked, in this order."""
