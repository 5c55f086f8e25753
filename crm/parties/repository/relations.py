"""All SQL of relations and groups."""

from collections.abc import Collection, Sequence

from msgspec import Struct, convert
from sqlalchemy import ScalarSelect, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.model import Directory
from crm.directories.tables import directory_entry
from crm.parties.model import Relation
from crm.parties.tables import party, party_group, party_relation

MOST_LISTED = 200


class NamedRelation(Struct, frozen=True):
    """A relation with the parties between whom it is: `party_id` is a relation of `other_party_id`, None is us."""

    id: int
    party_id: int
    party_name: str
    relation: Relation
    other_name: str | None


_COLUMNS = (
    directory_entry.c.code.label("relation"),
    party_relation.c.other_party_id,
    party_relation.c.since,
    party_relation.c.until,
)


async def list_relations(connection: AsyncConnection, party_id: int) -> dict[int, Relation]:
    """List what a party is to us and to others, in the directory's order."""
    query = select(party_relation.c.id, *_COLUMNS).join_from(party_relation, directory_entry)
    rows = await connection.execute(
        query.where(party_relation.c.party_id == party_id).order_by(directory_entry.c.position, party_relation.c.id)
    )
    return {row.id: convert(row, Relation, from_attributes=True) for row in rows}


async def list_named_relations(connection: AsyncConnection, party_id: int) -> Sequence[NamedRelation]:
    """List the relations of a party, those of others to it too, with everybody's names; `MOST_LISTED` at most."""
    other = party.alias("other")
    query = (
        select(party_relation.c.id, party_relation.c.party_id, party.c.name, other.c.name.label("other"), *_COLUMNS)
        .join_from(party_relation, directory_entry)
        .join(party, party.c.id == party_relation.c.party_id)
        .outerjoin(other, other.c.id == party_relation.c.other_party_id)
        .where(or_(party_relation.c.party_id == party_id, party_relation.c.other_party_id == party_id))
        .order_by(directory_entry.c.position, party_relation.c.id)
    )
    rows = await connection.execute(query.limit(MOST_LISTED))
    return [
        NamedRelation(row.id, row.party_id, row.name, convert(row, Relation, from_attributes=True), row.other)
        for row in rows
    ]


async def insert_relation(connection: AsyncConnection, party_id: int, relation: Relation) -> int:
    """Add a relation and give its identifier."""
    values = _relation(relation) | {"party_id": party_id}
    made = await connection.execute(insert(party_relation).values(values).returning(party_relation.c.id))
    return int(made.scalar_one())


async def update_relation(connection: AsyncConnection, _: int, relation_id: int, relation: Relation) -> None:
    """Write a relation anew."""
    changed = update(party_relation).where(party_relation.c.id == relation_id)
    await connection.execute(changed.values(_relation(relation)))


async def delete_relation(connection: AsyncConnection, _: int, relation_id: int) -> None:
    """Delete a relation."""
    await connection.execute(delete(party_relation).where(party_relation.c.id == relation_id))


def _relation(relation: Relation) -> dict[str, object]:
    return {
        "relation_id": id_of("relation", relation.relation),
        "other_party_id": relation.other_party_id,
        "since": relation.since,
        "until": relation.until,
    }


def id_of(directory: Directory, code: str) -> ScalarSelect[int]:
    """Give the identifier of an entry by its code."""
    where = (directory_entry.c.directory == directory, directory_entry.c.code == code)
    return select(directory_entry.c.id).where(*where).scalar_subquery()


async def list_groups(connection: AsyncConnection, party_id: int) -> list[str]:
    """List the codes of a party's groups in the directory's order."""
    query = select(directory_entry.c.code).join_from(party_group, directory_entry)
    rows = await connection.execute(
        query.where(party_group.c.party_id == party_id).order_by(directory_entry.c.position, directory_entry.c.id)
    )
    return list(rows.scalars())


async def put_groups(connection: AsyncConnection, party_id: int, group_ids: Collection[int]) -> None:
    """Give a party exactly these groups."""
    where = (party_group.c.party_id == party_id, party_group.c.group_id.not_in(group_ids))
    await connection.execute(delete(party_group).where(*where))
    kept = set(
        (await connection.execute(select(party_group.c.group_id).where(party_group.c.party_id == party_id))).scalars()
    )
    new = [{"party_id": party_id, "group_id": group_id} for group_id in sorted(set(group_ids) - kept)]
    if new:
        await connection.execute(insert(party_group), new)
