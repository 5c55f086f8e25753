"""A party as a person names it in a form or a filter: by its number, or by a name that fits one alone."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode

from litestar.exceptions import ClientException
from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.forms import Problem, WrongError
from api.pages.queries import text, whole_number
from api.pages.renderer import Call, database_of
from api.pages.search import may_stand_in_address
from api.pages.words import mark
from crm.parties.listing import find_people, load_names

MOST_NAMED = 5
NOBODY: Final = 0
"""Whom a filter means that names nobody, or several."""


def read_number(typed: str) -> int | None:
    """Read the number of a party such as #17, with its name behind it or without; None for no number."""
    number = typed.removeprefix("#").split(" ")[0]
    is_number = typed.startswith("#") and number.isascii() and number.isdigit()
    return int(number) if is_number else None


async def find_named_party(connection: AsyncConnection, typed: str) -> int | None:
    """Find who is meant by a number such as #17, or by a name that fits one alone. Raises WrongError."""
    if not typed:
        return None
    if (number := read_number(typed)) is not None:
        return number
    ids = await find_people(connection, typed)
    if len(ids) == 1:
        return ids[0]
    if not ids:
        raise WrongError(Problem(mark("There is no such person or organisation.")))
    names = await load_names(connection, ids[:MOST_NAMED])
    several = ", ".join(f"#{one} {names[one]}" for one in ids[:MOST_NAMED])
    raise WrongError(Problem(mark("Several fit: write one of %(names)s."), {"names": several}))


def read_party(typed: str) -> int:
    """Read whom a filter means; nobody until a name in it is settled."""
    try:
        return whole_number(typed)
    except ValueError:
        return NOBODY


async def settle_parties(call: Call, fields: Sequence[str]) -> str | Mapping[str, Problem]:
    """Settle whom the fields of a filter name, of parties.

    Gives the address that has their identifiers if one was named otherwise, or what is wrong with a field; nothing
    where all is settled. Raises ClientException.
    """
    found: dict[str, str] = {}
    problems: dict[str, Problem] = {}
    for name in fields:
        typed = text(call, name)
        if not typed or read_party(typed) != NOBODY:
            continue
        if read_number(typed) is None and not may_stand_in_address(typed):
            raise ClientException("a number does not stand in an address")
        try:
            found[name] = str(await database_of(call).run(find_named_party, typed))
        except WrongError as error:
            problems[name] = error.problem
    if problems or not found:
        return problems
    pairs = [(name, found.get(name, value)) for name, value in parse_qsl(call.scope["query_string"].decode())]
    return f"{call.scope['path']}?{urlencode(pairs)}"
