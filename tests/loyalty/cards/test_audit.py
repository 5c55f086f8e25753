"""What was done to a card, as the journal has it."""

from api.state import Service
from loyalty.cards.audit import list_acts
from loyalty.cards.model import SeriesSettings
from loyalty.cards.series import put_series
from loyalty.cards.service import block_card, make_cards, unblock_card
from tests.conftest import ACT


async def test_acts_of_a_card_are_told_newest_first(service: Service) -> None:
    await service.database.run(put_series, "GOLD", SeriesSettings("Gold", "discount", "290%09^"), act=ACT)
    await service.database.run(make_cards, "GOLD", count=2, act=ACT)
    await service.database.run(block_card, 1, reason="lost", act=ACT)
    await service.database.run(unblock_card, 1, reason="found", act=ACT)

    acts = (await service.database.run(list_acts, 1)).rows

    told = [(act.act, act.actor, (act.data or {})["reason"]) for act in acts]
    assert told == [("card.active", "test", "found"), ("card.blocked", "test", "lost")]
    assert (await service.database.run(list_acts, 2)).rows == ()
