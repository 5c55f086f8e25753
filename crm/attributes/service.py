"""Use cases of values: what is said of a record, read for a page and changed by people.

Key idea: whoever saves says what they changed and what they had seen. Only what they changed is written; where somebody
else changed the same attribute meanwhile, nothing is, and the field is named. A bulk change is one value for many
records.

Of parties, tasks, events and letters the journal names the attributes alone; their values stand in `party_change`,
`task_change`, `event_change` and `letter_change`, which can be erased. Of cards it holds values, but no text: a text
may be about a person.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes import repository
from crm.attributes.errors import (
    AttributeRefusedError,
    AttributeUnknownError,
    AttributeValueRefusedError,
    RecordUnknownError,
    ValuesChangedError,
)
from crm.attributes.model import Attribute, Directory, Given, Value, directories_of, read_value, write_value
from database.activity import Act, record_activities, record_activity
from database.identifiers import MOST_ID

MOST_RECORDS = 1_000
"""The records of one bulk change."""
PARTIES: Final = "party"


class RecordValues(Struct, frozen=True):
    """The attributes that a record has, its values by attribute, and the names of what references lead to."""

    record_id: int
    attributes: tuple[Attribute, ...]
    values: Mapping[int, Value]
    names: Mapping[tuple[str, int], str] = {}

    def given(self, attribute: Attribute) -> Given:
        """Give a value as it goes over the wire."""
        return write_value(attribute, self.values.get(attribute.id))

    def referred(self, attribute: Attribute) -> str | None:
        """Give the name of what a reference leads to; None where nothing is there any more."""
        value = self.values.get(attribute.id)
        return self.names.get((attribute.refers_to or "", value)) if isinstance(value, int) else None


async def load_values(connection: AsyncConnection, directory: Directory, record_id: int) -> RecordValues:
    """Load the attributes of a record with its values. Raises RecordUnknownError."""
    attributes = await _attributes_of(connection, directory, [record_id])
    values = (await repository.load_values(connection, attributes, [record_id])).get(record_id, {})
    names: dict[tuple[str, int], str] = {}
    for target in ("party", "user"):
        ids = [values.get(one.id) for one in attributes if one.refers_to == target]
        known = await repository.load_names(connection, target, [one for one in ids if isinstance(one, int)])
        names |= {(target, one): name for one, name in known.items()}
    return RecordValues(record_id, attributes, values, names)


async def set_values(
    connection: AsyncConnection,
    directory: Directory,
    record_id: int,
    given: Mapping[str, Given],
    *,
    seen: Mapping[str, Given] | None = None,
    act: Act,
) -> None:
    """Say some things of a record, by the codes of attributes; what stays as it was `seen` is left alone.

    Raises RecordUnknownError, AttributeUnknownError, AttributeValueRefusedError, ValuesChangedError.
    """
    attributes = {one.code: one for one in await _attributes_of(connection, directory, [record_id])}
    wanted = [_named(attributes, code) for code in given if seen is None or given[code] != seen.get(code)]
    await repository.lock_attributes(connection, [one.id for one in wanted])
    kept = (await repository.load_values(connection, wanted, [record_id])).get(record_id, {})
    changes: list[tuple[Attribute, Value | None]] = []
    for one in wanted:
        before = kept.get(one.id)
        after = read_value(one, given[one.code], kept=before)
        if seen is not None and write_value(one, before) not in (seen.get(one.code), given[one.code]):
            raise ValuesChangedError("somebody else changed it meanwhile", field=one.code)
        if after != before:
            changes.append((one, after))
    await _check_references(connection, changes)
    if changes:
        await repository.replace_values(connection, changes, [record_id])
        before_of = {record_id: {one.code: write_value(one, kept.get(one.id)) for one, _ in changes}}
        await _record(connection, directory, changes, before_of, act=act)


async def set_for_many(
    connection: AsyncConnection, directory: Directory, record_ids: Collection[int], code: str, given: Given, *, act: Act
) -> int:
    """Say one thing of many records, and tell for how many it was new.

    Raises RecordUnknownError, AttributeRefusedError, AttributeUnknownError, AttributeValueRefusedError.
    """
    ids = sorted(set(record_ids))
    if not 0 < len(ids) <= MOST_RECORDS:
        raise AttributeRefusedError(f"name 1 to {MOST_RECORDS:,} records at once", field="record_ids")
    attribute = _named({one.code: one for one in await _attributes_of(connection, directory, ids)}, code)
    await repository.lock_attributes(connection, [attribute.id])
    kept = await repository.load_values(connection, [attribute], ids)
    after = read_value(attribute, given)
    changes = [(attribute, after)]
    await _check_references(connection, changes)
    before_of = {
        one: {code: write_value(attribute, kept.get(one, {}).get(attribute.id))}
        for one in ids
        if kept.get(one, {}).get(attribute.id) != after
    }
    if before_of:
        await repository.replace_values(connection, changes, list(before_of))
        await _record(connection, directory, changes, before_of, act=act)
    return len(before_of)


async def _attributes_of(
    connection: AsyncConnection, directory: Directory, ids: Sequence[int]
) -> tuple[Attribute, ...]:
    """List the attributes that all of some records have."""
    known = [one for one in ids if 0 < one <= MOST_ID]
    found = await repository.find_records(connection, directory, known)
    if len(found) < len(ids):
        raise RecordUnknownError("there is no such record")
    sets = directories_of(directory, is_person=all(found.values()))
    return await repository.list_attributes(connection, sets)


def _named(attributes: Mapping[str, Attribute], code: str) -> Attribute:
    if code not in attributes:
        raise AttributeUnknownError("there is no attribute of this code", field=code)
    return attributes[code]


async def _check_references(connection: AsyncConnection, changes: Sequence[tuple[Attribute, Value | None]]) -> None:
    for one, value in changes:
        if one.refers_to is not None and isinstance(value, int):
            found = await repository.load_names(connection, one.refers_to, [value])
            if not found:
                raise AttributeValueRefusedError(f"there is no such {one.refers_to}", field=one.code)


async def _record(
    connection: AsyncConnection,
    directory: Directory,
    changes: Sequence[tuple[Attribute, Value | None]],
    before_of: Mapping[int, Mapping[str, Given]],
    *,
    act: Act,
) -> None:
    """Keep who changed what, of each record."""
    after = {one.code: write_value(one, value) for one, value in changes}
    if directory == "card":
        told = [one.code for one, _ in changes if one.kind != "text"]
        data = {
            card_id: {
                "attributes": list(after),
                "old": {code: before[code] for code in told},
                "new": {code: after[code] for code in told},
            }
            for card_id, before in before_of.items()
        }
        await record_activities(connection, act=act, what="card.attributes_set", cards=list(data.items()))
        return
    if directory in {"task", "event", "letter"}:
        await _record_work(connection, directory, before_of, after, act=act)
        return
    await repository.keep_party_changes(
        connection, {party_id: (before, after) for party_id, before in before_of.items()}, actor=act.actor, at=act.at
    )
    named = [(party_id, {"attributes": list(after)}) for party_id in before_of]
    await record_activities(connection, act=act, what="party.attributes_set", parties=named)


async def _record_work(
    connection: AsyncConnection,
    directory: Directory,
    before_of: Mapping[int, Mapping[str, Given]],
    after: Mapping[str, Given],
    *,
    act: Act,
) -> None:
    """Keep who changed what of tasks, events or letters, under the party and the project that each belongs to."""
    for record_id, before in before_of.items():
        party_id, project_id = await repository.keep_work_change(
            connection, directory, record_id, (before, after), actor=act.actor, at=act.at
        )
        await record_activity(
            connection,
            act=act,
            what=f"{directory}.attributes_set",
            record=f"{directory}:{record_id}",
            party_id=party_id,
            project_id=project_id,
            data={"attributes": list(after)},
        )
