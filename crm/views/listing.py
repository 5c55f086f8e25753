"""A page of a view: its rows with the columns that are shown, its neighbours, and how many were seen.

The number of queries of a page is bounded, whatever its columns, filters and rows.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes.model import Attribute
from crm.attributes.repository import list_attributes
from crm.directories.model import Entry
from crm.views.model import ATTRIBUTE_DIRECTORIES, View
from crm.views.operands import check_view
from crm.views.repository.columns import PartyRow, load_rows
from crm.views.repository.context import Context
from crm.views.repository.pages import ListPlace, read_ids
from crm.views.repository.surroundings import NamedWords, list_all_entries, load_named_words
from loyalty.cards.listing import SeriesRow, list_series
from loyalty.money import Scale

PAGE_ROWS = 50


class Words(Struct, frozen=True):
    """The words that a view may use: entries of directories, series of cards, segments, kinds of mailings.

    Attributes stand by name as `party.size`.
    """

    entries: tuple[Entry, ...]
    series: tuple[SeriesRow, ...]
    attributes: dict[str, Attribute]
    named: NamedWords = NamedWords()

    def entries_of(self, directory: str) -> list[Entry]:
        """Give the entries of a directory in their order."""
        return [one for one in self.entries if one.directory == directory]

    def context(self, *, now: datetime, zone: ZoneInfo, money: Scale) -> Context:
        """Give what the SQL of views needs."""
        return Context(
            now=now,
            zone=zone,
            money=money,
            entries={(one.directory, one.code): one.id for one in self.entries},
            series={one.code: one.id for one in self.series},
            attributes=self.attributes,
            segments={one.id: one.tree for one in self.named.segments},
            mailing_kinds={one.code: one.id for one in self.named.kinds},
        )


class PartyPage(Struct, frozen=True):
    """A page of a list and the places of the neighbouring ones.

    On the first page, `seen` parties of the list were seen, and `is_all` says that there are no more.
    """

    rows: list[PartyRow]
    back: ListPlace | None
    on: ListPlace | None
    seen: int = 0
    is_all: bool = False


async def load_words(connection: AsyncConnection) -> Words:
    """Load the words that a view may use."""
    attributes = await list_attributes(connection, ATTRIBUTE_DIRECTORIES)
    return Words(
        entries=tuple(await list_all_entries(connection)),
        series=tuple(await list_series(connection)),
        attributes={f"{one.directory}.{one.code}": one for one in attributes},
        named=await load_named_words(connection),
    )


async def list_parties(
    connection: AsyncConnection, view: View, context: Context, *, place: ListPlace | None = None, size: int = PAGE_ROWS
) -> PartyPage:
    """List a page of the parties that a view means. Raises ViewError."""
    check_view(view, context.attributes, money=context.money)
    found = await read_ids(connection, view, context, place=place, size=size)
    rows = await load_rows(connection, found.ids, view.columns, context)
    return PartyPage(rows, found.back, found.on, found.seen, found.is_all)
