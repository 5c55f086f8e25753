"""The chain of a card's entries: each entry's hash covers the entry and the hash before it.

Whoever alters, removes or adds an entry behind the service's back breaks the chain at that entry, and `verify` names
it. The same text is hashed by the migration and by the proof in SQL: its parts may not change.
"""

import hashlib
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def link(
    before: str | None,
    *,
    card_id: int,
    seq: int,
    business_date: date,
    account: str,
    amount: int,
    after: int,
    source: str,
    source_uid: UUID,
    corrects: int | None,
    at: datetime,
) -> str:
    """Give the SHA-256 of an entry behind the hash before it (None for a card's first), in hexadecimal."""
    moment = (at - _EPOCH) // _MICROSECOND
    text = (
        f"{before or ''}|{card_id}|{seq}|{business_date}|{account}|{amount}|{after}|{source}|{source_uid}"
        f"|{'' if corrects is None else corrects}|{moment}"
    )
    return hashlib.sha256(text.encode()).hexdigest()
