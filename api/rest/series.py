"""Series of cards and price lists: what prices."""

from datetime import time

from litestar import Response, Router, get, put
from litestar.params import FromPath, JSONBody

from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, load_series, read_code, service_of
from api.rest.problems import PROBLEMS, repeated
from loyalty.cards.model import PriceListSettings, Series, SeriesSettings
from loyalty.cards.series import put_price_list, put_series
from loyalty.money import PRICE, QUANTITY, WHOLE, Scale
from loyalty.pricing.model import TotalRounding, Window
from loyalty.pricing.points import MOST_RATE, PointsRules
from pos_adapter.answers import PriceListAnswer, SeriesAnswer
from pos_adapter.parsing import parse_decimal, parse_money, parse_percent
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Hours, PointsSettings, PriceListBody, SeriesBody


@put("/v1/series/{code:str}", dto=Body, return_dto=None, status_code=201, responses=repeated(SeriesAnswer))
async def save_series(request: Call, code: FromPath[str], data: JSONBody[SeriesBody]) -> Response[SeriesAnswer]:
    """Make or replace a series; what is left out takes its default. The same again changes nothing."""
    service, code = service_of(request), read_code(code)
    settings = read_series(data, service.money)
    series, is_new = await service.database.run(put_series, code, settings, act=act_of(request))
    await service.catalogue.newest()  # readers' own prefixes are asked of this copy at the very next request
    return Response(_render(series), status_code=201 if is_new else 200)


@get("/v1/series/{code:str}", opt=dict(allows("cards.read")), responses=PROBLEMS)
async def get_series(request: Call, code: FromPath[str]) -> SeriesAnswer:
    """Read a series as it stands."""
    return _render(await load_series(service_of(request), code))


def _render(series: Series) -> SeriesAnswer:
    template = series.template
    return SeriesAnswer(
        code=series.code,
        version=series.version,
        name=series.settings.name,
        kind=series.settings.kind,
        prefix=None if template is None else template.prefix,
        capacity=None if template is None else template.capacity,
    )


def read_series(body: SeriesBody, money: Scale) -> SeriesSettings:
    """Read the settings of a series. Raises BodyError."""
    if body.points is not None and body.kind != "bonus":
        raise BodyError("points", "stands only with kind bonus")
    percent, limit, rounding = body.discount_percent, body.credit_limit, body.total_rounding
    hours_from, hours_until = read_hours(body.hours)
    return SeriesSettings(
        name=body.name,
        kind=body.kind,
        number_template=body.number_template,
        percent=0 if percent is None else parse_percent(percent, "discount_percent", least=-WHOLE),
        price_lists=tuple(dict.fromkeys(body.price_lists or ())),
        price_list_choice=body.price_list_choice or "rank",
        percent_without_quotation=body.percent_without_quotation is True,
        dearer_quotations=body.dearer_quotations is True,
        credit_limit=0 if limit is None else parse_money(money, limit, "credit_limit", least=0),
        allow_other_payment=body.allow_other_payment is not False,
        return_policy=body.return_policy or "pro_rata",
        manual_with_percent=body.manual_with_percent is True,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        hours_from=hours_from,
        hours_until=hours_until,
        activation=body.activation or "none",
        term=body.term,
        total_rounding=None
        if rounding is None
        else TotalRounding(parse_money(money, rounding.step, "total_rounding.step", least=1), rounding.mode),
        points=None if body.points is None else read_points(body.points, money),
    )


def read_points(body: PointsSettings, money: Scale) -> PointsRules:
    """Read how a series earns and spends points. Raises BodyError."""
    rates = {
        name: 0 if rate is None else parse_decimal(QUANTITY, rate, f"points.{name}", least=0, most=MOST_RATE)
        for name, rate in (("per_money", body.per_money), ("per_unit", body.per_unit))
    }
    value, cap, least = body.value or "1", body.spend_percent_cap, body.min_receipt or "0"
    return PointsRules(
        per_money=rates["per_money"],
        per_unit=rates["per_unit"],
        value=parse_money(money, value, "points.value", least=1),
        spend_percent_cap=WHOLE if cap is None else parse_percent(cap, "points.spend_percent_cap"),
        lifetime=body.lifetime,
        min_receipt=parse_money(money, least, "points.min_receipt", least=0),
        skip_skus=tuple(dict.fromkeys(body.skip_skus or ())),
    )


@put(
    "/v1/price-lists/{code:str}",
    opt=dict(allows("prices.edit")),
    dto=Body,
    return_dto=None,
    status_code=201,
    responses=repeated(PriceListAnswer),
)
async def save_price_list(
    request: Call, code: FromPath[str], data: JSONBody[PriceListBody]
) -> Response[PriceListAnswer]:
    """Make or replace a price list. The same again changes nothing."""
    settings, code = read_price_list(data), read_code(code)
    is_new = await service_of(request).database.run(put_price_list, code, settings, act=act_of(request))
    answer = PriceListAnswer(code, settings.name, settings.rank, len(settings.quotations))
    return Response(answer, status_code=201 if is_new else 200)


def read_price_list(body: PriceListBody) -> PriceListSettings:
    """Read the settings of a price list. Raises BodyError."""
    quotations: dict[str, int] = {}
    for index, quotation in enumerate(body.quotations):
        if quotation.sku in quotations:
            raise BodyError(f"quotations[{index}].sku", "the article stands in the list already")
        quotations[quotation.sku] = parse_decimal(PRICE, quotation.price, f"quotations[{index}].price", least=0)
    hours_from, hours_until = read_hours(body.hours)
    window = Window(
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        weekdays=tuple(sorted(set(body.weekdays or ()))),
        hours_from=hours_from,
        hours_until=hours_until,
    )
    return PriceListSettings(name=body.name, rank=body.rank or 0, window=window, quotations=quotations)


def read_hours(hours: Hours | None) -> tuple[time | None, time | None]:
    """Read a daily window: to the second and without an offset, for it is the store's own time. Raises BodyError."""
    if hours is None:
        return None, None
    for name, clock in (("from", hours.since), ("to", hours.until)):
        if clock.tzinfo is not None or clock.microsecond:
            raise BodyError(f"hours.{name}", 'must be a local time of day to the second such as "09:00:00"')
    return hours.since, hours.until


router = Router(
    "/",
    route_handlers=[save_series, get_series, save_price_list],
    opt=dict(allows("cards.make")),
    tags=["Series and price lists"],
)
