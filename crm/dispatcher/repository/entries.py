"""The SQL of what other programs tell: their sources and entries, and of what stays on top of the feed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct, convert
from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.model import name_in
from crm.dispatcher.model import Moment
from crm.dispatcher.tables import feed_entry, feed_pin, feed_source
from database.activity import Importance

_entry = feed_entry.c


class ToldSource(Struct, frozen=True):
    """A program that tells of its work: its code is the first word of its acts. One that is off is shown nowhere."""

    code: str
    names: Mapping[str, str]
    is_on: bool = True

    def name(self, language: str) -> str:
        """Give what it is called in a language, else in another."""
        return name_in(self.names, language, self.code)


class Entry(Struct, frozen=True, kw_only=True):
    """What a program told: a piece of work, with what was planned and what came."""

    id: int
    source: str
    uid: UUID
    kind: str
    title: str
    status: str | None
    planned_at: datetime | None
    actual_at: datetime | None
    number: str | None
    party_id: int | None
    project_id: int | None
    importance: Importance
    actor: str
    at: datetime


async def list_sources(connection: AsyncConnection) -> list[ToldSource]:
    """List the programs that were registered, by code."""
    query = select(feed_source).order_by(feed_source.c.code)
    return [convert(row, ToldSource, from_attributes=True) for row in await connection.execute(query)]


async def put_source(connection: AsyncConnection, source: ToldSource) -> None:
    """Write a source, or write it anew."""
    values = {"names": source.names, "is_on": source.is_on}
    made = upsert(feed_source).values(code=source.code, **values)
    await connection.execute(made.on_conflict_do_update(index_elements=["code"], set_=values))


async def find_source(connection: AsyncConnection, code: str) -> ToldSource | None:
    """Find a source by its code."""
    row = (await connection.execute(select(feed_source).where(feed_source.c.code == code))).one_or_none()
    return None if row is None else convert(row, ToldSource, from_attributes=True)


async def insert_entry(connection: AsyncConnection, values: Mapping[str, object]) -> int | None:
    """Keep an entry and give its identifier; None where one of its UUID is kept already."""
    made = upsert(feed_entry).values(**values).on_conflict_do_nothing(index_elements=["uid"]).returning(_entry.id)
    found: int | None = (await connection.execute(made)).scalar_one_or_none()
    return found


async def find_entry(connection: AsyncConnection, uid: UUID, *, locked: bool = False) -> Entry | None:
    """Find an entry by its UUID, held until the transaction ends where it is to be changed."""
    query = select(*(_entry[name] for name in Entry.__struct_fields__)).where(_entry.uid == uid)
    row = (await connection.execute(query.with_for_update() if locked else query)).one_or_none()
    return None if row is None else convert(row, Entry, from_attributes=True)


async def update_entry(connection: AsyncConnection, entry_id: int, values: Mapping[str, object]) -> None:
    """Write columns of an entry anew."""
    await connection.execute(update(feed_entry).where(_entry.id == entry_id).values(**values))


async def is_there(connection: AsyncConnection, what: Literal["party", "project"], one: int) -> bool:
    """Tell whether a party lives or a project is there."""
    living = " and merged_into is null and erased_at is null" if what == "party" else " and archived_at is null"
    query = f"select exists (select from {what} where id = :one{living})"
    return bool((await connection.execute(text(query), {"one": one})).scalar_one())


async def insert_pin(connection: AsyncConnection, place: Moment, *, user_id: int, now: datetime) -> bool:
    """Let a row stay on top; tells whether it did not before."""
    values = {"activity_id": place.id, "activity_at": place.at, "user_id": user_id, "at": now}
    made = upsert(feed_pin).values(**values).on_conflict_do_nothing().returning(feed_pin.c.activity_id)
    return (await connection.execute(made)).scalar_one_or_none() is not None


async def delete_pin(connection: AsyncConnection, row_id: int) -> bool:
    """Take a row off the top; tells whether it was there."""
    gone = delete(feed_pin).where(feed_pin.c.activity_id == row_id).returning(feed_pin.c.activity_id)
    return (await connection.execute(gone)).scalar_one_or_none() is not None


async def list_pins(connection: AsyncConnection, *, most: int) -> list[Moment]:
    """List the places of the rows on top, the one pinned last first."""
    query = select(feed_pin.c.activity_at, feed_pin.c.activity_id).order_by(feed_pin.c.at.desc()).limit(most)
    return [Moment(row.activity_at, row.activity_id) for row in await connection.execute(query)]
