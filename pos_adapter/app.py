"""The local API of a till: what cash register software on the same machine calls.

The key idea: it is the server's own API with the readers added, so that a cash register learns it once. Handlers
check a body, hand it on and give the answer back as it came; what a till does by itself stands behind them, in
`receipts` and `cards`.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Final, TypeVar
from uuid import UUID

from litestar import Litestar, Response, delete, get, post
from litestar.config.cors import CORSConfig
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation
from litestar.types import ASGIApp
from msgspec import Meta, Struct, json

from pos_adapter.answers import BatchAnswer, Message
from pos_adapter.batches import sift_batch
from pos_adapter.cards import Cards
from pos_adapter.checks import check
from pos_adapter.config import TillConfig
from pos_adapter.event_stream import EventStream
from pos_adapter.exchange import Answer
from pos_adapter.gate import NEEDS_NO_TOKEN, guards
from pos_adapter.health import Health, ReaderAnswer, health_of
from pos_adapter.link import Link
from pos_adapter.listening import listen
from pos_adapter.page import PAGE
from pos_adapter.problem_responses import EXCEPTION_HANDLERS, AnyRequest
from pos_adapter.problems import decode
from pos_adapter.protocol import MOST_BODY_BYTES, Calculation, HoldRequest, Lookup, Posting, VoidRequest, Wire
from pos_adapter.readers import Readers
from pos_adapter.receipts import Receipts
from pos_adapter.snapshot.shelf import Shelf
from pos_adapter.wording import Wording
from pos_adapter.words import Language

T = TypeVar("T")

LONGEST_ARMING_SECONDS: Final = 600


class Till(Struct, frozen=True):
    """The parts of a running till that the local API speaks to."""

    config: TillConfig
    token: str
    receipts: Receipts
    cards: Cards
    shelf: Shelf
    wording: Wording
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


class Texts(Struct, frozen=True):
    """All texts that the till may say in `messages`, in its language."""

    language: Language
    texts: list[Message]


def make_app(till: Till, lifespan: Callable[[Litestar], AbstractAsyncContextManager[None]]) -> Litestar:
    """Give the local API of a till; `lifespan` holds what has to run beside it."""
    return Litestar(
        [
            health,
            list_readers,
            arm,
            disarm,
            events,
            lookup,
            calculate,
            post_receipt,
            post_batch,
            load_receipt,
            void,
            hold,
            release_hold,
            texts,
            *PAGE,
        ],
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
    journal, who = await till.receipts.state(), (till.config.store, till.config.till)
    return health_of(till.link.view(), journal, till.readers.list_all(), snapshot_at=till.shelf.as_of, who=who)


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
    return _pass_on(await till.cards.look_up(*await _checked(request, till, _LOOKUP)))


@post("/v1/receipts/calculate")
async def calculate(request: AnyRequest, till: TheTill) -> Response[bytes]:
    """Price an open receipt."""
    return _pass_on(await till.cards.calculate(*await _checked(request, till, _CALCULATION)))


@post("/v1/receipts")
async def post_receipt(request: AnyRequest, till: TheTill) -> Response[bytes]:
    """Take a closed receipt."""
    return _pass_on(await till.receipts.post(*await _checked(request, till, _POSTING)))


@post("/v1/receipts/batch", status_code=200)
async def post_batch(request: AnyRequest, till: TheTill) -> BatchAnswer:
    """Take many closed receipts, each on its own."""
    batch = sift_batch(await request.body(), till.config.own_prefixes)
    return BatchAnswer(await till.receipts.post_batch(batch))


@get("/v1/receipts/{receipt_uid:uuid}")
async def load_receipt(receipt_uid: FromPath[UUID], till: TheTill) -> Response[bytes]:
    """Say what became of a receipt."""
    return _pass_on(await till.receipts.load_receipt(receipt_uid))


@post("/v1/receipts/{receipt_uid:uuid}/void")
async def void(receipt_uid: FromPath[UUID], request: AnyRequest, till: TheTill) -> Response[bytes]:
    """Take a receipt back."""
    return _pass_on(await till.receipts.void(receipt_uid, *await _checked(request, till, _VOID)))


@post("/v1/holds")
async def hold(request: AnyRequest, till: TheTill) -> Response[bytes]:
    """Hold money for a receipt."""
    return _pass_on(await till.cards.hold(*await _checked(request, till, _HOLD)))


@delete("/v1/holds/{hold_uid:uuid}", status_code=200)
async def release_hold(hold_uid: FromPath[UUID], till: TheTill) -> Response[bytes]:
    """Let held money be spent again."""
    return _pass_on(await till.cards.release_hold(hold_uid))


@get("/v1/texts")
async def texts(till: TheTill) -> Texts:
    """List all that the till may say, so that a program can show it for any code."""
    return Texts(till.wording.language, till.wording.all())


_ARM: Final = json.Decoder(ArmRequest)
_LOOKUP: Final = json.Decoder(Lookup)
_CALCULATION: Final = json.Decoder(Calculation)
_POSTING: Final = json.Decoder(Posting)
_VOID: Final = json.Decoder(VoidRequest)
_HOLD: Final = json.Decoder(HoldRequest)


def _cors(origins: Sequence[str]) -> CORSConfig | None:
    """Let the listed pages read answers; without any, no header for browsers is ever sent."""
    if not origins:
        return None
    return CORSConfig(
        allow_origins=list(origins),
        allow_headers=["Authorization", "Content-Type"],
        allow_methods=["GET", "POST", "DELETE"],
    )


async def _checked(request: AnyRequest, till: Till, decoder: json.Decoder[T]) -> tuple[bytes, T]:
    body = await request.body()
    return body, check(body, decoder, till.config.own_prefixes)


def _pass_on(answer: Answer) -> Response[bytes]:
    headers = {} if answer.retry_after is None else {"Retry-After": answer.retry_after}
    return Response(answer.body, status_code=answer.status, media_type=answer.media_type, headers=headers)
