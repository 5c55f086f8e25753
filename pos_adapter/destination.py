"""Where a till's lookups, calculations and receipts go.

The key idea: the local API knows this interface alone. It hands over bodies whose shape is checked and in which no
payment card was found, byte for byte as they came, and passes on the answer. Whether an answer comes from the server
or from the till itself is the destination's affair.
"""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Struct


class Answer(Struct, frozen=True):
    """An answer as it goes back to the program that asked."""

    status: int
    body: bytes
    media_type: str
    retry_after: str | None = None


class JournalState(Struct, frozen=True):
    """What of this till waits for the server, since when, and how much the server refused for good."""

    queued: int
    oldest_at: datetime | None
    rejected: int


class Destination(Protocol):
    """Answers a till; raises ServerUnreachableError where it can neither reach the server nor do without it."""

    async def lookup(self, body: bytes) -> Answer:
        """Find a card."""

    async def calculate(self, body: bytes) -> Answer:
        """Price an open receipt."""

    async def post(self, body: bytes) -> Answer:
        """Take a closed receipt."""

    async def post_batch(self, body: bytes) -> Answer:
        """Take many closed receipts, each on its own."""

    async def load_receipt(self, receipt_uid: UUID) -> Answer:
        """Say what became of a receipt."""

    async def void(self, receipt_uid: UUID, body: bytes) -> Answer:
        """Take a receipt back."""

    def journal(self) -> JournalState:
        """Say what waits."""
