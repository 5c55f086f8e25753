"""Signals of misuse: what is unusual in a period, how unusual, why, and the receipts behind it; and dismissing one.

Nothing is kept but dismissals: the page computes what it shows. A signal is a question to a person and blocks nothing.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from litestar import Response, get, post
from msgspec import Struct

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of, service_of, today_of
from api.pages.forms import REFUSED, Form, Problem, read_form
from api.pages.queries import choice, link, text, whole_number
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import SIGNALS, mark
from loyalty.errors import LoyaltyError
from loyalty.receipts.listing import SourceName, name_sources
from loyalty.signals.model import KINDS, Kind, Signal, Subject, Thresholds, make_period
from loyalty.signals.service import dismiss_signal, list_signals

PATH = "/signals"
USUAL_DAYS = 30
MOST_SHOWN = 50
MOST_RECEIPTS = 5
LABELS: Mapping[str, str] = {"from": mark("From day"), "to": mark("To day"), "reason": mark("Reason")}
_KINDS: dict[str, Kind] = {kind: kind for kind in KINDS}


class ListedSignal(Struct, frozen=True):
    """A signal with the first of its receipts by name."""

    signal: Signal
    receipts: list[SourceName]


@get(PATH, opt=dict(allows("signals.read")))
async def show_signals(request: Call) -> Response[str]:
    """Compute the signals of a period, the most unusual first."""
    today = today_of(request)
    first = choice(request, "from", date.fromisoformat) or today - timedelta(days=USUAL_DAYS)
    last = choice(request, "to", date.fromisoformat) or today
    kind = choice(request, "kind", _KINDS.__getitem__)
    form = Form({"from": first.isoformat(), "to": last.isoformat(), "kind": kind or ""})
    found: list[Signal] = []
    try:
        period = make_period(first, last)
        limits = Thresholds(distant_minutes=service_of(request).settings.signal_minutes)
        kinds = KINDS if kind is None else (kind,)
        found = await database_of(request).run(list_signals, period, limits, kinds=kinds)
    except LoyaltyError as error:
        form.refuse_by(error, LABELS, "to")
    return page(
        request,
        "signals.html",
        status=REFUSED if form.problems else 200,
        form=form,
        labels=LABELS,
        signals=await _name_receipts(request, found[:MOST_SHOWN]),
        more=len(found) - MOST_SHOWN,
        is_dismissed=text(request, "dismissed") == "yes",
    )


async def _name_receipts(call: Call, found: list[Signal]) -> list[ListedSignal]:
    uids = {uid for signal in found for uid in signal.receipts[:MOST_RECEIPTS]}
    names = await database_of(call).run(name_sources, uids) if uids else {}
    return [
        ListedSignal(signal, [names[uid] for uid in signal.receipts[:MOST_RECEIPTS] if uid in names])
        for signal in found
    ]


@get("/signals/dismiss", opt=dict(allows("signals.dismiss")))
async def show_dismissal(request: Call) -> Response[str]:
    """Ask why a signal is none; it stands in the address, as it was listed."""
    names = ("kind", "card_id", "store", "till", "cashier", "last_day")
    form = Form({name: text(request, name) for name in names})
    _read_subject(form)
    return _ask(request, form)


@post("/signals/dismiss", opt=dict(allows("signals.dismiss")))
async def dismiss(request: Call) -> Response[str]:
    """Dismiss a signal up to its last day: newer receipts bring it back."""
    form = await read_form(request)
    subject = _read_subject(form)
    last_day = form.need("last_day", forms.day, date.min)
    reason = form.need("reason", forms.long_text, "")
    if subject is None or form.problems:
        return _ask(request, form)
    await database_of(request).run(dismiss_signal, subject, last_day, reason=reason, act=act_of(request))
    return redirect(link(PATH, {"dismissed": "yes"}))


def _read_subject(form: Form) -> Subject | None:
    kind = form.need("kind", forms.one_of(_KINDS), None)
    try:
        card_id = whole_number(form.text("card_id")) if form.text("card_id") else None
    except ValueError:
        form.refuse("kind", Problem(mark("Load the page again and repeat.")))
        return None
    if kind is None:
        return None
    names = {name: form.text(name) or None for name in ("store", "till", "cashier")}
    return Subject(kind, card_id=card_id, **names)


def _ask(call: Call, form: Form) -> Response[str]:
    return page(
        call,
        "signal_dismissal.html",
        status=REFUSED if form.problems else 200,
        here=PATH,
        form=form,
        labels=LABELS,
        word=SIGNALS.get(form.text("kind")),
    )
