"""A serial line as a reader's thread needs it: wait for bytes, answer, be woken, be closed.

The key idea: four verbs are all that a transport must do, so that another library, or a keyboard, is one small class.
pyserial opens device paths and the network ports `socket://` and `rfc2217://`. A port is opened for us alone: by the
lock that pyserial asks for, which binds those who ask too, and by TIOCEXCL, which keeps out all but root.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from serial import Serial, serial_for_url

from devices.model import LineSettings
from devices.ports import resolve

WRITE_SECONDS: Final = 1.0
UNWAKEABLE_SECONDS: Final = 0.25
MOST_BYTES_A_READ: Final = 4096

_RFC2217: Final = "rfc2217://"

# pyserial raises SerialException (an OSError) on a lost line, but lets some errors of the system through as they are;
# a network port that is closed under a reading thread fails with a TypeError inside, one that cannot do what is asked
# of it with a NotImplementedError.
if sys.platform == "win32":
    LINE_ERRORS: Final = (OSError, ValueError, TypeError, NotImplementedError)
else:
    import fcntl
    import termios

    LINE_ERRORS: Final = (OSError, ValueError, TypeError, NotImplementedError, termios.error)


class Line(Protocol):
    """An open line. All but `wake` are called from one thread."""

    def read(self, seconds: float | None) -> bytes:
        """Wait for bytes and give all that are there; none when the time is over or the wait was woken.

        None waits for ever. A line that cannot be woken ends every wait after `UNWAKEABLE_SECONDS`. Raises one of
        `LINE_ERRORS` when the line is lost.
        """

    def write(self, data: bytes) -> None:
        """Send bytes to the reader. Raises one of `LINE_ERRORS`, after `WRITE_SECONDS` at the latest."""

    def wake(self) -> None:
        """End the wait of `read`, from another thread."""

    def close(self) -> None:
        """Let go of the port; what is lost already is closed too."""


OpenLine = Callable[[str, LineSettings], Line]


def open_pyserial(port: str, settings: LineSettings) -> Line:
    """Open a device path, `VID:PID[:serial]` or a URL of pyserial for us alone. Raises one of `LINE_ERRORS`."""
    serial = serial_for_url(
        resolve(port),
        baudrate=settings.baud_rate,
        bytesize=settings.data_bits,
        parity=settings.parity,
        stopbits=settings.stop_bits,
        write_timeout=None if port.startswith(_RFC2217) else WRITE_SECONDS,  # it waits no longer by itself
        exclusive=True,
    )
    return _PyserialLine(serial)


def overheard(open_line: OpenLine, hear: Callable[[bytes], None]) -> OpenLine:
    """Open lines as before, and let `hear` have all that comes, from the thread that reads."""

    def open_it(port: str, settings: LineSettings) -> Line:
        return _OverheardLine(open_line(port, settings), hear)

    return open_it


class _OverheardLine:
    """A line that somebody listens to."""

    def __init__(self, line: Line, hear: Callable[[bytes], None]) -> None:
        self._line = line
        self._hear = hear
        self.write = line.write
        self.wake = line.wake
        self.close = line.close

    def read(self, seconds: float | None) -> bytes:
        """Wait for bytes, and pass them on twice."""
        data = self._line.read(seconds)
        self._hear(data)
        return data


class _PyserialLine:
    """A port of pyserial."""

    def __init__(self, serial: Serial) -> None:
        self._serial = serial
        self._is_wakeable = hasattr(serial, "cancel_read")  # not so on network ports
        _keep_others_out(serial, is_ours=True)

    def read(self, seconds: float | None) -> bytes:
        """Wait for the first byte, then take what came with it."""
        if not self._is_wakeable:
            seconds = UNWAKEABLE_SECONDS if seconds is None else min(seconds, UNWAKEABLE_SECONDS)
        if self._serial.timeout != seconds:
            self._serial.timeout = seconds
        first: bytes = self._serial.read(1)
        rest: bytes = self._serial.read(min(self._serial.in_waiting, MOST_BYTES_A_READ)) if first else b""
        return first + rest

    def write(self, data: bytes) -> None:
        """Send bytes to the reader."""
        self._serial.write(data)

    def wake(self) -> None:
        """End the wait of `read`."""
        if self._is_wakeable:
            self._serial.cancel_read()

    def close(self) -> None:
        """Let go of the port."""
        with suppress(*LINE_ERRORS):  # what is lost may fail to close
            _keep_others_out(self._serial, is_ours=False)
            self._serial.close()


def _keep_others_out(serial: Serial, *, is_ours: bool) -> None:
    """Set or clear TIOCEXCL, which outlives a closed descriptor where another program keeps the terminal open."""
    if sys.platform == "win32":
        return  # a port is exclusive there anyhow
    with suppress(OSError, AttributeError):  # a network port is no terminal
        fcntl.ioctl(serial.fd, termios.TIOCEXCL if is_ours else termios.TIOCNXCL)
