"""Classes of buyers on a page: how recently against how often, as a heat map and a table that lead to the parties."""

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.downloads import answer_table, headings
from api.pages.edge import act_of
from api.pages.party_list import address_of_view
from api.pages.plots import Tile, draw_tiles
from api.pages.renderer import Call, currency_of, database_of, page, redirect, say_of
from crm.scores.model import CLASSES, Cell, Scores
from crm.scores.service import ask_for_scoring, load_scores
from crm.views.model import DEFAULT_COLUMNS, Filter, View

PATH = "/scores"
HEADER = headings("recency", "frequency", "parties", "turnover")


class ShownCell(Struct, frozen=True):
    """A class, its tile in the plot, and the address of the list of its parties."""

    cell: Cell
    tile: Tile
    address: str


@get(PATH, opt=dict(allows("segments.read")))
async def show_scores(request: Call) -> Response[str]:
    """Show how many parties there are in each class, and their turnover."""
    scores = await database_of(request).run(load_scores)
    cells = [scores.cell(recency, frequency) for recency in reversed(CLASSES) for frequency in CLASSES]
    tiles = draw_tiles([one.parties for one in cells], columns=len(CLASSES))
    shown = [ShownCell(cell, tile, _address(cell)) for cell, tile in zip(cells, tiles.tiles, strict=True)]
    return page(
        request,
        "scores.html",
        scored_on=scores.scored_on,
        cells=shown,
        tiles=tiles,
        classes=list(CLASSES),
        parties=sum(one.parties for one in cells),
        turnover=sum(one.turnover for one in cells),
        best=_best(scores),
    )


@post(PATH, opt=dict(allows("segments.edit")))
async def ask_for_scores(request: Call) -> Response[str]:
    """Score all parties anew, as a job."""
    job_id = await database_of(request).run(_ask, request)
    return redirect(f"/jobs/{job_id}")


@get("/scores/export/{ending:str}", opt=dict(allows("segments.read")))
async def export_scores(request: Call, ending: FromPath[str]) -> Response[bytes]:
    """Give the classes as a file."""
    scores = await database_of(request).run(load_scores)
    header = [*map(say_of(request), HEADER)]
    money = currency_of(request).scale
    rows = [(one.recency, one.frequency, one.parties, money.format(one.turnover)) for one in scores.cells]
    return answer_table("classes-of-buyers", ending, header, sorted(rows, reverse=True))


async def _ask(connection: AsyncConnection, call: Call) -> int:
    return await ask_for_scoring(connection, act=act_of(call))


def _address(cell: Cell) -> str:
    one = Filter("score", "is", (str(cell.recency), str(cell.frequency), ""))
    return address_of_view(View((one,), DEFAULT_COLUMNS))


def _best(scores: Scores) -> Cell:
    """Give those of the highest classes by both, of whom the finding speaks."""
    return scores.cell(CLASSES[-1], CLASSES[-1])
