"""A serial server: one reader's port on the network, raw (`socket://`) or by RFC 2217 with pyserial's own manager."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from serial import Serial
from serial.rfc2217 import PortManager

TICK_SECONDS: Final = 0.02


class PseudoPort(Serial):  # type: ignore[misc] # pyserial has no types
    """A pseudo-terminal as a port of pyserial: it has no modem lines, and whoever asks hears that they are down."""

    cts = dsr = ri = cd = False

    def _update_dtr_state(self) -> None:
        pass

    def _update_rts_state(self) -> None:
        pass


class SerialServer:
    """One port on the network; `url` is what a reader opens."""

    def __init__(self, device: str, *, scheme: str) -> None:
        self._serial = PseudoPort(device, timeout=TICK_SECONDS)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(TICK_SECONDS)
        self._connection: socket.socket | None = None
        self._manager: PortManager | None = None
        self._is_manager_wanted = scheme == "rfc2217"
        self._is_ended = threading.Event()
        self._is_served = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._take_from_network, self._take_from_port)]
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def baud_rate(self) -> int:
        """The speed that the port has now."""
        return int(self._serial.baudrate)

    def start(self) -> None:
        """Serve one connection after another."""
        for thread in self._threads:
            thread.start()

    def wait_for_client(self) -> None:
        """Wait until what comes from the port goes to somebody: a client is connected before it is served."""
        assert self._is_served.wait(20)

    def drop(self) -> None:
        """Cut the connection."""
        if self._connection is not None:
            self._connection.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """Serve no more."""
        self._is_ended.set()
        for thread in self._threads:
            thread.join(10)
        self._listener.close()
        self._serial.close()

    def write(self, data: bytes) -> None:
        """Send to the network; the manager's answers come by here too."""
        if self._connection is not None:
            self._connection.sendall(data)

    def _take_from_network(self) -> None:
        while not self._is_ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(TICK_SECONDS)
                self._connection = connection
                self._manager = PortManager(self._serial, self) if self._is_manager_wanted else None
                self._is_served.set()
                self._serve(connection)
                self._is_served.clear()
                self._connection = None

    def _serve(self, connection: socket.socket) -> None:
        while not self._is_ended.is_set():
            try:
                data = connection.recv(1024)
            except TimeoutError:
                continue
            except OSError:
                return
            if not data:
                return
            self._serial.write(b"".join(self._manager.filter(data)) if self._manager else data)

    def _take_from_port(self) -> None:
        while not self._is_ended.is_set():
            data = self._serial.read(1)
            data += self._serial.read(self._serial.in_waiting)
            if data:
                self.write(b"".join(self._manager.escape(data)) if self._manager else data)


@contextmanager
def serial_server(device: str, *, scheme: str) -> Iterator[SerialServer]:
    """Serve a port to the network."""
    server = SerialServer(device, scheme=scheme)
    server.start()
    try:
        yield server
    finally:
        server.stop()
