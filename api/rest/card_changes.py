"""Changing many cards at once, by a filter: previewed at once, done as a job, and taken back by another."""

from datetime import date
from typing import Annotated

from litestar import Response, Router, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from api.auth.rights import allows
from api.rest.bodies import Body, Identifier
from api.rest.calls import Call, act_of, load_series, service_of
from api.rest.problems import PROBLEMS
from api.state import Service
from loyalty.cards.mass_changes import Asked, MassAct, MassChange, Preview, Refused, ask_for_change, preview_change
from loyalty.cards.mass_repository import find_card_ids
from loyalty.cards.mass_undo import ask_for_undo
from loyalty.cards.selection import Selection
from loyalty.cards.service import OwnSettings
from loyalty.errors import CardUnknownError
from loyalty.money import WHOLE, Scale
from loyalty.numbering import canonical
from pos_adapter.answers import JobStarted
from pos_adapter.parsing import parse_money, parse_percent
from pos_adapter.problems import BodyError
from pos_adapter.protocol import CardState, Decimal, LongText, Text, Wire

MOST_NUMBERS = 1_000


class TurnoverRange(Wire, frozen=True, rename={"since": "from", "until": "to"}):
    """Turnover of at least `from` and less than `to`; one of them may be left out."""

    since: Decimal | None = None
    until: Decimal | None = None


class FilterBody(Wire, frozen=True):
    """Which cards are meant: all that is given must hold. A filter that says nothing is refused."""

    series: Text | None = None
    status: CardState | None = None
    holder_id: Identifier | None = None
    turnover: TurnoverRange | None = None
    numbers: Annotated[list[Text], Meta(min_length=1, max_length=MOST_NUMBERS)] | None = None


class ChangeBody(Wire, frozen=True, rename={"first": "from", "last": "until"}):
    """What is done to each card: one act, or settings of its own. Only a freeze takes days."""

    act: MassAct | None = None
    reason: LongText | None = None
    first: date | None = None
    last: date | None = None
    discount_percent: Decimal | UnsetType | None = UNSET
    credit_limit: Decimal | UnsetType | None = UNSET
    expires_on: date | UnsetType | None = UNSET
    series: Text | UnsetType = UNSET


class CardChangesBody(Wire, frozen=True):
    """A mass change, or with `preview` what it would do."""

    filter: FilterBody
    change: ChangeBody
    preview: bool | None = None


class PreviewAnswer(Struct, frozen=True):
    """What a mass change would do: `matched` cards are meant, the first `looked_at` of them were tried."""

    matched: int
    looked_at: int
    would_change: int
    changed: list[str]
    refused: list[Refused]


@post("/", dto=Body, return_dto=None, status_code=202, responses=PROBLEMS)
async def change_cards(
    request: Call, data: JSONBody[CardChangesBody]
) -> Response[PreviewAnswer] | Response[JobStarted]:
    """Preview a mass change (200), or start it as a job (202), whose identifier is the change's."""
    service = service_of(request)
    asked = Asked(await _read_filter(service, data.filter), read_change(data.change, service.money))
    if data.preview:
        preview = await service.database.run(preview_change, asked, act=act_of(request))
        return Response(_render(preview), status_code=200)
    job_id = await service.database.run(ask_for_change, asked, act=act_of(request))
    return Response(JobStarted(job_id), status_code=202)


@post("/{job_id:int}/undo", status_code=202, responses=PROBLEMS)
async def undo_changes(request: Call, job_id: FromPath[int]) -> JobStarted:
    """Start a job that gives each card back what it had, unless something else changed it since."""
    return JobStarted(await service_of(request).database.run(ask_for_undo, job_id, act=act_of(request)))


async def _read_filter(service: Service, body: FilterBody) -> Selection:
    """Read which cards are meant. Raises BodyError, SeriesUnknownError, CardUnknownError."""
    if body == FilterBody():
        raise BodyError("filter", "must say which cards are meant")
    series_id = None if body.series is None else (await load_series(service, body.series, "filter.series")).id
    turnover = body.turnover or TurnoverRange()
    return Selection(
        series_id=series_id,
        state=body.status,
        holder_id=body.holder_id,
        turnover_from=_read_money(service.money, turnover.since, "filter.turnover.from"),
        turnover_to=_read_money(service.money, turnover.until, "filter.turnover.to"),
        card_ids=None if body.numbers is None else await _find_cards(service, body.numbers),
    )


async def _find_cards(service: Service, numbers: list[str]) -> tuple[int, ...]:
    """Find the cards of numbers, which are not kept with the job. Raises CardUnknownError, which names the place."""
    kept = [canonical(number) for number in numbers]
    found = await service.database.run(find_card_ids, kept)
    for index, number in enumerate(kept):
        if number not in found:
            raise CardUnknownError("no card has this number", field=f"filter.numbers[{index}]")
    return tuple(sorted(set(found.values())))


def _read_money(money: Scale, text: str | None, field: str) -> int | None:
    return None if text is None else parse_money(money, text, field)


def read_change(body: ChangeBody, money: Scale) -> MassChange:
    """Read what is done to each card. Raises BodyError."""
    percent, limit = body.discount_percent, body.credit_limit
    settings = OwnSettings(
        percent=parse_percent(percent, "change.discount_percent", least=-WHOLE)
        if isinstance(percent, str)
        else percent,
        credit_limit=parse_money(money, limit, "change.credit_limit", least=0) if isinstance(limit, str) else limit,
        expires_on=body.expires_on,
        series=body.series,
    )
    if (body.act is None) == (settings == OwnSettings()):
        raise BodyError("change", "give one act, or settings")
    if body.act == "block" and not body.reason:
        raise BodyError("change.reason", "is required to block cards")
    if (body.act == "freeze") != (body.first is not None and body.last is not None) or (
        body.act != "freeze" and (body.first or body.last)
    ):
        raise BodyError("change.from", "a freeze has a first and a last day, nothing else has")
    return MassChange(act=body.act, reason=body.reason, first=body.first, last=body.last, settings=settings)


def _render(preview: Preview) -> PreviewAnswer:
    return PreviewAnswer(
        matched=preview.matched,
        looked_at=preview.looked_at,
        would_change=preview.would_change,
        changed=preview.changed,
        refused=preview.refused,
    )


router = Router(
    "/v1/card-changes",
    route_handlers=[change_cards, undo_changes],
    opt=dict(allows("cards.bulk")),
    tags=["Cards"],
)
