"""Receipts: calculating, posting, reading and voiding them."""

import asyncio
from collections.abc import Awaitable
from http import HTTPStatus
from typing import TypeVar
from uuid import UUID

import msgspec
import structlog
from litestar import Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from api.auth.guards import requires
from api.auth.rights import allows
from api.errors import problem_for
from api.rest.bodies import Body, refuse_payment_cards
from api.rest.calls import Call, act_of, check_till, note_guess, service_of
from api.rest.problems import GUESSED, PROBLEMS, repeated
from api.rest.render import render_calculation, render_decision, render_receipt
from api.rest.short_way import short_way
from api.state import Service, read_clock
from loyalty.errors import CardUnknownError, ReceiptUnknownError
from loyalty.receipts.calculation import Question, price, price_return
from loyalty.receipts.model import Receipt
from loyalty.receipts.stored import load_stored
from loyalty.receipts.voids import void_receipt
from pos_adapter.answers import BatchAnswer, BatchResult, CalculationAnswer, PostingAnswer, ReceiptAnswer, VoidAnswer
from pos_adapter.batches import read_name
from pos_adapter.parsing import parse_calculation_original, parse_lines, parse_moment, parse_posting
from pos_adapter.problems import decode
from pos_adapter.protocol import Calculation, Posting, RawBatch, VoidRequest

T = TypeVar("T")

BATCH_SLICE = 32
_posting = msgspec.json.Decoder(Posting)

log = structlog.get_logger()


@post(
    "/calculate",
    dto=Body,
    return_dto=None,
    status_code=200,
    middleware=[short_way(Calculation)],
    responses=GUESSED,
)
async def calculate_receipt(request: Call, data: JSONBody[Calculation]) -> CalculationAnswer:
    """Price an open receipt. No side effect, safe to repeat."""
    service = service_of(request)
    check_till(request.user, store=data.store, till=data.till)
    places = service.currency.places
    original = parse_calculation_original(data)
    question = Question(
        lines=parse_lines(data.lines, places),
        store=data.store,
        at=parse_moment(data.at, "at"),
        card=None if data.card is None else data.card.number,
    )
    if question.card is not None:
        await service.guesses.check(request.user)
    try:
        if original is None:
            calculated = await price(service.pool, service.catalogue, question)
        else:
            lines = [line.original_line for line in data.lines]
            calculated = await price_return(
                service.pool, service.catalogue, question, original=original, original_lines=lines
            )
    except CardUnknownError:
        await note_guess(request, question.card or "")
        raise
    return render_calculation(calculated, now=read_clock(), places=places, money=service.money)


@post(
    "/",
    dto=Body,
    return_dto=None,
    opt=dict(requires("till", "admin")),
    middleware=[short_way(Posting)],
    responses=repeated(PostingAnswer),
)
async def post_receipt(request: Call, data: JSONBody[Posting]) -> Response[PostingAnswer]:
    """Post a closed receipt: 201, or 200 with the first answer when it is known already."""
    service = service_of(request)
    decision = await service.flights.post(await _read(request, service, data), actor=request.user.actor)
    return Response(render_decision(decision, service.money), status_code=201 if decision.is_new else 200)


async def _read(request: Call, service: Service, posting: Posting) -> Receipt:
    """Read a receipt that the caller may post; a till that an administrator first names comes into being."""
    check_till(request.user, store=posting.store, till=posting.till)
    receipt = parse_posting(posting, service.currency.places, service.money)
    await service.know_till(posting.store, posting.till)
    return receipt


@post("/batch", dto=Body, return_dto=None, status_code=200, opt=dict(requires("till", "admin")), responses=PROBLEMS)
async def post_batch(request: Call, data: JSONBody[RawBatch]) -> BatchAnswer:
    """Post up to a thousand receipts, each on its own; they are posted, and answered, in their order.

    One at which the server itself fails is answered as a fault of the server (500) and may be sent again; the others
    are posted all the same.
    """
    service = service_of(request)
    results: list[BatchResult | asyncio.Task[BatchResult]] = []
    for index, raw in enumerate(map(bytes, data.receipts)):
        receipt = await _on_its_own(raw, _read_one(request, service, raw))
        if isinstance(receipt, BatchResult):
            results.append(receipt)
        else:
            posted = _on_its_own(raw, _post_one(service, receipt, request.user.actor))
            results.append(asyncio.create_task(posted))
        if index % BATCH_SLICE == BATCH_SLICE - 1:
            await asyncio.sleep(0)  # lets calculations of other tills through
    return BatchAnswer([result if isinstance(result, BatchResult) else await result for result in results])


async def _on_its_own(raw: bytes, step: Awaitable[T]) -> T | BatchResult:
    """Take a step of one receipt of a batch; whatever goes wrong with it is told as that receipt's own result."""
    try:
        return await step
    except Exception as error:  # noqa: BLE001 # the edge of one receipt: its neighbours must not hear of its fault
        return _refused(read_name(raw), error)


async def _read_one(request: Call, service: Service, raw: bytes) -> Receipt:
    posting = decode(raw, _posting)
    refuse_payment_cards(raw, service)
    return await _read(request, service, posting)


async def _post_one(service: Service, receipt: Receipt, actor: str) -> BatchResult:
    decision = await service.flights.post(receipt, actor=actor)
    return BatchResult(str(decision.uid), 201 if decision.is_new else 200, decision.answer.state, None)


def _refused(uid: str | None, error: Exception) -> BatchResult:
    problem = problem_for(error)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("receipt of a batch failed", receipt_uid=uid, exc_info=error)
    return BatchResult(uid, problem.status, None, problem)


_VOIDED = {**PROBLEMS, 202: ResponseSpec(VoidAnswer, generate_examples=False, description="Parked until it comes.")}


@get("/{receipt_uid:uuid}", responses=PROBLEMS)
async def get_receipt(request: Call, receipt_uid: FromPath[UUID]) -> ReceiptAnswer:
    """Read a receipt as it is kept, with what became of it."""
    service = service_of(request)
    stored = await load_stored(service.pool, receipt_uid)
    if stored is None:
        raise ReceiptUnknownError("no receipt has this UUID")
    check_till(request.user, store=stored.receipt.store, till=stored.receipt.till)
    return render_receipt(stored, money=service.money)


@post(
    "/{receipt_uid:uuid}/void",
    opt=dict(allows("receipts.void", also="till")),
    dto=Body,
    return_dto=None,
    status_code=200,
    responses=_VOIDED,
)
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
    opt=dict(allows("receipts.read", also="till")),
    tags=["Receipts"],
)
