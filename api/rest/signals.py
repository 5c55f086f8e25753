"""Signals of misuse: those of a period, and dismissing one."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromQuery, JSONBody, QueryParameter
from msgspec import Meta, Struct

from api.auth.rights import allows
from api.rest.bodies import Body, Identifier
from api.rest.calls import Call, act_of, service_of
from api.rest.problems import PROBLEMS
from loyalty.signals.model import KINDS, Kind, Signal, Subject, Thresholds, make_period
from loyalty.signals.service import dismiss_signal, list_signals
from pos_adapter.problems import BodyError
from pos_adapter.protocol import LongText, Text, Wire

PAGE_ROWS = 50


class SignalItem(Struct, frozen=True):
    """A signal: whom it is about, how unusual it is from 1 to 100, why, and the receipts behind it, newest first."""

    kind: Kind
    score: int
    reason: str
    card_id: int | None
    masked: str | None
    store: str | None
    till: str | None
    cashier: str | None
    last_day: date
    receipts: Sequence[UUID]


class SignalPage(Struct, frozen=True):
    """Signals, the most unusual first; `next` is what to give as `after` for the rows behind."""

    signals: list[SignalItem]
    next: str | None


class Dismissal(Wire, frozen=True):
    """A signal as it was listed, and why it is none: it comes again when a receipt of a later day is behind it."""

    kind: Kind
    last_day: date
    reason: Annotated[LongText, Meta(min_length=1)]
    card_id: Identifier | None = None
    store: Text | None = None
    till: Text | None = None
    cashier: Text | None = None


class Dismissed(Struct, frozen=True):
    """What was dismissed, up to which day; a repeat changes nothing."""

    kind: Kind
    last_day: date


@get("/", responses=PROBLEMS)
async def get_signals(
    request: Call,
    first: Annotated[date, QueryParameter(name="from")],
    last: Annotated[date, QueryParameter(name="to")],
    kind: FromQuery[Kind | None] = None,
    after: FromQuery[str | None] = None,
) -> SignalPage:
    """List the signals of business dates, both inclusive, the most unusual first, page by page."""
    service = service_of(request)
    limits = Thresholds(distant_minutes=service.settings.signal_minutes)
    kinds = KINDS if kind is None else (kind,)
    found = await service.database.run(list_signals, make_period(first, last), limits, kinds=kinds)
    rest = found if after is None else _behind(found, after)
    return SignalPage([_render(signal) for signal in rest[:PAGE_ROWS]], _next(rest))


@post("/dismissals", opt=dict(allows("signals.dismiss")), dto=Body, return_dto=None, responses=PROBLEMS)
async def save_dismissal(request: Call, data: JSONBody[Dismissal]) -> Response[Dismissed]:
    """Dismiss a signal with a reason."""
    subject = Subject(data.kind, card_id=data.card_id, store=data.store, till=data.till, cashier=data.cashier)
    is_new = await service_of(request).database.run(
        dismiss_signal, subject, data.last_day, reason=data.reason, act=act_of(request)
    )
    return Response(Dismissed(data.kind, data.last_day), status_code=201 if is_new else 200)


def _behind(found: Sequence[Signal], after: str) -> list[Signal]:
    """Give the signals behind a place, which is the score and the subject of the last one that was shown."""
    score, _, subject = after.partition(".")
    if not (score.isascii() and score.isdigit() and subject):
        raise BodyError("after", "must be the `next` of the page before")
    place = (-int(score), subject)
    return [signal for signal in found if (-signal.score, signal.subject.id) > place]


def _next(rest: Sequence[Signal]) -> str | None:
    if len(rest) <= PAGE_ROWS:
        return None
    last = rest[PAGE_ROWS - 1]
    return f"{last.score}.{last.subject.id}"


def _render(signal: Signal) -> SignalItem:
    subject = signal.subject
    return SignalItem(
        kind=subject.kind,
        score=signal.score,
        reason=signal.reason,
        card_id=subject.card_id,
        masked=signal.masked,
        store=subject.store,
        till=subject.till,
        cashier=subject.cashier,
        last_day=signal.last_day,
        receipts=signal.receipts,
    )


router = Router(
    "/v1/signals",
    route_handlers=[get_signals, save_dismissal],
    opt=dict(allows("signals.read")),
    tags=["Signals"],
)
"""Routes of signals."""
