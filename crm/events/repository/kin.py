"""The SQL that tells what records of other modules are: by which word, number, day and status people know them.

Key idea: one query for each kind of record, whichever module it is of; each gives the same columns. A kind that is not
here is shown by its name alone.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final

from msgspec import Struct, convert
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class Kin(Struct, frozen=True, kw_only=True):
    """A record: `kind` and `status` are codes of its module, or words that users named in languages."""

    record: str
    kind: str
    kind_names: dict[str, str] | None = None
    number: str
    title: str | None = None
    on: date | None = None
    status: str | None = None
    status_names: dict[str, str] | None = None
    project_id: int | None = None
    party_id: int | None = None


async def describe(connection: AsyncConnection, records: Collection[str]) -> dict[str, Kin]:
    """Tell what some records are, by their names in the journal; one query for each kind of them."""
    keys: dict[str, list[str]] = {}
    for record in records:
        kind, _, key = record.partition(":")
        keys.setdefault(kind, []).append(key)
    found: dict[str, Kin] = {}
    for kind, wanted in keys.items():
        if kind in _QUERIES:
            rows = await connection.execute(text(_QUERIES[kind]), {"keys": wanted})
            found |= {row.record: convert(row._mapping, Kin) for row in rows}  # noqa: SLF001 # the public name of it
    return found


_QUERIES: Final[Mapping[str, str]] = {
    "event": """
        select 'event:' || e.id as record, k.code as kind, k.names as kind_names, e.id::text as number,
            e.topic as title, (e.starts_at at time zone e.zone)::date as "on", e.project_id, e.party_id,
            case when e.cancelled_at is not null then 'cancelled' when e.completed_at is not null then 'completed'
                when k.is_contact and coalesce(e.ends_at, e.starts_at) <= now() then 'held' else 'planned' end as status
        from event e join event_kind k on k.id = e.kind_id
        where e.id = any(cast(cast(:keys as text[]) as bigint[])) and e.archived_at is null""",
    "task": """
        select 'task:' || t.id as record, k.code as kind, k.names as kind_names, t.id::text as number, t.title,
            coalesce(t.due_at, t.created_at)::date as "on", s.code as status, s.names as status_names,
            t.project_id, t.party_id
        from task t join task_kind k on k.id = t.kind_id join task_state s on s.id = t.state_id
        where t.id = any(cast(cast(:keys as text[]) as bigint[])) and t.archived_at is null""",
    "project": """
        select 'project:' || p.id as record, d.code as kind, d.names as kind_names, p.id::text as number,
            p.name as title, p.created_at::date as "on", p.id as project_id, p.party_id,
            case when p.closed_at is null then 'planned' else 'completed' end as status
        from project p join directory_entry d on d.id = p.kind_id
        where p.id = any(cast(cast(:keys as text[]) as bigint[])) and p.archived_at is null""",
    "letter": """
        select 'letter:' || l.id as record, k.code as kind, k.names as kind_names, l.number, l.topic as title,
            l.registered_on as "on", l.party_id
        from letter l join letter_kind k on k.id = l.kind_id
        where l.id = any(cast(cast(:keys as text[]) as bigint[]))""",
    "business_document": """
        select 'business_document:' || id as record, kind, number, date as "on", status, party_id
        from business_document where id = any(cast(cast(:keys as text[]) as bigint[]))""",
    "receipt": """
        select 'receipt:' || uid as record, kind, number, business_date as "on", state as status
        from receipt_key where uid = any(cast(cast(:keys as text[]) as uuid[]))""",
    "document": """
        select 'document:' || uid as record, kind, number, date as "on", status, party_id
        from document where uid = any(cast(cast(:keys as text[]) as uuid[])) and deleted_at is null""",
}
