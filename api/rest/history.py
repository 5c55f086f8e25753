"""History on the wire: acts of the journal with amounts and percents as people write them, and places in it."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from database.keyset import Page, Place
from loyalty.cards.audit import KeptAct
from loyalty.money import Scale, format_percent
from pos_adapter.problems import BodyError

_MONEY = frozenset({"own_credit_limit", "credit_limit", "day_limit", "turnover", "balance", "held", "amount"})
_PERCENTS = frozenset({"own_percent"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class HistoryItem(Struct, frozen=True):
    """What was done, by whom and when; `data` holds old and new values."""

    at: datetime
    actor: str
    act: str
    data: dict[str, object] | None


class HistoryPage(Struct, frozen=True):
    """Acts, newest first; `next` is what to give as `after` for the rows behind."""

    acts: list[HistoryItem]
    next: str | None


def read_event_place(after: str | None) -> Place | None:
    """Read where a page begins. Raises BodyError for what no page gave."""
    if after is None:
        return None
    moment, _, row = after.partition(".")
    try:
        return Place((_EPOCH + int(moment) * _MICROSECOND, int(row)))
    except (ValueError, OverflowError):
        raise BodyError("after", "must be the `next` of the page before") from None


def write_event_place(at: datetime, row_id: int) -> str:
    """Write where the page behind a row begins, as `read_event_place` reads it."""
    return f"{(at - _EPOCH) // _MICROSECOND}.{row_id}"


def render_history(page: Page[KeptAct], money: Scale) -> HistoryPage:
    """Render a page of a card's history."""
    items = [
        HistoryItem(row.at, row.actor, row.act, None if row.data is None else render_data(row.data, money))
        for row in page.rows
    ]
    following = None
    if page.older is not None:
        last = page.rows[-1]
        following = write_event_place(last.at, last.id)
    return HistoryPage(items, following)


def render_data(data: dict[str, object], money: Scale) -> dict[str, object]:
    """Write the amounts and percents of an act's facts as people do."""
    return {key: _render_value(key, value, money) for key, value in data.items()}


def _render_value(key: str, value: object, money: Scale) -> object:
    if isinstance(value, dict):
        return render_data(value, money)
    if isinstance(value, int) and key in _MONEY:
        return money.format(value)
    return format_percent(value) if isinstance(value, int) and key in _PERCENTS else value
