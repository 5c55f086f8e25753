"""The list of cards, and the search for one."""

from collections.abc import Iterable
from datetime import date

from litestar import Response, get, post
from litestar.exceptions import ClientException
from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.bands import Asked, count_bands
from api.pages.edge import today_of
from api.pages.forms import decimal
from api.pages.queries import choice, link, place, place_link, text, whole_number
from api.pages.renderer import Call, currency_of, database_of, has, page, redirect
from api.pages.search import MOST_TYPED, Found, find_cards, find_whole_number, may_stand_in_address
from api.pages.words import CARD_STATES
from crm.parties.listing import load_names
from database.keyset import Page, Place
from loyalty.cards.listing import CardRow, SeriesRow, is_quick_to_count, list_cards, list_series
from loyalty.cards.model import CardState
from loyalty.cards.selection import Selection

PATH = "/cards"
SEARCH_PATH = "/cards/search"
FILTERS = ("series", "state", "holder", "turnover_from", "turnover_to")
STATES: dict[str, CardState] = {state: state for state in CARD_STATES}  # type: ignore[misc] # its keys are the states


class ListedCard(Struct, frozen=True):
    """A card of a list with the names that belong to it."""

    card: CardRow
    series: SeriesRow
    holder: str | None

    @property
    def percent(self) -> int:
        """The percent that acts."""
        return self.series.percent if self.card.own_percent is None else self.card.own_percent


class _CardsPage(Struct, frozen=True):
    series: list[SeriesRow]
    rows: list[ListedCard]
    found: Page[CardRow]
    holder: str | None
    is_quick_to_count: bool


@get(PATH, opt=dict(allows("cards.read")))
async def show_cards(request: Call) -> Response[str]:
    """List cards by series and state, with the report of turnover beside them."""
    chosen = {name: text(request, name) for name in FILTERS}
    money = currency_of(request).scale
    selection = Selection(
        state=choice(request, "state", STATES.__getitem__),
        holder_id=choice(request, "holder", whole_number),
        turnover_from=choice(request, "turnover_from", lambda typed: decimal(money, typed)),
        turnover_to=choice(request, "turnover_to", lambda typed: decimal(money, typed)),
    )
    shown = await database_of(request).run(
        _load_cards, selection, series_code=chosen["series"], today=today_of(request), where=place(request, int)
    )
    has_report = shown.is_quick_to_count and has(request, "reports.read")
    return page(
        request,
        "cards.html",
        chosen=chosen,
        is_filtered=any(chosen.values()),
        holder=shown.holder,
        series=shown.series,
        rows=shown.rows,
        newer=place_link(PATH, chosen, shown.found.newer),
        older=place_link(PATH, chosen, shown.found.older),
        bands=await count_bands(request, Asked()) if has_report else None,
    )


async def _load_cards(
    connection: AsyncConnection, selection: Selection, *, series_code: str, today: date, where: Place | None
) -> _CardsPage:
    series = await list_series(connection)
    wanted = next((one.id for one in series if one.code == series_code), None)
    if series_code and wanted is None:
        raise ClientException("series is none that this page knows")
    meant = structs.replace(selection, series_id=wanted)
    found = await list_cards(connection, meant, today=today, place=where)
    rows = await _with_names(connection, found.rows, series)
    names = {} if meant.holder_id is None else await load_names(connection, [meant.holder_id])
    holder = names.get(meant.holder_id or 0)
    return _CardsPage(series, rows, found, holder, await is_quick_to_count(connection))


async def _with_names(
    connection: AsyncConnection, rows: Iterable[CardRow], series: Iterable[SeriesRow]
) -> list[ListedCard]:
    shown = list(rows)
    names = await load_names(connection, (row.holder_id for row in shown if row.holder_id is not None))
    by_id = {one.id: one for one in series}
    return [ListedCard(row, by_id[row.series_id], names.get(row.holder_id or 0)) for row in shown]


@post(SEARCH_PATH, opt=dict(allows("cards.read")), status_code=200)
async def search_cards(request: Call) -> Response[str]:
    """Go to the one card that fits what was typed, or show those that do."""
    typed = str((await request.form()).get("find", "")).strip()
    if not 0 < len(typed) <= MOST_TYPED or "\0" in typed:
        return redirect(PATH)
    card_id = await database_of(request).run(find_whole_number, typed)
    if card_id is not None:
        return redirect(f"{PATH}/{card_id}")
    found = await database_of(request).run(find_cards, typed, today=today_of(request))
    if len(found.rows) == 1:
        return redirect(f"{PATH}/{found.rows[0].card_id}")
    if may_stand_in_address(typed):
        return redirect(link(SEARCH_PATH, {"find": typed}))
    return await _show_found(request, typed, found, here=PATH)


@get(SEARCH_PATH, opt=dict(allows("cards.read")))
async def show_search(request: Call) -> Response[str]:
    """Show the cards that fit a name or a few digits."""
    typed = text(request, "find")
    if not typed:
        return redirect(PATH)
    if len(typed) > MOST_TYPED or not may_stand_in_address(typed):
        raise ClientException("a card's number does not stand in an address: type it into the search")
    found = await database_of(request).run(find_cards, typed, today=today_of(request))
    return await _show_found(request, typed, found, here=None)


async def _show_found(call: Call, typed: str, found: Found, *, here: str | None) -> Response[str]:
    rows = await database_of(call).run(_name_found, found)
    return page(call, "found.html", here=here, find=typed, rows=rows, is_cut=found.is_cut)


async def _name_found(connection: AsyncConnection, found: Found) -> list[ListedCard]:
    return await _with_names(connection, found.rows, await list_series(connection))
