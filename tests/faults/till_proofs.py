"""What must hold of a till after faults, asked with SQL that shares nothing with the product.

I2, I3: what was acknowledged is on the server, once, as it was sent, and nothing else is. I5: no more is overspent than
the till granted, never more at once than it may, and each receipt that overspent is flagged. I9 is the cashier's.
"""

from pathlib import Path
from typing import Any, Final

import asyncpg

from tests.faults.invariants.receipts import OF_SHIFT, as_sent, as_stored, most_at_once
from tests.faults.register import Register
from tests.faults.till import PER_TILL, TILL, copied_journal

_OVERSPENT: Final = """
    select coalesce(sum(greatest(0, -l.after) - greatest(0, l.amount - l.after)), 0)::bigint
    from ledger l join receipt r on r.uid = l.source_uid
    where l.account = 'money' and l.amount < 0 and r.till = $1 and r.shift = $2"""
_DIFFERENCES: Final = {
    "turnover is not the sum of receipts": """select count(*) from card c where c.turnover <> (select
        coalesce(sum(r.total), 0) from receipt r where r.card_id = c.card_id and r.state = 'posted')""",
    "turnover is not the sum of its ledger": """select count(*) from card c where c.turnover <> (select
        coalesce(sum(l.amount), 0) from ledger l where l.card_id = c.card_id and account = 'turnover')""",
    "balance is not the sum of its ledger": """select count(*) from card c where c.balance <> (select
        coalesce(sum(l.amount), 0) from ledger l where l.card_id = c.card_id and account = 'money')""",
    "receipt without its line": """select count(*) from receipt r where not exists
        (select from receipt_line l where l.receipt_id = r.id)""",
    "overspent and not flagged": """select count(*) from ledger l join receipt r on r.uid = l.source_uid
        where l.account = 'money' and l.after < 0 and l.amount < 0 and not 'offline_overdraft' = any(r.flags)
        and not exists (select from hold h where h.receipt_uid = r.uid and h.state = 'captured')""",
    "number in sequence missing": """select coalesce(sum(missing), 0) from (select max(seq) - count(distinct seq)
        as missing from receipt group by till_instance) s""",
}


class Proofs(dict[str, int]):
    """What was counted, by its name; `broken` names what must be nothing and is not."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: list[str] = []

    def must_be_nothing(self, name: str, found: int) -> None:
        """Note a count that must be 0."""
        self[name] = found
        if found:
            self.broken.append(f"{name}: {found}")


async def prove(dsn: str, register: Register, folder: Path) -> Proofs:
    """Compare a shift of a till with the server's database and with the till's own journal, which is not in use."""
    proofs = Proofs()
    connection = await asyncpg.connect(dsn)
    try:
        stored = await connection.fetch(OF_SHIFT, TILL, register.shift)
        differences = {name: await connection.fetchval(query) for name, query in _DIFFERENCES.items()}
        overspent = await connection.fetchval(_OVERSPENT, TILL, register.shift)
    finally:
        await connection.close()
    _prove_receipts(proofs, register, [dict(row) for row in stored])
    for name, found in differences.items():
        proofs.must_be_nothing(name, int(found))
    _prove_journal(proofs, register, folder, overspent=int(overspent))
    proofs.must_be_nothing("unexpected answers", len(register.unexpected))
    return proofs


def kept_in(folder: Path) -> set[str]:
    """Give the receipts that stand in the journal of an agent that is dead."""
    with copied_journal(folder) as journal:
        return {uid for (uid,) in journal.execute(KEPT)}


KEPT: Final = "select uid from entry where kind = 'receipt' and state in ('queued', 'taken', 'rejected')"


def _prove_receipts(proofs: Proofs, register: Register, stored: list[dict[str, Any]]) -> None:
    uids = [row["uid"] for row in stored]
    proofs["sent"] = len(register.sent)
    proofs["acknowledged"] = len(register.acknowledged)
    proofs["stored"] = len(set(uids))
    proofs["voided"] = len(register.voided)
    proofs.must_be_nothing("lost", len(register.acknowledged.keys() - set(uids)))
    proofs.must_be_nothing("never acknowledged", len(register.sent.keys() - register.acknowledged.keys()))
    proofs.must_be_nothing("doubled", len(uids) - len({row["number"] for row in stored}))
    proofs.must_be_nothing("never sent", len(set(uids) - register.sent.keys()))
    known = [row for row in stored if row["uid"] in register.sent]
    is_other = [row["uid"] for row in known if as_sent(register.sent[row["uid"]]) != as_stored(row)]
    proofs.must_be_nothing("stored otherwise than sent", len(is_other))
    voided = {row["uid"] for row in stored if row["state"] == "voided"}
    proofs.must_be_nothing("void lost, or made by nobody", len(voided ^ register.voided.keys()))


def _prove_journal(proofs: Proofs, register: Register, folder: Path, *, overspent: int) -> None:
    with copied_journal(folder) as journal:
        states = dict(journal.execute("select state, count(*) from entry group by state"))
        twice = journal.execute(f"select count(*) - count(distinct uid) from ({KEPT})").fetchone()[0]
        grants = list(journal.execute("select amount, granted_at, ended_at from grant_offline"))
    kept = kept_in(folder)
    proofs.must_be_nothing("waiting in the journal", states.get("queued", 0))
    proofs.must_be_nothing("rejected", states.get("rejected", 0))
    proofs.must_be_nothing("twice in the journal", twice)
    proofs.must_be_nothing("acknowledged and not in the journal", len(register.acknowledged.keys() - kept))
    proofs["granted offline, cents"] = granted = sum(amount for amount, *_ in grants)
    proofs["granted at once, cents"] = most = most_at_once(grants)
    proofs["overspent, cents"] = overspent
    proofs.must_be_nothing("granted at once beyond the allowance", max(0, most - PER_TILL))
    proofs.must_be_nothing("overspent beyond what was granted", max(0, overspent - granted))
