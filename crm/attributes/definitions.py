"""Use cases of definitions: making and changing what a company asks of its records, with no restart and no migration.

Key idea: a definition is saved whole, from a draft, in the place that it is to have; the others of its set make room.
Nothing is deleted: an attribute or a choice that is wanted no more is archived, keeps its values and can come back.

It refuses a second attribute of the same name in one set, in any language, and a change of kind: values would lose
their meaning.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes import repository
from crm.attributes.errors import (
    AttributeChangedError,
    AttributeRefusedError,
    AttributeTakenError,
    AttributeUnknownError,
)
from crm.attributes.model import MOST_ATTRIBUTES, MOST_CHOICES, Attribute, Directory, Kind, Target, directories_of
from crm.attributes.repository import NewChoice
from crm.directories.errors import EntryRefusedError
from crm.directories.model import check_code, check_names
from database.activity import Act, record_activity
from database.identifiers import MOST_ID
from database.locks import lock_name

WITH_CHOICES: Final[frozenset[Kind]] = frozenset({"choice", "choices"})
_MOST_CODE = 40
_NOT_OF_CODE = re.compile(r"[^a-z0-9]+")


class ChoiceDraft(Struct, frozen=True):
    """A choice as it is asked for, in its place; without a code it is a new one."""

    names: Mapping[str, str]
    code: str | None = None
    is_archived: bool = False


class Draft(Struct, frozen=True):
    """What is asked of a definition. `position` counts from 1, None is the last place, or the one it has.

    `choices` in their order; None leaves them as they are. One that is known and not named is archived.
    """

    names: Mapping[str, str]
    position: int | None = None
    choices: Sequence[ChoiceDraft] | None = None
    is_archived: bool = False


async def load_attribute(connection: AsyncConnection, attribute_id: int) -> Attribute:
    """Load an attribute. Raises AttributeUnknownError."""
    found = await repository.find_attribute(connection, attribute_id) if 0 < attribute_id <= MOST_ID else None
    if found is None:
        raise AttributeUnknownError("there is no such attribute")
    return found


async def add_attribute(
    connection: AsyncConnection,
    directory: Directory,
    kind: Kind,
    draft: Draft,
    *,
    refers_to: Target | None = None,
    code: str | None = None,
    act: Act,
) -> Attribute:
    """Add an attribute to a directory's set; its code is made of its name if none is given.

    Raises AttributeTakenError, AttributeRefusedError.
    """
    if (kind == "reference") != (refers_to is not None):
        raise AttributeRefusedError("a reference says to what it leads, and nothing else does", field="refers_to")
    family = await _lock_family(connection, directory)
    codes = {one.code for one in family}
    if code is None:
        code = _new_code(draft.names, codes)
    elif _checked_code(code) in codes:
        raise AttributeTakenError("the set has an attribute of this code already", field="code")
    if sum(one.directory == directory for one in family) >= MOST_ATTRIBUTES:
        raise AttributeRefusedError(f"a set has at most {MOST_ATTRIBUTES} attributes", field="directory")
    names = _free_names(draft.names, (one.names for one in family if not one.is_archived))
    new = Attribute(0, directory, code, names, kind, refers_to)
    choices = _merge_choices(new, draft.choices or ())
    made = structs.replace(new, id=await repository.insert_attribute(connection, new))
    if choices:
        await repository.put_choices(connection, made.id, choices, now=act.at)
    await _place(connection, [one for one in family if one.directory == directory], made, draft.position)
    shown = {"directory": directory, "kind": kind, "code": code, "names": names}
    await record_activity(connection, act=act, what="attribute.added", record=f"attribute:{made.id}", data=shown)
    return await load_attribute(connection, made.id)


async def change_attribute(
    connection: AsyncConnection, attribute_id: int, draft: Draft, *, version: int, act: Act
) -> Attribute:
    """Change an attribute from the version that somebody saw.

    Raises AttributeUnknownError, AttributeChangedError, AttributeTakenError, AttributeRefusedError.
    """
    directory = (await load_attribute(connection, attribute_id)).directory
    family = await _lock_family(connection, directory)
    before = next(one for one in family if one.id == attribute_id)
    if before.version != version:
        raise AttributeChangedError("somebody else changed it meanwhile", field="version")
    others = [one for one in family if one.id != attribute_id]
    taken = () if draft.is_archived else (one.names for one in others if not one.is_archived)
    names = _free_names(draft.names, taken)
    choices = None if draft.choices is None else _merge_choices(before, draft.choices)
    await repository.lock_attributes(connection, [attribute_id])
    changed = structs.replace(before, names=names, version=version + 1, is_archived=draft.is_archived)
    await repository.change_attribute(connection, changed, now=act.at)
    if choices is not None:
        await repository.put_choices(connection, attribute_id, choices, now=act.at)
    position = before.position if draft.position is None and not before.is_archived else draft.position
    await _place(connection, [one for one in others if one.directory == directory], changed, position)
    after = await load_attribute(connection, attribute_id)
    data = {"old": _told(before), "new": _told(after)}
    await record_activity(connection, act=act, what="attribute.changed", record=f"attribute:{attribute_id}", data=data)
    return after


def draft_of(attribute: Attribute) -> Draft:
    """Give the draft that changes nothing."""
    choices = [ChoiceDraft(one.names, one.code, one.is_archived) for one in attribute.choices]
    return Draft(attribute.names, None, choices or None, attribute.is_archived)


async def _lock_family(connection: AsyncConnection, directory: Directory) -> tuple[Attribute, ...]:
    """Hold the sets whose attributes stand on one record's page, and list them: two of them share no code or name."""
    family = directories_of(directory, is_person=True)
    await lock_name(connection, f"attributes:{family[0]}")
    return await repository.list_attributes(connection, family, with_archived=True)


async def _place(
    connection: AsyncConnection, others: Iterable[Attribute], moved: Attribute, position: int | None
) -> None:
    """Give a set its numbers from 1 on, with an attribute in its place; archived ones stand nowhere."""
    order = [one for one in others if not one.is_archived]
    if not moved.is_archived:
        place = len(order) if position is None else min(max(position, 1), len(order) + 1) - 1
        order.insert(place, moved)
    wanted = {one.id: place for place, one in enumerate(order, 1)}
    known = {one.id: one.position for one in order}
    await repository.place_attributes(connection, {id_: place for id_, place in wanted.items() if known[id_] != place})


def _checked_code(code: str) -> str:
    try:
        return check_code(code)
    except EntryRefusedError as error:
        raise AttributeRefusedError(error.detail, field="code") from error


def _new_code(names: Mapping[str, str], taken: set[str]) -> str:
    """Make a code of a name's Latin letters; a number behind it where that is taken, or where it has none."""
    word = _NOT_OF_CODE.sub("_", names.get("en", "").casefold()).strip("_")[: _MOST_CODE - 4] or "attribute"
    numbered = (f"{word}_{number}" for number in range(2, len(taken) + 3))
    return word if word not in taken else next(code for code in numbered if code not in taken)


def _free_names(names: Mapping[str, str], taken: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Give names as they are kept. Raises AttributeRefusedError; AttributeTakenError where another is called so."""
    clean = _clean_names(names, "names")
    language = _find_taken(clean, taken)
    if language is not None:
        name = clean[language]
        raise AttributeTakenError(f"the set has an attribute {name!r} already", field=f"names.{language}")
    return clean


def _clean_names(names: Mapping[str, str], field: str) -> dict[str, str]:
    try:
        return check_names(names)
    except EntryRefusedError as error:
        raise AttributeRefusedError(error.detail, field=field) from error


def _find_taken(names: Mapping[str, str], taken: Iterable[Mapping[str, str]]) -> str | None:
    """Find a language in which another is called the same, whatever the case."""
    folded = {(language, name.casefold()) for other in taken for language, name in other.items()}
    return next((language for language, name in names.items() if (language, name.casefold()) in folded), None)


def _merge_choices(attribute: Attribute, drafts: Sequence[ChoiceDraft]) -> list[NewChoice]:
    """Give all choices as they are to be kept; those that are known and not named are archived, at the end."""
    if attribute.kind not in WITH_CHOICES:
        if drafts:
            raise AttributeRefusedError("only a choice has choices", field="choices")
        return []
    if not any(not draft.is_archived for draft in drafts):
        raise AttributeRefusedError("needs at least one choice that can be chosen", field="choices")
    known = {one.code for one in attribute.choices}
    codes = {draft.code for draft in drafts if draft.code is not None}
    merged: list[NewChoice] = []
    seen, shown = set[str](), list[Mapping[str, str]]()
    for draft in drafts:
        code = _new_code(draft.names, known | codes | seen) if draft.code is None else _checked_code(draft.code)
        if code in seen:
            raise AttributeTakenError(f"the choice {code!r} stands there twice", field="choices")
        names = _clean_names(draft.names, "choices")
        if not draft.is_archived and _find_taken(names, shown) is not None:
            raise AttributeTakenError("two choices are called the same", field="choices")
        merged.append(NewChoice(code, names, len(merged) + 1, draft.is_archived))
        seen.add(code)
        shown += [] if draft.is_archived else [names]
    for left in (one for one in attribute.choices if one.code not in seen):
        merged.append(NewChoice(left.code, left.names, len(merged) + 1, is_archived=True))
    if len(merged) > MOST_CHOICES:
        raise AttributeRefusedError(f"has at most {MOST_CHOICES} choices, archived ones included", field="choices")
    return merged


def _told(attribute: Attribute) -> dict[str, object]:
    """Give what the journal says of a definition."""
    choices = [{"code": one.code, "names": one.names, "archived": one.is_archived} for one in attribute.choices]
    return {
        "names": attribute.names,
        "position": attribute.position,
        "archived": attribute.is_archived,
        "choices": choices,
    }
