"""Places in a text that each recipient's own data fill: `{{ first_name }}`, `{{ tier | default("Silver") }}`. Pure.

Key idea: the grammar is Jinja's, its machinery is not. A text is parsed once into pieces, plain text and places, and
whatever else Jinja knows, an expression, a call, an attribute, a loop, is refused with its line. So there is nothing
that a text could run, and filling a message is joining strings.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from jinja2 import Environment, TemplateSyntaxError, nodes
from msgspec import Struct

from crm.mailings.errors import ContentRefusedError

UNSUBSCRIBE_URL: Final = "unsubscribe_url"
UNSUBSCRIBE_WORD: Final = "unsubscribe_word"
PAGE_URL: Final = "page_url"
"""The link to the recipient's own page: whoever has it needs no password, so no file may give another one."""
PLACES: Final = (
    "name",
    "first_name",
    "salutation",
    "card",
    "tier",
    "balance",
    "turnover",
    "points",
    PAGE_URL,
    UNSUBSCRIBE_URL,
    UNSUBSCRIBE_WORD,
)
"""All that a text may name; `card` is the last four digits."""
OURS: Final = frozenset({PAGE_URL, UNSUBSCRIBE_URL, UNSUBSCRIBE_WORD})
"""Places that the service alone fills."""
OWN: Final = "own_"
"""How a place begins that a column of an imported file fills."""
MOST_VALUE: Final = 300
_OWN: Final = re.compile(r"own_[a-z0-9_]{1,40}", re.ASCII)
_GRAMMAR: Final = Environment(keep_trailing_newline=True, autoescape=True)


class Place(Struct, frozen=True):
    """A place: whose value stands there, and what stands there without one."""

    name: str
    default: str = ""


Piece = str | Place
Pieces = tuple[Piece, ...]


def parse(source: str, *, field: str) -> Pieces:
    """Parse a text into pieces. Raises ContentRefusedError that names the field and the line."""
    try:
        parsed = _GRAMMAR.parse(source)
    except TemplateSyntaxError as error:
        raise ContentRefusedError(f"line {error.lineno}: {error.message}", field=field) from error
    found: list[Piece] = []
    for node in parsed.body:
        if not isinstance(node, nodes.Output):
            raise ContentRefusedError(f"line {node.lineno}: only places like {{{{ name }}}} are filled", field=field)
        found += [_piece(part, field) for part in node.nodes]
    return tuple(piece for piece in found if piece)


def is_own(name: str) -> bool:
    """Tell whether a place is one that an imported file fills."""
    return _OWN.fullmatch(name) is not None


def places_of(pieces: Sequence[Piece]) -> frozenset[str]:
    """Name the places of a text."""
    return frozenset(piece.name for piece in pieces if isinstance(piece, Place))


def fill(pieces: Sequence[Piece], values: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
    """Fill the places of a text with a recipient's values; the plain text stays as it is."""
    return "".join(piece if isinstance(piece, str) else escape(value_of(piece, values)) for piece in pieces)


def value_of(place: Place, values: Mapping[str, str]) -> str:
    """Give what stands in a place: one line without controls, whatever the value holds."""
    return one_line(values.get(place.name) or place.default)


def one_line(value: str) -> str:
    """Make one line of a value: controls, line ends and marks that hide or turn text become blanks."""
    if value.isprintable():
        return value[:MOST_VALUE]
    plain = "".join(" " if _is_hidden(one) else one for one in value[:MOST_VALUE])
    return " ".join(plain.split())


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def _piece(node: nodes.Node, field: str) -> Piece:
    match node:
        case nodes.TemplateData(data=data):
            return str(data)
        case nodes.Name(name=name) if name in PLACES or is_own(name):
            return Place(name)
        case nodes.Filter(node=nodes.Name(name=name), name="default", args=[nodes.Const(value=str(default))]) if (
            name in PLACES or is_own(name)
        ) and not node.kwargs:
            return Place(name, one_line(default))
        case nodes.Name(name=name):
            raise ContentRefusedError(f"line {node.lineno}: there is no {name}", field=field)
        case _:
            raise ContentRefusedError(f"line {node.lineno}: only places like {{{{ name }}}} are filled", field=field)
