"""Readers that are not there: pseudo-terminals that send as real readers do, for demonstrations and tests.

The key idea: a till's reader thread cannot tell the difference. Bytes leave one by one at the pace of a real line, or
gathered as USB adapters do, the port is a path that stays the same while the device behind it comes and goes (as
`/dev/serial/by-id`), and pulling the plug is a hangup. POSIX only. It knows no decoder and checks nothing: what is sent
may be as wrong as a test needs.

    with SimulatedReader() as scanner:
        print(scanner.port)
        scanner.scan("2000000000015")
"""

import os
import select
import tty
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event as Signal
from typing import Final, Self

BAUD_RATE: Final = 9600
BITS_A_BYTE: Final = 10  # start, eight of data, stop
USB_ADAPTER_SECONDS: Final = 0.016  # the latency timer of FTDI adapters as they come
LINE_FULL_SECONDS: Final = 5.0
CARRIAGE_RETURN: Final = b"\r"

_PORT_NAME: Final = "reader"
_MOST_BYTES_HEARD: Final = 4096


class SimulatorError(OSError):
    """The line cannot take a byte: nobody has listened for long, or the reader is unplugged."""


class SimulatedReader:
    """One reader on a line of its own, plugged in on entry.

    `port` is what a `Reader` opens. Sending blocks as long as a real line takes, 1.04 ms a byte at 9600 baud;
    `baud_rate` 0 sends at once. With `gather_seconds` the bytes of that time arrive together. What is sent while no
    program has the port open is lost when one opens it.
    """

    def __init__(self, *, baud_rate: int = BAUD_RATE, gather_seconds: float = 0.0) -> None:
        self._byte_seconds = BITS_A_BYTE / baud_rate if baud_rate else 0.0
        self._gathered = max(1, int(gather_seconds * baud_rate / BITS_A_BYTE))
        self._folder = TemporaryDirectory(prefix="tallycard-reader-")
        self._stopped = Signal()
        self._master: int | None = None
        self._slave: int | None = None
        self.port = str(Path(self._folder.name) / _PORT_NAME)

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def plug(self) -> None:
        """Connect the reader: the port comes to be. What is plugged in stays so."""
        if self._master is not None:
            return
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        Path(self.port).symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        """Pull the plug: the port is gone, and whoever has it open hears a hangup. Unread bytes are lost."""
        if self._master is None or self._slave is None:
            return
        Path(self.port).unlink()
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = None

    def close(self) -> None:
        """Unplug for good and remove the port; a sending thread ends with SimulatorError."""
        self._stopped.set()
        self.unplug()
        self._folder.cleanup()

    def send(self, data: bytes) -> None:
        """Send bytes as they are. Raises SimulatorError."""
        size = self._gathered if self._byte_seconds else max(1, len(data))
        for place in range(0, len(data), size):
            part = data[place : place + size]
            if self._byte_seconds and self._stopped.wait(self._byte_seconds * len(part)):
                raise SimulatorError(f"{self.port}: the reader was closed while it sent")
            self._put(part)

    def scan(self, text: str) -> None:
        """Scan a barcode as a scanner with profile `scanner-cr` does: its text and a carriage return."""
        self.send(text.encode("ascii") + CARRIAGE_RETURN)

    def swipe(self, *, track1: str | None = None, track2: str | None = None, track3: str | None = None) -> None:
        """Swipe a card as a reader with profile `msr-cr` does; tracks are given without their sentinels."""
        tracks = (("%", track1), (";", track2), ("+", track3))
        text = "".join(f"{sentinel}{track}?" for sentinel, track in tracks if track is not None)
        self.send(text.encode("ascii") + CARRIAGE_RETURN)

    def heard(self, seconds: float) -> bytes:
        """Give what the host sent to the reader, waiting up to `seconds` for the first of it."""
        if self._master is None:
            return b""
        ready, _, _ = select.select([self._master], [], [], seconds)
        return os.read(self._master, _MOST_BYTES_HEARD) if ready else b""

    def _put(self, data: bytes) -> None:
        while data:
            if self._master is None:
                raise SimulatorError(f"{self.port}: the reader is unplugged")
            _, ready, _ = select.select([], [self._master], [], LINE_FULL_SECONDS)
            if not ready:
                raise SimulatorError(f"{self.port}: nobody listened for {LINE_FULL_SECONDS} s")
            data = data[os.write(self._master, data) :]
