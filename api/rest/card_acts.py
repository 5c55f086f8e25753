"""Acts on a card that take days or another card: freezing and replacing; and what was done to it."""

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.auth.rights import allows
from api.rest.account import get_account
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.cards import answer_for
from api.rest.history import HistoryPage, read_event_place, render_history
from api.rest.problems import PROBLEMS, repeated
from loyalty.cards.audit import list_acts
from loyalty.cards.freezing import freeze_card, unfreeze_card
from loyalty.cards.replacing import Replace
from loyalty.cards.service import load_card
from loyalty.tiers.rating import replace_and_rate
from pos_adapter.answers import CardAnswer
from pos_adapter.protocol import FreezeDays, Replacement


@post("/freeze", dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def freeze(request: Call, card_id: FromPath[int], data: JSONBody[FreezeDays]) -> CardAnswer:
    """Freeze a card from a day to a day, both included; its last day moves by as many."""
    await service_of(request).database.run(freeze_card, card_id, first=data.first, last=data.last, act=act_of(request))
    return await answer_for(request, card_id)


@post("/unfreeze", status_code=200, responses=PROBLEMS)
async def unfreeze(request: Call, card_id: FromPath[int]) -> CardAnswer:
    """End a freeze; the card's last day moves back by the days that had not begun."""
    await service_of(request).database.run(unfreeze_card, card_id, act=act_of(request))
    return await answer_for(request, card_id)


@post("/replace", dto=Body, return_dto=None, responses=repeated(CardAnswer))
async def replace(request: Call, card_id: FromPath[int], data: JSONBody[Replacement]) -> Response[CardAnswer]:
    """Let another card take the place of a lost one, with all that was on it, once per operation_uid."""
    asked = Replace(card_id, data.by.number, data.operation_uid)
    _, is_new = await service_of(request).database.run(replace_and_rate, asked, act=act_of(request))
    return Response(await answer_for(request, card_id), status_code=201 if is_new else 200)


@get("/history", opt=dict(allows("cards.read")), responses=PROBLEMS)
async def get_history(request: Call, card_id: FromPath[int], after: FromQuery[str | None] = None) -> HistoryPage:
    """List what was done to a card, with old and new values and who did it, newest first, page by page."""
    service = service_of(request)
    await service.database.run(load_card, card_id)
    page = await service.database.run(list_acts, card_id, place=read_event_place(after))
    return render_history(page, service.money)


router = Router(
    "/v1/cards/{card_id:int}",
    route_handlers=[freeze, unfreeze, replace, get_history, get_account],
    opt=dict(allows("cards.act")),
    tags=["Cards"],
)
