"""A card's own settings, each the series' until it has its own; and who holds it."""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.languages.sorting import sort_key
from api.pages import forms
from api.pages.edge import act_of, find_card, newest_catalogue
from api.pages.forms import REFUSED, Form, Problem, read_form
from api.pages.queries import text, whole_number
from api.pages.renderer import Call, currency_of, database_of, page, redirect
from api.pages.words import mark
from crm.parties.listing import Person, find_people, load_people
from crm.parties.service import find_party_name, list_parties_by_phone
from loyalty.cards.listing import FullCard
from loyalty.cards.service import OwnSettings, change_card
from loyalty.errors import LoyaltyError
from loyalty.money import PERCENT, WHOLE, Scale

LABELS: Mapping[str, str] = {
    "series": mark("Series"),
    "percent": mark("Percent"),
    "credit_limit": mark("Limit"),
    "expires_on": mark("Last day"),
    "holder_id": mark("Holder"),
}
MOST_HOLDERS = 50
_NOBODY = Problem(mark("There is no such person or organisation."))


class Found(Struct, frozen=True):
    """Somebody who may hold the card."""

    id: int
    person: Person


@get("/cards/{card_id:int}/settings", opt=dict(allows("cards.act")))
async def show_card_settings(request: Call, card_id: FromPath[int]) -> Response[str]:
    """Show what the card has of its own; an empty field is the series'."""
    full = await database_of(request).run(find_card, card_id)
    return await _show_settings(request, full, _fill(full, currency_of(request).scale))


def _fill(full: FullCard, money: Scale) -> Form:
    card = full.card
    texts = {
        "series": full.series.code,
        "percent": "" if card.own_percent is None else PERCENT.format(card.own_percent, least_places=0),
        "credit_limit": "" if card.own_credit_limit is None else money.format(card.own_credit_limit),
        "expires_on": "" if card.own_expires_on is None else card.own_expires_on.isoformat(),
        "seen": card.edition,
    }
    return Form(texts)


async def _show_settings(call: Call, full: FullCard, form: Form) -> Response[str]:
    catalogue = await newest_catalogue(call)
    kind = full.series.settings.kind
    of_kind = [one for one in catalogue.series.values() if one.settings.kind == kind]
    alike = sorted(of_kind, key=lambda one: sort_key(one.settings.name))
    return page(
        call,
        "card_settings_form.html",
        status=REFUSED if form.problems else 200,
        here=f"/cards/{full.card.card_id}/settings",
        full=full,
        settings=full.series.settings,
        form=form,
        labels=LABELS,
        series_names={one.code: one.settings.name for one in alike},
    )


@post("/cards/{card_id:int}/settings", opt=dict(allows("cards.act")))
async def save_card_settings(request: Call, card_id: FromPath[int]) -> Response[str]:
    """Save a card's own settings, or show the form again with what is wrong."""
    full = await database_of(request).run(find_card, card_id)
    form = await read_form(request)
    changes = OwnSettings(
        percent=form.read("percent", forms.percent(least=-WHOLE), None),
        credit_limit=form.read("credit_limit", forms.money(currency_of(request).scale, least=0), None),
        expires_on=form.read("expires_on", forms.day, None),
        series=form.text("series") or full.series.code,
    )
    return await _change(request, full, form, changes)


async def _change(call: Call, full: FullCard, form: Form, changes: OwnSettings) -> Response[str]:
    if not form.problems:
        try:
            seen = form.text("seen")
            await database_of(call).run(change_card, full.card.card_id, changes, act=act_of(call), seen=seen)
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "series")
    if form.problems:
        return await _show_settings(call, full, form)
    return redirect(f"/cards/{full.card.card_id}?done=settings")


@get("/cards/{card_id:int}/holder", opt=dict(allows("cards.act")))
async def show_holder(request: Call, card_id: FromPath[int]) -> Response[str]:
    """Show who holds a card, and those whose name or phone fits what is looked for."""
    full = await database_of(request).run(find_card, card_id)
    return await _show_holder(request, full, Form({"seen": full.card.edition}))


@post("/cards/{card_id:int}/holder", opt=dict(allows("cards.act")))
async def save_holder(request: Call, card_id: FromPath[int]) -> Response[str]:
    """Give a card its holder; an empty choice is nobody."""
    full = await database_of(request).run(find_card, card_id)
    form = await read_form(request)
    try:
        holder_id = whole_number(form.text("holder_id")) if form.text("holder_id") else None
    except ValueError:
        holder_id = 0
    if holder_id is not None and await database_of(request).run(find_party_name, holder_id) is None:
        form.refuse("holder_id", _NOBODY)
        return await _show_holder(request, full, form)
    try:
        changes, seen = OwnSettings(holder_id=holder_id), form.text("seen")
        await database_of(request).run(change_card, card_id, changes, act=act_of(request), seen=seen)
    except LoyaltyError as error:
        form.refuse("holder_id", forms.told(error.detail))
        return await _show_holder(request, full, form)
    return redirect(f"/cards/{card_id}?done=holder")


async def _show_holder(call: Call, full: FullCard, form: Form) -> Response[str]:
    wanted = text(call, "find")
    found, present = await database_of(call).run(_find_holders, wanted, full.card.holder_id)
    return page(
        call,
        "card_holder.html",
        status=REFUSED if form.problems else 200,
        here=f"/cards/{full.card.card_id}/holder",
        full=full,
        form=form,
        labels=LABELS,
        wanted=wanted,
        found=found,
        present=present,
    )


async def _find_holders(connection: AsyncConnection, typed: str, present: int | None) -> tuple[list[Found], str | None]:
    """Find people by name or phone, `MOST_HOLDERS` at most, and name who holds the card now."""
    ids = await find_people(connection, typed) if typed else []
    if not ids and any(character.isdigit() for character in typed):
        ids = await list_parties_by_phone(connection, typed)
    wanted = ids[:MOST_HOLDERS]
    people = await load_people(connection, wanted if present is None else [*wanted, present])
    name = None if present is None or present not in people else people[present].name
    return [Found(one, people[one]) for one in wanted], name
