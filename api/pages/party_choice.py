"""A party as a person names it in a form: by its number, or by a name that fits one alone."""

from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.forms import Problem, WrongError
from api.pages.words import mark
from crm.parties.listing import find_people, load_names

MOST_NAMED = 5


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
