"""What was posted on a card and what its settings were, read outside the way of a receipt, and its new settings."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act
from loyalty.cards.model import Card, Series
from loyalty.tiers import statements
from loyalty.tiers.posting import Course, PastSettings, Posted, find_start
from loyalty.tiers.thresholds import Standing


async def load_course(connection: AsyncConnection, card: Card) -> Course:
    """Load all that was posted on a card, and its settings before it."""
    cards = {"cards": [card.card_id]}
    past = (await connection.execute(text(statements.PAST), cards)).all()
    posted = (await connection.execute(text(statements.POSTED), cards)).all()
    settings = [PastSettings(row.until, Standing(row.series_id, row.own_percent), row.cause) for row in past]
    start, since = find_start(Standing(card.series_id, card.own_percent), settings)
    return Course(start, since, [Posted(*row[1:]) for row in posted])


async def save_standing(
    connection: AsyncConnection, card_id: int, standing: Standing, *, series: Series, cause: str, act: Act
) -> None:
    """Give a locked card its new settings and keep the ones it had; `series` is the new one."""
    values = {
        "cards": [card_id],
        "series": [standing.series_id],
        "percents": [standing.own_percent],
        "limits": [series.settings.credit_limit],
        "causes": [cause],
        "actor": act.actor,
        "now": act.at,
    }
    await connection.execute(text(statements.RATE), values)
