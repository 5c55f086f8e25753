"""The command `python -m benchmarks.journal`: what a receipt's commit to the journal costs, beside SQLite alone.

Both write to the same disk with the same guarantees (write-ahead log, `synchronous=FULL`), one after the other in short
turns, so that what else the machine does falls on both.
"""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import click
import msgspec

from pos_adapter.drafting import draft_receipt
from pos_adapter.journal.journal import open_journal
from pos_adapter.protocol import Posting

LINES = 12
TURN = 50


@click.command()
@click.option("--commits", type=click.IntRange(TURN), default=2_000, show_default=True, help="Commits of each kind.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="On the disk to measure.")
def main(commits: int, folder: Path | None) -> None:
    """Measure commits of receipts in turns, and print the median and the 99th of a hundred of each."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        journal = open_journal(Path(place) / "journal.db", new_instance=str(uuid4()))
        bare = _open_bare(Path(place) / "bare.db")

        def keep() -> None:
            body = _receipt()
            posting = msgspec.json.decode(body, type=Posting)
            draft = draft_receipt(body, posting, till_instance=journal.till_instance, currency=None)
            began = time.perf_counter_ns()
            journal.keep(draft, now=datetime.now(UTC))
            spent["journal"].append(time.perf_counter_ns() - began)

        def insert() -> None:
            body = _receipt()
            began = time.perf_counter_ns()
            bare.execute("begin immediate")
            bare.execute("insert into entry (uid, body) values (?, ?)", (str(uuid4()), body))
            bare.execute("commit")
            spent["bare SQLite"].append(time.perf_counter_ns() - began)

        spent: dict[str, list[int]] = {"journal": [], "bare SQLite": []}
        for _ in range(0, commits, TURN):
            _take_turns(keep, insert)
        journal.close()
        bare.close()
    for name, nanoseconds in spent.items():
        middle, worst = statistics.median(nanoseconds), statistics.quantiles(nanoseconds, n=100)[98]
        click.echo(f"{name:12} p50 {middle / 1000:7.0f} us   p99 {worst / 1000:7.0f} us   {len(nanoseconds):,} commits")
    ratio = statistics.median(spent["journal"]) / statistics.median(spent["bare SQLite"])
    click.echo(f"a commit of the journal costs {ratio:.2f} of bare SQLite's")


def _take_turns(*acts: Callable[[], None]) -> None:
    for act in acts:
        for _ in range(TURN):
            act()


def _open_bare(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("create table entry (id integer primary key autoincrement, uid text unique, body blob)")
    return connection


def _receipt() -> bytes:
    lines = [
        {"line": place, "sku": f"{1_000 + place}", "quantity": "1", "price": "10.00", "net": "10.00"}
        for place in range(1, LINES + 1)
    ]
    uid = str(uuid4())
    total = f"{10 * LINES}.00"
    receipt = {
        "receipt_uid": uid,
        "kind": "sale",
        "store": "0007",
        "till": "3",
        "shift": 118,
        "number": uid[-12:],
        "business_date": "2026-11-22",
        "closed_at": "2026-11-22T10:15:02+02:00",
        "cashier": "5",
        "lines": lines,
        "payments": [{"kind": "cash", "amount": total}],
        "total": total,
    }
    return msgspec.json.encode(receipt)


if __name__ == "__main__":
    main()
