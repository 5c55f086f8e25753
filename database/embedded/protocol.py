"""Asks a PostgreSQL over its unix socket whether it is ready, with the start-up packet of its protocol (version 3).

Key idea: only the server itself can tell "starting" (SQLSTATE 57P03) from ready; files and open sockets cannot. Refuses
to do anything else with the protocol: queries belong to a driver.
"""

import socket
import struct
from collections.abc import Callable
from pathlib import Path

from database.embedded.errors import EmbeddedPostgresError

PORT = 5432
USER = "postgres"
DATABASE = "tallycard"
ANSWER_SECONDS = 10.0

_NOT_READY = "57P03"
_PROTOCOL_3 = 196608


def socket_file(folder: Path) -> Path:
    """File of the server's socket in its socket folder."""
    return folder / f".s.PGSQL.{PORT}"


def ask_version(folder: Path) -> str | None:
    """Version of the server that is ready behind the socket folder; None while there is none or it is not ready.

    Raises EmbeddedPostgresError when the server is there and refuses us, for that does not pass by waiting.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ANSWER_SECONDS)
        try:
            connection.connect(str(socket_file(folder)))
            connection.sendall(_startup_packet())
            with connection.makefile("rb") as stream:
                return _read_version(stream.read, folder)
        except (FileNotFoundError, ConnectionError, TimeoutError, BlockingIOError):  # the last: a queue that is full
            return None


def _startup_packet() -> bytes:
    words = f"user\0{USER}\0database\0{DATABASE}\0application_name\0tallycard launcher\0\0".encode()
    return struct.pack("!ii", len(words) + 8, _PROTOCOL_3) + words


def _read_version(read: Callable[[int], bytes], folder: Path) -> str | None:
    version = None
    while len(header := read(5)) == 5:  # noqa: PLR2004 - a letter and the length of what follows, counted with itself
        kind, length = struct.unpack("!ci", header)
        body = read(length - 4)
        if kind == b"E":
            _raise_unless_starting(body, folder)
            return None
        if kind == b"R" and struct.unpack_from("!i", body)[0] != 0:
            raise EmbeddedPostgresError(f"PostgreSQL in {folder} asks for a password: its pg_hba.conf is not ours")
        if body.startswith(b"server_version\0"):
            version = body.split(b"\0")[1].decode().split()[0]
        if kind == b"Z":
            return version
    return None


def _raise_unless_starting(body: bytes, folder: Path) -> None:
    fields = {field[:1]: field[1:].decode(errors="replace") for field in body.split(b"\0") if field}
    if fields.get(b"C") != _NOT_READY:
        raise EmbeddedPostgresError(f"PostgreSQL in {folder} refuses us: {fields.get(b'M', 'without a reason')}")
