"""The destination that forwards everything to the server, over HTTP, and does nothing without it.

The key idea: the server's answer is the answer, whatever it says; only silence is answered here. Whoever gets
`server_unreachable` asks again with the same UUID, for the server may have done what was asked.
"""

import asyncio
import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

import httpx
import structlog
from msgspec import DecodeError, Struct, json

from pos_adapter.destination import Answer, JournalState
from pos_adapter.errors import ServerUnreachableError
from pos_adapter.events import ReceiptState
from pos_adapter.link import Link

# The promise at the till is 1.5 s; the rest is for the agent's own part.
ANSWER_MILLISECONDS: Final = 1_400
# A batch is no customer waiting: up to a thousand receipts, each with its own checks.
BATCH_MILLISECONDS: Final = 30_000
MOST_CONNECTIONS: Final = 8
# Shorter than servers keep an idle connection, so that no question goes into one that is just being closed.
KEPT_CONNECTION_SECONDS: Final = 3

log = structlog.get_logger()


def open_client(server: str, token: str) -> httpx.AsyncClient:
    """Give a client for the server that shows the till's token and trusts what the system trusts."""
    return httpx.AsyncClient(
        base_url=server,
        headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"},
        limits=httpx.Limits(max_connections=MOST_CONNECTIONS, keepalive_expiry=KEPT_CONNECTION_SECONDS),
        timeout=None,  # noqa: S113 # one limit stands around the whole of each question
        trust_env=False,
        verify=ssl.create_default_context(),
    )


class Upstream:
    """Forwards to the server; tells what became of receipts as `receipt-state` events."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        link: Link,
        *,
        publish: Callable[[ReceiptState], None],
        now: Callable[[], datetime],
        new_uid: Callable[[], UUID],
    ) -> None:
        self._http = http
        self._link = link
        self._publish = publish
        self._now = now
        self._new_uid = new_uid

    async def lookup(self, body: bytes) -> Answer:
        """Ask the server for a card."""
        return await self._ask("POST", "/v1/cards/lookup", body)

    async def calculate(self, body: bytes) -> Answer:
        """Let the server price an open receipt."""
        return await self._ask("POST", "/v1/receipts/calculate", body)

    async def post(self, body: bytes) -> Answer:
        """Give the server a closed receipt."""
        answer = await self._ask("POST", "/v1/receipts", body)
        self._tell_outcome(answer)
        return answer

    async def post_batch(self, body: bytes) -> Answer:
        """Give the server many closed receipts; it may take `BATCH_MILLISECONDS`."""
        answer = await self._ask("POST", "/v1/receipts/batch", body, limit_ms=BATCH_MILLISECONDS)
        self._tell_outcome(answer)
        return answer

    async def load_receipt(self, receipt_uid: UUID) -> Answer:
        """Ask the server what became of a receipt."""
        return await self._ask("GET", f"/v1/receipts/{receipt_uid}")

    async def void(self, receipt_uid: UUID, body: bytes) -> Answer:
        """Let the server take a receipt back."""
        answer = await self._ask("POST", f"/v1/receipts/{receipt_uid}/void", body)
        self._tell_outcome(answer)
        return answer

    def journal(self) -> JournalState:
        """Nothing is kept here, so that nothing waits."""
        return JournalState(queued=0, oldest_at=None, rejected=0)

    async def probe(self) -> None:
        """Ask whether the server is there and well; raises ServerUnreachableError."""
        answer = await self._ask("GET", "/v1/health")
        self._link.told_health(is_well=answer.status == httpx.codes.OK and _says_ok(answer.body))

    async def _ask(
        self, method: str, path: str, body: bytes | None = None, *, limit_ms: int = ANSWER_MILLISECONDS
    ) -> Answer:
        headers = {} if body is None else {"Content-Type": "application/json"}
        asked_at = self._now()
        try:
            async with asyncio.timeout(limit_ms / 1000):
                response = await self._http.request(method, path, content=body, headers=headers)
        except (httpx.RequestError, TimeoutError) as error:
            # The class alone: the text of an error of the network may hold what was sent.
            self._link.lost(type(error).__name__)
            raise ServerUnreachableError("the server did not answer in time") from error
        self._link.heard(date=response.headers.get("Date"), asked_at=asked_at)
        return Answer(
            status=response.status_code,
            body=response.content,
            media_type=response.headers.get("Content-Type", "application/octet-stream"),
            retry_after=response.headers.get("Retry-After"),
        )

    def _tell_outcome(self, answer: Answer) -> None:
        for outcome in _read_outcomes(answer):
            if outcome.receipt_uid and outcome.state:
                self._publish(
                    ReceiptState(
                        event_id=self._new_uid(),
                        receipt_uid=outcome.receipt_uid,
                        state=outcome.state,
                        at=self._now(),
                    )
                )


class _ServerHealth(Struct, frozen=True):
    """What a server says of itself; all else in it is passed over."""

    status: str


_HEALTH: Final = json.Decoder(_ServerHealth)


def _says_ok(body: bytes) -> bool:
    try:
        return _HEALTH.decode(body).status == "ok"
    except DecodeError:
        return False


class _Outcome(Struct, frozen=True):
    """What an answer says of one receipt; all else in it is passed over."""

    receipt_uid: UUID | None = None
    state: str | None = None


class _Outcomes(_Outcome, frozen=True):
    """An answer about one receipt, or about many."""

    results: list[_Outcome] = []


_OUTCOMES: Final = json.Decoder(_Outcomes)


def _read_outcomes(answer: Answer) -> list[_Outcome]:
    if not httpx.codes.is_success(answer.status):
        return []
    try:
        outcomes = _OUTCOMES.decode(answer.body)
    except DecodeError:
        log.warning("answer_not_understood", status=answer.status)
        return []
    return [outcomes, *outcomes.results]
