"""What an entry of a directory is and what it is called. Pure.

Key idea: a company's own words are rows, not code. An entry is named by a code that never changes, and called by names
that do; whoever keeps a word keeps its entry, so that a new name shows everywhere at once.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeVar, get_args

from msgspec import Struct

from crm.directories.errors import EntryRefusedError

T = TypeVar("T")
Directory = Literal[
    "legal_status",
    "relation",
    "responsibility",
    "group",
    "department",
    "project_kind",
    "request_source",
    "event_result",
]
PartyKind = Literal["person", "organisation"]

DIRECTORIES: Final[tuple[Directory, ...]] = get_args(Directory)
LANGUAGES: Final = ("en", "ru", "uk", "bg")
MOST_ENTRIES = 500
"""The entries of one directory, archived ones included, so that a list of choices stays a bounded read."""
MOST_NAME = 100
NATURAL_PERSON: Final = "natural_person"
LIMITED_COMPANY: Final = "limited_company"
NEEDED_STATUSES: Final = frozenset({NATURAL_PERSON, LIMITED_COMPANY})
"""The legal statuses that imports and new contact persons get; they are renamed, never put away."""

_CODE = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)


class Entry(Struct, frozen=True):
    """A word of a directory; `party_kind` is that of the parties of a legal status, None for either."""

    id: int
    directory: Directory
    code: str
    names: Mapping[str, str]
    position: int
    party_kind: PartyKind | None = None
    version: int = 1
    is_archived: bool = False

    def name(self, language: str) -> str:
        """Give what it is called in a language, else in another."""
        return name_in(self.names, language, self.code)


def name_in(names: Mapping[str, str], language: str, code: str) -> str:
    """Give a name in a language, else in the first one that has any, else the code."""
    return names.get(language) or next((names[one] for one in LANGUAGES if names.get(one)), code)


def move_in(order: Sequence[T], one: T, *, step: int) -> list[T]:
    """Give an order in which one stands so many places further down, up if negative, as far as there are places."""
    moved = list(order)
    place = moved.index(one)
    moved.insert(max(0, place + step), moved.pop(place))
    return moved


def check_code(code: str) -> str:
    """Give a code as it may be kept. Raises EntryRefusedError."""
    if _CODE.fullmatch(code) is None:
        raise EntryRefusedError("must be 1 to 40 small Latin letters, digits or underscores", field="code")
    return code


def check_names(names: Mapping[str, str]) -> dict[str, str]:
    """Give names as they may be kept: one at least, in known languages, without blanks around.

    Raises EntryRefusedError.
    """
    clean = {language: name.strip() for language, name in names.items() if name.strip()}
    if not clean:
        raise EntryRefusedError("has no name in any language", field="names")
    for language, name in clean.items():
        if language not in LANGUAGES:
            raise EntryRefusedError(f"is called in {', '.join(LANGUAGES)}", field="names")
        if len(name) > MOST_NAME or not name.isprintable():
            raise EntryRefusedError(f"a name has at most {MOST_NAME} characters that can be printed", field="names")
    return {language: clean[language] for language in LANGUAGES if language in clean}
