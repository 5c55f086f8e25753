"""Customers who buy: a card for each, and sums of days as the ledger keeps them."""

from collections.abc import Iterable
from datetime import date

from tests.api.mailing.conftest import Shop
from tests.loyalty.receipts.posting import make_card

_CARDS = """
insert into card (number, series_id, state, holder_id)
select 'held' || id, (select series_id from card where card_id = :like), 'active', id
from unnest(cast(:parties as bigint[])) id
"""
_DAYS = """
insert into card_day (card_id, day, turnover, receipts)
select c.card_id, d.day, sum(d.turnover), count(*)
from unnest(cast(:parties as bigint[]), cast(:days as date[]), cast(:turnovers as bigint[])) d(party_id, day, turnover)
join card c on c.holder_id = d.party_id group by c.card_id, d.day
"""


async def give_cards(shop: Shop, parties: list[int]) -> None:
    """Let each party hold a card."""
    like = await make_card(shop.service)
    await shop.execute(_CARDS, like=like.card_id, parties=parties)


async def buy(shop: Shop, bought: Iterable[tuple[int, date, int]]) -> None:
    """Let parties buy on days, for so many minor units each time."""
    parties, days, turnovers = zip(*bought, strict=True)
    await shop.execute(_DAYS, parties=list(parties), days=list(days), turnovers=list(turnovers))
