"""Money that the till granted without the server: decided and written down in one transaction of the journal.

A grant is open until its receipt is settled, its program releases it, or the server is back and its time is over.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import astuple

from pos_adapter.journal import repository
from pos_adapter.journal.allowances import Allowances, left_of
from pos_adapter.journal.journal import Journal

GRANT_LIFE: Final = timedelta(minutes=15)


class Grant(Struct, frozen=True):
    """A hold that the till granted; `card` is the keyed hash of its number, `available` what was left beside it."""

    hold_uid: UUID
    card: bytes
    receipt_uid: UUID
    amount: int
    available: int
    expires_at: datetime

    def is_same(self, hold_uid: UUID, card: bytes, receipt_uid: UUID, amount: int) -> bool:
        """Tell whether the same is asked again."""
        return (self.hold_uid, self.card, self.receipt_uid, self.amount) == (hold_uid, card, receipt_uid, amount)


def find_grant(journal: Journal, hold_uid: UUID) -> Grant | None:
    """Find a grant, open or not."""
    with journal.transaction() as connection:
        row = repository.find_grant(connection, hold_uid)
    return None if row is None else Grant(*row)


def grant(
    journal: Journal,
    allowances: Allowances,
    *,
    hold_uid: UUID,
    card: bytes,
    receipt_uid: UUID,
    amount: int,
    now: datetime,
) -> Grant | None:
    """Grant money within the allowances; None where they are used up."""
    with journal.transaction() as connection:
        left = left_of(allowances, repository.load_outstanding(connection, card=card, receipt_uid=receipt_uid))
        if amount > left:
            return None
        made = Grant(hold_uid, card, receipt_uid, amount, left - amount, now + GRANT_LIFE)
        repository.insert_grant(connection, astuple(made), now=now)
        return made


def release(journal: Journal, hold_uid: UUID, *, now: datetime) -> None:
    """End a grant; again changes nothing."""
    with journal.transaction() as connection:
        repository.end_grant(connection, hold_uid, now=now)


def end_overdue(journal: Journal, *, now: datetime) -> None:
    """End what nobody used in time and no receipt in the queue speaks of; for when the server is there again."""
    with journal.transaction() as connection:
        repository.end_overdue_grants(connection, now=now)
