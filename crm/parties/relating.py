"""Use cases of what a party is: its relations to us and to others, and the groups it is counted in."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.service import choose_entries
from crm.parties.changes import record_change, refuse_stale
from crm.parties.errors import RelationRefusedError
from crm.parties.model import Relation
from crm.parties.parts import RELATIONS, add_part, change_part, load_part
from crm.parties.repository import relations as repository
from crm.parties.service import find_party_name, lock_party
from database.activity import Act
from database.identifiers import MOST_ID


async def add_relation(connection: AsyncConnection, party_id: int, relation: Relation, *, act: Act) -> int:
    """Say what a party is, to us or to another party, and give the relation's identifier.

    Raises RelationRefusedError, EntryRefusedError, and what `add_part` raises.
    """
    await _check(connection, party_id, relation)
    return await add_part(connection, RELATIONS, party_id, relation, act=act)


async def change_relation(
    connection: AsyncConnection, party_id: int, relation_id: int, *, relation: Relation, seen: int, act: Act
) -> None:
    """Write a relation anew, above all when it ended.

    Raises RelationRefusedError, EntryRefusedError, and what `change_part` raises.
    """
    before = await load_part(connection, RELATIONS, party_id, relation_id)
    await _check(connection, party_id, relation, kept=before.relation)
    await change_part(connection, RELATIONS, party_id, relation_id, values=relation, seen=seen, act=act)


async def _check(connection: AsyncConnection, party_id: int, relation: Relation, *, kept: str | None = None) -> None:
    standing = () if kept is None else (kept,)
    await choose_entries(connection, "relation", [relation.relation], field="relation", kept=standing)
    if relation.since is not None and relation.until is not None and relation.until < relation.since:
        raise RelationRefusedError("lies before the first day", field="until")
    other = relation.other_party_id
    if other is None:
        return
    if other == party_id:
        raise RelationRefusedError("is the party itself", field="other_party_id")
    if not 0 < other <= MOST_ID or await find_party_name(connection, other) is None:
        raise RelationRefusedError("there is no such party", field="other_party_id")


async def put_groups(
    connection: AsyncConnection, party_id: int, codes: Collection[str], *, seen: int, act: Act
) -> list[str]:
    """Give a party exactly these groups and list their codes; `seen` is the version that the editor saw.

    Raises EntryRefusedError, PartyChangedError with the differences, and what `lock_party` raises.
    """
    party = await lock_party(connection, party_id)
    before = await repository.list_groups(connection, party_id)
    chosen = await choose_entries(connection, "group", codes, field="groups", kept=before)
    after = [entry.code for entry in chosen]
    yours, theirs = {"groups": after}, {"groups": before}
    await refuse_stale(connection, party, seen=seen, about="groups", yours=yours, theirs=theirs)
    if after != before:
        await repository.put_groups(connection, party_id, [entry.id for entry in chosen])
        await record_change(connection, party_id, "groups.changed", before=theirs, after=yours, act=act)
    return after


list_groups = repository.list_groups
list_relations = repository.list_named_relations
