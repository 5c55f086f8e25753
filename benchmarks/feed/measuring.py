"""How long the dispatcher's feed takes, asked over HTTP as a browser asks, one question after the other.

Each answer is of other words, another person or another page each time where the question has such. What is measured is
the server's time and the loopback's, beside the server's answer to /v1/health in the same run: the ratio says what the
milliseconds of a busy machine do not.
"""

import re
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random

import httpx
from msgspec import Struct

from api.feed_sources import SOURCES
from benchmarks.feed.making import FIRST, LAST, PARTIES, PROJECTS, RECORDS_SHARE
from benchmarks.parties.measuring import WARM_UPS, AnswerError, signed_in
from benchmarks.parties.people import chance
from benchmarks.service import serving

FEED, WORDS, REPORT = 200, 300, 2_000
"""The bars of the ninety-fifth of a hundred answers, in milliseconds; a month holds 130,000 promises."""

_OLDER = re.compile(r'id="feed-older" href="([^"]+)"')
_ROW = re.compile(r'href="([^"#]+)#detail" data-row')
Ask = Callable[[Random, int], str]


class Question(Struct, frozen=True):
    """What a dispatcher asks: its name, its bar in milliseconds, and the address, given the number of acts.

    Where `then` is given, the address that it finds in the answer is what is measured.
    """

    name: str
    bar: int
    ask: Ask
    then: re.Pattern[str] | None = None


class Reading(Struct, frozen=True):
    """What a question took, in milliseconds; `ratio` is its median to that of /v1/health, `rows` what it showed."""

    name: str
    bar: int
    p50: float
    p95: float
    ratio: float
    rows: int

    @property
    def is_met(self) -> bool:
        """Whether the bar is met."""
        return self.p95 <= self.bar


def measure(
    folder: Path, *, acts: int, samples: int, seed: int, only: str, say: Callable[[Reading], None]
) -> list[Reading]:
    """Serve the folder that `make` made and ask every question so often. Raises AnswerError, ServiceError."""
    readings = []
    with (
        serving(DATA=str(folder), CURRENCY="EUR", TIMEZONE="Europe/Sofia") as service,
        signed_in(service.port) as http,
    ):
        for question in QUESTIONS:
            if only in question.name:
                readings.append(_read(http, question, acts=acts, samples=samples, rng=chance("feed", seed)))
                say(readings[-1])
    return readings


def _read(http: httpx.Client, question: Question, *, acts: int, samples: int, rng: Random) -> Reading:
    spent, health, rows = [], [], 0
    for number in range(samples + WARM_UPS):
        path = question.ask(rng, acts)
        if question.then is not None:
            path = _find(_get(http, path)[0], path, question.then)
        answer, seconds = _get(http, path)
        if number >= WARM_UPS:
            spent.append(seconds * 1_000)
            health.append(_get(http, "/v1/health")[1] * 1_000)
        rows = answer.text.count("data-row")
    p50 = statistics.median(spent)
    p95 = statistics.quantiles(spent, n=20)[18]
    return Reading(question.name, question.bar, p50, p95, p50 / statistics.median(health), rows)


def _get(http: httpx.Client, path: str) -> tuple[httpx.Response, float]:
    began = time.perf_counter()
    answer = http.get(path)
    seconds = time.perf_counter() - began
    if answer.status_code != httpx.codes.OK:
        raise AnswerError(f"{path}: {answer.status_code}")
    return answer, seconds


def _find(answer: httpx.Response, path: str, what: re.Pattern[str]) -> str:
    found = what.search(answer.text)
    if found is None:
        raise AnswerError(f"{path}: the answer leads nowhere")
    return found[1].replace("&amp;", "&")


def _of(query: str) -> Ask:
    return lambda _rng, _acts: f"/dispatcher?{query}"


def _day(rng: Random) -> date:
    return FIRST.date() + timedelta(days=rng.randrange((LAST - FIRST).days - 1))


def _on_a_day(rng: Random, _acts: int) -> str:
    day = _day(rng)
    return f"/dispatcher?since={day}&until={day}"


def _until(rng: Random, _acts: int) -> str:
    return f"/dispatcher?until={_day(rng)}"


def _one(field: str, most: int, more: str = "") -> Ask:
    """Ask for what is of one party or project, another one each time."""
    return lambda rng, acts: f"/dispatcher?{field}={rng.randrange(min(most, acts)) + 1}{more}"


def _words(typed: Callable[[Random, int], str]) -> Ask:
    return lambda rng, acts: f"/dispatcher?words={typed(rng, acts)}"


QUESTIONS: tuple[Question, ...] = (
    Question("feed", FEED, _of("")),
    Question("feed, next page", FEED, _of(""), _OLDER),
    Question("feed, on a day", FEED, _on_a_day),
    Question("feed, until a day", FEED, _until),
    Question("feed, a row opened", FEED, _of("source=tasks"), _ROW),
    *(Question(f"source: {source}", FEED, _of(f"source={source}")) for source in (*SOURCES, "scheduling")),
    Question("sources: two", FEED, _of("source=tasks&source=receipts")),
    Question("all but receipts", FEED, _of("source=tasks&source=events&source=business&source=parties&source=calls")),
    Question("kind: common", FEED, _of("act=task.changed")),
    Question("kind: rare", FEED, _of("act=survey.made")),
    Question("kind: receipts", FEED, _of("act=receipt.posted")),
    *(Question(f"state: {status}", FEED, _of(f"status={status}")) for status in ("open", "late", "done", "cancelled")),
    Question("state: late, tasks", FEED, _of("status=late&source=tasks")),
    Question("state: late, next page", FEED, _of("status=late"), _OLDER),
    *(Question(f"importance: {one}", FEED, _of(f"importance={one}")) for one in (1, 2, 3)),
    Question("important of a source", FEED, _of("importance=1&source=tasks")),
    Question("somebody", FEED, lambda rng, _: f"/dispatcher?actor=u{rng.randrange(17)}"),
    Question("somebody, a source", FEED, lambda rng, _: f"/dispatcher?actor=u{rng.randrange(17)}&source=tasks"),
    Question("somebody, late", FEED, lambda rng, _: f"/dispatcher?actor=u{rng.randrange(17)}&status=late"),
    Question("nobody", FEED, _of("actor=nobody")),
    Question("a till", FEED, _of("actor=till:BER/1")),
    Question("party", FEED, _one("party", PARTIES)),
    Question("party, late", FEED, _one("party", PARTIES, "&status=late")),
    Question("project", FEED, _one("project", PROJECTS)),
    Question("project, open", FEED, _one("project", PROJECTS, "&status=open")),
    Question("without a project", FEED, _of("alone=yes")),
    *(Question(f"by {group}", FEED, _of(f"group={group}")) for group in ("kind", "party", "project")),
    Question("words: in every title", WORDS, _words(lambda _rng, _acts: "hall")),
    Question("words: in many titles", WORDS, _words(lambda rng, _: rng.choice(("oak", "glass", "roof")))),
    Question("words: in few titles", WORDS, _words(lambda _rng, _acts: "walnut")),
    Question("words: begin", WORDS, _words(lambda rng, _: f"hall {rng.randrange(997)}")),
    Question("words: of one title", WORDS, _words(lambda rng, acts: f"n{rng.randrange(acts // RECORDS_SHARE) + 1}")),
    Question("words: in no title", WORDS, _words(lambda _rng, _acts: "zebra")),
    Question(
        "words: number of a work", WORDS, _words(lambda rng, acts: f"B-{rng.randrange(acts // RECORDS_SHARE) + 1}")
    ),
    Question("words: number of a document", WORDS, _words(lambda rng, acts: f"DEL-{rng.randrange(acts // 40) + 1:08}")),
    Question("words: end of a number", WORDS, _words(lambda rng, acts: f"{rng.randrange(acts // 40) + 1:05}")),
    Question("words: begin of a number", WORDS, _words(lambda _rng, _acts: "DEL-0")),
    Question("words: a party", WORDS, _words(lambda rng, acts: f"company {rng.randrange(min(PARTIES, acts)) + 1}")),
    Question("words: late ones", WORDS, _of("words=oak&status=late")),
    Question("words: of a day", WORDS, lambda rng, _: f"/dispatcher?words=oak&until={_day(rng)}"),
    Question("lateness of a month", REPORT, lambda _rng, _acts: "/dispatcher/lateness"),
)
"""What is asked, in this order."""
