import json

import pytest

from pos_adapter.exchange import JSON, PROBLEM_TYPE, Answer
from pos_adapter.verdicts import FIRST_PAUSE_MS, LONGEST_PAUSE_MS, LONGEST_RETRY_AFTER_MS, judge, judge_batch, pause_ms

UID = "0afd4d5f-42c1-491a-b18d-267bb98381af"
TAKEN: dict[str, object] = {"receipt_uid": UID, "state": "parked", "card": None, "flags": []}


def answer(status: int, body: object) -> Answer:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, text, JSON if status < 400 else PROBLEM_TYPE)


def problem(status: int, code: str) -> dict[str, object]:
    return {"title": "x", "status": status, "code": code, "detail": "y"}


@pytest.mark.parametrize(
    ("status", "body", "what"),
    [
        (201, TAKEN, "taken"),
        (200, TAKEN, "taken"),
        (202, TAKEN, "taken"),
        (200, b"", "later"),
        (200, b"<html>", "later"),
        (200, {"state": "posted"}, "later"),
        (302, b"", "later"),
        (400, problem(400, "invalid_body"), "refused"),
        (403, problem(403, "not_allowed"), "refused"),
        (409, problem(409, "receipt_conflict"), "refused"),
        (422, problem(422, "insufficient_funds"), "refused"),
        (404, b"<html>", "later"),
        (422, b"{}", "later"),
        (401, problem(401, "not_signed_in"), "later"),
        (408, problem(408, "x"), "later"),
        (425, problem(425, "x"), "later"),
        (429, problem(429, "x"), "later"),
        (503, problem(503, "busy"), "later"),
        (500, problem(500, "internal_error"), "defect"),
        (500, b"boom", "later"),
    ],
)
def test_only_the_servers_own_word_takes_or_refuses_for_good(status: int, body: object, what: str) -> None:
    assert judge(answer(status, body)).what == what


def test_each_receipt_of_a_batch_has_its_own_verdict() -> None:
    results = [
        {"receipt_uid": UID, "status": 201, "state": "posted", "problem": None},
        {"receipt_uid": UID, "status": 422, "state": None, "problem": problem(422, "nothing_left")},
        {"receipt_uid": UID, "status": 503, "state": None, "problem": problem(503, "busy")},
    ]
    verdicts = judge_batch(answer(200, {"results": results}), size=3)
    assert verdicts is not None
    assert [(verdict.what, verdict.status) for verdict in verdicts] == [
        ("taken", 201), ("refused", 422), ("later", 503),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body"), [(200, {"results": []}), (200, b""), (503, problem(503, "busy")), (413, problem(413, "x"))]
)
def test_answer_that_does_not_speak_of_each_says_nothing(status: int, body: object) -> None:
    assert judge_batch(answer(status, body), size=2) is None


def test_pauses_grow_to_a_limit_and_half_of_each_is_chance() -> None:
    least = [pause_ms(failures, retry_after=None, chance=0) for failures in (1, 2, 3, 20)]
    most = [pause_ms(failures, retry_after=None, chance=1_000) for failures in (1, 2, 3, 20)]
    assert least == [FIRST_PAUSE_MS // 2, FIRST_PAUSE_MS, 2 * FIRST_PAUSE_MS, LONGEST_PAUSE_MS // 2]
    assert most == [FIRST_PAUSE_MS, 2 * FIRST_PAUSE_MS, 4 * FIRST_PAUSE_MS, LONGEST_PAUSE_MS]


@pytest.mark.parametrize(
    ("asked", "pause"),
    [("7", 7_000), ("0", FIRST_PAUSE_MS), ("9999999", LONGEST_RETRY_AFTER_MS), ("tomorrow", FIRST_PAUSE_MS), ("", 500)],
)
def test_time_that_the_server_asks_for_is_kept_to_within_a_limit(asked: str, pause: int) -> None:
    assert pause_ms(1, retry_after=asked, chance=1_000) == pause
