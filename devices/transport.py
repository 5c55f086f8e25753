"""A reader on a serial port, heard by a thread of its own: opened, listened to, lost, and found again.

The key idea: all waiting is on something that can wake it. The thread blocks in the line until a byte comes or the
decoder's deadline is due, and between two tries to open the port until it is told to close; so a quiet reader costs
nothing and closing is immediate. A lost port drops the head of a frame, and what comes after is a new line; a port is
always closed before it is opened again.

It refuses to share a port: it opens exclusively, and a port that another program holds so is an `error` until that one
lets go. It refuses ports that would show what passes: bytes and card numbers never reach a log.
"""

import time
from collections import Counter
from collections.abc import Callable
from threading import Event as Signal
from threading import Lock, Thread
from typing import Final, Literal, Self, TypeVar

import structlog
from msgspec import Struct

from devices.decoder import Decoder
from devices.lines import LINE_ERRORS, Line, OpenLine, open_pyserial
from devices.model import Event, LineSettings, ReaderProfile, word_of
from devices.ports import shows_what_passes
from devices.troubles import GONE, Trouble, trouble_of

T = TypeVar("T")

ReaderState = Literal["connected", "absent", "error"]

FIRST_RETRY_SECONDS: Final = 0.5
LONGEST_RETRY_SECONDS: Final = 10.0
CLOSE_SECONDS: Final = 5.0

_log = structlog.get_logger(__name__)


class Condition(Struct, frozen=True):
    """How a reader is, and what is the trouble with it where it is not connected."""

    state: ReaderState
    trouble: Trouble | None = None


OnEvent = Callable[[str, Event], None]
OnCondition = Callable[[str, Condition], None]


class Reader:
    """One reader, from `start` to `close`; also a context manager.

    `port` is a device path (best `/dev/serial/by-id/...`), `VID:PID[:serial]`, or a URL of pyserial, as `socket://`.
    `on_event` and `on_condition` are called with the reader's id from the reader's thread, one call at a time, and must
    not block. The first condition comes soon after `start`; one is told only when it changes. `counts` says how many
    events there were by the word of each (`word_of`), the heads of frames that a lost port cut off among them.
    Raises ValueError for a port that would show what passes.
    """

    def __init__(
        self,
        reader_id: str,
        *,
        port: str,
        profile: ReaderProfile,
        on_event: OnEvent,
        on_condition: OnCondition,
        line: LineSettings = LineSettings(),  # noqa: B008 # a frozen value
        open_line: OpenLine = open_pyserial,
    ) -> None:
        if shows_what_passes(port):
            raise ValueError(f"{reader_id}: a port that shows what passes would show card numbers")
        self.id = reader_id
        self.port = port
        self.profile = profile
        self.condition = Condition("absent")
        self.counts: Counter[str] = Counter()
        self._settings = line
        self._open_line = open_line
        self._on_event = on_event
        self._on_condition = on_condition
        self._told: Condition | None = None
        self._closing = Signal()
        self._lock = Lock()
        self._line: Line | None = None
        self._thread = Thread(target=self._run, name=f"reader-{reader_id}", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Begin to listen; once in the life of a reader."""
        self._thread.start()

    def use(self, profile: ReaderProfile) -> None:
        """Decode by another profile from the next byte on, as after a new series with a new prefix."""
        self.profile = profile
        self._wake()

    def close(self) -> None:
        """Stop listening and let go of the port; no callback comes after. Closing twice is fine."""
        self._closing.set()
        self._wake()
        if self._thread.ident is not None:
            self._thread.join(CLOSE_SECONDS)

    def _wake(self) -> None:
        with self._lock:
            if self._line is not None:
                self._line.wake()

    def _run(self) -> None:
        retry_seconds = FIRST_RETRY_SECONDS
        while not self._closing.is_set():
            try:
                line = self._open_line(self.port, self._settings)
            except LINE_ERRORS as error:
                trouble = trouble_of(error)
                self._tell(Condition(trouble.state, trouble))
            else:
                retry_seconds = FIRST_RETRY_SECONDS
                self._listen_until_lost(line)
            self._closing.wait(retry_seconds)
            retry_seconds = min(2 * retry_seconds, LONGEST_RETRY_SECONDS)

    def _listen_until_lost(self, line: Line) -> None:
        with self._lock:
            self._line = line
        self._tell(Condition("connected"))
        try:
            while not self._closing.is_set():
                self._listen(line, Decoder(self.profile))
        except LINE_ERRORS:
            # Whatever a lost line raises, the device is gone until an opening says otherwise.
            self._tell(Condition(GONE.state, GONE))
        finally:
            with self._lock:
                self._line = None
            line.close()

    def _listen(self, line: Line, decoder: Decoder) -> None:
        """Hear the line by one profile, until that changes or the reader closes; raises when the line is lost."""
        try:
            while decoder.profile is self.profile and not self._closing.is_set():
                # What came is named nowhere, so that nothing of it is kept while the next is waited for.
                self._take(decoder.feed(line.read(_patience(decoder)), time.monotonic_ns() // 1_000_000))
                if reply := decoder.take_reply():
                    line.write(reply)
        finally:
            self.counts.update(map(word_of, decoder.cut_off()))

    def _take(self, events: list[Event]) -> None:
        for event in events:
            self.counts[word_of(event)] += 1
            self._call(self._on_event, event)

    def _tell(self, condition: Condition) -> None:
        if condition == self._told:
            return
        self.condition = self._told = condition
        reason = condition.trouble.cause if condition.trouble else None
        _log.info("reader_state", reader=self.id, state=condition.state, reason=reason)
        self._call(self._on_condition, condition)

    def _call(self, callback: Callable[[str, T], None], value: T) -> None:
        """Call back from the outermost edge of this thread: what fails there must not silence the reader."""
        try:
            callback(self.id, value)
        except Exception as error:  # noqa: BLE001 # see above; only the type is logged, a text could hold a number
            _log.error("reader_callback_failed", reader=self.id, error=type(error).__name__)


def _patience(decoder: Decoder) -> float | None:
    """Give how long silence means nothing to a decoder; for ever, if nothing has begun."""
    return (decoder.quiet_ms + 1) / 1000 if decoder.is_waiting else None
