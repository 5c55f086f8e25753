"""What was typed into the search box, and what was found. Pure.

Key idea: the same text is read in every way that it can be meant: words of a name, digits of a phone or a card, an
e-mail, a number of an authority or of a document. Each way that cannot be meant costs nothing.
"""

import re
from datetime import date
from typing import Literal

from msgspec import Struct

from crm.letters.listing import LetterHit
from crm.mail.repository.listing import MailHit
from crm.parties.phones import canonical_phone, last_digits
from loyalty.cards.listing import LEAST_DIGITS, CardRow

MOST_TYPED = 100
MOST_PER_KIND = 8
LEAST_LETTERS = 2
LEAST_ALIKE = 3
"""With fewer letters everything is alike."""

TRUNK = "8"
TRUNK_LENGTH = 11
"""Where a national number is dialled with this digit before it, it has so many digits with it."""

_WORD = re.compile(r"\w+")
_BETWEEN_DIGITS = re.compile(r"[\s\-.·…]+")
_BETWEEN = re.compile(r"[\s.,/\\-]+")

Reason = Literal["phone", "registration", "email", "name", "alike", "address"]
REASONS: tuple[Reason, ...] = ("phone", "registration", "email", "name", "alike", "address")
"""Why a party is found, the surest first."""


class Typed(Struct, frozen=True):
    """A text in every way that it may be meant; None or empty for the ways in which it cannot."""

    text: str
    words: tuple[str, ...]
    phone_ends: tuple[str, ...]
    email: str | None
    number: str | None
    card_digits: str | None
    may_be_alike: bool

    @property
    def tsquery(self) -> str:
        """The words as a query of `to_tsquery`: each of them begins a word."""
        return " & ".join(f"{word}:*" for word in self.words)


class PartyHit(Struct, frozen=True):
    """A party that was found, and why; `detail` is what fits of it, where the name does not say it."""

    id: int
    name: str
    kind: Literal["person", "organisation"]
    is_archived: bool
    reason: Reason
    detail: str | None = None


class DocumentHit(Struct, frozen=True):
    """A business document that was found by its number."""

    id: int
    kind: str
    number: str
    date: date
    party_name: str


class NoteHit(Struct, frozen=True):
    """A note that was found, on the page of its party."""

    id: int
    party_id: int
    party_name: str
    text: str


class Found(Struct, frozen=True):
    """What was found, at most MOST_PER_KIND of each kind, the best first; `more` names the kinds that have more."""

    parties: tuple[PartyHit, ...] = ()
    cards: tuple[CardRow, ...] = ()
    documents: tuple[DocumentHit, ...] = ()
    letters: tuple[LetterHit, ...] = ()
    mail: tuple[MailHit, ...] = ()
    notes: tuple[NoteHit, ...] = ()
    more: frozenset[str] = frozenset()

    @property
    def count(self) -> int:
        """How many things were found."""
        written = len(self.letters) + len(self.mail) + len(self.notes)
        return len(self.parties) + len(self.cards) + len(self.documents) + written


def read_typed(text: str, country: str | None) -> Typed:
    """Read a text in every way it may be meant; `country` is that of phones without a country code."""
    clean = " ".join(text.replace("\0", " ").split())[:MOST_TYPED]
    words = tuple(_WORD.findall(clean.lower()))
    letters = sum(character.isalpha() for character in clean)
    compact, digits = _BETWEEN.sub("", clean).upper(), _BETWEEN_DIGITS.sub("", clean)
    has_digit = any(character.isdigit() for character in clean)
    return Typed(
        text=clean,
        words=words if letters + sum(map(str.isdigit, clean)) >= LEAST_LETTERS else (),
        phone_ends=phone_ends(clean, country) if letters == 0 else (),
        email=clean.lower() if "@" in clean and " " not in clean else None,
        number=compact if has_digit and len(compact) >= LEAST_ALIKE else None,
        card_digits=digits if has_digit and digits.isalnum() and len(digits) >= LEAST_DIGITS else None,
        may_be_alike=letters >= LEAST_ALIKE and not has_digit,
    )


def phone_ends(text: str, country: str | None) -> tuple[str, ...]:
    """Give the digits by whose end a phone may be looked for, the surest first; none for too few of them."""
    digits = last_digits(text)
    if digits is None:
        return ()
    ends = [canonical_phone(text, country), digits]
    if digits.startswith(TRUNK) and len(digits) == TRUNK_LENGTH and not text.startswith("+"):
        ends.append(digits.removeprefix(TRUNK).lstrip("0"))
    return tuple(dict.fromkeys(end for end in ends if last_digits(end)))
