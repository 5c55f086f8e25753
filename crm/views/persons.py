"""The list of contact persons: who answers for what at whom, and who can be reached now."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.hours import is_reachable, next_reachable
from crm.parties.model import ContactPerson
from crm.views.repository.context import Context
from crm.views.repository.pages import ListPlace
from crm.views.repository.persons import PersonRow, PersonSelection, load_persons, read_person_ids

PAGE_ROWS = 50


class ListedPerson(Struct, frozen=True):
    """A contact person, whether they can be reached now, and else from when."""

    row: PersonRow
    is_reachable: bool
    reachable_from: datetime | None


class PersonPage(Struct, frozen=True):
    """A page of contact persons."""

    rows: list[ListedPerson]
    back: ListPlace | None
    on: ListPlace | None


async def list_persons(
    connection: AsyncConnection,
    selection: PersonSelection,
    context: Context,
    *,
    place: ListPlace | None = None,
    size: int = PAGE_ROWS,
) -> PersonPage:
    """List a page of the contact persons that are meant, by name."""
    found = await read_person_ids(connection, selection, context, place=place, size=size)
    rows = [_listed(row, context.now) for row in await load_persons(connection, found.ids, context)]
    return PersonPage(rows, found.back, found.on)


def _listed(row: PersonRow, now: datetime) -> ListedPerson:
    person = ContactPerson(person_id=row.person_id, timezone=row.timezone, hours=row.hours)
    return ListedPerson(row, is_reachable(person, now), next_reachable(person, now))
