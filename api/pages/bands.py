"""The report of cards by turnover: how many stand in each band between cuts that the address names."""

from collections.abc import Iterator, Mapping

from litestar import Response, get
from msgspec import Struct

from api.auth.rights import allows
from api.pages.plots import widths
from api.pages.queries import link, text
from api.pages.renderer import Call, currency_of, database_of, page
from api.pages.words import mark
from crm.attributes import reports
from crm.attributes.model import Attribute
from loyalty.cards.listing import Band
from loyalty.errors import LoyaltyError
from loyalty.money import DecimalError

PATH = "/cards/bands"
DEFAULT_CUTS = "500 1000 5000 10000"
_NO_AMOUNTS = mark("These are no rising amounts such as 500 1000 5000. Nothing was counted.")
_NO_FILTER = mark("This is no filter such as party.vip is yes, or there are too many groups. Nothing was counted.")


class BandRow(Struct, frozen=True):
    """A band and the length of its bar."""

    band: Band
    width: str


class GroupRows(Struct, frozen=True):
    """The bands of the cards with one value of the attribute that the report is grouped by; without, there is one."""

    name: str | None
    rows: tuple[BandRow, ...]

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


class Asked(Struct, frozen=True):
    """What the address asks for, as it stands there: cuts, a filter such as `party.vip is yes`, an attribute."""

    cuts: str = DEFAULT_CUTS
    where: str = ""
    by: str = ""


class Bands(Struct, frozen=True):
    """The counted bands, or what is wrong with what was asked for."""

    asked: Asked
    groups: tuple[GroupRows, ...] = ()
    problem: str | None = None
    field: str = "cuts"
    attributes: Mapping[str, Attribute] = {}

    @property
    def cards(self) -> int:
        """How many cards were counted."""
        return sum(group.cards for group in self.groups)

    @property
    def link(self) -> str:
        """The address of this very count."""
        return link(PATH, {"cuts": self.asked.cuts, "where": self.asked.where, "by": self.asked.by})


@get(PATH, opt=dict(allows("reports.read")))
async def show_bands(request: Call) -> Response[str]:
    """Show the report by itself."""
    asked = Asked(text(request, "cuts") or DEFAULT_CUTS, text(request, "where"), text(request, "by"))
    bands = await count_bands(request, asked)
    return page(request, "bands.html", status=400 if bands.problem else 200, bands=bands)


async def count_bands(call: Call, asked: Asked) -> Bands:
    """Count the cards between cuts as a person types them, filtered and grouped as the address says."""
    attributes = await database_of(call).run(reports.list_usable)
    try:
        cuts = reports.read_cuts(asked.cuts.replace(";", " ").split(), currency_of(call).scale)
        groups = await database_of(call).run(reports.report_bands, cuts, where=asked.where, by=asked.by)
    except DecimalError:
        return Bands(asked, problem=_NO_AMOUNTS, attributes=attributes)
    except LoyaltyError as error:
        field = "by" if error.field == "by" else "where"
        return Bands(asked, problem=_NO_FILTER, field=field, attributes=attributes)
    return Bands(asked, tuple(_with_widths(groups)), attributes=attributes)


def _with_widths(groups: list[reports.Group]) -> Iterator[GroupRows]:
    """Draw all groups to one measure."""
    lengths = iter(widths([0, *(band.cards for group in groups for band in group.bands)])[1:])
    for group in groups:
        yield GroupRows(group.name, tuple(BandRow(band, next(lengths)) for band in group.bands))
