"""What a paper is, and how people name one. Pure.

Key idea: a paper is named by its record as the journal names it, `receipt:<uuid>`, `document:<uuid>` or
`business_document:5`; people name it by the address of its page as well. It knows nothing of what is tied to it.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from database.identifiers import MOST_ID

Family = Literal["receipt", "document", "business_document"]

_PLACES: Final[Mapping[str, Family]] = {
    "receipt": "receipt",
    "receipts": "receipt",
    "document": "document",
    "documents": "document",
    "business_document": "business_document",
    "business-documents": "business_document",
}
"""The word before a paper's key, in its record and in the address of its page."""
_NAMED: Final = re.compile(r"(?:^|.*/)([a-z_-]+)[:/]([0-9a-fA-F-]{1,36})/?$")


class Paper(Struct, frozen=True):
    """A paper as others show it: its record, what it is, its number and day."""

    record: str
    kind: str
    number: str
    date: date

    @property
    def family(self) -> str:
        """The word of its record: a receipt, a document of another system, a business document."""
        return self.record.partition(":")[0]

    @property
    def key(self) -> str:
        """What tells it from others of its family."""
        return self.record.partition(":")[2]


def read_record(text: str) -> str | None:
    """Read which paper is meant by its record or by the address of its page; None for neither."""
    found = _NAMED.match(text.strip())
    family = None if found is None else _PLACES.get(found[1])
    if found is None or family is None:
        return None
    if family == "business_document":
        is_id = found[2].isascii() and found[2].isdigit() and 0 < int(found[2]) <= MOST_ID
        return f"{family}:{int(found[2])}" if is_id else None
    try:
        return f"{family}:{UUID(found[2])}"
    except ValueError:
        return None
