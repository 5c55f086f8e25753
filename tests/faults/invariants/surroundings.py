"""I9, I13, I14, I15: readings, mail, queues and answers, by the counts of who stands outside."""

from typing import Final

import asyncpg

from tests.faults.invariants.evidence import Evidence
from tests.faults.invariants.receipts import list_waiting

_RECIPIENTS: Final = "select address, state, doubts from mailing_recipient where state <> 'left_out'"
_TWICE: Final = """
    select format('mailing %s has party %s twice', mailing_id, party_id) from mailing_recipient where party_id is not null
    group by mailing_id, party_id, occurrence having count(*) > 1"""
_WAITING: Final = """
    select 'jobs', count(*) from job where state in ('queued', 'running')
    union all select 'letters', count(*) from mailing_recipient where state in ('queued', 'sending', 'deferred')
    union all select 'mailings', count(*) from mailing where state not in ('sent', 'cancelled', 'draft')
    union all select 'parked receipts', count(*) from awaited_original"""


async def readings_are_heard_once(_: asyncpg.Connection, evidence: Evidence) -> list[str]:
    """I9: each valid reading became one event, each spoilt one was counted, but for those that a kill cut off."""
    problems = []
    for till in evidence.tills:
        told = till.heard + till.spoilt + till.cut_off
        problems += [f"till {till.code}: {till.scanned} were read, {told} were told"] if till.scanned != told else []
        problems += [f"till {till.code}: reading {number} is lost" for number in till.lost]
        problems += [f"till {till.code}: reading {number} was told twice" for number in till.doubled]
        problems += [
            f"till {till.code}: {word} is counted wrongly: {counts}" for word, counts in till.miscounted.items()
        ]
    return problems


async def mail_is_wanted_and_single(connection: asyncpg.Connection, evidence: Evidence) -> list[str]:
    """I13: nobody is mailed who did not agree, nobody twice but in a counted doubt, and nobody sent to without a word."""
    mail = evidence.mail
    problems = [row[0] for row in await connection.fetch(_TWICE)]
    problems += [f"{address} did not agree and was mailed" for address in mail.left_alone if mail.got.get(address)]
    rows = {row["address"]: row for row in await connection.fetch(_RECIPIENTS)}
    taken = set(mail.taken)
    for address in mail.agreed:
        row = rows.get(address)
        if row is None or row["state"] != "sent" or address not in taken:
            problems.append(f"{address} agreed and was not mailed")
        elif mail.got.get(address, 0) > 1 + row["doubts"]:
            problems.append(f"{address} was mailed {mail.got[address]} times, {row['doubts']} doubts are counted")
    return problems


async def queues_are_empty(connection: asyncpg.Connection, evidence: Evidence) -> list[str]:
    """I14: after the last fault nothing waits anywhere."""
    problems = [f"{count} {what} wait" for what, count in await connection.fetch(_WAITING) if count]
    return problems + [line for till in evidence.tills for line in list_waiting(till)]


async def answers_are_clean(_: asyncpg.Connection, evidence: Evidence) -> list[str]:
    """I15: no answer above 499 but a 503 that says when to come again, and no trace of a stack in any."""
    return evidence.wrong_answers
