"""What is to be done next for a party: each module names its own next step, and the earliest is shown first of all.

Key idea: a step without a day is done some time, so it comes after every step with one. A module whose right the
reader lacks, or that is switched off, is not asked.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import Right
from api.pages.business_words import KINDS
from api.pages.panels import Viewed
from api.pages.words import mark
from crm.documents.listing import DocumentRow, list_open
from crm.events.repository.listing import EventFilter, list_coming
from crm.tasks.listing import TaskFilter
from crm.tasks.repository.listing import list_tasks


class Step(Struct, frozen=True):
    """Something to be done for a party: what kind of thing, its own name, its page, and by when if that is known."""

    text: str
    name: str
    href: str
    due_on: date | None


class Source(Struct, frozen=True):
    """A module that knows of next steps, and the right by which they are seen."""

    right: Right
    find: Callable[[AsyncConnection, Viewed], Awaitable[Step | None]]


async def find_next_step(connection: AsyncConnection, viewed: Viewed) -> Step | None:
    """Find the earliest step of all modules that the reader may see."""
    asked = [source for source in SOURCES if source.right in viewed.rights]
    found = [await source.find(connection, viewed) for source in asked]
    return min((step for step in found if step is not None), key=_when, default=None)


def _when(step: Step) -> date:
    return step.due_on or date.max


async def _find_document(connection: AsyncConnection, viewed: Viewed) -> Step | None:
    """Find the business document that is due first, or else the newest of those that something is still to come of."""
    steps = [_step_of(row) for row in await list_open(connection, viewed.party.id)]
    return min(steps, key=_when, default=None)


def _step_of(row: DocumentRow) -> Step:
    return Step(KINDS[row.kind].text, row.number, f"/business-documents/{row.id}", row.planned_on or row.due_on)


async def _find_event(connection: AsyncConnection, viewed: Viewed) -> Step | None:
    """Find the event that is planned next."""
    coming = await list_coming(connection, EventFilter(party_id=viewed.party.id), now=viewed.now, most=1)
    return next((_step(mark("Event"), one.topic, f"/events/{one.id}", one.starts_at, viewed) for one in coming), None)


async def _find_task(connection: AsyncConnection, viewed: Viewed) -> Step | None:
    """Find the open task that is due first."""
    wanted = TaskFilter(party_id=viewed.party.id)
    found = await list_tasks(connection, wanted, now=viewed.now, sort="due", size=1)
    return next((_step(mark("Task"), one.title, f"/tasks/{one.id}", one.due_at, viewed) for one in found.rows), None)


def _step(text: str, name: str, href: str, due_at: datetime | None, viewed: Viewed) -> Step:
    return Step(text, name, href, None if due_at is None else due_at.astimezone(viewed.zone).date())


SOURCES: tuple[Source, ...] = (
    Source("business.read", _find_document),
    Source("events.read", _find_event),
    Source("tasks.read", _find_task),
)
