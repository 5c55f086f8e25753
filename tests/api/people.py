"""People of the back office as tests want them: made in the table, signed in over HTTP."""

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx
from sqlalchemy import event

from api.auth.model import UserRole
from api.auth.passwords import hash_password
from api.auth.users import create_user
from database.engine import Database
from tests.conftest import ACT

LOGIN, PASSWORD = "nora", "correct horse battery"
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


async def add_person(database: Database, *, login: str = LOGIN, role: UserRole = "clerk") -> int:
    """Make a user and give the identifier."""
    hashed = hash_password(PASSWORD)
    return await database.run(create_user, login=login, name="Nora Lindqvist", role=role, password_hash=hashed, act=ACT)


async def sign_in(http: httpx.AsyncClient, *, login: str = LOGIN, password: str = PASSWORD) -> httpx.Response:
    """Send the sign-in form; the client keeps the cookie."""
    return await http.post("/sign-in", data={"login": login, "password": password, "next": "/cards"})


async def csrf_token(http: httpx.AsyncClient) -> str:
    """Read a token from a page as its forms would send it."""
    return csrf_token_of(await http.get("/cards"))


def csrf_token_of(answer: httpx.Response) -> str:
    """Read the first token of a page."""
    found = _CSRF.search(answer.text)
    assert found is not None, answer.text
    return found[1]


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collect the statements that a database runs meanwhile."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        found.append(statement)

    engine = database._engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def send(http: httpx.AsyncClient, path: str, fields: Mapping[str, str | list[str]]) -> httpx.Response:
    """Send a form as a page of the session would; a field may have several values."""
    return await http.post(path, data={"csrf": await csrf_token(http), **fields})


async def fill(http: httpx.AsyncClient, path: str, fields: Mapping[str, str | list[str]]) -> httpx.Response:
    """Open the page of a form and send it filled, with what the page hid in it."""
    return await http.post(path, data={**hidden(await http.get(path)), **fields})


def hidden(page: httpx.Response) -> dict[str, str]:
    """Read what a page hid in its forms."""
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(page.text)}
