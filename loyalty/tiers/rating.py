"""Use case: a card re-rated because something that was posted on it changed outside the way of a receipt."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act
from loyalty.cards.catalogue.repository import load_all_series
from loyalty.cards.replacing import Replace, Replaced, replace_card
from loyalty.cards.repository import find_card
from loyalty.tiers.posting import POSTED, rate_by_course, read_posting_rules
from loyalty.tiers.repository.posting import load_course, save_standing
from loyalty.tiers.thresholds import Standing


async def rerate_card(connection: AsyncConnection, card_id: int, *, source_uid: UUID, act: Act) -> None:
    """Re-rate a card, or the last of its chain, by all that is posted on it now; does nothing where no series asks.

    `source_uid` is the receipt, document or act that changed. The card is locked already: its turnover just moved.
    """
    series = await load_all_series(connection)
    rules = read_posting_rules(series)
    if rules is None:
        return
    card = await find_card(connection, card_id, lock=True)
    if card is not None and card.successor_id is not None:
        card = await find_card(connection, card.successor_id, lock=True)
    if card is None or not rules.concerns(card.series_id):
        return
    before = Standing(card.series_id, card.own_percent)
    after = rate_by_course(rules, await load_course(connection, card))
    if after != before:
        cause = f"{POSTED}{source_uid}"
        await save_standing(connection, card.card_id, after, series=series[after.series_id], cause=cause, act=act)


async def replace_and_rate(connection: AsyncConnection, asked: Replace, *, act: Act) -> tuple[Replaced, bool]:
    """Replace a card, and let the rules decide on the sum of both; tells what moved, and whether it was done now.

    Raises what `replace_card` does.
    """
    replaced, is_new = await replace_card(connection, asked, act=act)
    if is_new:
        await rerate_card(connection, replaced.successor_id, source_uid=asked.operation_uid, act=act)
    return replaced, is_new
