"""A line of serialx, a younger library, for who has trouble with pyserial: extra `serialx`, `library = "serialx"`.

The key idea: the same four verbs. A wait of serialx cannot be woken, so that it ends by itself every
`UNWAKEABLE_SECONDS`. Its log of bytes is shut, for it would show card numbers.
"""

import logging
from contextlib import suppress
from typing import Final

from serialx import BaseSerial, SerialException, serial_for_url

from devices.lines import LINE_ERRORS, MOST_BYTES_A_READ, UNWAKEABLE_SECONDS, WRITE_SECONDS, Line
from devices.model import LineSettings
from devices.ports import resolve

_OWN_ERRORS: Final = (SerialException, EOFError)


def open_serialx(port: str, settings: LineSettings) -> Line:
    """Open a device path, `VID:PID[:serial]` or a URL of serialx for us alone. Raises one of `LINE_ERRORS`."""
    logging.getLogger("serialx").setLevel(logging.WARNING)
    try:
        serial = serial_for_url(
            resolve(port),
            baudrate=settings.baud_rate,
            byte_size=settings.data_bits,
            parity=settings.parity,
            stopbits=settings.stop_bits,
            exclusive=True,
        )
        serial.open()
    except _OWN_ERRORS as error:
        raise OSError from error
    return _SerialxLine(serial)


class _SerialxLine:
    """A port of serialx."""

    def __init__(self, serial: BaseSerial) -> None:
        self._serial = serial
        self._room = bytearray(MOST_BYTES_A_READ)

    def read(self, seconds: float | None) -> bytes:
        """Wait for what comes."""
        try:
            size = self._serial.readinto(self._room, timeout=min(seconds or UNWAKEABLE_SECONDS, UNWAKEABLE_SECONDS))
        except TimeoutError:
            return b""
        except _OWN_ERRORS as error:
            raise OSError from error
        data = bytes(self._room[:size])
        self._room[:size] = bytes(size)
        return data

    def write(self, data: bytes) -> None:
        """Send bytes to the reader."""
        try:
            self._serial.write(data, timeout=WRITE_SECONDS)
        except _OWN_ERRORS as error:
            raise OSError from error

    def wake(self) -> None:
        """Do nothing: the wait ends soon."""

    def close(self) -> None:
        """Let go of the port."""
        with suppress(*LINE_ERRORS, *_OWN_ERRORS):  # what is lost may fail to close
            self._serial.close()
