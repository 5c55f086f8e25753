"""What pages of letters show around them: what may be chosen, and values of fields in words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.letter_words import FIELDS, FLOWS, MEDIA, PRIORITIES
from api.pages.renderer import Call, formats_of, language_of
from api.pages.shown_changes import Compared, tell_differences
from crm.changes import Difference
from crm.colleagues.repository import find_colleagues, list_colleagues
from crm.directories.model import Entry
from crm.directories.service import list_entries
from crm.letters.kinds import list_kinds
from crm.letters.model import Kind, Letter, Node, arrange
from crm.parties.listing import load_names
from crm.parties.repository.persons import list_named_persons

NOTHING = "–"
_DAYS: Final = frozenset({"registered_on", "document_date"})
_PARTIES: Final = frozenset({"party_id", "person_id"})
_PEOPLE: Final = frozenset({"user_id", "notified"})


class Named(Struct, frozen=True):
    """What values of letters' fields are called, by code and identifier."""

    kinds: Mapping[str, Kind]
    departments: Mapping[str, Entry]
    people: Mapping[int, str]
    parties: Mapping[int, str]


class Choices(Struct, frozen=True):
    """What the form of a letter offers, and what values are called."""

    tree: Sequence[Node]
    colleagues: Mapping[int, str]
    persons: Mapping[int, str]
    named: Named


async def load_choices(
    connection: AsyncConnection, party_id: int | None, letter: Letter | None, differences: Sequence[Difference]
) -> Choices:
    """Load what may be chosen: who works here and whom the letter names already, and who speaks for the party."""
    kinds = await list_kinds(connection)
    speakers = [] if party_id is None else await list_named_persons(connection, party_id=party_id)
    persons = {one.person.person_id: one.person_name for one in speakers}
    if letter is not None and letter.person_id is not None:
        persons |= await load_names(connection, {letter.person_id} - persons.keys())
    colleagues = {one.id: one.name for one in await list_colleagues(connection)}
    if letter is not None:
        standing = {*letter.notified, *([] if letter.user_id is None else [letter.user_id])}
        left = await find_colleagues(connection, standing - colleagues.keys())
        colleagues |= {one.id: one.name for one in left.values()}
    values = [{one.field: value} for one in differences for value in (one.yours, one.theirs, one.base)]
    named = await load_named(connection, kinds, values)
    return Choices(arrange(kinds), colleagues, persons, named)


async def load_named(
    connection: AsyncConnection, kinds: Sequence[Kind], values: Iterable[Mapping[str, object]]
) -> Named:
    """Load what kinds, departments, and the people and parties among some values are called."""
    users, parties = set[int](), set[int]()
    for one in values:
        parties |= {value for name in _PARTIES if isinstance(value := one.get(name), int)}
        listed = one.get("notified")
        several = [one.get("user_id"), *(listed if isinstance(listed, list) else ())]
        users |= {value for value in several if isinstance(value, int)}
    people = await find_colleagues(connection, users)
    return Named(
        {one.code: one for one in kinds},
        {one.code: one for one in await list_entries(connection, "department")},
        {one.id: one.name for one in people.values()},
        await load_names(connection, parties),
    )


def compare(call: Call, differences: Sequence[Difference], choices: Choices) -> list[Compared]:
    """Put what two people changed into words."""
    return tell_differences(differences, FIELDS, speaker_of(call, choices.named))


def speaker_of(call: Call, named: Named) -> Callable[[str, object], str]:
    """Give how values of a letter's fields are written for a reader."""
    f, language = formats_of(call), language_of(call)
    people: dict[object, str] = dict(named.people.items())
    parties: dict[object, str] = dict(named.parties.items())
    called: dict[str, Mapping[object, str]] = {
        "flow": {code: word.text for code, word in FLOWS.items()},
        "medium": {code: word.text for code, word in MEDIA.items()},
        "priority": {int(number): name for number, name in PRIORITIES.items()},
        "kind": {code: one.name(language) for code, one in named.kinds.items()},
        "department": {code: one.name(language) for code, one in named.departments.items()},
        **dict.fromkeys(_PARTIES, parties),
        **dict.fromkeys(_PEOPLE, people),
    }

    def say(field: str, value: object) -> str:
        if value is None or value == []:
            return NOTHING
        if field in _DAYS:
            return f.day(date.fromisoformat(str(value)))
        names = called.get(field, {})
        return ", ".join(names.get(one, str(one)) for one in (value if isinstance(value, list) else [value]))

    return say
