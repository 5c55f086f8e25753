"""What consent asks of a recipient, as conditions of SQL: when one is chosen and again when a message is to go out.

Key idea: a suppressed address is known by the SHA-256 of its small letters alone, so it is still refused when nobody
knows any more whose it was.
"""

from sqlalchemy import ColumnElement, Text, exists, func, or_, true

from crm.consents.tables import subscription, suppression

UTF8 = "UTF8"


def is_suppressed(address: ColumnElement[str]) -> ColumnElement[bool]:
    """Tell of an address in SQL whether it gets nothing more."""
    hashed = func.sha256(func.convert_to(func.lower(address), UTF8, type_=Text))
    return exists().where(suppression.c.hash == hashed)


def has_refused(party_id: ColumnElement[int], kind_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Tell of a party in SQL whether it unsubscribed from a kind of mailing."""
    return exists().where(*_is_state(party_id, kind_id, "unsubscribed"))


def may_write(
    party_id: ColumnElement[int], kind_id: ColumnElement[int], needs_consent: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Tell of a party in SQL whether its consent, where the kind of mailing needs one, is there."""
    return or_(needs_consent.is_not(true()), exists().where(*_is_state(party_id, kind_id, "subscribed")))


def _is_state(party_id: ColumnElement[int], kind_id: ColumnElement[int], state: str) -> tuple[ColumnElement[bool], ...]:
    kept = subscription.c
    return kept.party_id == party_id, kept.kind_id == kind_id, kept.state == state
