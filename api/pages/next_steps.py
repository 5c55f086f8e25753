"""What is to be done next for a party: each module names its own next step, and the earliest is shown first of all.

Key idea: a step without a day is done some time, so it comes after every step with one. A module whose right the
reader lacks, or that is switched off, is not asked.
"""

from collections.abc import Awaitable, Callable
from datetime import date

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import Right
from api.pages.business_words import KINDS
from api.pages.panels import Viewed
from crm.documents.listing import DocumentRow, list_open


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


SOURCES: tuple[Source, ...] = (Source("business.read", _find_document),)
