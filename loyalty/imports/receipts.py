"""Imports receipts through the service's own use cases, the way a till's receipts go.

The key idea: identity makes a second run right. What is kept already is recognised in large portions by its fingerprint
and passed over, so that a run goes on where another one ended, and a file imported again changes nothing. The same
number with another content is a rejection, never a change.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from msgspec import Struct

from database.activity import Act
from database.engine import Database
from database.partitions import ensure_months
from loyalty.cards.model import Catalogue, SeriesSettings
from loyalty.cards.repository import load_catalogue
from loyalty.cards.series import put_series
from loyalty.cards.service import make_cards_with_numbers
from loyalty.errors import DocumentConflictError, LoyaltyError
from loyalty.imports import repository
from loyalty.imports.building import Place, build_adjustment, build_receipt, identify, month_of, till_of
from loyalty.imports.drafts import Draft
from loyalty.imports.progress import Watch
from loyalty.imports.receipt_mapping import CardSettings, ReceiptMapping
from loyalty.imports.rejections import Rejection
from loyalty.installation import ensure_till
from loyalty.payment_cards import find_payment_cards
from loyalty.receipts.documents import put_document
from loyalty.receipts.flights import Flights, UnavailableError
from loyalty.receipts.model import Receipt, fingerprint

RECEIPTS_AT_ONCE = 1_000
"""How many are looked up at once, and how many may wait for their flights."""
CARDS_AT_ONCE = 1_000
MOST_MONTHS = 240
"""The months, those with the most receipts, that get partitions of their own; the others have the default one."""

_VERSION = 1
_TEXTS = 65_536

T = TypeVar("T")


class SeriesTakenError(Exception):
    """The mapping's series exists and makes other numbers."""


class Outcome(Struct):
    """What became of the receipts so far; the counts are of receipts and adjustments, the rejections of rows."""

    new: int = 0
    known: int = 0
    cards_made: int = 0
    rejections: list[Rejection] = []
    is_complete: bool = False

    @property
    def done(self) -> int:
        """How many are decided but the rejected ones."""
        return self.new + self.known
