"""Cards: looking one up, making, listing, changing, blocking, and money put on them."""

from litestar import Response, Router, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from api.auth.rights import allows
from api.rest.bodies import Body, is_stripe
from api.rest.calls import Call, act_of, check_party, load_series, note_guess, read_code, service_of
from api.rest.lists import CardPage, LedgerPage, read_place, render_card_page, render_ledger_page
from api.rest.problems import GUESSED, PROBLEMS, STARTED, repeated
from api.rest.render import render_card
from api.state import Service, read_clock
from crm.parties.service import find_party_name, list_parties_by_phone
from database.identifiers import MOST_ID
from loyalty.accounts.listing import LedgerName, list_entries
from loyalty.accounts.moves import Move, move
from loyalty.accounts.purses import Sharing, change_settings
from loyalty.cards import service as cards
from loyalty.cards.generation import ask_for_cards
from loyalty.cards.listing import list_cards
from loyalty.cards.lookup import Shown, find_shown
from loyalty.cards.model import CardState
from loyalty.cards.repository import list_held_cards
from loyalty.cards.selection import Selection
from loyalty.errors import CardUnknownError, PhoneAmbiguousError
from loyalty.money import POINTS, WHOLE
from pos_adapter.answers import CardAnswer, CardMade, CardsMade, JobStarted, MovedAnswer
from pos_adapter.parsing import parse_money, parse_percent
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Adjustment, Amount, CardChange, CardRef, Lookup, MakeCards, Note, Reason
from pos_adapter.wedge import read_wedge

MADE = ResponseSpec(CardsMade, generate_examples=False, description="The cards.")


async def _know_newest_prefixes(request: Call) -> None:
    """Know the heads of all templates before a stripe is judged: that of a new series' card must not look foreign."""
    if is_stripe(await request.body()):
        await service_of(request).catalogue.newest()


@post(
    "/v1/cards/lookup",
    dto=Body,
    return_dto=None,
    status_code=200,
    before_request=_know_newest_prefixes,
    opt=dict(allows("cards.numbers", also="till")),
    responses=GUESSED,
)
async def look_card_up(request: Call, data: JSONBody[Lookup]) -> CardAnswer:
    """Find a card by its number, by what a wedge reader typed, or by its holder's phone."""
    service = service_of(request)
    given = [name for name in ("number", "raw", "phone") if getattr(data, name) is not None]
    if len(given) != 1:
        raise BodyError(given[1] if given else "number", "give one of number, raw or phone")
    await service.guesses.check(request.user)
    try:
        shown = await _find(request, data, given[0])
    except CardUnknownError:
        await note_guess(request, getattr(data, given[0]))
        raise
    if request.user.store is not None and request.user.till is not None:
        await service.note_card(request.user.store, request.user.till, shown.card.card_id)
    return await _answer(request, shown)


async def _find(request: Call, data: Lookup, given: str) -> Shown:
    service = service_of(request)
    number = await _number_of(service, data)
    shown = await find_shown(service.pool, service.catalogue, number, at=read_clock(), store=request.user.store)
    if shown is None:
        raise CardUnknownError("no card has this number", field=given)
    return shown


async def _number_of(service: Service, data: Lookup) -> str:
    if data.number is not None:
        return data.number
    if data.raw is not None:
        return read_wedge(data.raw, service.catalogue.own_prefixes)
    holders = await service.database.run(list_parties_by_phone, data.phone or "")
    found = await service.database.run(list_held_cards, holders)
    usable = [card for card in found if card.state in {"active", "issued"}] or found
    if len(usable) > 1:
        raise PhoneAmbiguousError("several cards are held under this phone: ask for the card", field="phone")
    if not usable:
        raise CardUnknownError("no card is held under this phone", field="phone")
    return usable[0].number


async def _answer(request: Call, shown: Shown) -> CardAnswer:
    service, holder_id = service_of(request), shown.card.holder_id
    holder = None if holder_id is None else await service.database.run(find_party_name, holder_id)
    return render_card(shown, holder=holder, with_id=request.user.role != "till", money=service.money)


async def answer_for(request: Call, card_id: int) -> CardAnswer:
    """Answer with a card as it stands. Raises CardUnknownError."""
    service = service_of(request)
    card = await service.database.run(cards.load_card, card_id)
    shown = await find_shown(service.pool, service.catalogue, card.number, at=read_clock(), store=None)
    assert shown is not None, "the card was just loaded"
    return await _answer(request, shown)


@post(
    "/v1/series/{code:str}/cards",
    opt=dict(allows("cards.make")),
    dto=Body,
    return_dto=None,
    responses={**PROBLEMS, 201: MADE, 202: STARTED},
)
async def make_cards(
    request: Call, code: FromPath[str], data: JSONBody[MakeCards]
) -> Response[CardsMade] | Response[JobStarted]:
    """Make cards from the series' template, many of them as a job, or the card of one given number."""
    service, code = service_of(request), read_code(code)
    if data.number is not None and data.count is not None:
        raise BodyError("count", "give count or number, not both")
    if data.count is not None and data.count > cards.MOST_AT_ONCE:
        job_id = await service.database.run(ask_for_cards, code, count=data.count, act=act_of(request))
        return Response(JobStarted(job_id), status_code=202)
    if data.number is not None:
        made = [await service.database.run(cards.make_card, code, number=data.number, act=act_of(request))]
    else:
        made = await service.database.run(cards.make_cards, code, count=data.count or 1, act=act_of(request))
    return Response(CardsMade([CardMade(card_id, number) for card_id, number in made]))


@get("/v1/cards", opt=dict(allows("cards.read")), responses=PROBLEMS)
async def get_cards(
    request: Call,
    series: FromQuery[str | None] = None,
    status: FromQuery[CardState | None] = None,
    holder_id: FromQuery[int | None] = None,
    after: FromQuery[str | None] = None,
) -> CardPage:
    """List cards by series, state and holder, the youngest first, page by page."""
    service = service_of(request)
    series_id = None if series is None else (await load_series(service, series, "series")).id
    if holder_id is not None and abs(holder_id) > MOST_ID:
        raise BodyError("holder_id", "is out of range")
    catalogue = await service.catalogue.newest()
    today = read_clock().astimezone(catalogue.zone("")).date()
    selection = Selection(series_id=series_id, state=status, holder_id=holder_id)
    page = await service.database.run(list_cards, selection, today=today, place=read_place(after))
    return render_card_page(page, catalogue, service.money)


@get("/v1/cards/{card_id:int}", opt=dict(allows("cards.numbers")), responses=PROBLEMS)
async def get_card(request: Call, card_id: FromPath[int]) -> CardAnswer:
    """Read a card by its identifier."""
    return await answer_for(request, card_id)


@patch("/v1/cards/{card_id:int}", dto=Body, return_dto=None, responses=PROBLEMS)
async def change_card(request: Call, card_id: FromPath[int], data: JSONBody[CardChange]) -> CardAnswer:
    """Give a card settings of its own, null goes back to the series'; or move it to another series of its kind."""
    service = service_of(request)
    percent, limit = data.discount_percent, data.credit_limit
    changes = cards.OwnSettings(
        percent=parse_percent(percent, "discount_percent", least=-WHOLE) if isinstance(percent, str) else percent,
        credit_limit=parse_money(service.money, limit, "credit_limit", least=0) if isinstance(limit, str) else limit,
        expires_on=data.expires_on,
        holder_id=data.holder_id,
        series=data.series,
    )
    day_limit = data.day_limit
    sharing = Sharing(
        account=data.account.number if isinstance(data.account, CardRef) else data.account,
        day_limit=parse_money(service.money, day_limit, "day_limit", least=0)
        if isinstance(day_limit, str)
        else day_limit,
    )
    if isinstance(data.holder_id, int):
        await check_party(service, data.holder_id, "holder_id")
    await service.database.run(change_settings, card_id, changes, sharing, act=act_of(request))
    return await answer_for(request, card_id)


@post("/v1/cards/{card_id:int}/block", dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def block_card(request: Call, card_id: FromPath[int], data: JSONBody[Reason]) -> CardAnswer:
    """Block a card."""
    await service_of(request).database.run(cards.block_card, card_id, reason=data.reason, act=act_of(request))
    return await answer_for(request, card_id)


@post("/v1/cards/{card_id:int}/unblock", dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def unblock_card(request: Call, card_id: FromPath[int], data: JSONBody[Note | None] = None) -> CardAnswer:
    """Give a blocked card back to use."""
    reason = None if data is None else data.reason
    await service_of(request).database.run(cards.unblock_card, card_id, reason=reason, act=act_of(request))
    return await answer_for(request, card_id)


@post("/v1/cards/{card_id:int}/activate", status_code=200, responses=PROBLEMS)
async def activate_card(request: Call, card_id: FromPath[int]) -> CardAnswer:
    """Activate an issued card; its term begins today, in the installation's time zone."""
    service, act = service_of(request), act_of(request)
    today = act.at.astimezone((await service.catalogue.at_least()).zone("")).date()
    await service.database.run(cards.activate_card, card_id, today=today, act=act)
    return await answer_for(request, card_id)


@post("/v1/cards/{card_id:int}/close", dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def close_card(request: Call, card_id: FromPath[int], data: JSONBody[Note | None] = None) -> CardAnswer:
    """Close a card for good."""
    reason = None if data is None else data.reason
    await service_of(request).database.run(cards.close_card, card_id, reason=reason, act=act_of(request))
    return await answer_for(request, card_id)


@post("/v1/cards/{card_id:int}/top-up", dto=Body, return_dto=None, responses=repeated(MovedAnswer))
async def top_up_card(request: Call, card_id: FromPath[int], data: JSONBody[Amount]) -> Response[MovedAnswer]:
    """Put money on a card, once per operation_uid."""
    amount = parse_money(service_of(request).money, data.amount, "amount", least=1)
    asked = Move("top_up", card_id, "money", amount, None, data.operation_uid)
    return await _move(request, asked)


@post("/v1/cards/{card_id:int}/adjust", dto=Body, return_dto=None, responses=repeated(MovedAnswer))
async def adjust_card(request: Call, card_id: FromPath[int], data: JSONBody[Adjustment]) -> Response[MovedAnswer]:
    """Correct a ledger of a card with a reason, once per operation_uid."""
    scale = POINTS if data.ledger == "points" else service_of(request).money
    amount = parse_money(scale, data.amount, "amount")
    asked = Move("adjust", card_id, data.ledger, amount, data.reason, data.operation_uid)
    return await _move(request, asked)


async def _move(request: Call, asked: Move) -> Response[MovedAnswer]:
    service = service_of(request)
    moved, is_new = await service.database.run(move, asked, act=act_of(request))
    money = service.money
    answer = MovedAnswer(money.format(moved.turnover), money.format(moved.balance), POINTS.format(moved.points))
    return Response(answer, status_code=201 if is_new else 200)


@get("/v1/cards/{card_id:int}/ledger", opt=dict(allows("cards.read")), responses=PROBLEMS)
async def get_ledger(
    request: Call,
    card_id: FromPath[int],
    ledger: FromQuery[LedgerName] = "turnover",
    after: FromQuery[str | None] = None,
) -> LedgerPage:
    """List the entries of one of a card's ledgers with running sums, newest first, page by page."""
    service = service_of(request)
    await service.database.run(cards.load_card, card_id)
    page = await service.database.run(list_entries, card_id, account=ledger, place=read_place(after))
    return render_ledger_page(page, POINTS if ledger == "points" else service.money)


router = Router(
    "/",
    route_handlers=[
        look_card_up,
        make_cards,
        get_cards,
        get_card,
        change_card,
        block_card,
        unblock_card,
        activate_card,
        close_card,
        top_up_card,
        adjust_card,
        get_ledger,
    ],
    opt=dict(allows("cards.act")),
    tags=["Cards"],
)
