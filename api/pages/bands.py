"""The report of cards by turnover: how many stand in each band between cuts that the address names."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from litestar import Response, get
from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.downloads import Cell, answer_table
from api.pages.party_list import context_of
from api.pages.plots import widths
from api.pages.queries import link, text
from api.pages.renderer import Call, currency_of, database_of, has, page, reading_of
from api.pages.words import mark
from crm.attributes import reports
from crm.attributes.model import Attribute
from crm.segments import service as segments
from crm.segments.errors import SegmentNotFoundError, SegmentRefusedError
from crm.segments.model import Segment
from crm.views.listing import load_words
from loyalty.cards.listing import Band
from loyalty.errors import LoyaltyError
from loyalty.money import DecimalError, Scale

PATH = "/cards/bands"
HEADER = ("group", "from", "to", "cards", "turnover")
DEFAULT_CUTS = "500 1000 5000 10000"
SEGMENT_ERRORS = (SegmentNotFoundError, SegmentRefusedError)
_NO_AMOUNTS = mark("These are no rising amounts such as 500 1000 5000. Nothing was counted.")
_NO_SEGMENT = mark("There is no such segment, or it asks for a word that is gone. Nothing was counted.")
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
    """What the address asks for, as it stands there: cuts, a filter such as `party.vip is yes`, an attribute.

    The segment is that of whose cards are counted.
    """

    cuts: str = DEFAULT_CUTS
    where: str = ""
    by: str = ""
    segment: str = ""


class Bands(Struct, frozen=True):
    """The counted bands, or what is wrong with what was asked for."""

    asked: Asked
    groups: tuple[GroupRows, ...] = ()
    problem: str | None = None
    field: str = "cuts"
    attributes: Mapping[str, Attribute] = {}
    segments: Sequence[Segment] = ()

    @property
    def cards(self) -> int:
        """How many cards were counted."""
        return sum(group.cards for group in self.groups)

    @property
    def link(self) -> str:
        """The address of this very count."""
        return link(PATH, structs.asdict(self.asked))

    def file(self, ending: str) -> str:
        """Give the address of this count as a file."""
        return link(PATH, structs.asdict(self.asked) | {"as": ending})


@get(PATH, opt=dict(allows("reports.read")))
async def show_bands(request: Call) -> Response[str] | Response[bytes]:
    """Show the report by itself, or give it as a file."""
    asked = Asked(text(request, "cuts") or DEFAULT_CUTS, *(text(request, name) for name in ("where", "by", "segment")))
    bands = await count_bands(request, asked)
    if (ending := text(request, "as")) and not bands.problem:
        return answer_table("cards-by-turnover", ending, HEADER, _cells(bands, currency_of(request).scale))
    if has(request, "segments.read"):
        bands = structs.replace(bands, segments=await database_of(request).run(segments.list_segments))
    return page(request, "bands.html", status=400 if bands.problem else 200, bands=bands)


async def count_bands(call: Call, asked: Asked) -> Bands:
    """Count the cards between cuts as a person types them, filtered and grouped as the address says."""
    run = database_of(call).run
    found = Bands(asked, attributes=await run(reports.list_usable))
    try:
        cuts = reports.read_cuts(asked.cuts.replace(";", " ").split(), currency_of(call).scale)
        groups = await reading_of(call).run(_count, call, cuts, asked)
    except DecimalError:
        return structs.replace(found, problem=_NO_AMOUNTS)
    except SEGMENT_ERRORS:
        return structs.replace(found, problem=_NO_SEGMENT, field="segment")
    except LoyaltyError as error:
        return structs.replace(found, problem=_NO_FILTER, field="by" if error.field == "by" else "where")
    return structs.replace(found, groups=tuple(_with_widths(groups)))


async def _count(connection: AsyncConnection, call: Call, cuts: list[int], asked: Asked) -> list[reports.Group]:
    if not asked.segment:
        return await reports.report_bands(connection, cuts, where=asked.where, by=asked.by)
    context = context_of(call, await load_words(connection))
    segment_id = int(asked.segment) if asked.segment.isascii() and asked.segment.isdigit() else 0
    return await segments.report_bands(connection, cuts, context, segment_id=segment_id, where=asked.where, by=asked.by)


def _cells(bands: Bands, money: Scale) -> Iterator[list[Cell]]:
    """Give a row for each band of each group; a bound that is not there is empty."""
    for group in bands.groups:
        for band in (row.band for row in group.rows):
            bounds = [None if one is None else Decimal(money.format(one)) for one in (band.lower, band.upper)]
            yield [group.name, *bounds, band.cards, Decimal(money.format(band.turnover))]


def _with_widths(groups: list[reports.Group]) -> Iterator[GroupRows]:
    """Draw all groups to one measure."""
    lengths = iter(widths([0, *(band.cards for group in groups for band in group.bands)])[1:])
    for group in groups:
        yield GroupRows(group.name, tuple(BandRow(band, next(lengths)) for band in group.bands))
