"""The two tokens of a till: what it shows the server, and what programs on its machine must show it.

The key idea: loopback is not trust. Any program of any user of the machine reaches the port, so that the right to call
is the right to read a file that belongs to the till's user alone. Tokens are never logged; no error holds one.
"""

import os
import re
import secrets
import stat
from pathlib import Path
from typing import Final

TOKEN_BYTES: Final = 32
SHORTEST_TOKEN: Final = 16
LONGEST_TOKEN: Final = 4_096


_TOKEN: Final = re.compile(rb"[!-~]{%d,%d}" % (SHORTEST_TOKEN, LONGEST_TOKEN))


class TokenError(Exception):
    """A token file that cannot serve; the message names the file and what to do."""


def load_token(path: Path) -> str:
    """Read a token: one line of visible ASCII, in a file that nobody but its owner can read. Raises TokenError."""
    try:
        with path.open("rb") as file:
            _refuse_readable_by_others(path, os.fstat(file.fileno()).st_mode)
            content = file.read(LONGEST_TOKEN + 1)
    except OSError as error:
        raise TokenError(f"the token file {path} cannot be read: {error.strerror}") from error
    token = content.strip()
    if not _TOKEN.fullmatch(token):
        raise TokenError(f"the token file {path} holds no token: one line of {SHORTEST_TOKEN} characters or more")
    return token.decode("ascii")


def load_or_make_token(path: Path) -> str:
    """Read the token of this file, making one of 256 random bits for the till's user alone where there is none."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return load_token(path)
    except OSError as error:
        raise TokenError(f"the token file {path} cannot be made: {error.strerror}") from error
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{token}\n")
    return token


def is_token(shown: str, token: str) -> bool:
    """Compare in a time that tells nothing of the token."""
    return secrets.compare_digest(shown.encode(), token.encode())


def _refuse_readable_by_others(path: Path, mode: int) -> None:
    # Windows keeps rights elsewhere; there the folder of the till's user protects the file.
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise TokenError(f"the token file {path} can be read by others: chmod 600 {path}")
