"""The tree that a record stands in: what it was made from, and what was made from it, of all modules.

A deal shows only what is of it: what names its project, and what was made from that and names no other one.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.events.repository.kin import Kin, describe
from crm.origins.repository import Branch
from crm.origins.service import load_tree


class Node(Struct, frozen=True):
    """A record in a tree with those under it; what is unknown of it, such as a record that was removed, is None."""

    record: str
    kin: Kin | None
    below: tuple["Node", ...]


async def load_structure(connection: AsyncConnection, record: str, *, project_id: int | None = None) -> Node | None:
    """Load the whole tree around a record, or what of it is of a project; None where nothing of it is."""
    branches = await load_tree(connection, record)
    return make_tree(branches, await describe(connection, [one.record for one in branches]), project_id=project_id)


def make_tree(branches: Sequence[Branch], kin: Mapping[str, Kin], *, project_id: int | None) -> Node | None:
    """Hang records under each other, the root first; of a project only what leads to something of it."""
    below: dict[str | None, list[Branch]] = {}
    for branch in branches:
        below.setdefault(branch.parent, []).append(branch)

    def hang(record: str, inherited: int | None) -> Node | None:
        known = kin.get(record)
        own = inherited if known is None or known.project_id is None else known.project_id
        nodes = tuple(node for one in below.get(record, ()) if (node := hang(one.record, own)) is not None)
        is_of_it = project_id is None or own == project_id
        return Node(record, known, nodes) if nodes or is_of_it else None

    return hang(branches[0].record, None) if branches else None
