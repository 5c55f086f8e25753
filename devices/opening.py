"""Which library opens a reader's port: pyserial as a rule, others where they were installed.

The key idea: the others are extras of this distribution and are loaded when a reader asks for one, so that a till
without them starts as fast and needs nothing more.
"""

from importlib import import_module
from typing import Final, Literal, get_args

from devices.lines import OpenLine

Library = Literal["pyserial", "serialx", "evdev"]

LIBRARIES: Final[tuple[Library, ...]] = get_args(Library)
_OPENERS: Final[dict[Library, tuple[str, str]]] = {
    "pyserial": ("devices.lines", "open_pyserial"),
    "serialx": ("devices.serialx_line", "open_serialx"),
    "evdev": ("devices.keyboard_line", "open_keyboard"),
}


class LibraryMissingError(Exception):
    """A library that is not installed; the message says how to get it."""


def opener(library: Library) -> OpenLine:
    """Give what opens ports by a library. Raises LibraryMissingError."""
    module, function = _OPENERS[library]
    try:
        found: OpenLine = getattr(import_module(module), function)
    except ImportError as error:
        raise LibraryMissingError(f"{library} is not installed; install tallycard[{library}]") from error
    return found
