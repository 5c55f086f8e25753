"""Which column of a file is what: mappings in TOML, ready ones in the package and a user's own.

A mapping names, for each thing that an import knows, the headers under which files have it. A file fits a mapping when
it has all of them. Names are compared without regard to case and blanks around them; nothing else is guessed. A key
that no mapping knows is an error.
"""

import tomllib
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct, structs

from loyalty.imports.tabular import split_header

ENDING = ".toml"

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Headers = Name | Annotated[tuple[Name, ...], Meta(min_length=1)]


class MappingError(Exception):
    """A mapping that cannot be used, or a file that does not fit it; the message says where and what is missing."""


class Columns(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The columns that an import knows, a field for each; None is a column that the files do not have."""


class FileMapping(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every mapping says: whose data it is, and how the file is written.

    `source` is half of the identity of all that is imported: the other half is the file's own number of the record.
    """

    source: Annotated[str, Meta(pattern="^[a-z0-9_.-]{1,60}$")]
    columns: Columns
    delimiter: Literal[",", ";", "\t", "|"] = ","


M = TypeVar("M", bound=FileMapping)


class Column(Struct, frozen=True):
    """Where a column stands in a row, and what the file calls it."""

    place: int
    header: str


class Fitted(Struct, Generic[M], frozen=True):
    """A mapping and the places of its columns in one file."""

    mapping: M
    columns: dict[str, Column]


def fit_mapping(kind: type[M], package: str, *, named: str | None, header_line: str) -> Fitted[M]:
    """Fit a ready mapping of a package or a file to a header; without a name, the first ready one that fits.

    Raises MappingError.
    """
    if named is not None:
        mapping = _load(kind, package, named)
        return Fitted(mapping, _find_columns(mapping, named, header_line))
    problems = []
    for name, text in _ready(package):
        try:
            mapping = _read(kind, text, name)
            return Fitted(mapping, _find_columns(mapping, name, header_line))
        except MappingError as error:
            problems.append(str(error))
    raise MappingError(f"no ready mapping fits, name one of yours with --mapping: {'; '.join(problems)}")


def _load(kind: type[M], package: str, named: str) -> M:
    ready = dict(_ready(package))
    if named in ready:
        return _read(kind, ready[named], named)
    if not named.endswith(ENDING):
        raise MappingError(
            f"there is no mapping {named}; ready are {', '.join(ready)}, a file of yours ends in {ENDING}"
        )
    try:
        return _read(kind, Path(named).read_text(encoding="utf-8"), named)
    except OSError as error:
        raise MappingError(f"{named}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MappingError(f"{named}: byte {error.start} is no UTF-8") from error


def _ready(package: str) -> Iterator[tuple[str, str]]:
    folder = files(package) / "mappings"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        yield file.name.removesuffix(ENDING), file.read_text(encoding="utf-8")


def _read(kind: type[M], text: str, name: str) -> M:
    try:
        return msgspec.convert(tomllib.loads(text), kind)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{name}: {error}") from error
    except msgspec.ValidationError as error:
        raise MappingError(f"{name}: {str(error).replace('`$.', '`')}") from error


def _find_columns(mapping: FileMapping, name: str, header_line: str) -> dict[str, Column]:
    header = split_header(header_line, mapping.delimiter)
    found: dict[str, Column] = {}
    missing = []
    for word, wanted in structs.asdict(mapping.columns).items():
        if wanted is None:
            continue
        names = (wanted,) if isinstance(wanted, str) else wanted
        places = _find_places(names, header)
        if len(places) > 1:
            raise MappingError(f"{name} cannot tell which column is {word}: the file has two named {header[places[0]]}")
        if places:
            found[word] = Column(places[0], header[places[0]])
        else:
            missing.append(f"{' or '.join(names)} ({word})")
    if missing:
        raise MappingError(
            f"{name} wants {', '.join(missing)}, which the file does not have; it has {', '.join(header)}"
        )
    return found


def _find_places(names: Sequence[str], header: Sequence[str]) -> list[int]:
    """Find where the first of some names that the header has stands in it; more than one place is one too many."""
    for name in names:
        places = [place for place, known in enumerate(header) if known.casefold() == name.casefold()]
        if places:
            return places
    return []
