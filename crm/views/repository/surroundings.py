"""Reads what a view's words stand for: entries of directories, segments, kinds of mailings and mailings."""

from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.model import Entry
from crm.directories.tables import directory_entry
from crm.views.trees import Tree

MOST_MAILINGS = 100
MOST_ITEM_GROUPS = 200


class SegmentWord(Struct, frozen=True):
    """A segment by its name, and what it asks."""

    id: int
    name: str
    tree: Tree
    archived_at: datetime | None = None


class KindWord(Struct, frozen=True):
    """A kind of mailings by its code, with its names by language."""

    id: int
    code: str
    names: dict[str, str]


class MailingWord(Struct, frozen=True):
    """A mailing by its name."""

    id: int
    name: str


class NamedWords(Struct, frozen=True):
    """What filters may name by its name: segments, kinds of mailings, the newest mailings, groups of goods."""

    segments: tuple[SegmentWord, ...] = ()
    kinds: tuple[KindWord, ...] = ()
    mailings: tuple[MailingWord, ...] = ()
    item_groups: tuple[str, ...] = ()


async def list_all_entries(connection: AsyncConnection) -> list[Entry]:
    """List the entries of all directories, each in its order, archived ones too."""
    entry = directory_entry.c
    columns = (entry.id, entry.directory, entry.code, entry.names, entry.position, entry.party_kind, entry.version)
    query = select(*columns, entry.archived_at.is_not(None).label("is_archived"))
    rows = await connection.execute(query.order_by(entry.directory, entry.position, entry.id))
    return [Entry(**row) for row in rows.mappings()]


async def load_named_words(connection: AsyncConnection) -> NamedWords:
    """Load segments by name and kinds of mailings in their order, archived ones too, and what else has a name.

    Of groups of goods those that were bought, as many as a list of them bears.
    """
    most = {"most": MOST_MAILINGS, "most_groups": MOST_ITEM_GROUPS}
    row = (await connection.execute(text(_NAMED_WORDS), most)).one()
    return convert(row, NamedWords, from_attributes=True)


# Groups of goods are read by leaps over the index, one for each.
_NAMED_WORDS = """
with recursive bought (item_group) as (
    (select item_group from card_group_day order by item_group limit 1)
    union all
    select (select d.item_group from card_group_day d where d.item_group > b.item_group order by d.item_group limit 1)
    from bought b where b.item_group is not null
)
select
    (select coalesce(jsonb_agg(item_group), '[]')
        from (select item_group from bought where item_group is not null limit :most_groups) g) as item_groups,
    (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name, 'tree', definition,
        'archived_at', archived_at) order by sort_key(name), id), '[]') from segment) as segments,
    (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'code', code, 'names', names) order by position, id), '[]')
        from mailing_kind) as kinds,
    (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name) order by id desc), '[]')
        from (select id, name from mailing where archived_at is null order by id desc limit :most) m) as mailings
"""
