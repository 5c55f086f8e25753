"""All SQL of attributes but that of filters.

Whoever changes values holds the rows of their attributes, so that old and new values are told exactly; whoever changes
a set of definitions holds its name. Tables of other rooms are known by the few columns that are read or written here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct, convert
from sqlalchemy import (
    BigInteger,
    Row,
    Select,
    TableClause,
    column,
    delete,
    func,
    insert,
    literal,
    null,
    select,
    table,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes.filters import COLUMNS
from crm.attributes.model import Attribute, Choice, Directory, Given, Target, Value
from crm.attributes.tables import attribute, attribute_choice, attribute_value

_party = table(
    "party",
    column("id", BigInteger),
    column("kind"),
    column("name"),
    column("version"),
    column("changed_at"),
    column("erased_at"),
)
_card = table("card", column("card_id", BigInteger))
_user = table("app_user", column("id", BigInteger), column("name"), column("disabled_at"))
_WORKING: Final[tuple[tuple[Directory, tuple[str, ...]], ...]] = (
    ("task", ("project_id",)),
    ("event", ("project_id",)),
    ("letter", ()),
)
_WORK: Final[Mapping[Directory, tuple[TableClause, TableClause]]] = {
    name: (
        table(name, *map(column, ("id", "version", "party_id", "changed_at", *more))),
        table(
            f"{name}_change",
            column(f"{name}_id"),
            *map(column, ("at", "actor", "version")),
            column("before", JSONB),
            column("after", JSONB),
        ),
    )
    for name, more in _WORKING
}
"""Tasks, events and letters, and where old and new values of them are kept; letters are of no project."""
_party_change = table(
    "party_change",
    column("party_id", BigInteger),
    column("at"),
    column("actor"),
    column("version"),
    column("what"),
    column("before", JSONB(none_as_null=True)),
    column("after", JSONB(none_as_null=True)),
)

Values = dict[int, dict[int, Value]]
"""Values by record, and by attribute within it."""


class NewChoice(Struct, frozen=True):
    """A choice as it is to be kept; one that is known by its code is changed, another is made."""

    code: str
    names: Mapping[str, str]
    position: int
    is_archived: bool


async def list_attributes(
    connection: AsyncConnection, directories: Collection[Directory], *, with_archived: bool = False
) -> tuple[Attribute, ...]:
    """List the attributes of some sets in the order of the sets and of their positions, archived ones at the end."""
    query = _definitions().where(attribute.c.directory.in_(directories))
    if not with_archived:
        query = query.where(attribute.c.archived_at.is_(None))
    found = await _read_definitions(connection, query)
    order = list(directories)
    return tuple(sorted(found, key=lambda one: (order.index(one.directory), one.is_archived, one.position, one.id)))


async def find_attribute(connection: AsyncConnection, attribute_id: int) -> Attribute | None:
    """Find an attribute, an archived one too."""
    found = await _read_definitions(connection, _definitions().where(attribute.c.id == attribute_id))
    return found[0] if found else None


async def lock_attributes(connection: AsyncConnection, ids: Iterable[int]) -> None:
    """Hold attributes until the transaction ends: nobody else changes them or their values meanwhile."""
    query = select(attribute.c.id).where(attribute.c.id.in_(set(ids))).order_by(attribute.c.id)
    await connection.execute(query.with_for_update(key_share=True))


def _definitions() -> Select[*tuple[object, ...]]:
    choice = attribute_choice.c
    columns = [attribute.c[name] for name in ("id", "directory", "code", "names", "kind", "refers_to", "position")]
    return (
        select(
            *columns,
            attribute.c.version,
            attribute.c.archived_at.is_not(None).label("is_archived"),
            choice.id.label("choice_id"),
            choice.code.label("choice_code"),
            choice.names.label("choice_names"),
            choice.position.label("choice_position"),
            choice.archived_at.is_not(None).label("choice_is_archived"),
        )
        .select_from(attribute.outerjoin(attribute_choice))
        .order_by(attribute.c.id, choice.position, choice.id)
    )


async def _read_definitions(connection: AsyncConnection, query: Select[*tuple[object, ...]]) -> list[Attribute]:
    found: dict[int, list[Row[*tuple[object, ...]]]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.id, []).append(row)
    return [_make_attribute(rows) for rows in found.values()]


def _make_attribute(rows: Sequence[Row[*tuple[object, ...]]]) -> Attribute:
    choices = [
        Choice(row.choice_id, row.choice_code, row.choice_names, row.choice_position, row.choice_is_archived)
        for row in rows
        if row.choice_id is not None
    ]
    fields = {name: getattr(rows[0], name) for name in Attribute.__struct_fields__ if name != "choices"}
    return convert(fields | {"choices": choices}, Attribute)


async def insert_attribute(connection: AsyncConnection, new: Attribute) -> int:
    """Make an attribute without its choices, and give its identifier."""
    names = ("directory", "code", "names", "kind", "refers_to", "position", "version")
    values = {name: getattr(new, name) for name in names}
    return int((await connection.execute(insert(attribute).values(values).returning(attribute.c.id))).scalar_one())


async def change_attribute(connection: AsyncConnection, changed: Attribute, *, now: datetime) -> None:
    """Give an attribute its names, position, version and whether it is archived; an archived one keeps its day."""
    archived_at = func.coalesce(attribute.c.archived_at, now) if changed.is_archived else None
    values = {"names": changed.names, "position": changed.position, "version": changed.version}
    query = update(attribute).where(attribute.c.id == changed.id)
    await connection.execute(query.values(**values, archived_at=archived_at))


async def place_attributes(connection: AsyncConnection, positions: Mapping[int, int]) -> None:
    """Give attributes their positions."""
    for attribute_id, position in sorted(positions.items()):
        query = update(attribute).where(attribute.c.id == attribute_id)
        await connection.execute(query.values(position=position))


async def put_choices(
    connection: AsyncConnection, attribute_id: int, choices: Iterable[NewChoice], *, now: datetime
) -> None:
    """Make or change choices by their codes."""
    known = {
        row.code: row.archived_at
        for row in await connection.execute(
            select(attribute_choice.c.code, attribute_choice.c.archived_at).where(
                attribute_choice.c.attribute_id == attribute_id
            )
        )
    }
    for one in choices:
        archived_at = (known.get(one.code) or now) if one.is_archived else None
        values = {"names": one.names, "position": one.position, "archived_at": archived_at}
        if one.code in known:
            same = (attribute_choice.c.attribute_id == attribute_id, attribute_choice.c.code == one.code)
            await connection.execute(update(attribute_choice).where(*same).values(values))
        else:
            made = {"attribute_id": attribute_id, "code": one.code}
            await connection.execute(insert(attribute_choice).values(values | made))


async def find_records(connection: AsyncConnection, directory: Directory, ids: Collection[int]) -> dict[int, bool]:
    """Find records that are there; tells of each whether it is a person. Directories without records have none."""
    if directory in {"party", "person"}:
        people = select(_party.c.id, (_party.c.kind == "person").label("is_person"))
        query = people.where(_party.c.id.in_(ids), _party.c.erased_at.is_(None))
    elif directory == "card":
        query = select(_card.c.card_id, literal(value=False)).where(_card.c.card_id.in_(ids))
    elif directory in _WORK:
        work = _WORK[directory][0]
        query = select(work.c.id, literal(value=False)).where(work.c.id.in_(ids))
    else:
        return {}
    return {int(row[0]): bool(row[1]) for row in await connection.execute(query)}


async def load_values(
    connection: AsyncConnection, attributes: Collection[Attribute], record_ids: Collection[int]
) -> Values:
    """Load what some attributes say of some records, in one query; what has no value is left out."""
    kinds = {one.id: one.kind for one in attributes}
    if not kinds or not record_ids:
        return {}
    value = attribute_value.c
    query = select(attribute_value).where(value.attribute_id.in_(kinds), value.record_id.in_(record_ids))
    found: Values = {}
    for row in await connection.execute(query.order_by(value.record_id, value.attribute_id, value.item)):
        of_record, kind = found.setdefault(row.record_id, {}), kinds[row.attribute_id]
        one: Value = getattr(row, COLUMNS[kind])
        before = of_record.get(row.attribute_id)
        several = before if isinstance(before, tuple) else ()
        of_record[row.attribute_id] = (*several, row.choice_id) if kind == "choices" else one
    return found


async def replace_values(
    connection: AsyncConnection, values: Sequence[tuple[Attribute, Value | None]], record_ids: Collection[int]
) -> None:
    """Give each of some records the same values; None takes a value away. Their attributes are locked."""
    attribute_ids = [one.id for one, _ in values]
    named = (attribute_value.c.attribute_id.in_(attribute_ids), attribute_value.c.record_id.in_(record_ids))
    await connection.execute(delete(attribute_value).where(*named))
    columns = set(COLUMNS.values())
    rows = [
        dict.fromkeys(columns)
        | {"attribute_id": one.id, "record_id": record_id, "item": item, COLUMNS[one.kind]: value}
        for one, whole in values
        if whole is not None
        for item, value in enumerate(whole if isinstance(whole, tuple) else (whole,))
        for record_id in sorted(record_ids)
    ]
    if rows:
        await connection.execute(insert(attribute_value), rows)


async def load_names(connection: AsyncConnection, target: Target, ids: Collection[int]) -> dict[int, str]:
    """Give the names of what references lead to, by identifiers."""
    if not ids:
        return {}
    known = _party if target == "party" else _user
    query = select(known.c.id, known.c.name).where(known.c.id.in_(ids))
    return {row.id: row.name for row in await connection.execute(query)}


async def list_users(connection: AsyncConnection) -> dict[int, str]:
    """List the users that a reference may lead to, by name."""
    query = select(_user.c.id, _user.c.name).where(_user.c.disabled_at.is_(None))
    by_name = query.order_by(func.sort_key(_user.c.name), _user.c.id)
    return {row.id: row.name for row in await connection.execute(by_name)}


async def keep_party_changes(
    connection: AsyncConnection,
    changes: Mapping[int, tuple[Mapping[str, Given], Mapping[str, Given]]],
    *,
    actor: str,
    at: datetime,
) -> None:
    """Keep old and new values of parties' attributes, where they can be erased with the party that has them."""
    named = _party.c.id.in_(changes)
    await connection.execute(select(_party.c.id).where(named).order_by(_party.c.id).with_for_update(key_share=True))
    changed = update(_party).where(named).values(changed_at=at).returning(_party.c.id, _party.c.version)
    rows = [
        {"party_id": id_, "version": version, "at": at, "actor": actor, "what": "attributes.set"}
        | dict(zip(("before", "after"), changes[id_], strict=True))
        for id_, version in await connection.execute(changed)
    ]
    if rows:
        await connection.execute(insert(_party_change), rows)


async def keep_work_change(
    connection: AsyncConnection,
    directory: Directory,
    record_id: int,
    values: tuple[Mapping[str, Given], Mapping[str, Given]],
    *,
    actor: str,
    at: datetime,
) -> tuple[int | None, int | None]:
    """Keep old and new values of the attributes of a task, an event or a letter; gives its party and project."""
    work, changes = _WORK[directory]
    changed = update(work).where(work.c.id == record_id).values(version=work.c.version + 1, changed_at=at)
    project_id = work.c.get("project_id")
    columns = (work.c.version, work.c.party_id, null() if project_id is None else project_id)
    row = (await connection.execute(changed.returning(*columns))).one()
    before, after = values
    kept = {f"{directory}_id": record_id, "version": row.version, "at": at, "actor": actor}
    await connection.execute(insert(changes).values(kept | {"before": before, "after": after}))
    return row[1], row[2]
