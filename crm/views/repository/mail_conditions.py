"""What filters ask of scores and of mailings: who was sent them, who opened them, who wants them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, not_, select

from crm.consents.tables import subscription
from crm.recipients.tables import mailing_recipient
from crm.scores.tables import party_score
from crm.views.model import Filter
from crm.views.operands import Value
from crm.views.repository.asking import Asked, Condition, as_whole, is_among, negated
from crm.views.repository.context import Context

_SCORES = (party_score.c.recency, party_score.c.frequency, party_score.c.monetary)


def _has_score(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
    wanted = [column == as_whole(one) for column, one in zip(_SCORES, operands, strict=True) if one is not None]
    return is_among(select(party_score.c.party_id).where(*wanted))


def _has_score_from(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
    wanted = [column >= as_whole(one) for column, one in zip(_SCORES, operands, strict=True) if one is not None]
    return is_among(select(party_score.c.party_id).where(*wanted))


def _has_no_score(_: Filter, __: tuple[Value, ...], ___: Context) -> Condition:
    return not_(is_among(select(party_score.c.party_id)))


def _in_mailing(moment: ColumnElement[datetime]) -> Asked:
    def asked(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
        return _did(moment.is_not(None), mailing_recipient.c.mailing_id == as_whole(operands[0]))

    return asked


def _in_days(moment: ColumnElement[datetime]) -> Asked:
    def asked(_: Filter, operands: tuple[Value, ...], context: Context) -> Condition:
        return _did(moment >= context.midnight(context.today - timedelta(days=as_whole(operands[0]))))

    return asked


def _did(*conditions: Condition) -> Condition:
    recipient = mailing_recipient.c.party_id
    return is_among(select(recipient).where(recipient.is_not(None), *conditions))


def _is_subscribed(one: Filter, _: tuple[Value, ...], context: Context) -> Condition:
    wanted = subscription.c.kind_id.in_(context.kind_ids(one)), subscription.c.state == "subscribed"
    return is_among(select(subscription.c.party_id).where(*wanted))


MAIL_CONDITIONS: Mapping[tuple[str, str], Asked] = {
    ("score", "is"): _has_score,
    ("score", "at_least"): _has_score_from,
    ("score", "missing"): _has_no_score,
    ("mailing", "sent"): _in_mailing(mailing_recipient.c.sent_at),
    ("mailing", "opened"): _in_mailing(mailing_recipient.c.opened_at),
    ("mailing", "clicked"): _in_mailing(mailing_recipient.c.clicked_at),
    ("mailing", "bounced"): _in_mailing(mailing_recipient.c.bounced_at),
    ("mailing", "sent_in"): _in_days(mailing_recipient.c.sent_at),
    ("mailing", "opened_in"): _in_days(mailing_recipient.c.opened_at),
    ("mailing", "clicked_in"): _in_days(mailing_recipient.c.clicked_at),
    ("mailing", "bounced_in"): _in_days(mailing_recipient.c.bounced_at),
    ("subscribed", "any_of"): _is_subscribed,
    ("subscribed", "none_of"): negated(_is_subscribed),
}
"""What each operator asks."""
