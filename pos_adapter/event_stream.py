"""The way of the events from the readers to the programs of a till.

The key idea: readings wait in one short queue and belong to the program that is connected longest, as UnifiedPOS gives
a device to the one that claimed it: each is taken once, and a second window opened for a look takes no card from the
till; one that a program took and that could not be sent to it is the next program's. What nobody took within five
seconds is dropped, so that a program that connects late never gets the card of the customer before. Notices go to every
program. All of it runs in the thread of the event loop; no program can make
another wait or memory grow.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from pos_adapter.events import READING_SECONDS, CardRead, CardRefused, CodeRead, TillEvent, encode
from pos_adapter.protocol import MOST_BATCH

MOST_CLIENTS: Final = 8
# What all lines of a till bring at their fastest, some 70 readings a second each, while the machine is held up.
MOST_WAITING_READINGS: Final = 1_024
# A batch tells what became of all its receipts at once; nobody is slow for that.
MOST_WAITING_NOTICES: Final = 2 * MOST_BATCH


class Waiting(Struct, frozen=True):
    """A reading that nobody has yet, and the millisecond from which on it is worth nothing."""

    stale_at: int
    message: bytes


class TooManyClientsError(Exception):
    """There are `MOST_CLIENTS` connected already."""


class EventStream:
    """The events of one till; `clock` gives monotonic milliseconds."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._clients: list[Client] = []
        self._readings: deque[Waiting] = deque(maxlen=MOST_WAITING_READINGS)
        self._is_closed = False

    def publish(self, event: TillEvent) -> None:
        """Keep a reading for the client connected longest, or put a notice before every client. Never waits."""
        message = encode(event)
        if isinstance(event, CardRead | CardRefused | CodeRead):
            self._readings.append(Waiting(self._clock() + READING_SECONDS * 1000, message))
            self._wake_the_first()
        else:
            for client in self._clients:
                client.put(message)

    def connect(self) -> "Client":
        """Begin to listen; `disconnect` ends it. Raises TooManyClientsError."""
        if len(self._clients) >= MOST_CLIENTS:
            raise TooManyClientsError
        client = Client(self._take_reading)
        if self._is_closed:
            client.close()
        self._clients.append(client)
        return client

    def disconnect(self, client: "Client") -> None:
        """Forget a client; the readings it did not take, and one that was not sent to it, belong to the next."""
        client.close()
        self._clients.remove(client)
        if client.unsent is not None and len(self._readings) < MOST_WAITING_READINGS:
            self._readings.appendleft(client.unsent)
        self._wake_the_first()

    def close(self) -> None:
        """End every client's listening, now and from now on."""
        self._is_closed = True
        for client in self._clients:
            client.close()

    def _take_reading(self, client: "Client") -> Waiting | None:
        if client is not self._first():
            return None
        while self._readings:
            reading = self._readings.popleft()
            if self._clock() < reading.stale_at:
                return reading
        return None

    def _wake_the_first(self) -> None:
        if first := self._first():
            first.wake()

    def _first(self) -> "Client | None":
        return next((client for client in self._clients if not client.is_closed), None)


class Client:
    """One listening program; `unsent` is the reading that it took last and did not come back from."""

    def __init__(self, take_reading: "Callable[[Client], Waiting | None]") -> None:
        self._take_reading = take_reading
        self._notices: deque[bytes] = deque()
        self._woken = asyncio.Event()
        self.unsent: Waiting | None = None
        self.is_closed = False

    async def next_message(self) -> bytes | None:
        """Wait for a message; None once the client is closed. Asking for it says that the one before was sent.

        A wait that is cancelled has taken nothing.
        """
        self.unsent = None
        while not self.is_closed:
            self._woken.clear()
            if self._notices:
                return self._notices.popleft()
            if (reading := self._take_reading(self)) is not None:
                self.unsent = reading
                return reading.message
            await self._woken.wait()
        return None

    def put(self, notice: bytes) -> None:
        """Keep a notice for it; a client that leaves `MOST_WAITING_NOTICES` of them unread is closed."""
        if self.is_closed:
            return
        self._notices.append(notice)
        if len(self._notices) > MOST_WAITING_NOTICES:
            self.close()
        self.wake()

    def wake(self) -> None:
        """Let it look for messages."""
        self._woken.set()

    def close(self) -> None:
        """Let its wait end with None."""
        self.is_closed = True
        self.wake()
