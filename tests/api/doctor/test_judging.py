from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from api.doctor.judging import judge_disk, judge_facts, judge_rights, judge_schema, judge_server
from api.doctor.repository import Facts, Server
from api.queues.repository import TillSign
from api.settings import load_settings
from database.signs import SignOfLife

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SETTINGS = load_settings({})
SERVER = Server(180006, "on", "on", "on", NOW, knows_zone=True, may_serve=True)


def sign(ago: timedelta = timedelta(), *, is_well: bool = True) -> SignOfLife:
    return SignOfLife(NOW - ago, is_well, {"differences": 3})


SIGNS = {"worker": sign(), "backup": sign(), "verify": sign()}
WELL = Facts(
    signs=SIGNS,
    tills=[TillSign("0007", "3", NOW, 2, 0)],
    missing_partitions=[],
    stale_jobs=0,
    waiting_jobs=0,
    mailboxes=0,
)


def not_well(facts: Facts, **settings: str) -> list[tuple[str, str]]:
    found = judge_facts(facts, load_settings(settings), now=NOW)
    return [(finding.how, finding.where) for finding in found if finding.how != "well"]


def test_nothing_is_found_where_all_is_well() -> None:
    assert not_well(WELL) == []
    assert {finding.how for finding in judge_server(SERVER, SETTINGS, now=NOW)} == {"well"}


@pytest.mark.parametrize(
    ("change", "how", "where"),
    [
        ({"fsync": "off"}, "broken", "database, fsync"),
        ({"full_page_writes": "off"}, "broken", "database, full_page_writes"),
        ({"synchronous_commit": "off"}, "broken", "database, synchronous_commit"),
        ({"version": 140011}, "look", "database"),
        ({"knows_zone": False}, "look", "database, time zones"),
        ({"may_serve": False}, "broken", "database, roles"),
        ({"now": NOW + timedelta(seconds=9)}, "look", "clock"),
    ],
)
def test_what_is_wrong_with_the_server_is_named_with_its_mending(
    change: dict[str, object], how: str, where: str
) -> None:
    found = judge_server(replace(SERVER, **change), SETTINGS, now=NOW)
    [finding] = [finding for finding in found if finding.how != "well"]
    assert (finding.how, finding.where, bool(finding.mend)) == (how, where, True)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"signs": {}}, [("look", "worker"), ("look", "backup"), ("look", "books")]),
        ({"signs": SIGNS | {"worker": sign(timedelta(minutes=6))}}, [("broken", "worker")]),
        ({"signs": SIGNS | {"backup": sign(timedelta(days=3))}}, [("look", "backup")]),
        ({"signs": SIGNS | {"verify": sign(timedelta(days=9))}}, [("look", "books")]),
        ({"signs": SIGNS | {"verify": sign(is_well=False)}}, [("broken", "books")]),
        ({"missing_partitions": ["receipt_202612"]}, [("look", "partitions")]),
        ({"stale_jobs": 1, "waiting_jobs": 2}, [("look", "jobs"), ("look", "jobs")]),
        ({"tills": [TillSign("0007", "3", NOW, 0, 1)]}, [("broken", "till 3 of store 0007")]),
        ({"tills": [TillSign("0007", "3", NOW, 2_000, 0)]}, [("look", "till 3 of store 0007")]),
        ({"tills": [TillSign("0007", "3", NOW - timedelta(days=2), 0, 0)]}, [("look", "till 3 of store 0007")]),
        ({"mailboxes": 1}, [("broken", "mail")]),
    ],
)
def test_what_the_service_keeps_of_itself_is_judged(change: dict[str, object], expected: list[tuple[str, str]]) -> None:
    assert not_well(replace(WELL, **change)) == expected


def test_mail_that_cannot_be_sent_or_left_is_found() -> None:
    assert not_well(WELL, TALLYCARD_SMTP_URL="smtp://mail.example") == [("broken", "mail")]
    assert not_well(WELL, TALLYCARD_MAIL_KEY="k" * 40) == [("look", "mail")]


@pytest.mark.parametrize(
    ("revision", "how", "mend"),
    [(None, "broken", "migrate"), ("0005", "broken", "migrate"), ("0006", "well", ""), ("9999", "broken", "upgrade")],
)
def test_schema_of_another_version_is_named(revision: str | None, how: str, mend: str) -> None:
    finding = judge_schema(revision, "0006")
    assert (finding.how, mend in finding.mend) == (how, True)


def test_little_room_and_open_folders_are_named() -> None:
    gigabyte = 1 << 30
    assert [judge_disk("/data", free * gigabyte).how for free in (1, 5, 50)] == ["broken", "look", "well"]
    assert [judge_rights("/data", 0o40000 | mode).how for mode in (0o700, 0o750, 0o701)] == ["well", "broken", "broken"]
