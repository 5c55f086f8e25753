"""Holds: money of a card kept for one receipt (authorise, then capture)."""

from datetime import timedelta
from uuid import UUID

from litestar import Response, Router, delete, post
from litestar.params import FromPath, JSONBody

from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, note_guess, service_of
from api.rest.problems import GUESSED, PROBLEMS, repeated
from loyalty.accounts.holds import AskedHold, PlacedHold, place_hold, release_hold
from loyalty.errors import CardUnknownError
from loyalty.money import Scale
from pos_adapter.answers import HoldAnswer
from pos_adapter.parsing import parse_money
from pos_adapter.protocol import HoldRequest


@post("/", dto=Body, return_dto=None, responses={**GUESSED, **repeated(HoldAnswer)})
async def hold(request: Call, data: JSONBody[HoldRequest]) -> Response[HoldAnswer]:
    """Hold money for a receipt, once per hold_uid: 201, or 200 with the first answer when it is known already."""
    service, till = service_of(request), request.user
    asked = AskedHold(
        uid=data.hold_uid,
        number=data.card.number,
        amount=parse_money(service.money, data.amount, "amount", least=1),
        receipt_uid=data.receipt_uid,
        store=till.store if till.role == "till" else None,
        till=till.till if till.role == "till" else None,
    )
    lifetime = timedelta(minutes=service.settings.hold_minutes)
    await service.guesses.check(till)
    try:
        placed = await service.database.run(place_hold, asked, lifetime=lifetime, act=act_of(request))
    except CardUnknownError:
        await note_guess(request, asked.number)
        raise
    return Response(_render(placed, service.money), status_code=201 if placed.is_new else 200)


@delete("/{hold_uid:uuid}", status_code=200, responses=PROBLEMS)
async def release(request: Call, hold_uid: FromPath[UUID]) -> HoldAnswer:
    """Release a hold: its money can be spent again. A till releases its own; again changes nothing."""
    service, till = service_of(request), request.user
    only_for = (till.store, till.till) if till.role == "till" else None
    released = await service.database.run(release_hold, hold_uid, only_for=only_for, act=act_of(request))
    return _render(released, service.money)


def _render(placed: PlacedHold, money: Scale) -> HoldAnswer:
    hold = placed.hold
    return HoldAnswer(hold.uid, money.format(hold.amount), money.format(placed.available), hold.expires_at)


router = Router("/v1/holds", route_handlers=[hold, release], opt=dict(allows("cards.act", also="till")), tags=["Holds"])
