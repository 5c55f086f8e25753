"""Giving a card to a party from its own profile: the card that lies on the counter is scanned, or its number typed.

A card that somebody else holds stays theirs: it is taken off on the card's own page, by whoever means it.
"""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, read_form
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.search import find_whole_number
from api.pages.words import mark
from crm.parties.service import load_party
from database.activity import Act
from loyalty.cards.service import OwnSettings, change_card, load_card
from loyalty.errors import LoyaltyError

LABELS: Mapping[str, str] = {"number": mark("Card number")}
_NO_CARD = Problem(mark("There is no card of this number."))
_HELD = Problem(mark("Somebody else holds this card. Take it off on the card’s page first."))


@get("/parties/{party_id:int}/give-card", opt=dict(allows("cards.act")))
async def show_giving(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Ask for the card that a party is given."""
    return await _show(request, party_id, Form({}))


@post("/parties/{party_id:int}/give-card", opt=dict(allows("cards.act")))
async def give_card(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Make a party the holder of a card, or show the form again with what is wrong."""
    form = await read_form(request)
    number = form.need("number", forms.card_number, "")
    if not form.problems:
        try:
            problem = await database_of(request).run(_give, party_id, number, act=act_of(request))
        except LoyaltyError as error:
            problem = forms.told(error.detail)
        if problem is None:
            return redirect(f"/parties/{party_id}#panel-cards")
        form.refuse("number", problem)
    return await _show(request, party_id, form)


async def _give(connection: AsyncConnection, party_id: int, number: str, *, act: Act) -> Problem | None:
    """Give a card that nobody holds, and tell what keeps it from being given."""
    party = await load_party(connection, party_id)
    card_id = await find_whole_number(connection, number)
    if card_id is None:
        return _NO_CARD
    card = await load_card(connection, card_id, lock=True)
    if card.holder_id not in {None, party.id}:
        return _HELD
    await change_card(connection, card_id, OwnSettings(holder_id=party.id), act=act)
    return None


async def _show(call: Call, party_id: int, form: Form) -> Response[str]:
    party = await database_of(call).run(load_party, party_id)
    status = REFUSED if form.problems else 200
    return page(
        call, "card_giving.html", status=status, here=f"/parties/{party_id}", party=party, form=form, labels=LABELS
    )
