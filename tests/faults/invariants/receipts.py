"""I2, I3, I5, I16: what tills sent, what they were promised, and what stands in their journals and on the server."""

import itertools
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import asyncpg

from tests.faults.invariants.evidence import Evidence, Till

CENT, PRICE, QUANTITY = Decimal("0.01"), Decimal("0.0001"), Decimal("0.000001")

STORED: Final = """
    select r.uid::text, r.kind, r.number, r.cashier, r.closed_at, r.total, r.state, r.payments::text as payments,
        r.original_uid::text as original, r.received_at, (select json_agg(json_build_array(
            l.line, l.sku, l.quantity, l.price, l.discount, l.net) order by l.line)::text
            from receipt_line l where l.receipt_id = r.id) as lines
    from receipt r where r.till = $1"""
OF_SHIFT: Final = f"{STORED} and r.shift = $2"
_OVERSPENT: Final = """
    select coalesce(sum(greatest(0, -l.after - c.credit_limit) - greatest(0, l.amount - l.after - c.credit_limit)), 0)::bigint
    from ledger l join card c using (card_id) join receipt r on r.uid = l.source_uid and r.business_date = l.business_date
    where l.account = 'money' and l.amount < 0 and r.till = $1"""
_UNFLAGGED: Final = """
    select format('receipt %s overspent card %s and is not flagged', r.uid, l.card_id)
    from ledger l join card c using (card_id) join receipt r on r.uid = l.source_uid and r.business_date = l.business_date
    where l.account = 'money' and l.amount < 0 and l.after < -c.credit_limit and not 'offline_overdraft' = any(r.flags)
    and not exists (select from hold h where h.receipt_uid = r.uid and h.state = 'captured')"""
_KEPT: Final = "select uid from entry where kind = 'receipt' and state in ('queued', 'taken', 'rejected')"
# What was answered together was sent together, and the server may take it in any order. What the server itself put off
# comes behind, for that reason.
_PORTIONS: Final = """
    select settled_at, uid, min(id) over (partition by settled_at) as first from entry
    where kind = 'receipt' and state = 'taken' and attempts = 0 order by first"""


async def receipts_are_there_once(connection: asyncpg.Connection, evidence: Evidence) -> list[str]:
    """I2: what the tills issued stands on the server, each once, as it was sent, and nothing else does."""
    problems = []
    for till in evidence.tills:
        rows = await connection.fetch(STORED, till.code)
        stored = {row["uid"]: row for row in rows}
        refused = [uid for uid in till.sent if uid not in set(till.acknowledged)]
        problems += [
            f"till {till.code}: receipt {uid} is not on the server" for uid in till.sent.keys() - stored.keys()
        ]
        problems += [f"till {till.code}: receipt {uid} was sent by nobody" for uid in stored.keys() - till.sent.keys()]
        problems += [f"till {till.code}: receipt {uid} was never acknowledged" for uid in refused]
        if len(rows) > len({row["number"] for row in rows}):
            problems.append(f"till {till.code}: a number of a receipt is there twice")
        for uid in stored.keys() & till.sent.keys():
            if as_sent(till.sent[uid]) != as_stored(stored[uid]):
                problems.append(f"till {till.code}: receipt {uid} is not what was sent")
        voided = {uid for uid, row in stored.items() if row["state"] == "voided"}
        problems += [
            f"till {till.code}: the void of {uid} is lost, or made by nobody" for uid in voided ^ {*till.voided}
        ]
        with _journal(till.folder) as journal:
            for (uid,) in journal.execute(f"select uid from ({_KEPT}) group by uid having count(*) > 1"):
                problems.append(f"till {till.code}: receipt {uid} stands in the journal twice")
    return problems


async def promises_are_kept(connection: asyncpg.Connection, evidence: Evidence) -> list[str]:
    """I3: what was answered with success stands in the till's journal or on the server, after each crash and now."""
    problems = []
    for till in evidence.tills:
        stored = {row["uid"] for row in await connection.fetch(STORED, till.code)}
        with _journal(till.folder) as journal:
            kept = {uid for (uid,) in journal.execute(_KEPT)}
        lost = set(till.acknowledged) - stored - kept
        problems += [f"till {till.code}: receipt {uid} was promised and is nowhere" for uid in lost]
        if till.missing_after_kills:
            problems.append(f"till {till.code}: {till.missing_after_kills} were not in the journal after a kill")
    return problems


async def overspend_is_within_allowances(connection: asyncpg.Connection, evidence: Evidence) -> list[str]:
    """I5: no more is overspent than tills granted, no till grants more at once than it may, each overspend is flagged."""
    problems = [row[0] for row in await connection.fetch(_UNFLAGGED)]
    for till in evidence.tills:
        overspent = await connection.fetchval(_OVERSPENT, till.code)
        with _journal(till.folder) as journal:
            grants = list(journal.execute("select amount, available, granted_at, ended_at from grant_offline"))
        granted = sum(amount for amount, *_ in grants)
        if overspent > granted:
            problems.append(f"till {till.code}: {overspent} cents were overspent, {granted} were granted")
        most = max((amount + available for amount, available, *_ in grants), default=0)
        if not till.jumps:
            most = max(most, most_at_once([(amount, granted, ended) for amount, _, granted, ended in grants]))
        if most > till.allowance:
            problems.append(f"till {till.code}: {most} cents were granted at once, {till.allowance} are allowed")
    return problems


def most_at_once(grants: Sequence[tuple[int, str, str | None]]) -> int:
    """Give the most money that was granted and not yet ended at any moment, by a clock that did not jump.

    A grant is its amount, when it was given, and when it ended.
    """
    changes = [(granted, amount) for amount, granted, _ in grants]
    changes += [(ended, -amount) for amount, _, ended in grants if ended is not None]
    most = now = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


async def clocks_refuse_nothing(connection: asyncpg.Connection, evidence: Evidence) -> list[str]:
    """I16: no receipt was refused, none came before one that its till kept earlier, however the clock jumped."""
    problems = []
    for till in evidence.tills:
        received = {row["uid"]: row["received_at"] for row in await connection.fetch(STORED, till.code)}
        with _journal(till.folder) as journal:
            (refused,) = journal.execute("select count(*) from entry where state = 'rejected'").fetchone()
            portions = [
                [received[uid] for _, uid, _ in portion if uid in received]
                for _, portion in itertools.groupby(journal.execute(_PORTIONS), key=lambda row: row[0])
            ]
        problems += [f"till {till.code}: {refused} receipts were refused"] if refused else []
        problems += [f"till {till.code}: answered otherwise than a register can bear: {one}" for one in till.unexpected]
        known = [portion for portion in portions if portion]
        for before, behind in itertools.pairwise(known):
            if min(behind) < min(before):
                problems.append(f"till {till.code}: a receipt kept later was there at {min(behind)}, before its turn")
    return problems


@contextmanager
def _journal(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open a copy of a till's journal; the original stays as it is."""
    with tempfile.TemporaryDirectory() as place:
        for file in folder.glob("journal.db*"):
            shutil.copy(file, place)
        with closing(sqlite3.connect(Path(place) / "journal.db")) as journal:
            yield journal


def as_sent(sent: Mapping[str, Any]) -> tuple[object, ...]:
    """Give what counts of a receipt as a register sent it."""
    lines = [
        [
            line["line"],
            line["sku"],
            int(Decimal(line["quantity"]) / QUANTITY),
            int(Decimal(line["price"]) / PRICE),
            int(Decimal(line.get("discount", "0")) / CENT),
            int(Decimal(line["net"]) / CENT),
        ]
        for line in sent["lines"]
    ]
    paid = sorted((payment["kind"], int(Decimal(payment["amount"]) / CENT)) for payment in sent["payments"])
    closed_at, total = datetime.fromisoformat(sent["closed_at"]), int(Decimal(sent["total"]) / CENT)
    original = (sent.get("original") or {}).get("receipt_uid")
    return sent["kind"], sent["number"], sent["cashier"], closed_at, lines, total, paid, original


def as_stored(row: Any) -> tuple[object, ...]:
    """Give the same of one as it stands in the database, a row of `STORED`."""
    paid = sorted((payment["kind"], payment["amount"]) for payment in json.loads(row["payments"]))
    facts = (row["kind"], row["number"], row["cashier"], row["closed_at"], json.loads(row["lines"]))
    return *facts, row["total"], paid, row["original"]


def list_waiting(till: Till) -> list[str]:
    """Name what waits in a till's journal."""
    with _journal(till.folder) as journal:
        (waiting,) = journal.execute("select count(*) from entry where state = 'queued'").fetchone()
    return [f"till {till.code}: {waiting} wait in the journal"] if waiting else []
