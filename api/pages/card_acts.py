"""What can be done to a card, each act a small form that says what it does before it does it.

An act that moves money or turnover carries an identity that was made with the form, so that sending the form twice does
it once. What the service refuses stands beside the field it names, and what was typed stays.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from api.auth.rights import allows
from api.pages import forms
from api.pages.card_account import run_day_limit, run_leave, run_take_in
from api.pages.card_act_forms import ACT_FORMS
from api.pages.edge import act_of, find_card, today_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.renderer import Call, currency_of, database_of, page, redirect, zone_of
from api.pages.words import LEDGERS, mark
from api.state import read_clock
from loyalty.accounts.listing import LedgerName
from loyalty.accounts.moves import Move, move
from loyalty.cards import service as cards
from loyalty.cards.freezing import freeze_card, unfreeze_card
from loyalty.cards.listing import FullCard
from loyalty.cards.model import shown_state
from loyalty.cards.replacing import Replace
from loyalty.errors import LoyaltyError
from loyalty.money import POINTS
from loyalty.tiers.rating import replace_and_rate

NOBODY = UUID(int=0)
LABELS: Mapping[str, str] = {
    "reason": mark("Reason"),
    "from": mark("First day"),
    "until": mark("Last day"),
    "number": mark("Number of the new card"),
    "ledger": mark("Ledger"),
    "amount": mark("Amount"),
    "account": mark("Number of the other card"),
    "day_limit": mark("Limit a day"),
}
LEDGERS_BY_KIND: Mapping[str, tuple[LedgerName, ...]] = {
    "discount": ("turnover",),
    "credit": ("turnover", "money"),
    "bonus": ("turnover", "points"),
}
_NOT_POSITIVE = forms.Problem(mark("More than nothing."))
_NOT_ZERO = forms.Problem(mark("An amount other than zero."))


@get("/cards/{card_id:int}/acts/{name:str}", opt=dict(allows("cards.act")))
async def show_act(request: Call, card_id: FromPath[int], name: FromPath[str]) -> Response[str]:
    """Show what an act does, and its fields."""
    full = await database_of(request).run(find_card, card_id)
    today = today_of(request)
    limit = full.card.day_limit
    filled = {
        "operation_uid": str(uuid4()),
        "from": today.isoformat(),
        "day_limit": "" if limit is None or name != "day-limit" else currency_of(request).scale.format(limit),
        "seen": full.card.edition,
    }
    return _show(request, full, name, Form(filled))


@post("/cards/{card_id:int}/acts/{name:str}", opt=dict(allows("cards.act")))
async def do_act(request: Call, card_id: FromPath[int], name: FromPath[str]) -> Response[str]:
    """Do an act and lead back to the card, or show the form again with what is wrong."""
    full = await database_of(request).run(find_card, card_id)
    if name not in ACT_FORMS:
        raise NotFoundException("there is no such act")
    form = await read_form(request)
    try:
        leads_to = await _RUNS[name](request, full, form)
    except LoyaltyError as error:
        field = (error.field or "").removeprefix("by.").removesuffix(".number")
        form.refuse(field if field in ACT_FORMS[name].fields else "act", forms.told(error.detail))
    if form.problems:
        return _show(request, full, name, form)
    return redirect(f"/cards/{leads_to or card_id}?done={name}")


def _show(call: Call, full: FullCard, name: str, form: Form) -> Response[str]:
    act = ACT_FORMS.get(name)
    if act is None:
        raise NotFoundException("there is no such act")
    kind = full.series.settings.kind
    state = shown_state(full.card, full.series, at=read_clock().astimezone(zone_of(call)))
    return page(
        call,
        "card_act.html",
        status=REFUSED if form.problems else 200,
        here=f"/cards/{full.card.card_id}/acts/{name}",
        full=full,
        name=name,
        act=act,
        form=form,
        labels=LABELS,
        state=state,
        ledgers={ledger: LEDGERS[ledger] for ledger in LEDGERS_BY_KIND[kind]},
    )


async def _block(call: Call, full: FullCard, form: Form) -> None:
    reason = form.need("reason", forms.long_text, "")
    if not form.problems:
        await database_of(call).run(cards.block_card, full.card.card_id, reason=reason, act=act_of(call))


async def _unblock(call: Call, full: FullCard, form: Form) -> None:
    reason = form.read("reason", forms.long_text, None)
    if not form.problems:
        await database_of(call).run(cards.unblock_card, full.card.card_id, reason=reason, act=act_of(call))


async def _close(call: Call, full: FullCard, form: Form) -> None:
    reason = form.read("reason", forms.long_text, None)
    if not form.problems:
        await database_of(call).run(cards.close_card, full.card.card_id, reason=reason, act=act_of(call))


async def _activate(call: Call, full: FullCard, _: Form) -> None:
    act = act_of(call)
    today = act.at.astimezone(zone_of(call)).date()
    await database_of(call).run(cards.activate_card, full.card.card_id, today=today, act=act)


async def _freeze(call: Call, full: FullCard, form: Form) -> None:
    first, last = form.need("from", forms.day, date.min), form.need("until", forms.day, date.min)
    if not form.problems:
        await database_of(call).run(freeze_card, full.card.card_id, first=first, last=last, act=act_of(call))


async def _unfreeze(call: Call, full: FullCard, _: Form) -> None:
    await database_of(call).run(unfreeze_card, full.card.card_id, act=act_of(call))


async def _replace(call: Call, full: FullCard, form: Form) -> int | None:
    number = form.need("number", forms.card_number, "")
    operation = form.need("operation_uid", forms.uid, NOBODY)
    if form.problems:
        return None
    asked = Replace(full.card.card_id, number, operation)
    replaced, _ = await database_of(call).run(replace_and_rate, asked, act=act_of(call))
    return replaced.successor_id


async def _top_up(call: Call, full: FullCard, form: Form) -> None:
    amount = form.need("amount", forms.money(currency_of(call).scale), 1)
    if amount <= 0:
        form.refuse("amount", _NOT_POSITIVE)
    await _move(call, form, Move("top_up", full.card.card_id, "money", amount, None, NOBODY))


async def _adjust(call: Call, full: FullCard, form: Form) -> None:
    ledgers: dict[str, LedgerName] = {ledger: ledger for ledger in LEDGERS_BY_KIND[full.series.settings.kind]}
    ledger: LedgerName = form.need("ledger", forms.one_of(ledgers), "turnover")
    scale = POINTS if ledger == "points" else currency_of(call).scale
    amount = form.need("amount", forms.money(scale), 1)
    if amount == 0:
        form.refuse("amount", _NOT_ZERO)
    reason = form.need("reason", forms.long_text, "")
    await _move(call, form, Move("adjust", full.card.card_id, ledger, amount, reason, NOBODY))


async def _move(call: Call, form: Form, asked: Move) -> None:
    operation = form.need("operation_uid", forms.uid, NOBODY)
    if not form.problems:
        identified = Move(asked.act, asked.card_id, asked.ledger, asked.amount, asked.reason, operation)
        await database_of(call).run(move, identified, act=act_of(call))


_Run = Callable[[Call, FullCard, Form], Awaitable[int | None]]
_RUNS: Mapping[str, _Run] = {
    "replace": _replace,
    "top-up": _top_up,
    "block": _block,
    "unblock": _unblock,
    "activate": _activate,
    "freeze": _freeze,
    "unfreeze": _unfreeze,
    "adjust": _adjust,
    "take-in": run_take_in,
    "day-limit": run_day_limit,
    "leave": run_leave,
    "close": _close,
}
