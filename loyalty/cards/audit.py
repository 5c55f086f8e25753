"""What was done to a card, a series or a price list, by whom and when: rows of the journal, newest first.

What receipts did to a card is left out: that stands in its ledgers. A run of the rules, which re-rates cards by the
million, writes one row for all of them; what it did to a card is told from what the card was until then.
"""

from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    case,
    cast,
    column,
    func,
    literal,
    select,
    table,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import activity
from database.keyset import Page, Place, read_page
from loyalty.cards.model import Series
from loyalty.cards.tables import card, card_setting_past, price_list, price_list_version, series, series_version

PAGE_ROWS = 20
MOST_ACTS = 12
OF_RECEIPTS = ("receipt.posted", "receipt.parked", "receipt.suspended")
RATED = "card.rated"
_OF_RUNS = "rule_run:"

_rule_run = table("rule_run", column("id", BigInteger), column("actor", Text))


class KeptAct(Struct, frozen=True):
    """One act; `data` holds old and new values, amounts in minor units, percents in 1/10000 of a percent."""

    id: int
    at: datetime
    actor: str
    act: str
    data: dict[str, object] | None


_COLUMNS = [activity.c[name] for name in KeptAct.__struct_fields__]


async def list_acts(
    connection: AsyncConnection, card_id: int, *, place: Place | None = None, size: int = PAGE_ROWS
) -> Page[KeptAct]:
    """List what was done to a card; a place is a moment and the identifier of a row, 0 of what a run did."""
    journal = select(*_COLUMNS).where(activity.c.card_id == card_id, activity.c.act.not_in(OF_RECEIPTS))
    acts = union_all(journal, _done_by_runs(card_id)).subquery()
    query = select(*(acts.c[name] for name in KeptAct.__struct_fields__))
    return await read_page(connection, query, keys=[acts.c.at, acts.c.id], place=place, size=size, row_type=KeptAct)


def _done_by_runs(card_id: int) -> Select[*tuple[object, ...]]:
    """Select what runs of the rules made of a card: what it was until each, and from then to its next change."""
    past = card_setting_past.c
    following = func.lead(past.until).over(order_by=past.until)

    def after(name: str) -> ColumnElement[int]:
        return case((following.is_(None), card.c[name]), else_=func.lead(past[name]).over(order_by=past.until))

    kept = (past.until, past.cause, past.series_id, past.own_percent)
    steps = select(*kept, after("series_id").label("new_series_id"), after("own_percent").label("new_own_percent"))
    step = steps.join(card, card.c.card_id == past.card_id).where(past.card_id == card_id).subquery().c
    data = func.jsonb_build_object(
        "cause", step.cause,
        "old", _settings(step.series_id, step.own_percent),
        "new", _settings(step.new_series_id, step.new_own_percent),
    )  # fmt: skip
    columns = (literal(0).label("id"), step.until.label("at"), _rule_run.c.actor, literal(RATED), cast(data, JSONB))
    return select(*columns).where(step.cause == func.concat(_OF_RUNS, _rule_run.c.id))


def _settings(series_id: ColumnElement[int], own_percent: ColumnElement[int]) -> ColumnElement[object]:
    code = select(series.c.code).where(series.c.id == series_id).scalar_subquery()
    return func.jsonb_build_object("own_percent", own_percent, "series", code)


async def list_series_acts(connection: AsyncConnection, of: Series) -> list[KeptAct]:
    """List how a series' settings were changed, `MOST_ACTS` at most.

    A version and its row in the journal bear the same moment, by which the journal is read.
    """
    version = series_version.c
    is_its_own = (activity.c.at == version.since) & (activity.c.record == f"series:{of.code}")
    query = select(*_COLUMNS).select_from(series_version.join(activity, is_its_own))
    return await _newest(connection, query.where(version.series_id == of.id).order_by(version.version.desc()))


async def list_price_list_acts(connection: AsyncConnection, code: str) -> list[KeptAct]:
    """List how a price list was changed, `MOST_ACTS` at most; read as the acts of a series are."""
    version = price_list_version.c
    is_its_own = (activity.c.at == version.since) & (activity.c.record == f"price_list:{code}")
    versions = price_list_version.join(activity, is_its_own).join(price_list, price_list.c.id == version.price_list_id)
    query = select(*_COLUMNS).select_from(versions).where(price_list.c.code == code)
    return await _newest(connection, query.order_by(version.version.desc()))


async def _newest(connection: AsyncConnection, query: Select[*tuple[object, ...]]) -> list[KeptAct]:
    rows = await connection.execute(query.limit(MOST_ACTS))
    return [convert(row, KeptAct, from_attributes=True) for row in rows]
