import errno
import socket
import termios

import pytest
from serial import SerialException, serial_for_url

from devices.troubles import TROUBLES, PortAmbiguousError, trouble_of


@pytest.mark.parametrize(
    ("error", "cause", "state"),
    [
        (SerialException(errno.ENOENT, "x"), "gone", "absent"),
        (OSError(errno.EIO, "x"), "gone", "absent"),
        (SerialException(errno.EAGAIN, "x"), "held", "error"),
        (OSError(errno.EBUSY, "x"), "held", "error"),
        (PermissionError(errno.EACCES, "x"), "denied", "error"),
        (termios.error(errno.ENOTTY, "x"), "no-port", "error"),
        (SerialException("could not open port 'COM3': FileNotFoundError(2, 'x', None, 2)"), "gone", "absent"),
        (SerialException("could not open port 'COM3': PermissionError(13, 'x', None, 5)"), "held", "error"),
        (socket.gaierror(socket.EAI_NONAME, "x"), "unreachable", "absent"),
        (TimeoutError("x"), "unreachable", "absent"),
        (PortAmbiguousError("x"), "ambiguous", "error"),
        (ValueError("x"), "misnamed", "error"),
        (SerialException("x"), "failed", "error"),
    ],
)
def test_error_has_a_cause_and_a_state(error: Exception, cause: str, state: str) -> None:
    trouble = trouble_of(error)
    assert (trouble.cause, trouble.state) == (cause, state)


@pytest.mark.parametrize(
    ("port", "cause"), [("socket://127.0.0.1:1", "unreachable"), ("/dev/null", "no-port"), ("nonsense://x", "misnamed")]
)
def test_number_that_pyserial_hides_is_found(port: str, cause: str) -> None:
    with pytest.raises((SerialException, ValueError)) as failed:
        serial_for_url(port)
    assert trouble_of(failed.value).cause == cause


def test_every_trouble_says_what_to_do_once() -> None:
    assert len({trouble.cause for trouble in TROUBLES}) == len({trouble.words for trouble in TROUBLES}) == len(TROUBLES)
