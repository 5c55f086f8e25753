"""All SQL of own pages: links found by the hash of their token or by their party, letters due, wrong tokens counted."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from msgspec import convert
from sqlalchemy import delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.own_pages.model import DueLetter, Link
from crm.own_pages.tables import own_page_link, own_page_refusal
from crm.parties.tables import party

MOST_FORGOTTEN: Final = 100
_kept = own_page_link.c


async def find_link(connection: AsyncConnection, party_id: int, *, lock: bool = False) -> Link | None:
    """Find the link of a party."""
    names = [one for one in Link.__struct_fields__ if one != "can_be_sent"]
    query = select(*(_kept[one] for one in names), _kept.sealed.is_not(None).label("can_be_sent"))
    query = query.where(_kept.party_id == party_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else convert(row, Link, from_attributes=True)


async def put_link(connection: AsyncConnection, party_id: int, values: Mapping[str, object]) -> None:
    """Write a party's link in the place of the one it had."""
    fresh = dict.fromkeys(name for name in _kept.keys() if name not in {"party_id", *values})  # noqa: SIM118 # columns are no mapping
    whole = fresh | {"asked": 0, "letter_tries": 0} | dict(values)
    put = insert(own_page_link).values(whole | {"party_id": party_id})
    await connection.execute(put.on_conflict_do_update(index_elements=["party_id"], set_=whole))


async def add_links(connection: AsyncConnection, rows: Sequence[Mapping[str, object]]) -> None:
    """Add links of parties that have none; whoever got one meanwhile keeps it."""
    if rows:
        await connection.execute(insert(own_page_link).on_conflict_do_nothing().values(list(rows)))


async def delete_link(connection: AsyncConnection, party_id: int) -> bool:
    """End a party's link; tells whether there was one."""
    return bool((await connection.execute(delete(own_page_link).where(_kept.party_id == party_id))).rowcount)


async def find_party_of(connection: AsyncConnection, hashed: bytes, *, now: datetime) -> int | None:
    """Find whose page a token opens now: no page of an erased party, or of one that is merged into another."""
    query = select(_kept.party_id).join(party, party.c.id == _kept.party_id).where(_kept.hash == hashed)
    query = query.where(party.c.erased_at.is_(None), party.c.merged_into.is_(None))
    query = query.where(or_(_kept.expires_at.is_(None), _kept.expires_at > now))
    return (await connection.execute(query)).scalar_one_or_none()


async def note_opened(connection: AsyncConnection, party_id: int, day: date) -> None:
    """Write down that a page was opened on a day, once."""
    fresh = (_kept.party_id == party_id) & _kept.opened_on.is_distinct_from(day)
    await connection.execute(update(own_page_link).where(fresh).values(opened_on=day))


async def count_correction(connection: AsyncConnection, party_id: int, day: date) -> int:
    """Count a correction that a page asks for; gives how many it were on that day."""
    values = {"party_id": party_id, "day": day}
    return int((await connection.execute(text(_COUNT_CORRECTION), values)).scalar_one())


async def list_sealed(connection: AsyncConnection, party_ids: Sequence[int], *, now: datetime) -> dict[int, bytes]:
    """List the sealed tokens of parties that have a link that letters can carry."""
    query = select(_kept.party_id, _kept.sealed).where(_kept.party_id.in_(party_ids), _kept.sealed.is_not(None))
    query = query.where(or_(_kept.expires_at.is_(None), _kept.expires_at > now))
    return {row.party_id: row.sealed for row in await connection.execute(query)}


async def list_without(connection: AsyncConnection, party_ids: Sequence[int]) -> list[int]:
    """List the parties that have no link at all and may have one."""
    query = select(party.c.id).outerjoin(own_page_link, _kept.party_id == party.c.id)
    query = query.where(party.c.id.in_(party_ids), _kept.party_id.is_(None))
    query = query.where(party.c.erased_at.is_(None), party.c.merged_into.is_(None)).order_by(party.c.id)
    return list((await connection.execute(query)).scalars())


async def queue_letter(connection: AsyncConnection, party_id: int, address: str, *, now: datetime) -> None:
    """Let a letter with the link go out to an address."""
    values = {"letter_address": address, "letter_due_at": now, "letter_tries": 0}
    whole = values | {"letter_sent_at": None, "letter_reason": None}
    await connection.execute(update(own_page_link).where(_kept.party_id == party_id).values(whole))


async def claim_letters(connection: AsyncConnection, *, most: int, now: datetime, until: datetime) -> list[DueLetter]:
    """Take letters in hand that are due, until a moment from which another may."""
    rows = await connection.execute(text(_CLAIM), {"most": most, "now": now, "until": until})
    return [convert(row, DueLetter, from_attributes=True) for row in rows]


async def note_letter(connection: AsyncConnection, party_id: int, values: Mapping[str, object]) -> None:
    """Write down what became of a letter."""
    await connection.execute(update(own_page_link).where(_kept.party_id == party_id).values(dict(values)))


async def find_refusals(connection: AsyncConnection, sender: bytes, *, since: datetime) -> int:
    """Find how many wrong tokens a sender showed since a moment at the earliest."""
    kept = own_page_refusal.c
    query = select(kept.refused).where(kept.sender == sender, kept.since > since)
    return (await connection.execute(query)).scalar_one_or_none() or 0


async def count_refusal(connection: AsyncConnection, sender: bytes, *, now: datetime, since: datetime) -> None:
    """Count a wrong token of a sender, anew where the last ones are older than a moment; and forget such old counts."""
    await connection.execute(text(_FORGET), {"since": since, "sender": sender, "most": MOST_FORGOTTEN})
    await connection.execute(text(_COUNT), {"sender": sender, "now": now, "since": since})


_COUNT: Final = """
insert into own_page_refusal as r (sender, refused, since) values (:sender, 1, :now)
on conflict (sender) do update set refused = case when r.since > :since then r.refused + 1 else 1 end,
    since = case when r.since > :since then r.since else excluded.since end
"""
_FORGET: Final = """
delete from own_page_refusal where sender in (select sender from own_page_refusal
    where since <= :since and sender <> :sender order by since limit :most for update skip locked)
"""
_COUNT_CORRECTION: Final = """
update own_page_link set asked = case when asked_on = cast(:day as date) then asked + 1 else 1 end,
    asked_on = cast(:day as date)
where party_id = :party_id returning asked
"""
_CLAIM: Final = """
with due as (
    select party_id from own_page_link where letter_due_at <= cast(:now as timestamptz) and sealed is not null
        and (expires_at is null or expires_at > cast(:now as timestamptz))
    order by letter_due_at, party_id limit :most for update skip locked
)
update own_page_link l set letter_tries = l.letter_tries + 1, letter_due_at = cast(:until as timestamptz)
from due join party p on p.id = due.party_id where l.party_id = due.party_id
returning l.party_id, l.sealed, p.name, p.language, l.made_at, l.letter_address, l.letter_tries
"""
