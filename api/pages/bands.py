"""The report of cards by turnover: how many stand in each band between cuts that the address names."""

from itertools import pairwise

from litestar import Response, get
from msgspec import Struct

from api.auth.rights import allows
from api.pages.plots import widths
from api.pages.queries import link, text
from api.pages.renderer import Call, currency_of, database_of, page
from api.pages.words import mark
from loyalty.cards.listing import Band, count_turnover_bands
from loyalty.money import Currency, DecimalError

PATH = "/cards/bands"
DEFAULT_CUTS = "500 1000 5000 10000"
MOST_CUTS = 20

_NO_AMOUNTS = mark("These are no rising amounts such as 500 1000 5000. Nothing was counted.")


class BandRow(Struct, frozen=True):
    """A band and the length of its bar."""

    band: Band
    width: str


class Bands(Struct, frozen=True):
    """The counted bands, or what is wrong with the cuts asked for."""

    cuts: str
    link: str
    rows: tuple[BandRow, ...] = ()
    problem: str | None = None

    @property
    def cards(self) -> int:
        """How many cards were counted."""
        return sum(row.band.cards for row in self.rows)

    @property
    def turnover(self) -> int:
        """The turnover of them all."""
        return sum(row.band.turnover for row in self.rows)

    @property
    def most(self) -> Band:
        """The band with the most cards."""
        return max((row.band for row in self.rows), key=lambda band: band.cards)


@get(PATH, opt=dict(allows("reports.read")))
async def show_bands(request: Call) -> Response[str]:
    """Show the report by itself."""
    bands = await count_bands(request, text(request, "cuts") or DEFAULT_CUTS)
    return page(request, "bands.html", status=400 if bands.problem else 200, bands=bands)


async def count_bands(call: Call, cuts: str) -> Bands:
    """Count the cards between cuts as a person types them."""
    address = link(PATH, {"cuts": cuts})
    try:
        bounds = read_cuts(cuts, currency_of(call))
    except ValueError:
        return Bands(cuts, address, problem=_NO_AMOUNTS)
    found = await database_of(call).run(count_turnover_bands, bounds)
    rows = zip(found, widths([band.cards for band in found]), strict=True)
    return Bands(cuts, address, tuple(BandRow(band, width) for band, width in rows))


def read_cuts(cuts: str, currency: Currency) -> list[int]:
    """Read rising amounts, with blanks between them, into minor units. Raises ValueError."""
    bounds = [currency.scale.parse(amount) for amount in cuts.replace(";", " ").split()]
    if not 0 < len(bounds) <= MOST_CUTS or any(one >= after for one, after in pairwise(bounds)):
        raise DecimalError("must rise")
    return bounds
