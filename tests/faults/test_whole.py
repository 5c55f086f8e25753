"""The fault command in its short form, and for each of its proofs a row or a word that is not as it should be.

`python -m tests.faults` is the long form.
"""

import ast
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from tests.conftest import SEED
from tests.faults.invariants import __main__ as proofs
from tests.faults.invariants.evidence import Evidence, Till, read_evidence
from tests.faults.whole.campaign import Orders, Report, campaign
from tests.faults.whole.supervising import restart_seconds
from tests.faults.whole.watching import Watch

MOMENTS = 4
INDEPENDENT = {"asyncpg", "tests.faults.invariants"}
POSTED_SALE = "select max(id) from receipt where kind = 'sale' and state = 'posted' and card_id <> 0"
OLDEST_SALE = "select uid from receipt where kind = 'sale' and state = 'posted' order by id limit 1"

Outcome = tuple[Report, Path]


@pytest.fixture(scope="module")
async def outcome() -> AsyncIterator[Outcome]:
    """Run a short campaign once; its database stays as long as it is looked at."""
    with open_folder() as folder:
        async with campaign(folder, Orders(SEED, tills=2, moments=MOMENTS), print) as found:
            yield found


@contextmanager
def open_folder() -> Iterator[Path]:
    """Give a folder that root's PostgreSQL, which runs under another account, can enter."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
async def connection(outcome: Outcome) -> AsyncIterator[asyncpg.Connection]:
    """Give a connection to the campaign's database in a transaction that is taken back."""
    connection = await asyncpg.connect(read_evidence(outcome[1]).dsn)
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


@pytest.fixture
def evidence(outcome: Outcome) -> Evidence:
    """Give what was seen, but for the database's log: it keeps what a test spoils, though that is taken back."""
    return replace(read_evidence(outcome[1]), wal=[])


def test_shop_under_fire_keeps_every_invariant(outcome: Outcome) -> None:
    """I1 to I16, with several kinds of faults; PAP-22."""
    report, _ = outcome
    assert list(report.verdicts) == [f"I{number}" for number in range(1, 17)]
    assert {name: problems for name, problems in report.verdicts.items() if problems} == {}
    assert len({name.partition(" ")[0] for name in report.faults}) > 2
    assert min(report.operations[what] for what in ("receipts", "paid by card", "top-ups", "readings", "letters")) > 0


SPOILT_ROWS = [
    ("I1", "update card set balance = balance + 1 where card_id = (select max(card_id) from card)"),
    ("I1", "update ledger set amount = amount + 1 where (card_id, seq) = (select card_id, seq from ledger limit 1)"),
    ("I1", "delete from ledger where (card_id, seq) = (select card_id, max(seq) from ledger group by 1 limit 1)"),
    ("I2", "update receipt set cashier = 'nobody' where id = (select max(id) from receipt)"),
    ("I2", f"delete from receipt where id = ({POSTED_SALE})"),
    ("I4", "update ledger set amount = amount - 100000 where source = 'top_up' and account = 'money'"),
    ("I5", "update ledger set after = -100000 where account = 'money' and amount < 0 and source = 'sale'"),
    ("I6", f"update receipt_key set state = 'voided' where receipt_id = ({POSTED_SALE})"),
    ("I6", f"update receipt set kind = 'return', original_uid = ({OLDEST_SALE}) where kind = 'sale' and state = 'posted' and uid <> ({OLDEST_SALE})"),
    ("I7", f"update receipt_line set net = net + 1 where receipt_id = ({POSTED_SALE})"),
    ("I8", "update card set own_percent = 1 where version > 0 and series_id = (select id from series where code = 'CLIMBER')"),
    ("I8", "delete from rule_run"),
    ("I10", "update store set name = '4539578763621486'"),
    ("I10", "update store set name = '4539578763621486=2912'"),
    ("I11", "delete from activity where record = (select 'receipt:' || uid from receipt limit 1)"),
    ("I11", "update activity set actor = 'nobody' where id = (select min(id) from activity)"),
    ("I11", "delete from activity where id = (select min(id) from activity)"),
    ("I11", "delete from activity where act = 'party.erased'"),
    ("I12", "update store set name = 'Frau Wolkenstein'"),
    ("I13", "update mailing_recipient set state = 'failed' where id = (select min(id) from mailing_recipient where state = 'sent')"),
    ("I14", "update mailing set state = 'sending'"),
    ("I14", "update job set state = 'queued', finished_at = null where id = (select max(id) from job)"),
    ("I16", "update receipt set received_at = timestamptz '2030-01-01' - (received_at - timestamptz '2020-01-01')"),
]  # fmt: skip


@pytest.mark.parametrize(("invariant", "spoil"), SPOILT_ROWS)
async def test_row_that_is_spoilt_is_found(
    connection: asyncpg.Connection, evidence: Evidence, invariant: str, spoil: str
) -> None:
    assert await proofs.INVARIANTS[invariant](connection, evidence) == []
    assert await connection.execute(spoil) not in {"UPDATE 0", "DELETE 0"}
    assert await proofs.INVARIANTS[invariant](connection, evidence) != []


def change_till(evidence: Evidence, change: Callable[[Till], Till]) -> Evidence:
    return replace(evidence, tills=[change(evidence.tills[0]), *evidence.tills[1:]])


SPOILT_WORDS: list[tuple[str, Callable[[Evidence], Evidence]]] = [
    ("I2", lambda e: change_till(e, lambda till: replace(till, sent=dict(list(till.sent.items())[1:])))),
    ("I2", lambda e: change_till(e, lambda till: replace(till, voided=[*till.voided, next(uid for uid in till.acknowledged if uid not in till.voided)]))),
    ("I3", lambda e: change_till(e, lambda till: replace(till, acknowledged=[*till.acknowledged, "an invented one"]))),
    ("I3", lambda e: change_till(e, lambda till: replace(till, missing_after_kills=1))),
    ("I4", lambda e: change_till(e, lambda till: replace(till, shortages=[(next(iter(e.openings["balance"])), -9_000_00, 0.0, 9e9)]))),
    ("I9", lambda e: change_till(e, lambda till: replace(till, heard=till.heard - 1))),
    ("I9", lambda e: change_till(e, lambda till: replace(till, doubled=["2901234567890"]))),
    ("I9", lambda e: change_till(e, lambda till: replace(till, miscounted={"scan": (1, 2)}))),
    ("I13", lambda e: replace(e, mail=replace(e.mail, got=e.mail.got | {e.mail.left_alone[0]: 1}))),
    ("I13", lambda e: replace(e, mail=replace(e.mail, got=e.mail.got | {e.mail.agreed[0]: 99}))),
    ("I15", lambda e: replace(e, wrong_answers=["500"])),
    ("I16", lambda e: change_till(e, lambda till: replace(till, unexpected=["422"]))),
]  # fmt: skip


@pytest.mark.parametrize(("invariant", "spoil"), SPOILT_WORDS)
async def test_word_of_a_witness_that_does_not_fit_is_found(
    connection: asyncpg.Connection, evidence: Evidence, invariant: str, spoil: Callable[[Evidence], Evidence]
) -> None:
    assert await proofs.INVARIANTS[invariant](connection, evidence) == []
    assert await proofs.INVARIANTS[invariant](connection, spoil(evidence)) != []


async def test_receipt_that_is_in_no_journal_and_not_on_the_server_is_found(
    connection: asyncpg.Connection, evidence: Evidence, tmp_path: Path
) -> None:
    """I3: each of the two is enough."""
    till, lost = evidence.tills[0], evidence.tills[0].acknowledged[0]
    for file in till.folder.glob("journal.db*"):
        shutil.copy(file, tmp_path)
    spoilt = change_till(evidence, lambda till: replace(till, folder=tmp_path))
    await connection.execute("delete from receipt where uid = $1", lost)
    assert await proofs.INVARIANTS["I3"](connection, spoilt) == []
    with closing(sqlite3.connect(tmp_path / "journal.db")) as journal, journal:
        journal.execute("delete from entry where uid = ?", [lost])
    assert await proofs.INVARIANTS["I3"](connection, spoilt) != []
    assert till.folder != tmp_path


@pytest.mark.parametrize(
    ("change", "invariant"),
    [
        ("update entry set state = 'rejected' where id = (select max(id) from entry)", "I16"),
        ("update entry set state = 'queued' where id = (select max(id) from entry)", "I14"),
        ("insert into grant_offline values ('u', x'63', 'r', 400000, 0, '2026-01-01', '2026-01-01', null)", "I5"),
    ],
)
async def test_journal_that_is_spoilt_is_found(
    connection: asyncpg.Connection, evidence: Evidence, tmp_path: Path, *, change: str, invariant: str
) -> None:
    for file in evidence.tills[0].folder.glob("journal.db*"):
        shutil.copy(file, tmp_path)
    spoilt = change_till(evidence, lambda till: replace(till, folder=tmp_path))
    assert await proofs.INVARIANTS[invariant](connection, spoilt) == []
    with closing(sqlite3.connect(tmp_path / "journal.db")) as journal, journal:
        assert journal.execute(change).rowcount == 1
    assert await proofs.INVARIANTS[invariant](connection, spoilt) != []


@pytest.mark.parametrize("kind", ["a card of a bank", "a track", "a token", "a password", "a key"])
async def test_secret_in_a_log_is_found(
    connection: asyncpg.Connection, evidence: Evidence, tmp_path: Path, kind: str
) -> None:
    """I10: wherever in the file it stands, and in the database's own log too."""
    log = tmp_path / "some.log"
    log.write_text("x" * ((1 << 22) - 3) + evidence.secrets[kind][0])
    spoilt = replace(evidence, files=[log]) if kind != "a token" else replace(evidence, files=[], wal=[log])
    assert await proofs.INVARIANTS["I10"](connection, replace(spoilt, own=[log])) == []
    assert await proofs.INVARIANTS["I10"](connection, spoilt) != []


@pytest.mark.parametrize(
    ("answer", "is_wrong"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", False),
        (b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\r\n", False),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", True),
        (b"HTTP/1.1 500 Internal Server Error\r\nRetry-After: 1\r\n\r\n", True),
        (b'HTTP/1.1 400 Bad Request\r\n\r\n"Traceback (most recent call last)"', True),
    ],
)
def test_answer_that_nothing_excuses_is_noted(answer: bytes, *, is_wrong: bool) -> None:
    """I15."""
    watch = Watch()
    watch.see_bytes(answer)
    assert bool(watch.wrong) is is_wrong


def test_proofs_import_nothing_of_the_product() -> None:
    files = sorted(Path(proofs.__file__).parent.glob("*.py"))
    assert len(files) > 4
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            strange = [name for name in names if name.partition(".")[0] not in sys.stdlib_module_names]
            assert all(any(name == one or name.startswith(f"{one}.") for one in INDEPENDENT) for name in strange), file


def test_units_start_their_programs_again_each_after_a_pause() -> None:
    """What the campaign plays is what is shipped."""
    assert restart_seconds("tallycard-till") < restart_seconds("tallycard") < restart_seconds("tallycard-worker")
