"""The local API of a till: what cash register software on the same machine calls.

The key idea: it is the server's own API with the readers added, so that a cash register learns it once. Handlers
check a body, hand it to the destination and give its answer back as it came; what a till does by itself stands behind
them. It keeps nothing and knows no price.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Litestar, Response, get, post
from litestar.config.cors import CORSConfig
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation
from litestar.types import ASGIApp
from msgspec import Meta, Struct, json

from pos_adapter.batches import merge_results, sift_batch
from pos_adapter.checks import check
from pos_adapter.config import TillConfig
from pos_adapter.destination import Answer, Destination
from pos_adapter.event_stream import EventStream
from pos_adapter.gate import NEEDS_NO_TOKEN, guards
from pos_adapter.health import Health, ReaderAnswer, health_of
from pos_adapter.link import Link
from pos_adapter.listening import listen
from pos_adapter.problem_responses import EXCEPTION_HANDLERS, AnyRequest
from pos_adapter.problems import decode
from pos_adapter.protocol import MOST_BODY_BYTES, Calculation, Lookup, Posting, VoidRequest, Wire
from pos_adapter.readers import Readers

LONGEST_ARMING_SECONDS: Final = 600


class Till(Struct, frozen=True):
    """The parts of a running till that the local API speaks to."""

    config: TillConfig
    token: str
    destination: Destination
    stream: EventStream
    link: Link
    readers: Readers


TheTill = NamedDependency[SkipValidation[Till]]


class ArmRequest(Wire, frozen=True):
    """The receipt that a reader's next card is for, and for how long."""

    receipt_uid: UUID
    ttl_seconds: Annotated[int, Meta(ge=1, le=LONGEST_ARMING_SECONDS)]


class ReaderList(Struct, frozen=True):
    """All readers of the till, in the order of till.toml."""

    readers: list[ReaderAnswer]


def make_app(till: Till, lifespan: Callable[[Litestar], AbstractAsyncContextManager[None]]) -> Litestar:
    """Give the local API of a till; `lifespan` holds what has to run beside it."""
    return Litestar(
        [health, list_readers, arm, disarm, events, lookup, calculate, post_receipt, post_batch, load_receipt, void],
        cors_config=_cors(till.config.origins),
        dependencies={"till": Provide(lambda: till, sync_to_thread=False)},
        exception_handlers=EXCEPTION_HANDLERS,
        guards=guards(till.token, till.config.origins),
        lifespan=[lifespan],
        logging_config=None,
        openapi_config=None,
        request_max_body_size=MOST_BODY_BYTES,
        response_headers=[ResponseHeader(name="Cache-Control", value="no-store")],
    )


@get("/v1/health", opt={NEEDS_NO_TOKEN: True})
async def health(till: TheTill) -> Health:
    """Say how the till is."""
    return health_of(till.link.view(), till.destination.journal(), till.readers.list_all())


@get("/v1/readers")
async def list_readers(till: TheTill) -> ReaderList:
    """List the readers."""
    return ReaderList(till.readers.list_all())


@post("/v1/readers/{reader_id:str}/arm", status_code=200)
async def arm(reader_id: FromPath[str], request: AnyRequest, till: TheTill) -> ReaderAnswer:
    """Let the next card of a reader be for one receipt."""
    body = decode(await request.body(), _ARM)
    return till.readers.arm(reader_id, receipt_uid=body.receipt_uid, ttl_seconds=body.ttl_seconds)


@post("/v1/readers/{reader_id:str}/disarm", status_code=200)
async def disarm(reader_id: FromPath[str], till: TheTill) -> ReaderAnswer:
    """Let the cards of a reader be for no receipt again."""
    return till.readers.disarm(reader_id)


@get("/v1/events")
async def events(till: TheTill) -> ASGIApp:
    """Send events as they happen."""
    return listen(till.stream)


@post("/v1/cards/lookup")
async def lookup(request: AnyRequest, till: TheTill) -> Response[bytes]:
    """Find a card."""
    return _pass_on(await till.destination.lookup(await _checked(request, till, _LOOKUP)))


@post("/v1/receipts/calculate")
async def calculate(request: AnyRequest, till: TheTill) -> Response[bytes]:
    """Price an open receipt."""
    return _pass_on(await till.destination.calculate(await _checked(request, till, _CALCULATION)))


@post("/v1/receipts")
async def post_receipt(request: AnyRequest, till: TheTill) -> Response[bytes]:
    """Take a closed receipt."""
    return _pass_on(await till.destination.post(await _checked(request, till, _POSTING)))


@post("/v1/receipts/batch")
async def post_batch(request: AnyRequest, till: TheTill) -> Response[bytes]:
    """Take many closed receipts, each on its own."""
    batch = sift_batch(await request.body(), till.config.own_prefixes)
    if batch.is_empty:
        answer = _NOTHING_TO_SEND
    else:
        answer = await till.destination.post_batch(batch.body)
    if answer.status != _NOTHING_TO_SEND.status:
        return _pass_on(answer)
    return _pass_on(msgspec.structs.replace(answer, body=merge_results(batch, answer.body)))


@get("/v1/receipts/{receipt_uid:uuid}")
async def load_receipt(receipt_uid: FromPath[UUID], till: TheTill) -> Response[bytes]:
    """Say what became of a receipt."""
    return _pass_on(await till.destination.load_receipt(receipt_uid))


@post("/v1/receipts/{receipt_uid:uuid}/void")
async def void(receipt_uid: FromPath[UUID], request: AnyRequest, till: TheTill) -> Response[bytes]:
    """Take a receipt back."""
    return _pass_on(await till.destination.void(receipt_uid, await _checked(request, till, _VOID)))


_ARM: Final = json.Decoder(ArmRequest)
_LOOKUP: Final = json.Decoder(Lookup)
_CALCULATION: Final = json.Decoder(Calculation)
_POSTING: Final = json.Decoder(Posting)
_VOID: Final = json.Decoder(VoidRequest)
_NOTHING_TO_SEND: Final = Answer(status=200, body=b'{"results":[]}', media_type="application/json")


def _cors(origins: Sequence[str]) -> CORSConfig | None:
    """Let the listed pages read answers; without any, no header for browsers is ever sent."""
    if not origins:
        return None
    return CORSConfig(
        allow_origins=list(origins), allow_headers=["Authorization", "Content-Type"], allow_methods=["GET", "POST"]
    )


async def _checked(request: AnyRequest, till: Till, decoder: json.Decoder[Any]) -> bytes:  # Any: whichever struct it is
    body = await request.body()
    check(body, decoder, till.config.own_prefixes)
    return body


def _pass_on(answer: Answer) -> Response[bytes]:
    headers = {} if answer.retry_after is None else {"Retry-After": answer.retry_after}
    return Response(answer.body, status_code=answer.status, media_type=answer.media_type, headers=headers)
