"""Setting a till up: a code from the back office becomes the till's files.

The key idea: the code is worth one redemption and a short time; what comes for it (the till's token) is written to a
file of its own that only the till's user can read, and nothing that exists is written over. From the token the key of
the card snapshot is derived, so that no further secret is handed over.
"""

import os
from pathlib import Path
from typing import Final

import httpx
import msgspec
from msgspec import Struct, json

from pos_adapter.answers import Problem
from pos_adapter.private_files import FileError
from pos_adapter.protocol import Redemption
from pos_adapter.upstream import system_trust

TOKEN_FILE: Final = "server.token"  # noqa: S105 # the name of a file, not a token
REDEEM_SECONDS: Final = 20


class EnrollingError(Exception):
    """A till that could not be set up; the message says what to do."""


class Enrolled(Struct, frozen=True):
    """What a till gets for its code; `own_prefixes` are the heads of all series' card numbers."""

    token: str
    store: str
    till: str
    own_prefixes: list[str]


def enrol(server: str, code: str, *, config: Path) -> Enrolled:
    """Redeem a code and write `till.toml` and the token file beside it.

    Raises EnrollingError where the server refuses the code or cannot be reached, FileError for a file that exists.
    """
    token_file = config.parent / TOKEN_FILE
    for path in (config, token_file):
        if path.exists():
            raise FileError(f"{path} is there already: this till is set up; move the file away to set it up anew")
    enrolled = _redeem(server, code)
    _write(token_file, f"{enrolled.token}\n")
    _write(config, _file_of(server, enrolled))
    return enrolled


def _redeem(server: str, code: str) -> Enrolled:
    try:
        answer = httpx.post(
            f"{server.rstrip('/')}/v1/enrolments/redeem",
            content=json.encode(Redemption(code=code)),
            headers={"Content-Type": "application/json"},
            timeout=REDEEM_SECONDS,
            trust_env=False,
            verify=system_trust(),
        )
    except (httpx.RequestError, httpx.InvalidURL) as error:
        raise EnrollingError(f"the server {server} does not answer ({type(error).__name__})") from error
    try:
        if answer.is_success:
            return json.decode(answer.content, type=Enrolled)
        problem = json.decode(answer.content, type=Problem)
    except msgspec.MsgspecError as error:
        raise EnrollingError(
            f"{server} is no Tallycard server, or of another version ({answer.status_code})"
        ) from error
    raise EnrollingError(f"the server refused the code: {problem.detail}")


def _file_of(server: str, enrolled: Enrolled) -> str:
    """Write a till.toml; a string of JSON is one of TOML."""
    fields = {
        "server": server.rstrip("/"),
        "store": enrolled.store,
        "till": enrolled.till,
        "token_file": TOKEN_FILE,
        "own_prefixes": enrolled.own_prefixes,
    }
    lines = [f"{name} = {json.encode(value).decode()}" for name, value in fields.items()]
    return "\n".join([*lines, "", "# Readers: see docs/operations.md", ""])


def _write(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise FileError(f"{path} cannot be made: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
