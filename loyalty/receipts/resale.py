"""How the rest of a sale is priced: for series whose returns are priced anew.

The policy is that of today's series; the rules are those of the sale's own moment, else those that it was checked
against when it came. Where the till gave other discounts than either, the sale is given back in proportion.
"""

from datetime import datetime

import asyncpg
import msgspec

from loyalty.cards.model import (
    NO_CARD,
    Card,
    Catalogue,
    PriceListSettings,
    Series,
    SeriesSettings,
    price_rules,
    refusal,
)
from loyalty.cards.past import CardPast, FormerSettings
from loyalty.cards.rules import SeriesRules
from loyalty.numbering import canonical
from loyalty.pricing.model import PriceRules
from loyalty.pricing.resale import Resale
from loyalty.receipts import repository, statements
from loyalty.receipts.facts import SoldReceipt
from loyalty.receipts.stored import load_stored

_card = msgspec.json.Decoder(Card)
_settings = msgspec.json.Decoder(SeriesSettings)
_rules = msgspec.json.Decoder(SeriesRules)
_list = msgspec.json.Decoder(PriceListSettings)


async def load_resale(connection: asyncpg.Connection, sold: SoldReceipt, catalogue: Catalogue) -> Resale | None:
    """Load how the rest of a sale is priced; None where its returns are given back in proportion."""
    policies = {series.settings.return_policy for series in catalogue.series.values()}
    if sold.card_id == NO_CARD or "reprice" not in policies:
        return None
    stored = await load_stored(connection, sold.uid)
    assert stored is not None, "the caller found the sale"
    receipt = stored.receipt
    past = None if receipt.card is None else await _find_card(connection, receipt.card)
    if past is None or catalogue.series[past.card.series_id].settings.return_policy != "reprice":
        return None
    moment = (receipt.priced_at or receipt.closed_at).astimezone(catalogue.zone(receipt.store))
    for then in (moment, stored.received_at):
        rules = await _load_rules(connection, past, catalogue, then=then, moment=moment)
        goods = tuple(line.goods for line in receipt.lines)
        resale = Resale(goods=goods, rules=rules, at=moment, places=catalogue.currency.places)
        if resale.discounts() == [line.discount for line in receipt.lines]:
            return resale
    return None


async def _find_card(connection: asyncpg.Connection, number: str) -> CardPast | None:
    found = await connection.fetchval(statements.SHOWN_CARD, canonical(number))
    if found is None:
        return None
    card = _card.decode(found)
    states = await repository.load_states(connection, [card.card_id])
    former = await connection.fetch(statements.FORMER_SETTINGS, card.card_id)
    return CardPast(card, states.get(card.card_id, ()), [FormerSettings(*row) for row in former])


async def _load_rules(
    connection: asyncpg.Connection, past: CardPast, catalogue: Catalogue, *, then: datetime, moment: datetime
) -> PriceRules | None:
    """Load what the card brought at a local moment, by the versions of then; None where it could not be used."""
    card = past.card_at(then)
    row = await connection.fetchrow(statements.SERIES_THEN, card.series_id, then)
    settings = _settings.decode(row["definition"])
    rules = SeriesRules() if row["rules"] is None else _rules.decode(row["rules"])
    series = Series(card.series_id, catalogue.series[card.series_id].code, 0, settings, rules)
    if refusal(card, series, state=past.state_at(moment), at=moment) is not None:
        return None
    lists = await connection.fetch(statements.LISTS_THEN, list(settings.price_lists), then)
    return price_rules(card, series, {row["code"]: _list.decode(row["definition"]).named(row["code"]) for row in lists})
