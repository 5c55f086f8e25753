"""The list of parties to take along: the filters, columns and order of the page, as CSV or as a workbook.

Who took what along is kept in the journal, without the filters, which may speak of people. CSV is written while it is
sent, however long; each portion is read in a transaction of its own, so that none waits for a slow browser. A workbook
is made as a whole: it holds at most `MOST_IN_WORKBOOK` parties, and more are refused.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from litestar import Response, get
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath
from litestar.response import Stream
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.downloads import Cell, answer_table, stream_csv, write_csv, write_lines
from api.pages.edge import act_of
from api.pages.party_list import context_of, load_referred, read_view, reader_of
from api.pages.party_list_filters import Text
from api.pages.party_list_table import ShownRow, Table, make_table
from api.pages.renderer import Call, currency_of, database_of, say_of
from crm.parties.births import write_birth_date
from crm.views.listing import Words, load_words
from crm.views.model import View, ViewError
from crm.views.operands import check_view
from crm.views.repository.columns import PartyRow, load_rows
from crm.views.repository.pages import Found, read_ids
from database.activity import record_activity
from loyalty.money import PERCENT_PLACES

MOST_IN_WORKBOOK = 50_000
IDS_AT_ONCE = 20_000
"""So many are put into order at once: where few of all pass the filters, that is done anew for each portion."""

ROWS_AT_ONCE = 1_000


class Begun(Struct, frozen=True):
    """A list that is given: the words it is read by, and the first of its parties."""

    words: Words
    found: Found


@get("/parties/export/{ending:str}", opt=dict(allows("parties.bulk")))
async def export_parties(request: Call, ending: FromPath[str]) -> Response[bytes] | Stream:
    """Give the whole list as a file."""
    if ending not in {"csv", "xlsx"}:
        raise NotFoundException("lists are given as csv or xlsx")
    view = read_view(request)
    try:
        begun = await database_of(request).run(_begin, request, view)
    except ViewError as error:
        raise ClientException(str(error)) from error
    if ending == "csv":
        return stream_csv("parties", _pieces(request, view, begun))
    rows: list[Sequence[Cell]] = []
    header: Sequence[str] = ()
    async for table in _tables(request, view, begun):
        header = _header(request, table)
        rows += _rows(request, table, begun.words)
        if len(rows) > MOST_IN_WORKBOOK:
            raise ClientException(
                f"a workbook holds at most {MOST_IN_WORKBOOK:,} parties: take CSV, or filter the list"
            )
    return answer_table("parties", ending, header, rows)


async def _begin(connection: AsyncConnection, call: Call, view: View) -> Begun:
    """Read the beginning of a list and keep who took it. Raises ViewError."""
    words = await load_words(connection)
    context = context_of(call, words)
    check_view(view, context.attributes, money=context.money)
    found = await read_ids(connection, view, context, place=None, size=IDS_AT_ONCE)
    data = {"columns": list(view.columns), "fields": sorted({one.field for one in view.filters})}
    await record_activity(connection, act=act_of(call), what="parties.exported", record="parties", data=data)
    return Begun(words, found)


async def _pieces(call: Call, view: View, begun: Begun) -> AsyncIterator[bytes]:
    is_first = True
    async for table in _tables(call, view, begun):
        rows = _rows(call, table, begun.words)
        yield write_csv(_header(call, table), rows) if is_first else write_lines(rows)
        is_first = False


async def _tables(call: Call, view: View, begun: Begun) -> AsyncIterator[Table]:
    """Read the list to its end in portions, the first of which is there though it be empty."""
    found, run = begun.found, database_of(call).run
    while True:
        for start in range(0, max(1, len(found.ids)), ROWS_AT_ONCE):
            yield await run(_load, call, view, begun.words, found.ids[start : start + ROWS_AT_ONCE])
        if found.on is None:
            return
        found = await run(read_ids, view, context_of(call, begun.words), place=found.on, size=IDS_AT_ONCE)


async def _load(connection: AsyncConnection, call: Call, view: View, words: Words, ids: Sequence[int]) -> Table:
    rows = await load_rows(connection, ids, view.columns, context_of(call, words))
    return make_table(reader_of(call, words), view, rows, await load_referred(connection, words, view, rows))


def _header(call: Call, table: Table) -> list[str]:
    return ["id", *(_say(call, column.label) for column in (table.name, *table.columns))]


def _say(call: Call, one: Text) -> str:
    return say_of(call)(one.text) if one.is_marked else one.text


def _rows(call: Call, table: Table, words: Words) -> list[Sequence[Cell]]:
    return [[one.row.id, one.row.name, *_cells(call, table, one, words)] for one in table.rows]


def _cells(call: Call, table: Table, one: ShownRow, words: Words) -> Iterator[Cell]:
    places = currency_of(call).places
    for column, text in zip(table.columns, one.cells, strict=True):
        number = _NUMBERS.get(column.name)
        if number is not None:
            yield number(one.row, places)
        else:
            attribute = words.attributes.get(column.name)
            value = None if attribute is None else one.row.attributes.get(attribute.id)
            yield value if isinstance(value, Decimal) else _say(call, text)


def _scaled(amount: int | None, places: int) -> Decimal | None:
    return None if amount is None else Decimal(amount).scaleb(-places)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


_NUMBERS: Mapping[str, Callable[[PartyRow, int], Cell]] = {
    "turnover": lambda row, places: _scaled(row.turnover, places),
    "balance": lambda row, places: _scaled(row.balance, places),
    "percent": lambda row, _: _scaled(row.percent, PERCENT_PLACES),
    "cards": lambda row, _: row.cards,
    "birth_date": lambda row, _: None if row.birth_date is None else write_birth_date(row.birth_date),
    "last_purchase": lambda row, _: _day(row.last_purchase),
}
"""Columns whose numbers and days a spreadsheet reads as such; the rest stands as it is shown."""
