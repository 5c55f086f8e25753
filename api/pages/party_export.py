"""The list of parties to take along: the filters, columns and order of the page, as CSV or as a workbook.

Who took what along is kept in the journal, without the filters, which may speak of people. It gives at most
`MOST_EXPORTED` parties, read page by page, and says so by refusing more.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from litestar import Response, get
from litestar.exceptions import ClientException
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.downloads import Cell, answer_table
from api.pages.edge import act_of
from api.pages.party_list import context_of, load_referred, read_view, reader_of
from api.pages.party_list_table import ShownRow, Table, make_table
from api.pages.renderer import Call, currency_of, database_of
from crm.views.listing import Words, list_parties, load_words
from crm.views.model import View, ViewError
from crm.views.repository.columns import PartyRow
from database.activity import record_activity
from loyalty.money import PERCENT_PLACES

MOST_EXPORTED = 50_000
ROWS_AT_ONCE = 1_000


@get("/parties/export/{ending:str}", opt=dict(allows("parties.bulk")))
async def export_parties(request: Call, ending: FromPath[str]) -> Response[bytes]:
    """Give the whole list as a file."""
    view = read_view(request)
    try:
        words, table = await database_of(request).run(_read, request, view)
    except ViewError as error:
        raise ClientException(str(error)) from error
    places = currency_of(request).places
    header = ["id", *(column.label.text for column in (table.name, *table.columns))]
    rows = ([one.row.id, one.row.name, *_cells(table, one, words, places)] for one in table.rows)
    return answer_table("parties", ending, header, rows)


async def _read(connection: AsyncConnection, call: Call, view: View) -> tuple[Words, Table]:
    """Read the list to its end. Raises ClientException for one that is too long."""
    words = await load_words(connection)
    context, reader = context_of(call, words), reader_of(call, words)
    read = await list_parties(connection, view, context, place=None, size=ROWS_AT_ONCE)
    rows = read.rows
    while read.on is not None:
        if len(rows) >= MOST_EXPORTED:
            raise ClientException(f"a file holds at most {MOST_EXPORTED:,} parties: filter the list first")
        read = await list_parties(connection, view, context, place=read.on, size=ROWS_AT_ONCE)
        rows += read.rows
    referred = await load_referred(connection, words, view, rows)
    data = {"count": len(rows), "columns": list(view.columns), "fields": sorted({one.field for one in view.filters})}
    await record_activity(connection, act=act_of(call), what="parties.exported", record="parties", data=data)
    return words, make_table(reader, view, rows, referred)


def _cells(table: Table, one: ShownRow, words: Words, places: int) -> Iterator[Cell]:
    for column, text in zip(table.columns, one.cells, strict=True):
        number = _NUMBERS.get(column.name)
        if number is not None:
            yield number(one.row, places)
        else:
            attribute = words.attributes.get(column.name)
            value = None if attribute is None else one.row.attributes.get(attribute.id)
            yield value if isinstance(value, Decimal) else text.text


def _scaled(amount: int | None, places: int) -> Decimal | None:
    return None if amount is None else Decimal(amount).scaleb(-places)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


_NUMBERS: Mapping[str, Callable[[PartyRow, int], Cell]] = {
    "turnover": lambda row, places: _scaled(row.turnover, places),
    "balance": lambda row, places: _scaled(row.balance, places),
    "percent": lambda row, _: _scaled(row.percent, PERCENT_PLACES),
    "cards": lambda row, _: row.cards,
    "birth_date": lambda row, _: _day(row.birth_date),
    "last_purchase": lambda row, _: _day(row.last_purchase),
}
"""Columns whose numbers and days a spreadsheet reads as such; the rest stands as it is shown."""
