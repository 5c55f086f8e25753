"""What a mapping of cards says: columns, how dates are written, and whose keys name the holders."""

from typing import Annotated

from msgspec import Meta, Struct

from loyalty.imports.mapping import Columns, FileMapping, Headers, Name
from loyalty.imports.times import check_formats

PACKAGE = "loyalty.cards"

Formats = Annotated[tuple[Name, ...], Meta(min_length=1)]


class CardColumns(Columns, frozen=True, kw_only=True):
    """The columns of a file with a row for each card. `as_of` is the day for which its figures count."""

    number: Headers
    holder: Headers | None = None
    percent: Headers | None = None
    credit_limit: Headers | None = None
    turnover: Headers | None = None
    balance: Headers | None = None
    points: Headers | None = None
    expires_on: Headers | None = None
    state: Headers | None = None
    as_of: Headers | None = None


class CardFileSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How dates are written, and the source from which the holders were imported."""

    date_formats: Formats = ("%Y-%m-%d",)
    holders: Name | None = None

    def __post_init__(self) -> None:
        """Check forms of dates. Raises ValueError."""
        check_formats(self.date_formats)


class CardMapping(FileMapping, frozen=True, kw_only=True):
    """A mapping of a file of cards."""

    columns: CardColumns
    cards: CardFileSettings = CardFileSettings()
    decimal_mark: Annotated[str, Meta(pattern="^[.,]$")] = "."

    def __post_init__(self) -> None:
        """Check that holders and their source are named together. Raises ValueError."""
        if (self.columns.holder is None) != (self.cards.holders is None):
            raise ValueError("columns.holder and cards.holders belong together: both or neither")
