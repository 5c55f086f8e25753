"""Receipts: calculating, posting, reading and voiding them."""

import asyncio
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody

from api.auth.guards import requires
from api.errors import problem_for
from api.rest.bodies import Body, refuse_payment_cards
from api.rest.calls import Call, act_of, check_till, service_of
from api.rest.render import render_calculation, render_decision, render_receipt
from api.state import Service, read_clock
from loyalty.errors import LoyaltyError, ReceiptUnknownError
from loyalty.receipts.calculation import Question, price, price_return
from loyalty.receipts.flights import BusyError, UnavailableError
from loyalty.receipts.stored import load_stored
from loyalty.receipts.voids import void_receipt
from pos_adapter.answers import BatchAnswer, BatchResult, CalculationAnswer, PostingAnswer, ReceiptAnswer, VoidAnswer
from pos_adapter.parsing import parse_calculation_original, parse_lines, parse_posting
from pos_adapter.problems import BodyError, misfit
from pos_adapter.protocol import Calculation, Posting, RawBatch, VoidRequest

BATCH_SLICE = 32
_posting = msgspec.json.Decoder(Posting)


@post("/calculate", dto=Body, return_dto=None, status_code=200)
async def calculate_receipt(request: Call, data: JSONBody[Calculation]) -> CalculationAnswer:
    """Price an open receipt. No side effect, safe to repeat."""
    service = service_of(request)
    check_till(request.user, store=data.store, till=data.till)
    places = service.currency.places
    original = parse_calculation_original(data)
    question = Question(
        lines=parse_lines(data.lines, places),
        store=data.store,
        at=data.at,
        card=None if data.card is None else data.card.number,
    )
    if original is None:
        calculated = await price(service.pool, service.catalogue, question)
    else:
        calculated = await price_return(
            service.pool,
            service.catalogue,
            question,
            original=original,
            original_lines=[line.original_line for line in data.lines],
        )
    return render_calculation(calculated, now=read_clock(), places=places, money=service.money)


@post("/", dto=Body, return_dto=None)
async def post_receipt(request: Call, data: JSONBody[Posting]) -> Response[PostingAnswer]:
    """Post a closed receipt: 201, or 200 with the first answer when it is known already."""
    status, answer = await _post(request, service_of(request), data)
    return Response(answer, status_code=status)


async def _post(request: Call, service: Service, posting: Posting) -> tuple[int, PostingAnswer]:
    check_till(request.user, store=posting.store, till=posting.till)
    receipt = parse_posting(posting, service.currency.places, service.money)
    await service.know_till(posting.store, posting.till)
    decision = await service.flights.post(receipt, actor=request.user.actor)
    return 201 if decision.is_new else 200, render_decision(decision, service.money)


@post("/batch", dto=Body, return_dto=None, status_code=200)
async def post_batch(request: Call, data: JSONBody[RawBatch]) -> BatchAnswer:
    """Post up to a thousand receipts, each on its own; the results stand in their order."""
    service = service_of(request)
    posts: list[asyncio.Task[BatchResult]] = []
    for index, raw in enumerate(data.receipts):
        posts.append(asyncio.create_task(_post_one(request, service, bytes(raw))))
        if index % BATCH_SLICE == BATCH_SLICE - 1:
            await asyncio.sleep(0)  # lets calculations of other tills through
    return BatchAnswer([await posted for posted in posts])


async def _post_one(request: Call, service: Service, raw: bytes) -> BatchResult:
    uid: str | None = None
    try:
        posting = _decode_one(raw)
        uid = str(posting.receipt_uid)
        refuse_payment_cards(raw, service)
        status, answer = await _post(request, service, posting)
    except (BodyError, LoyaltyError, BusyError, UnavailableError) as error:
        problem = problem_for(error)
        return BatchResult(uid, problem.status, None, problem)
    return BatchResult(str(answer.receipt_uid), status, answer.state, None)


def _decode_one(raw: bytes) -> Posting:
    try:
        return _posting.decode(raw)
    except msgspec.ValidationError as error:
        raise misfit(error) from None


@get("/{receipt_uid:uuid}")
async def get_receipt(request: Call, receipt_uid: FromPath[UUID]) -> ReceiptAnswer:
    """Read a receipt as it is kept, with what became of it."""
    service = service_of(request)
    stored = await load_stored(service.pool, receipt_uid)
    if stored is None:
        raise ReceiptUnknownError("no receipt has this UUID")
    check_till(request.user, store=stored.receipt.store, till=stored.receipt.till)
    return render_receipt(stored, money=service.money)


@post("/{receipt_uid:uuid}/void", dto=Body, return_dto=None, status_code=200)
async def void(request: Call, receipt_uid: FromPath[UUID], data: JSONBody[VoidRequest]) -> Response[VoidAnswer]:
    """Take a receipt back, once, with its ledger entries; 202 when it has not come yet."""
    service = service_of(request)
    principal = request.user
    voided = await service.database.run(
        void_receipt,
        receipt_uid,
        void_uid=data.void_uid,
        reason=data.reason,
        only_for=None if principal.role != "till" else (principal.store or "", principal.till or ""),
        act=act_of(request),
    )
    return Response(VoidAnswer(receipt_uid, voided.state), status_code=202 if voided.state == "parked" else 200)


router = Router(
    "/v1/receipts",
    route_handlers=[calculate_receipt, post_receipt, post_batch, get_receipt, void],
    opt=dict(requires("till", "clerk", "admin")),
    tags=["Receipts"],
)
