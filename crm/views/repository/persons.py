"""The SQL of the list of contact persons: who speaks for whom, found by what they answer for."""

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct, convert
from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.model import Hours
from crm.parties.tables import contact_person, contact_person_responsibility, party
from crm.views.repository.columns import load_contacts
from crm.views.repository.context import Context
from crm.views.repository.hours import is_within_hours
from crm.views.repository.pages import Found, ListPlace, page_of


class PersonSelection(Struct, frozen=True):
    """Which contact persons are meant; what is left open does not limit. `responsibility_id` is an entry's."""

    words: str = ""
    party_words: str = ""
    responsibility_id: int | None = None
    is_reachable: bool = False


class PersonRow(Struct, frozen=True, kw_only=True):
    """A person who speaks for a party; `responsibilities` are identifiers of entries."""

    id: int
    person_id: int
    name: str
    party_id: int
    party_name: str
    post: str | None
    timezone: str | None
    hours: tuple[Hours, ...]
    responsibilities: tuple[int, ...] = ()
    phone: str | None = None
    email: str | None = None


_person = party.alias("person")


async def read_person_ids(
    connection: AsyncConnection, selection: PersonSelection, context: Context, *, place: ListPlace | None, size: int
) -> Found:
    """Read the identifiers of one page of contact persons by name; a place's key is what it sorts by."""
    is_back = place is not None and place.is_back
    name = _person.c.sort_name.collate("C")
    query = (
        select(contact_person.c.id, name.label("key"))
        .join_from(contact_person, _person, _person.c.id == contact_person.c.person_id)
        .join(party, party.c.id == contact_person.c.party_id)
        .where(*_conditions(selection, context))
    )
    keys = (name, contact_person.c.id)
    if place is not None:
        here, beyond = tuple_(*keys), tuple_(place.key, place.party_id)
        query = query.where(here < beyond if is_back else here > beyond)
    query = query.order_by(*(key.desc() if is_back else key.asc() for key in keys))
    rows = [(row[0], row[1]) for row in await connection.execute(query.limit(size + 1))]
    return page_of(rows, size, place)


def _conditions(selection: PersonSelection, context: Context) -> list[ColumnElement[bool]]:
    found = [
        _person.c.archived_at.is_(None),
        _person.c.merged_into.is_(None),
        party.c.archived_at.is_(None),
        party.c.merged_into.is_(None),
        *(_person.c.name.icontains(word, autoescape=True) for word in selection.words.split()),
        *(party.c.name.icontains(word, autoescape=True) for word in selection.party_words.split()),
    ]
    if selection.responsibility_id is not None:
        answers = contact_person_responsibility.c
        wanted = select(answers.contact_person_id).where(answers.responsibility_id == selection.responsibility_id)
        found.append(contact_person.c.id.in_(wanted))
    if selection.is_reachable:
        found.append(is_within_hours(context))
    return found


async def load_persons(connection: AsyncConnection, ids: Sequence[int], context: Context) -> list[PersonRow]:
    """Load contact persons in the order of their identifiers as given."""
    if not ids:
        return []
    columns = ("id", "person_id", "party_id", "post", "timezone", "hours")
    query = (
        select(*(contact_person.c[name] for name in columns), _person.c.name, party.c.name.label("party_name"))
        .join_from(contact_person, _person, _person.c.id == contact_person.c.person_id)
        .join(party, party.c.id == contact_person.c.party_id)
        .where(contact_person.c.id.in_(ids))
    )
    rows = {row.id: row for row in await connection.execute(query)}
    answers = await _load_responsibilities(connection, ids)
    contacts = await load_contacts(connection, [row.person_id for row in rows.values()], context)
    return [
        PersonRow(
            **{name: getattr(row, name) for name in (*columns, "name", "party_name") if name != "hours"},
            hours=convert(row.hours or [], tuple[Hours, ...]),
            responsibilities=tuple(answers[row.id]),
            **contacts.get(row.person_id, {}),  # type: ignore[arg-type] # a phone and an e-mail by name
        )
        for one in ids
        if (row := rows.get(one)) is not None
    ]


async def _load_responsibilities(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, list[int]]:
    answers = contact_person_responsibility.c
    found: dict[int, list[int]] = defaultdict(list)
    query = select(answers.contact_person_id, answers.responsibility_id).where(answers.contact_person_id.in_(ids))
    for one, entry_id in await connection.execute(query.order_by(answers.responsibility_id)):
        found[one].append(entry_id)
    return found
