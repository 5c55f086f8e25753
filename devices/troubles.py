"""Why a port cannot be opened or was lost, in words for the person at the till.

The key idea: the system's error number decides, wherever a library hid it, and each cause has one sentence that says
what to do. A reader that is not there is `absent`, for it may come by itself; all else is an `error`, which waits for a
hand. An error's own text is never passed on: it belongs to others and could hold anything.
"""

import errno
import socket
from typing import Final, Literal

from msgspec import Struct

Cause = Literal["gone", "held", "denied", "no-port", "unreachable", "ambiguous", "misnamed", "failed"]


class Trouble(Struct, frozen=True):
    """A cause, whether it may pass by itself, and what to do about it."""

    cause: Cause
    state: Literal["absent", "error"]
    words: str


class PortAmbiguousError(OSError):
    """Several devices bear the name of a port."""


GONE: Final = Trouble("gone", "absent", "no such device is plugged in; it is used as soon as it comes")
TROUBLES: Final = (
    GONE,
    Trouble("held", "error", "another program has this port open; close that program, or give the reader another port"),
    Trouble("denied", "error", "this account may not open the port; on Linux add it to the group of the device"),
    Trouble("no-port", "error", "this is no serial port"),
    Trouble("unreachable", "absent", "the serial server does not answer; look at its address, power and cable"),
    Trouble("ambiguous", "error", "several devices bear this name; name the port by its serial number or by-path"),
    Trouble("misnamed", "error", "this names no port: a device, VID:PID, VID:PID:serial, socket:// or rfc2217://"),
    Trouble("failed", "error", "the line failed; pull the plug and put it in again"),
)
_BY_CAUSE: Final = {trouble.cause: trouble for trouble in TROUBLES}

_CAUSES: Final[dict[int, Cause]] = {
    errno.ENOENT: "gone", errno.ENODEV: "gone", errno.ENXIO: "gone", errno.EIO: "gone",
    errno.EAGAIN: "held", errno.EBUSY: "held",
    errno.EACCES: "denied", errno.EPERM: "denied",
    errno.ENOTTY: "no-port", errno.EISDIR: "no-port", errno.EINVAL: "no-port",
    errno.ECONNREFUSED: "unreachable", errno.ECONNRESET: "unreachable", errno.ETIMEDOUT: "unreachable",
    errno.EHOSTUNREACH: "unreachable", errno.ENETUNREACH: "unreachable", errno.EHOSTDOWN: "unreachable",
}  # fmt: skip
# On Windows pyserial gives the system's error only as text; a port that is held cannot be told from a forbidden one.
_WINDOWS_CAUSES: Final[dict[str, Cause]] = {"FileNotFoundError(2": "gone", "PermissionError(13": "held"}


def trouble_of(error: BaseException) -> Trouble:
    """Name the trouble behind an error of opening or reading a port."""
    return _BY_CAUSE[_cause(error)]


def _cause(error: BaseException) -> Cause:
    if isinstance(error, PortAmbiguousError):
        return "ambiguous"
    hidden: BaseException | None = error
    while hidden is not None:
        if isinstance(hidden, socket.gaierror | TimeoutError):
            return "unreachable"
        if (number := _number(hidden)) in _CAUSES:
            return _CAUSES[number]
        hidden = hidden.__cause__ or hidden.__context__
    told = (cause for words, cause in _WINDOWS_CAUSES.items() if words in str(error))
    return next(told, "misnamed" if isinstance(error, ValueError) else "failed")


def _number(error: BaseException) -> int:
    """Give the system's number of an error; termios keeps it as its first argument. 0 for none."""
    candidates = (getattr(error, "errno", None), *error.args[:1])
    return next((number for number in candidates if isinstance(number, int)), 0)
