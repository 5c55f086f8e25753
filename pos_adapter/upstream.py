"""The way to the server, over HTTP: each question with its limit of time, and nothing without the server.

The key idea: the server's answer is given as it came, whatever it says, and every answer and every silence is told to
the link. What to do about a silence is not decided here.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import quote
from uuid import UUID

import httpx
import structlog
from msgspec import DecodeError, Struct, json

from pos_adapter.errors import ServerUnreachableError
from pos_adapter.exchange import JSON, PROBLEM_TYPE, Answer
from pos_adapter.journal.model import EntryKind, JournalState
from pos_adapter.link import Link
from pos_adapter.protocol import JOURNAL_HEADER
from pos_adapter.snapshot.sealing import SIGNATURE_HEADER

# The promise at the till is 1.5 s; the rest is for the agent's own part, on a machine that is busy.
ANSWER_MILLISECONDS: Final = 1_000
# What is safe in the journal keeps no customer waiting.
SEND_MILLISECONDS: Final = 10_000
BATCH_MILLISECONDS: Final = 30_000
MOST_CONNECTIONS: Final = 8
# Shorter than servers keep an idle connection, so that no question goes into one that is just being closed.
KEPT_CONNECTION_SECONDS: Final = 3

_SPOKEN: Final = frozenset({JSON, PROBLEM_TYPE})

log = structlog.get_logger()


def open_client(server: str, token: str) -> httpx.AsyncClient:
    """Give a client for the server that shows the till's token and trusts what the system trusts."""
    return httpx.AsyncClient(
        base_url=server,
        headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"},
        limits=httpx.Limits(max_connections=MOST_CONNECTIONS, keepalive_expiry=KEPT_CONNECTION_SECONDS),
        timeout=None,  # noqa: S113 # one limit stands around the whole of each question
        trust_env=False,
        verify=system_trust(),
    )


def system_trust() -> ssl.SSLContext:
    """Give the certificates that the system trusts."""
    return ssl.create_default_context()


class Upstream:
    """Asks the server. Every method raises ServerUnreachableError where no answer comes in time."""

    def __init__(self, http: httpx.AsyncClient, link: Link, *, now: Callable[[], datetime]) -> None:
        self._http = http
        self._link = link
        self._now = now

    async def lookup(self, body: bytes) -> Answer:
        """Ask the server for a card."""
        return await self._ask("POST", "/v1/cards/lookup", body)

    async def calculate(self, body: bytes) -> Answer:
        """Let the server price an open receipt."""
        return await self._ask("POST", "/v1/receipts/calculate", body)

    async def send(self, kind: EntryKind, receipt_uid: UUID, body: bytes) -> Answer:
        """Give the server a receipt or a void from the journal; it may take `SEND_MILLISECONDS`."""
        path = "/v1/receipts" if kind == "receipt" else f"/v1/receipts/{receipt_uid}/void"
        return await self._ask("POST", path, body, limit_ms=SEND_MILLISECONDS)

    async def send_batch(self, bodies: Sequence[bytes]) -> Answer:
        """Give the server many receipts from the journal; it may take `BATCH_MILLISECONDS`."""
        body = b'{"receipts":[%s]}' % b",".join(bodies)
        return await self._ask("POST", "/v1/receipts/batch", body, limit_ms=BATCH_MILLISECONDS)

    async def load_receipt(self, receipt_uid: UUID) -> Answer:
        """Ask the server what became of a receipt."""
        return await self._ask("GET", f"/v1/receipts/{receipt_uid}")

    async def hold(self, body: bytes) -> Answer:
        """Let the server hold money for a receipt."""
        return await self._ask("POST", "/v1/holds", body)

    async def release_hold(self, hold_uid: UUID) -> Answer:
        """Let the server release a hold; what is not released ends by itself."""
        return await self._ask("DELETE", f"/v1/holds/{hold_uid}")

    async def snapshot(self, *, since: str, after: int, journal: JournalState) -> Answer:
        """Ask for what changed of cards and prices since a place, from behind a card; `SEND_MILLISECONDS` a page.

        The server is told by the way what of the journal waits.
        """
        path = f"/v1/till-snapshot?since={quote(since)}&after={after}"
        said = {JOURNAL_HEADER: f"queued={journal.queued}, rejected={journal.rejected}"}
        return await self._ask("GET", path, more_headers=said, limit_ms=SEND_MILLISECONDS)

    async def probe(self) -> str | None:
        """Ask whether the server is there and well; gives the epoch of its data, where it says one."""
        answer = await self._ask("GET", "/v1/health")
        health = _read_health(answer.body) if answer.status == httpx.codes.OK else _UNKNOWN
        self._link.told_health(is_well=health.status == "ok")
        return health.epoch

    async def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        more_headers: Mapping[str, str] = MappingProxyType({}),
        limit_ms: int = ANSWER_MILLISECONDS,
    ) -> Answer:
        headers = dict(more_headers) if body is None else {"Content-Type": "application/json"}
        asked_at = self._now()
        try:
            async with asyncio.timeout(limit_ms / 1000):
                response = await self._http.request(method, path, content=body, headers=headers)
        except (httpx.RequestError, TimeoutError) as error:
            # The class alone: the text of an error of the network may hold what was sent.
            self._link.lost(type(error).__name__)
            raise ServerUnreachableError("the server did not answer in time") from error
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media_type not in _SPOKEN:
            # A login page of the network, or some proxy's word: whoever it is, it is not the server.
            self._link.lost("NotTheServer")
            raise ServerUnreachableError("something else answered in the server's place")
        self._link.heard(date=response.headers.get("Date"), asked_at=asked_at)
        return Answer(
            status=response.status_code,
            body=response.content,
            media_type=media_type,
            retry_after=response.headers.get("Retry-After"),
            signature=response.headers.get(SIGNATURE_HEADER),
        )


class _ServerHealth(Struct, frozen=True):
    """What a server says of itself; all else in it is passed over."""

    status: str
    epoch: str | None = None


_HEALTH: Final = json.Decoder(_ServerHealth)
_UNKNOWN: Final = _ServerHealth("unknown")


def _read_health(body: bytes) -> _ServerHealth:
    try:
        return _HEALTH.decode(body)
    except DecodeError:
        return _UNKNOWN
