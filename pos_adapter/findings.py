"""What a look at an installation finds: each thing that was looked at, how it is, and what mends it. Pure values."""

from typing import Literal

from msgspec import Struct

How = Literal["well", "look", "broken"]
"""In order; who wants to be looked at soon does not stop anything yet, what is broken does or will."""


class Finding(Struct, frozen=True):
    """One thing that was looked at: `where` it is, `what` is so, and for what is not well how to `mend` it."""

    how: How
    where: str
    what: str
    mend: str = ""


def well(where: str, what: str) -> Finding:
    """Say that a thing is as it should be."""
    return Finding("well", where, what)


def look(where: str, what: str, mend: str) -> Finding:
    """Say that somebody should look at a thing soon."""
    return Finding("look", where, what, mend)


def broken(where: str, what: str, mend: str) -> Finding:
    """Say that a thing has to be mended."""
    return Finding("broken", where, what, mend)
