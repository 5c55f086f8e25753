"""A reader that types like a keyboard, on Linux: taken away from all other programs and heard as a line.

The key idea: the same four verbs as a serial line, so that what is typed goes the way of every reading, and a bank card
swiped by a keyboard reader is refused before any window sees a digit. `port` is the device below
`/dev/input/by-id/`, with the layout the reader is set to behind a `?`: `...-event-kbd?layout=de`; without one American.

Extra `evdev`, which compiles. It holds the device for itself (EVIOCGRAB) as long as it is open.
"""

import select
from contextlib import suppress
from typing import Final, get_args

import evdev

from devices.keyboard import Layout, Typing
from devices.lines import UNWAKEABLE_SECONDS, Line
from devices.model import LineSettings

_LAYOUT: Final = "?layout="


def open_keyboard(port: str, settings: LineSettings) -> Line:  # noqa: ARG001 # a keyboard has none
    """Open an input device for us alone. Raises OSError, or ValueError for a layout that is not known."""
    path, _, layout = port.partition(_LAYOUT)
    found = next((known for known in get_args(Layout) if known == (layout or "us")), None)
    if found is None:
        raise ValueError(f"no layout {layout!r}; known are {', '.join(get_args(Layout))}")
    device = evdev.InputDevice(path)
    try:
        device.grab()
    except OSError:
        device.close()
        raise
    return _KeyboardLine(device, Typing(found))


class _KeyboardLine:
    """A keyboard that only we hear."""

    def __init__(self, device: evdev.InputDevice, typing: Typing) -> None:
        self._device = device
        self._typing = typing

    def read(self, seconds: float | None) -> bytes:
        """Wait for keys and give what they type; characters that are not ASCII become the noise that they are."""
        ready, _, _ = select.select([self._device.fd], [], [], min(seconds or UNWAKEABLE_SECONDS, UNWAKEABLE_SECONDS))
        if not ready:
            return b""
        keys = (event for event in self._device.read() if event.type == evdev.ecodes.EV_KEY)
        return "".join(self._typing.press(key.code, key.value) for key in keys).encode("latin-1", errors="replace")

    def write(self, data: bytes) -> None:
        """Do nothing: a keyboard is not answered."""

    def wake(self) -> None:
        """Do nothing: the wait ends soon."""

    def close(self) -> None:
        """Give the device back."""
        with suppress(OSError):  # what is unplugged has nothing to give back
            self._device.ungrab()
        with suppress(OSError):
            self._device.close()
