"""A reader on a serial port, heard by a thread of its own: opened, listened to, lost, and found again.

The key idea: all waiting is on something that can wake it. The thread blocks in the port until a byte comes or the
decoder's deadline is due, and between two tries to open the port until it is told to close; so a quiet reader costs
nothing and closing is immediate. A lost port drops the head of a frame, and what comes after is a new line.

It refuses to share a port: it opens exclusively, and a port that another program holds so is an `error` until that one
lets go (the lock of POSIX binds only those who ask for it). It refuses ports that would show what passes: bytes and
card numbers never reach a log.
"""

import errno
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event as Signal
from threading import Lock, Thread
from typing import Final, Literal, Self, TypeVar

import structlog
from serial import Serial, serial_for_url

from devices.decoder import Decoder
from devices.model import Event, LineSettings, ReaderProfile

T = TypeVar("T")

ReaderState = Literal["connected", "absent", "error"]
OnEvent = Callable[[str, Event], None]
OnState = Callable[[str, ReaderState], None]

FIRST_RETRY_SECONDS: Final = 0.5
LONGEST_RETRY_SECONDS: Final = 10.0
WRITE_SECONDS: Final = 1.0
CLOSE_SECONDS: Final = 5.0
UNWAKEABLE_SECONDS: Final = 0.25
MOST_BYTES_A_READ: Final = 4096

# pyserial raises SerialException (an OSError) on a lost line, but lets some errors of the system through as they are.
if sys.platform == "win32":
    _LINE_ERRORS: Final = (OSError, ValueError)
else:
    import termios

    _LINE_ERRORS: Final = (OSError, ValueError, termios.error)
_GONE: Final = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO})
_TELLTALE: Final = "spy://"

_log = structlog.get_logger(__name__)


class Reader:
    """One reader, from `start` to `close`; also a context manager.

    `port` is a device path (best `/dev/serial/by-id/...`) or a URL of pyserial, as `socket://`. `on_event` and
    `on_state` are called with the reader's id from the reader's thread, one call at a time, and must not block. The
    first state comes soon after `start`; a state is told only when it changes.
    Raises ValueError for a `spy://` port.
    """

    def __init__(
        self,
        reader_id: str,
        *,
        port: str,
        profile: ReaderProfile,
        on_event: OnEvent,
        on_state: OnState,
        line: LineSettings = LineSettings(),  # noqa: B008 # a frozen value
    ) -> None:
        if port.lower().startswith(_TELLTALE):
            raise ValueError(f"{reader_id}: a {_TELLTALE} port would show card numbers")
        self.id = reader_id
        self.port = port
        self.profile = profile
        self.state: ReaderState = "absent"
        self._line = line
        self._on_event = on_event
        self._on_state = on_state
        self._told: ReaderState | None = None
        self._closing = Signal()
        self._lock = Lock()
        self._serial: Serial | None = None
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
            if self._serial is not None and _is_wakeable(self._serial):
                self._serial.cancel_read()

    def _run(self) -> None:
        retry_seconds = FIRST_RETRY_SECONDS
        while not self._closing.is_set():
            try:
                serial = _open(self.port, self._line)
            except _LINE_ERRORS as error:
                self._tell("absent" if _number(error) in _GONE else "error", error)
            else:
                retry_seconds = FIRST_RETRY_SECONDS
                self._listen_until_lost(serial)
            self._closing.wait(retry_seconds)
            retry_seconds = min(2 * retry_seconds, LONGEST_RETRY_SECONDS)

    def _listen_until_lost(self, serial: Serial) -> None:
        with self._lock:
            self._serial = serial
        self._tell("connected")
        try:
            while not self._closing.is_set():
                self._listen(serial, Decoder(self.profile))
        except _LINE_ERRORS as error:
            self._tell("absent", error)
        finally:
            with self._lock:
                self._serial = None
            with suppress(*_LINE_ERRORS):  # what is lost may fail to close
                serial.close()

    def _listen(self, serial: Serial, decoder: Decoder) -> None:
        """Hear the port by one profile, until that changes or the reader closes; raises when the port is lost."""
        while decoder.profile is self.profile and not self._closing.is_set():
            data = _read(serial, decoder)
            for event in decoder.feed(data, time.monotonic_ns() // 1_000_000):
                self._call(self._on_event, event)
            if reply := decoder.take_reply():
                serial.write(reply)

    def _tell(self, state: ReaderState, error: Exception | None = None) -> None:
        if state == self._told:
            return
        self.state = self._told = state
        _log.info("reader_state", reader=self.id, state=state, reason=_reason(error))
        self._call(self._on_state, state)

    def _call(self, callback: Callable[[str, T], None], value: T) -> None:
        """Call back from the outermost edge of this thread: what fails there must not silence the reader."""
        try:
            callback(self.id, value)
        except Exception as error:  # noqa: BLE001 # see above; only the type is logged, a text could hold a number
            _log.error("reader_callback_failed", reader=self.id, error=type(error).__name__)


def _open(port: str, line: LineSettings) -> Serial:
    return serial_for_url(
        port,
        baudrate=line.baud_rate,
        bytesize=line.data_bits,
        parity=line.parity,
        stopbits=line.stop_bits,
        write_timeout=WRITE_SECONDS,
        exclusive=True,
    )


def _read(serial: Serial, decoder: Decoder) -> bytes:
    """Wait for bytes and give all that are there; none when the decoder's silence is over or the wait was cancelled."""
    timeout = (decoder.quiet_ms + 1) / 1000 if decoder.is_waiting else None
    if not _is_wakeable(serial):
        timeout = min(timeout or UNWAKEABLE_SECONDS, UNWAKEABLE_SECONDS)
    if serial.timeout != timeout:
        serial.timeout = timeout
    first: bytes = serial.read(1)
    rest: bytes = serial.read(min(serial.in_waiting, MOST_BYTES_A_READ)) if first else b""
    return first + rest


def _is_wakeable(serial: Serial) -> bool:
    """Say whether another thread can end a read; not so on network ports."""
    return hasattr(serial, "cancel_read")


def _reason(error: Exception | None) -> str | None:
    """Name an error for the log by its number or its type; its text belongs to others."""
    return errno.errorcode.get(_number(error) or 0, type(error).__name__) if error else None


def _number(error: Exception | None) -> int | None:
    number = getattr(error, "errno", None)
    return number if isinstance(number, int) else None
