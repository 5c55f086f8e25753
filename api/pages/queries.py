"""What stands in the address of a page, read strictly: whatever is not understood is a bad request and no guess."""

from collections.abc import Callable, Collection
from datetime import date
from typing import TypeAlias, TypeVar
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from litestar.exceptions import ClientException

from api.pages.renderer import Call
from database.keyset import Key, Place

T = TypeVar("T")
Kind: TypeAlias = type[int | date | UUID]

MOST_LENGTH = 200
_MOST_KEY_DIGITS = 18


def text(call: Call, name: str) -> str:
    """Give a field of the address without blanks around it, empty if it is not there. Raises ClientException."""
    value = call.query_params.get(name, "").strip()
    if len(value) > MOST_LENGTH or "\0" in value:
        raise ClientException(f"{name} is too long or holds what is no text")
    return value


def choice(call: Call, name: str, read: Callable[[str], T]) -> T | None:
    """Give a field of the address as a value, None if it is empty. Raises ClientException."""
    value = text(call, name)
    if not value:
        return None
    try:
        return read(value)
    except (ValueError, KeyError) as error:
        raise ClientException(f"{name} is none that this page knows") from error


def place(call: Call, *kinds: Kind) -> Place | None:
    """Give where a page of a list begins: `older=` or `newer=` and a key of these kinds. Raises ClientException."""
    for name in ("older", "newer"):
        key = choice(call, name, lambda value: _read_key(value, kinds))
        if key is not None:
            return Place(key, is_towards_newer=name == "newer")
    return None


def place_link(path: str, fields: dict[str, str], where: Place | None) -> str | None:
    """Give the address of a neighbouring page with the same filter; None where there is no such page."""
    if where is None:
        return None
    return link(path, fields | {"newer" if where.is_towards_newer else "older": "_".join(map(str, where.key))})


def link(path: str, fields: dict[str, str]) -> str:
    """Give an address with its fields; empty ones are left out."""
    filled = {name: value for name, value in fields.items() if value}
    return f"{path}?{urlencode(filled)}" if filled else path


def keep_fields(query: str, names: Collection[str]) -> str:
    """Give of a query the fields of these names alone, without empty ones."""
    return urlencode([pair for pair in parse_qsl(query.removeprefix("?")) if pair[0] in names])


def _read_key(value: str, kinds: tuple[Kind, ...]) -> Key:
    parts = value.split("_")
    return tuple(_read_part(part, kind) for part, kind in zip(parts, kinds, strict=True))


def _read_part(part: str, kind: Kind) -> int | date | UUID:
    if issubclass(kind, UUID):
        return UUID(part)
    if issubclass(kind, date):
        return date.fromisoformat(part)
    return whole_number(part)


def whole_number(value: str) -> int:
    """Read a whole number of plain digits. Raises ValueError."""
    if not (value.isascii() and value.isdigit() and len(value) <= _MOST_KEY_DIGITS):
        raise ValueError("no whole number")
    return int(value)
