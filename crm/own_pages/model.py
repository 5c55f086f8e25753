"""What the link to a party's own page is; its token is nowhere in it."""

from datetime import date, datetime
from typing import Final

from msgspec import Struct

MOST_CORRECTION: Final = 500
MOST_CORRECTIONS_A_DAY: Final = 3


class Link(Struct, frozen=True, kw_only=True):
    """A party's link as staff see it: `opened_on` is the last day, for more nobody needs to know.

    A letter with the link waits (`letter_due_at`), went out (`letter_sent_at`), or did not (`letter_reason` alone).
    """

    party_id: int
    actor: str
    made_at: datetime
    expires_at: datetime | None
    opened_on: date | None
    can_be_sent: bool
    letter_address: str | None
    letter_due_at: datetime | None
    letter_sent_at: datetime | None
    letter_reason: str | None

    def is_over(self, now: datetime) -> bool:
        """Tell whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now


class DueLetter(Struct, frozen=True, kw_only=True):
    """A letter that is to go out now: to whom, in which language, the token still sealed."""

    party_id: int
    sealed: bytes
    name: str
    language: str | None
    made_at: datetime
    letter_address: str
    letter_tries: int
