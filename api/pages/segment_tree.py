"""A segment's conditions in words: groups in groups, each condition a chip as in the list of parties."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.party_list_filters import Chip, Reader
from crm.parties.listing import load_names
from crm.segments.editing import Condition, Group, Mode, Part, Path
from crm.views.trees import Tree, leaves_of
from database.identifiers import MOST_ID


class ShownCondition(Struct, frozen=True):
    """A condition in words; `path` is its place in the tree as a form sends it."""

    path: str
    chip: Chip
    is_not: bool


class ShownGroup(Struct, frozen=True):
    """A group, with its place and what is in it."""

    path: str
    mode: Mode
    parts: tuple["ShownCondition | ShownGroup", ...]

    @property
    def is_group(self) -> bool:
        """Tells a group from a condition in a template."""
        return True


Shown: TypeAlias = ShownCondition | ShownGroup


def show_group(group: Group, reader: Reader, names: Mapping[int, str], path: Path = ()) -> ShownGroup:
    """Say a group in words; `names` are those of parties that it speaks of."""
    parts = (_show(part, reader, names, (*path, number)) for number, part in enumerate(group.parts))
    return ShownGroup(_print(path), group.mode, tuple(parts))


def _show(part: Part, reader: Reader, names: Mapping[int, str], path: Path) -> Shown:
    if isinstance(part, Condition):
        return ShownCondition(_print(path), reader.chip(part.leaf.filter, names), part.is_not)
    return show_group(part, reader, names, path)


def _print(path: Path) -> str:
    return ".".join(map(str, path))


async def load_party_names(connection: AsyncConnection, trees: Iterable[Tree]) -> dict[int, str]:
    """Load the names of the parties that trees speak of."""
    leaves = (leaf for tree in trees for leaf in leaves_of(tree) if leaf.field == "contact_of")
    texts = {text for leaf in leaves for text in leaf.operands if text.isascii() and text.isdigit()}
    ids = [int(text) for text in texts if int(text) <= MOST_ID]
    return await load_names(connection, ids) if ids else {}
