"""What the worker does in its rounds."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.settings import Settings
from api.state import Service
from api.worker import run_worker
from crm.scores.service import load_scores
from database.activity import Act
from loyalty.accounts.holds import AskedHold, place_hold
from loyalty.accounts.verify import verify_ledgers
from loyalty.bought.tables import card_group_day
from loyalty.cards.model import SeriesSettings
from loyalty.cards.series import put_series
from loyalty.cards.service import make_cards
from loyalty.cards.tables import card
from loyalty.money import ONE_UNIT
from loyalty.pricing.points import PointsRules
from tests.factories import make_line, make_person, make_receipt
from tests.loyalty.receipts.posting import make_card, post, read_card

NOW = datetime.now(UTC)


async def _read_states(connection: AsyncConnection) -> list[str]:
    return list((await connection.execute(text("select state from card"))).scalars())


async def test_worker_writes_ends_of_cards_down_and_takes_them_back(
    settings: Settings, service: Service, database_url: str
) -> None:
    run, act = service.database.run, Act("test", NOW)
    ended = SeriesSettings(
        name="S", kind="discount", number_template="S%06", valid_until=(NOW - timedelta(days=2)).date()
    )
    await run(put_series, "S", ended, act=act)
    await run(make_cards, "S", count=1, act=act)

    states = []
    for valid_until in (ended.valid_until, None):
        await run(put_series, "S", SeriesSettings("S", "discount", "S%06", valid_until=valid_until), act=act)
        await run_worker(settings, database_url, say=lambda _: None, once=True)
        states += await run(_read_states)

    assert states == ["expired", "active"]


async def test_worker_ends_holds_and_points_whose_time_is_over(
    settings: Settings, service: Service, database_url: str
) -> None:
    purse = await make_card(service, balance=1_000)
    asked = AskedHold(uuid4(), purse.number, 400, uuid4(), None, None)
    await service.database.run(place_hold, asked, lifetime=timedelta(0), act=Act("test", NOW))
    bonus = await make_card(service, kind="bonus", points=PointsRules(per_money=ONE_UNIT, lifetime="P1D"))
    earlier = make_receipt(card={"number": bonus.number}, business_date="2026-01-10")
    today = make_receipt(card={"number": bonus.number}, business_date=(NOW + timedelta(days=1)).date().isoformat())
    for receipt in (earlier, today):
        await post(service, receipt)

    for _ in range(2):
        await run_worker(settings, database_url, say=lambda _: None, once=True)

    assert (await read_card(service, purse)).held == 0
    assert (await read_card(service, bonus)).points == 10
    assert (await service.database.run(verify_ledgers)).differences == []


async def test_worker_sums_groups_of_goods_and_scores_parties(
    settings: Settings, service: Service, database_url: str
) -> None:
    bought = await make_card(service)
    party_id = await make_person(service.database, "Anna")
    run = service.database.run
    await run(AsyncConnection.execute, update(card).where(card.c.card_id == bought.card_id).values(holder_id=party_id))
    line, today = make_line(group="bread"), NOW.date().isoformat()
    await post(service, make_receipt(line, card={"number": bought.number}, business_date=today))

    for _ in range(2):
        await run_worker(settings, database_url, say=lambda _: None, once=True)

    sums = (await run(AsyncConnection.execute, select(card_group_day.c.item_group, card_group_day.c.net))).all()
    assert [tuple(row) for row in sums] == [("bread", 1_000)]
    assert sum(one.parties for one in (await run(load_scores)).cells) == 1
