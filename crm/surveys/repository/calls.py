"""The SQL of calling: who is called, by whom and in which order, and which call is the next.

Key idea: a call is an event like any other; `survey_call` only says that it is one of a survey, in which place, and how
often nobody was reached. It is open as long as its event is neither completed, cancelled nor removed, and its party is
still somebody to be called.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct, convert
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.tables import directory_entry
from crm.events.tables import event
from crm.parties.tables import contact_person, party, party_contact, party_group
from crm.surveys.tables import survey_call, survey_list
from crm.views.model import View
from crm.views.repository.conditions import conditions_of
from crm.views.repository.context import Context
from database.activity import Act

NO_CALLS: Final = "no_calls"
"""The group of those who do not want to be called."""
ROWS_AT_ONCE: Final = 500
MOST_LISTS: Final = 50

_CALLS = f"""from survey_call c join event e on e.id = c.event_id join party p on p.id = c.party_id
    where c.project_id = {{survey}} and e.completed_at is null and e.cancelled_at is null and e.archived_at is null
        and p.merged_into is null and p.erased_at is null and p.archived_at is null
        and not exists (select from party_group g join directory_entry d on d.id = g.group_id
            where g.party_id = p.id and d.code = '{NO_CALLS}')"""
_OPEN = _CALLS.format(survey=":survey")


class Meant(Struct, frozen=True):
    """What a filter finds: who `known` ones are called already, `refused` and `no_phone` cannot be, `new` ones can."""

    known: int = 0
    refused: int = 0
    no_phone: int = 0
    new: int = 0


class CallList(Struct, frozen=True):
    """How a calling list came about: the filter, the sample with its seed, and who was left out."""

    id: int
    query: str
    sample: int | None
    seed: int
    added: int
    known: int
    refused: int
    no_phone: int
    actor: str
    at: datetime


class Waiting(Struct, frozen=True):
    """A survey that has a call for somebody now, and whom it would reach; `is_own` where it was entrusted to them."""

    survey_id: int
    survey: str
    party_id: int
    party: str
    is_own: bool


class SurveyCall(Struct, frozen=True):
    """A call of a survey: who is called in which place, and how often nobody was reached."""

    event_id: int
    party_id: int
    position: int
    tries: int


async def count_meant(connection: AsyncConnection, survey_id: int, view: View, context: Context) -> Meant:
    """Count the parties that a view means by what becomes of them. Raises ViewError."""
    found = _classified(survey_id, view, context).subquery("classified")
    rows = await connection.execute(select(found.c.fate, func.count()).group_by(found.c.fate))
    return Meant(**{row[0]: row[1] for row in rows})


async def draw(
    connection: AsyncConnection,
    survey_id: int,
    view: View,
    context: Context,
    *,
    seed: int,
    sample: int | None,
    most: int,
) -> list[int]:
    """Draw the parties to be called who are not called yet, at most so many, in random order.

    The order is that of a hash of the seed and the party, so the same seed draws the same ones again, and a greater
    sample holds the smaller one.
    """
    found = _classified(survey_id, view, context).subquery("classified")
    place = func.md5(func.concat(f"{seed}:", found.c.id)).label("place")
    drawn = select(found.c.id, found.c.fate, place).where(found.c.fate.in_(("known", "new")))
    chosen = drawn.order_by("place").limit(sample).subquery("drawn")
    query = select(chosen.c.id).where(chosen.c.fate == "new").order_by(chosen.c.place).limit(most)
    return list((await connection.execute(query)).scalars())


def _classified(survey_id: int, view: View, context: Context) -> Select[*tuple[object, ...]]:
    is_called = exists().where(survey_call.c.project_id == survey_id, survey_call.c.party_id == party.c.id)
    fate = case(
        (is_called, "known"), (refuses_calls(), "refused"), (not_(_has_phone()), "no_phone"), else_=literal("new")
    )
    conditions = [*conditions_of(view, context), party.c.erased_at.is_(None)]
    return select(party.c.id, fate.label("fate")).where(*conditions)


def refuses_calls() -> ColumnElement[bool]:
    """Tell whether a party does not want to be called."""
    word = directory_entry.alias("no_calls")
    groups = select(party_group.c.party_id).join(word, word.c.id == party_group.c.group_id)
    return groups.where(word.c.code == NO_CALLS, party_group.c.party_id == party.c.id).correlate(party).exists()


def _has_phone() -> ColumnElement[bool]:
    """Tell whether a party has a phone, or somebody who speaks for it has one."""
    own = exists().where(party_contact.c.party_id == party.c.id, party_contact.c.kind == "phone")
    speaks = and_(contact_person.c.party_id == party.c.id, party_contact.c.party_id == contact_person.c.person_id)
    return or_(own, exists().where(speaks, party_contact.c.kind == "phone"))


async def insert_calls(
    connection: AsyncConnection,
    survey_id: int,
    columns: Mapping[str, object],
    *,
    parties: Sequence[int],
    executors: Sequence[int | None],
) -> None:
    """Plan a call of each party behind those that there are, all of the same columns, each by its executor."""
    last = select(func.coalesce(func.max(survey_call.c.position), 0)).where(survey_call.c.project_id == survey_id)
    position = int((await connection.execute(last)).scalar_one())
    pairs = list(zip(parties, executors, strict=True))
    for start in range(0, len(pairs), ROWS_AT_ONCE):
        some = pairs[start : start + ROWS_AT_ONCE]
        rows = [{**columns, "party_id": one, "responsible_id": executor} for one, executor in some]
        made = await connection.execute(insert(event).values(rows).returning(event.c.party_id, event.c.id))
        events = {row.party_id: row.id for row in made}
        calls = [
            {"project_id": survey_id, "party_id": one, "event_id": events[one], "position": place, "tries": 0}
            for place, (one, _) in enumerate(some, position + start + 1)
        ]
        await connection.execute(insert(survey_call).values(calls))


async def insert_list(connection: AsyncConnection, survey_id: int, values: Mapping[str, object], *, act: Act) -> int:
    """Keep how a calling list came about, and give its identifier."""
    kept = {**values, "project_id": survey_id, "actor": act.actor, "at": act.at}
    return int((await connection.execute(insert(survey_list).values(kept).returning(survey_list.c.id))).scalar_one())


async def list_lists(connection: AsyncConnection, survey_id: int) -> list[CallList]:
    """List how the calling lists of a survey came about, the newest first."""
    columns = [survey_list.c[name] for name in CallList.__struct_fields__]
    query = select(*columns).where(survey_list.c.project_id == survey_id)
    rows = await connection.execute(query.order_by(survey_list.c.id.desc()).limit(MOST_LISTS))
    return [convert(row, CallList, from_attributes=True) for row in rows]


async def count_open(connection: AsyncConnection, survey_id: int) -> dict[int | None, int]:
    """Count the calls that are still to be made by who makes them, None for those that nobody was entrusted with."""
    query = f"select e.responsible_id, count(*) {_OPEN} group by 1"
    rows = await connection.execute(text(query), {"survey": survey_id})
    return {row[0]: row[1] for row in rows}


async def lock_open(connection: AsyncConnection, survey_id: int) -> list[int]:
    """List the calls that are still to be made by their places, locked in the order of their events."""
    query = f"select e.id, c.position {_OPEN} order by e.id for update of e"
    rows = await connection.execute(text(query), {"survey": survey_id})
    return [row.id for row in sorted(rows, key=lambda row: int(row.position))]


async def entrust(connection: AsyncConnection, executors: Mapping[int, int | None], *, act: Act) -> int:
    """Give locked events their responsible ones, keep who was before, and tell how many changed."""
    values = {"events": list(executors), "users": list(executors.values()), "at": act.at, "actor": act.actor}
    return (await connection.execute(text(_ENTRUST), values)).rowcount


async def rename_open(connection: AsyncConnection, survey_id: int, topic: str, *, act: Act) -> int:
    """Give the calls that are still to be made another topic, keep the old one, and tell how many changed."""
    events = await lock_open(connection, survey_id)
    values = {"events": events, "topic": topic, "at": act.at, "actor": act.actor}
    return (await connection.execute(text(_RENAME), values)).rowcount


def _write(column: str, given: str) -> str:
    """Write one column of events anew and keep old and new value: one statement for all, rows of `id` and `value`."""
    return f"""
        with given as ({given}), changed as (
            update event e set {column} = g.value, version = e.version + 1, changed_at = cast(:at as timestamptz)
            from given g join event o on o.id = g.id
            where e.id = g.id and e.{column} is distinct from g.value
            returning e.id, e.version, to_jsonb(o.{column}) as before, to_jsonb(e.{column}) as after
        )
        insert into event_change (event_id, at, actor, version, before, after)
        select id, cast(:at as timestamptz), cast(:actor as text), version,
            jsonb_build_object('{column}', before), jsonb_build_object('{column}', after)
        from changed"""


_EVENTS = "unnest(cast(:events as bigint[])"
_ENTRUST: Final = _write("responsible_id", f"select * from {_EVENTS}, cast(:users as bigint[])) as u (id, value)")
_RENAME: Final = _write("topic", f"select id, cast(:topic as text) as value from {_EVENTS}) as u (id)")


async def find_next(connection: AsyncConnection, survey_id: int, user_id: int, *, now: datetime) -> int | None:
    """Find the next call of somebody: one entrusted to them, else one to nobody; those to call again today come first.

    It is locked until the transaction ends, and what others have locked is passed over. Each look ends at the first
    call of an index.
    """
    values: dict[str, object] = {"survey": survey_id, "user": user_id, "now": now}
    for look in NEXT_CALL:
        found = (
            await connection.execute(text(look), {name: values[name] for name in values if f":{name}" in look})
        ).scalar()
        if found is not None:
            return int(found)
    return None


NEXT_CALL: Final = tuple(
    f"""select e.id {_OPEN} and e.project_id = :survey and {whose} and {when}
        order by e.responsible_id, e.starts_at, e.id limit 1 for update of e skip locked"""
    for whose in ("e.responsible_id = :user", "e.responsible_id is null")
    for when in ("e.starts_at <= :now", "e.starts_at is null")
)
"""Each in the whole order of its index: that a column is null tells PostgreSQL nothing of the order."""


async def list_waiting(connection: AsyncConnection, user_id: int, *, now: datetime, most: int) -> list[Waiting]:
    """List the surveys that have a call for somebody, the newest first, each with the one that would be next."""
    rows = await connection.execute(text(_WAITING), {"user": user_id, "now": now, "most": most})
    return [convert(row, Waiting, from_attributes=True) for row in rows]


_LOOKS: Final = " union all ".join(
    f"""(select {place} as place, p.id as party_id, p.name as party, {is_own} as is_own
        {_CALLS.format(survey="s.project_id")} and e.project_id = s.project_id and {whose} and {when}
        order by e.responsible_id, e.starts_at, e.id limit 1)"""
    for place, (whose, is_own, when) in enumerate(
        (whose, is_own, when)
        for whose, is_own in (("e.responsible_id = :user", "true"), ("e.responsible_id is null", "false"))
        for when in ("e.starts_at <= :now", "e.starts_at is null")
    )
)
_WAITING: Final = f"""
    select s.project_id as survey_id, r.name as survey, n.party_id, n.party, n.is_own
    from survey s join project r on r.id = s.project_id and r.closed_at is null and r.archived_at is null
    cross join lateral (select * from ({_LOOKS}) look order by place limit 1) n
    order by s.created_at desc, s.project_id desc limit :most
"""


async def find_call(connection: AsyncConnection, survey_id: int, event_id: int) -> SurveyCall | None:
    """Find a call of a survey."""
    columns = [survey_call.c[name] for name in SurveyCall.__struct_fields__]
    wanted = (survey_call.c.project_id == survey_id, survey_call.c.event_id == event_id)
    row = (await connection.execute(select(*columns).where(*wanted))).one_or_none()
    return None if row is None else convert(row, SurveyCall, from_attributes=True)


async def count_try(connection: AsyncConnection, event_id: int) -> None:
    """Count that nobody was reached once more."""
    changed = update(survey_call).where(survey_call.c.event_id == event_id)
    await connection.execute(changed.values(tries=survey_call.c.tries + 1))
