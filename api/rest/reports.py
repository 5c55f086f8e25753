"""Reports: what is kept, counted by what a reader asks."""

from collections.abc import Sequence
from typing import Annotated

from litestar import Router, get
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.rest.bodies import Identifier
from api.rest.calls import Call, context_of, service_of
from api.rest.problems import PROBLEMS
from crm.attributes.reports import MOST_CUTS, Group, read_cuts, report_bands
from crm.segments import service as segments
from crm.views.listing import load_words
from loyalty.cards.listing import Band
from loyalty.money import DecimalError, Scale
from pos_adapter.problems import BodyError

DEFAULT_CUTS = ("500", "1000", "5000", "10000")
MOST_SENTENCE = 500

Sentence = Annotated[str | None, QueryParameter(max_length=MOST_SENTENCE)]


class BandAnswer(Struct, frozen=True):
    """The cards whose turnover is at least `lower` and under `upper`, null where there is no bound, and its sum."""

    lower: str | None
    upper: str | None
    cards: int
    turnover: str


class GroupAnswer(Struct, frozen=True):
    """The bands of the cards with one value of the attribute, by its name; null where there is none."""

    name: str | None
    bands: list[BandAnswer]


class BandsAnswer(Struct, frozen=True):
    """Groups in the order of their values, those without one last; one group where nothing is grouped by."""

    groups: list[GroupAnswer]


@get("/v1/reports/turnover-bands", opt=dict(allows("reports.read")), responses=PROBLEMS)
async def get_turnover_bands(
    request: Call,
    cuts: Annotated[FromQuery[list[str] | None], QueryParameter(max_items=MOST_CUTS)] = None,
    where: Sentence = None,
    by: Sentence = None,
    segment: Annotated[Identifier | None, QueryParameter()] = None,
) -> BandsAnswer:
    """Count cards by turnover in bands between rising amounts, all or those of a segment's parties.

    `where` is a filter by an attribute of the card or of who holds it, such as `party.vip is yes`; `by` an attribute to
    count apart by, such as `party.region`.
    """
    service = service_of(request)
    try:
        bounds = read_cuts(cuts or DEFAULT_CUTS, service.money)
    except DecimalError as error:
        raise BodyError("cuts", str(error)) from error
    if segment is None:
        groups = await service.database.run(report_bands, bounds, where=where, by=by)
    else:
        groups = await service.database.run(_report_segment, request, bounds, segment_id=segment, where=where, by=by)
    return BandsAnswer([_render_group(one, service.money) for one in groups])


async def _report_segment(
    connection: AsyncConnection, call: Call, cuts: Sequence[int], *, segment_id: int, where: str | None, by: str | None
) -> list[Group]:
    context = context_of(call, await load_words(connection))
    return await segments.report_bands(connection, cuts, context, segment_id=segment_id, where=where, by=by)


def _render_group(group: Group, money: Scale) -> GroupAnswer:
    return GroupAnswer(group.name, [_render_band(one, money) for one in group.bands])


def _render_band(band: Band, money: Scale) -> BandAnswer:
    lower, upper = (None if bound is None else money.format(bound) for bound in (band.lower, band.upper))
    return BandAnswer(lower, upper, band.cards, money.format(band.turnover))


router = Router("/", route_handlers=[get_turnover_bands], tags=["Reports"])
