"""Servers that are no help: real sockets that never answer, answer one byte at a time, hang up, or talk nonsense."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

STOP_SECONDS = 10
BYTE_SECONDS = 0.2


def _never(_: socket.socket, stopping: threading.Event) -> None:
    stopping.wait()


def _byte_by_byte(connection: socket.socket, stopping: threading.Event) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b" " * 1_000:
        if stopping.wait(BYTE_SECONDS):
            return
        connection.sendall(bytes((byte,)))


def _hang_up(connection: socket.socket, _: threading.Event) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def _cut_short(connection: socket.socket, _: threading.Event) -> None:
    connection.recv(65_536)
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"receipt_uid":')


def _login_page(connection: socket.socket, _: threading.Event) -> None:
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>")


BEHAVIOURS: dict[str, Callable[[socket.socket, threading.Event], None]] = {
    "never": _never,
    "byte by byte": _byte_by_byte,
    "hang up": _hang_up,
    "cut short": _cut_short,
    "login page": _login_page,
}


@contextmanager
def hostile_server(url: str, behaviour: str) -> Iterator[None]:
    """Behave so at an address."""
    stopping = threading.Event()
    listener = socket.create_server(("127.0.0.1", int(url.rsplit(":", 1)[1])))
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            BEHAVIOURS[behaviour](connection, stopping)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=serve, args=(connection,)))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield
    finally:
        stopping.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in [accepting, *threads]:
            thread.join(STOP_SECONDS)


__all__ = ["BEHAVIOURS", "hostile_server"]
