"""The SQL of what the feed's records are now: their names, their states, and what was promised against what came.

Key idea: one query for each kind of record, all of the same columns. The feed reads those of a page's records by their
identifiers, and filters acts by the state of the one record that each is about.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import convert, structs
from sqlalchemy import ColumnElement, text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.dispatcher.model import Known, Status
from loyalty.numbering import mask

_END = "((cast({day} as date) + 1)::timestamp at time zone :zone)"
"""The end of a day: what is planned for it may come all day long."""

_TASK = """
    select 'task:' || t.id, t.title, s.code, s.names,
        case s.stage when 'done' then 'done' when 'dropped' then 'cancelled' else 'open' end,
        t.starts_at, t.due_at, t.closed_at, k.code
    from task t join task_state s on s.id = t.state_id join task_kind k on k.id = t.kind_id where t.id {one}"""
_OVER = "coalesce(t.ends_at, t.starts_at)"
_EVENT = f"""
    select 'event:' || t.id, t.topic,
        case when t.cancelled_at is not null then 'cancelled' when t.completed_at is not null then 'completed'
            when k.is_contact and {_OVER} <= :now then 'held' else 'planned' end, null::jsonb,
        case when t.cancelled_at is not null then 'cancelled'
            when t.completed_at is not null or k.is_contact and {_OVER} <= :now then 'done' else 'open' end,
        t.starts_at, coalesce(t.promised_at, case when not k.is_contact then t.ends_at end),
        coalesce(t.held_at, t.completed_at, case when k.is_contact and {_OVER} <= :now then {_OVER} end), k.code
    from event t join event_kind k on k.id = t.kind_id where t.id {{one}}"""
_BUSINESS = f"""
    select 'business_document:' || t.id, t.number, t.status, null::jsonb,
        case when t.status = 'cancelled' then 'cancelled'
            when t.status in ('done', 'received', 'delivered') then 'done' else 'open' end,
        null::timestamptz, {_END.format(day="t.planned_on")}, {_END.format(day="t.delivered_on")}, t.kind
    from business_document t where t.id {{one}}"""
_ENTRY = """
    select 'feed_entry:' || t.id, t.title, t.status, null::jsonb,
        case when t.planned_at is not null and t.actual_at is null then 'open' else 'done' end,
        null::timestamptz, t.planned_at, t.actual_at, t.kind
    from feed_entry t where t.id {one}"""
_PROJECT = f"""
    select 'project:' || t.id, t.name, null::text, null::jsonb,
        case when t.closed_at is null then 'open' else 'done' end,
        null::timestamptz, {_END.format(day="t.due_on")}, t.closed_at, null::text
    from project t where t.id {{one}}"""
_SURVEY = """
    select 'survey:' || t.project_id, t.topic, null::text, null::jsonb, 'done', null::timestamptz, null::timestamptz,
        null::timestamptz, null::text
    from survey t where t.project_id {one}"""
_LETTER = """
    select 'letter:' || t.id, t.topic, null::text, null::jsonb, 'done', null::timestamptz, null::timestamptz,
        null::timestamptz, k.code
    from letter t join letter_kind k on k.id = t.kind_id where t.id {one}"""
_PARTY = """
    select 'party:' || t.id, t.name, null::text, null::jsonb, 'done', null::timestamptz, null::timestamptz,
        null::timestamptz, t.kind
    from party t where t.id {one}"""
_CARD = """
    select 'card:' || t.card_id, t.number, t.state, null::jsonb, 'done', null::timestamptz, null::timestamptz,
        null::timestamptz, null::text
    from card t where t.card_id {one}"""
_RECEIPT = """
    select 'receipt:' || t.uid, t.number, t.state, null::jsonb,
        case when t.state = 'voided' then 'cancelled' else 'done' end,
        null::timestamptz, null::timestamptz, null::timestamptz, t.kind
    from receipt_key t where t.uid {one}"""
_DOCUMENT = """
    select 'document:' || t.uid, t.number, null::text, null::jsonb, 'done', null::timestamptz, null::timestamptz,
        null::timestamptz, t.kind
    from document t where t.uid {one}"""

_BY_NUMBER: Final[Mapping[str, str]] = {
    "task": _TASK,
    "event": _EVENT,
    "business_document": _BUSINESS,
    "feed_entry": _ENTRY,
    "project": _PROJECT,
    "survey": _SURVEY,
    "letter": _LETTER,
    "party": _PARTY,
    "card": _CARD,
}
_BY_UUID: Final[Mapping[str, str]] = {"receipt": _RECEIPT, "document": _DOCUMENT}
_WITH_STANDING: Final = ("task", "event", "business_document", "feed_entry", "project")
_MOST_DIGITS = 18


async def load_known(
    connection: AsyncConnection, records: Iterable[str], *, now: datetime, zone: str
) -> dict[str, Known]:
    """Load what is known of some records, by their names in the journal; those of other kinds are left out.

    It takes a statement for each kind of record that there is, eleven at most. A card is called by its masked number.
    """
    by_kind: dict[str, set[int | UUID]] = defaultdict(set)
    for record in records:
        kind, _, name = record.partition(":")
        if kind in _BY_NUMBER and name.isdecimal() and len(name) <= _MOST_DIGITS:
            by_kind[kind].add(int(name))
        elif kind in _BY_UUID:
            by_kind[kind].add(UUID(name))
    found: dict[str, Known] = {}
    for kind, keys in by_kind.items():
        for one in await _load(connection, kind, keys, now=now, zone=zone):
            found[one.record] = structs.replace(one, name=mask(one.name)) if kind == "card" else one
    return found


async def _load(
    connection: AsyncConnection, kind: str, keys: Collection[int | UUID], *, now: datetime, zone: str
) -> list[Known]:
    query = f"select * from ({query_of(kind, '= any(:keys)')}) as known ({COLUMNS})"
    given: dict[str, object] = {"now": now, "zone": zone}
    used = {name: value for name, value in given.items() if f":{name}" in query}
    rows = await connection.execute(text(query), {"keys": list(keys), **used})
    return [convert(row, Known, from_attributes=True) for row in rows]


def is_in_status(status: Status, *, now: datetime, zone: str) -> ColumnElement[bool]:
    """Say of an act that its record is in a state now; one without a state is in none.

    It is asked of rows that are called `activity`, and looks at one record for each.
    """
    queries = " union all ".join(query_of(kind, f"= {_KEY.format(kind=kind)}") for kind in _WITH_STANDING)
    condition = text(f"exists (select from ({queries}) as known ({COLUMNS}) where {_FITS[status]})")
    given: dict[str, object] = {"now": now, "zone": zone}
    if status != "late":
        given["standing"] = status
    return condition.bindparams(**given)  # type: ignore[return-value] # a condition as text


def query_of(kind: str, one: str) -> str:
    """Give the query of some records of a kind, `one` being what is asked of their key: `= 7`, `in (select ...)`."""
    return (_BY_NUMBER.get(kind) or _BY_UUID[kind]).format(one=one)


COLUMNS: Final = "record, name, status, status_names, standing, starts_at, planned_at, actual_at, kind"
_KEY: Final = (
    "case when activity.record ~ '^{kind}:[0-9]{{1,18}}$' then cast(split_part(activity.record, ':', 2) as bigint) end"
)
LATE: Final = """known.planned_at < coalesce(known.actual_at, :now) and known.standing <> 'cancelled'
    and (known.standing = 'open' or known.actual_at is not null)"""
_FITS: Final[Mapping[Status, str]] = {
    "open": "known.standing = :standing",
    "done": "known.standing = :standing",
    "cancelled": "known.standing = :standing",
    "late": LATE,
}
