"""What the server's answer to a receipt or a void means for the journal. Pure.

The key idea: only the server itself takes or refuses for good, and it says so in its own words. A page of some proxy, a
login portal or an empty body is no answer of the server, whatever its status: what is in the journal stays there.
"""

from http import HTTPStatus
from typing import Final, Literal
from uuid import UUID

import msgspec
from msgspec import DecodeError, Struct

from pos_adapter.answers import Problem
from pos_adapter.exchange import Answer

FIRST_PAUSE_MS: Final = 500
LONGEST_PAUSE_MS: Final = 30_000
LONGEST_RETRY_AFTER_MS: Final = 60_000
MOST_DEFECTS: Final = 3
"""A receipt at which the server itself fails so often goes to the end of the queue, so that the others go on."""

_LATER: Final = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,  # the till's token is the matter, not the receipt
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)


class Verdict(Struct, frozen=True):
    """Taken with a state of the till API, refused for good, a defect of the server at this receipt, or come later."""

    what: Literal["taken", "refused", "defect", "later"]
    status: int
    body: bytes
    state: str | None = None


class _Outcome(Struct, frozen=True):
    """What an answer says of one receipt; all else in it is passed over."""

    receipt_uid: UUID
    state: str


class BatchOutcome(Struct, frozen=True):
    """What an answer says of one receipt of a batch."""

    status: int
    receipt_uid: str | None = None
    state: str | None = None
    problem: msgspec.Raw = msgspec.Raw(b"null")


class _ShortAnswer(Struct, frozen=True):
    """What is known of a receipt that was taken with others: what it did to a card nobody waited to hear."""

    receipt_uid: str
    state: str
    card: None = None
    flags: tuple[str, ...] = ()


class _Batch(Struct, frozen=True):
    """The answer to a batch."""

    results: list[BatchOutcome]


_OUTCOME: Final = msgspec.json.Decoder(_Outcome)
_PROBLEM: Final = msgspec.json.Decoder(Problem)
_BATCH: Final = msgspec.json.Decoder(_Batch)


def judge(answer: Answer) -> Verdict:
    """Say what the answer to one receipt or void means."""
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        try:
            outcome = _OUTCOME.decode(answer.body)
        except DecodeError:
            return Verdict("later", answer.status, answer.body)
        return Verdict("taken", answer.status, answer.body, outcome.state)
    return _judge_problem(answer.status, answer.body)


def judge_batch(answer: Answer, *, size: int) -> list[Verdict] | None:
    """Say what the answer to a batch means for each of its receipts; None where it says nothing of them."""
    if answer.status != HTTPStatus.OK:
        return None
    try:
        results = _BATCH.decode(answer.body).results
    except DecodeError:
        return None
    if len(results) != size:
        return None
    return [_judge_result(result) for result in results]


def read_problem(verdict: Verdict) -> Problem:
    """Give the server's reason for a refusal."""
    return _PROBLEM.decode(verdict.body)


def pause_ms(failures: int, *, retry_after: str | None, chance: int) -> int:
    """Give how long to wait after so many failures in a row: doubled each time, half of it by chance (0 to 1000).

    A longer time that the server asks for is kept to, up to a limit.
    """
    full = min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << min(failures - 1, 10))
    asked = int(retry_after) * 1000 if retry_after and retry_after.isascii() and retry_after.isdigit() else 0
    return max(full // 2 + full // 2 * chance // 1000, min(asked, LONGEST_RETRY_AFTER_MS))


def _judge_result(result: BatchOutcome) -> Verdict:
    if result.state is not None and result.receipt_uid is not None:
        answer = _ShortAnswer(result.receipt_uid, result.state)
        return Verdict("taken", result.status, msgspec.json.encode(answer), result.state)
    return _judge_problem(result.status, bytes(result.problem))


def _judge_problem(status: int, body: bytes) -> Verdict:
    try:
        problem = _PROBLEM.decode(body)
    except DecodeError:
        return Verdict("later", status, body)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR and problem.code == "internal_error":
        return Verdict("defect", status, body)
    is_final = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _LATER
    return Verdict("refused" if is_final else "later", status, body)
