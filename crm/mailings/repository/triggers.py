"""The SQL of what sends a mailing to a party by itself: who is concerned now, and how far was looked.

Key idea: nobody is looked for among all parties. What happened since the last look, or on the days that it brought, is
found by an index: of yeses by their moment (`subscription_given`), of parties by their making (`party_made`), of
birthdays by month and day (`party_birthday`), of points by their last day (`points_term_due`), of receipts by theirs
(`receipt_newest`, and `card_day` for what came later). Who has the mailing for an occurrence is passed over by the
unique key of recipients; so a look that was killed is simply looked again.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from msgspec import Struct
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mailings.tables import mailing

PORTION: Final = 2_000


class Occasion(Struct, frozen=True):
    """A party whom a mailing concerns now; each occurrence brings it one letter."""

    party_id: int
    occurrence: str


async def list_running(connection: AsyncConnection) -> list[int]:
    """List the mailings that send themselves."""
    kept = mailing.c
    query = select(kept.id).where(kept.state == "running", kept.trigger.is_not(None)).order_by(kept.id)
    return list((await connection.execute(query)).scalars())


async def list_new(
    connection: AsyncConnection, mailing_id: int, *, kind_id: int, needs_consent: bool, since: datetime
) -> list[Occasion]:
    """List parties that said yes to a kind since a moment; where it needs no yes, those that were made since."""
    statement = _AGREED if needs_consent else _MADE
    values = {"mailing": mailing_id, "since": since, "most": PORTION} | ({"kind": kind_id} if needs_consent else {})
    return [Occasion(*row) for row in await connection.execute(text(statement), values)]


async def list_birthdays(
    connection: AsyncConnection, mailing_id: int, *, numbers: list[int], occurrence: str
) -> list[Occasion]:
    """List who was born on days, as month and day in one number."""
    values = {"mailing": mailing_id, "numbers": numbers, "occurrence": occurrence, "most": PORTION}
    return [Occasion(*row) for row in await connection.execute(text(_BORN), values)]


async def list_expiring(connection: AsyncConnection, mailing_id: int, day: date) -> list[Occasion]:
    """List holders of cards that have points whose last day is a day."""
    return await _of_day(connection, _EXPIRING, mailing_id, day)


async def list_absent(connection: AsyncConnection, mailing_id: int, day: date) -> list[Occasion]:
    """List holders of cards whose last receipt is of a day."""
    return await _of_day(connection, _ABSENT, mailing_id, day)


async def leave_out(
    connection: AsyncConnection, mailing_id: int, party_ids: Sequence[int], occurrence: str, *, now: datetime
) -> None:
    """Keep of parties whom the audience does not name that they were looked at."""
    values = {"mailing": mailing_id, "parties": list(party_ids), "occurrence": occurrence, "now": now}
    await connection.execute(text(_LEAVE_OUT), values)


async def put_mark(connection: AsyncConnection, mailing_id: int, moment: datetime) -> None:
    """Write down up to when was looked; the mailing stays the same version."""
    await connection.execute(update(mailing).where(mailing.c.id == mailing_id).values(triggered_to=moment))


async def find_mark(connection: AsyncConnection, mailing_id: int) -> datetime | None:
    """Find up to when was looked."""
    query = select(mailing.c.triggered_to).where(mailing.c.id == mailing_id)
    found: datetime | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def _of_day(connection: AsyncConnection, statement: str, mailing_id: int, day: date) -> list[Occasion]:
    values: Mapping[str, object] = {
        "mailing": mailing_id,
        "day": day,
        "occurrence": day.isoformat(),
        "most": PORTION,
    }
    return [Occasion(*row) for row in await connection.execute(text(statement), values)]


_LEAVE_OUT: Final = """
insert into mailing_recipient (mailing_id, party_id, occurrence, address, domain, state, reason, due_at)
select :mailing, id, :occurrence, '', '', 'left_out', 'not_named', cast(:now as timestamptz)
from unnest(cast(:parties as bigint[])) id on conflict do nothing
"""
_STANDS: Final = "p.merged_into is null and p.archived_at is null and p.erased_at is null"
_UNTOLD: Final = """not exists (select from mailing_recipient r
    where r.mailing_id = :mailing and r.party_id = p.id and r.occurrence = {occurrence})"""
_WELCOME: Final = _UNTOLD.format(occurrence="'welcome'")
_OTHER: Final = _UNTOLD.format(occurrence=":occurrence")

_AGREED: Final = f"""
select p.id, 'welcome' from subscription s join party p on p.id = s.party_id
where s.kind_id = :kind and s.state = 'subscribed' and s.changed_at > cast(:since as timestamptz)
    and {_STANDS} and {_WELCOME}
order by s.changed_at limit :most
"""
_MADE: Final = f"""
select p.id, 'welcome' from party p
where p.created_at > cast(:since as timestamptz) and {_STANDS} and {_WELCOME}
order by p.created_at limit :most
"""
_BORN: Final = f"""
select p.id, cast(:occurrence as text) from party p
where (extract(month from p.birth_date) * 100 + extract(day from p.birth_date)) = any(cast(:numbers as numeric[]))
    and p.birth_date is not null and {_STANDS} and {_OTHER}
limit :most
"""
_EXPIRING: Final = f"""
select distinct p.id, cast(:occurrence as text) from points_term t
join card c on c.card_id = t.card_id and c.state not in ('replaced', 'closed') join party p on p.id = c.holder_id
where t.day = cast(:day as date) and not t.settled and t.earned > t.spent and {_STANDS} and {_OTHER}
limit :most
"""
_ABSENT: Final = f"""
select distinct p.id, cast(:occurrence as text) from receipt b
join card_day t on t.card_id = b.card_id and t.day = b.business_date and t.receipts > 0
join card c on c.card_id = b.card_id join party p on p.id = c.holder_id
where b.business_date = cast(:day as date) and {_STANDS} and {_OTHER} and not exists (
    select from card o join card_day d on d.card_id = o.card_id
    where o.holder_id = p.id and d.day > cast(:day as date))
limit :most
"""
