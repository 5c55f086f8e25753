"""Ends of cards, written down the day after their last day and taken back when it is moved on."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.state import Service
from database.activity import Act
from loyalty.cards import expiry
from loyalty.cards.freezing import freeze_card
from loyalty.cards.model import SeriesSettings
from loyalty.cards.series import put_series
from loyalty.cards.service import OwnSettings, change_card, load_card, make_cards

LAST = date(2027, 3, 31)
ZONE = ZoneInfo("Europe/Sofia")


def _act(day: date, hour: int = 0) -> Act:
    return Act("service", datetime(day.year, day.month, day.day, hour, tzinfo=ZONE))


async def _make_series(service: Service, valid_until: date | None) -> None:
    settings = SeriesSettings(name="S", kind="discount", number_template="S%06", valid_until=valid_until)
    await service.database.run(put_series, "S", settings, act=_act(date(2027, 1, 1)))


async def _make_cards(service: Service, count: int) -> list[int]:
    made = await service.database.run(make_cards, "S", count=count, act=_act(date(2027, 1, 1)))
    return [card_id for card_id, _ in made]


async def _end(service: Service, act: Act) -> list[str]:
    """Write ends down both ways, as the worker does; gives the states of all cards."""
    for write_down in (expiry.end_cards, expiry.revive_cards):
        after: int | None = 0
        while after is not None:
            after = await service.database.run(write_down, after=after, act=act)

    async def ask(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(text("select state from card order by card_id"))).scalars())

    return await service.database.run(ask)


async def test_card_is_expired_from_the_day_after_its_last_day(service: Service) -> None:
    await _make_series(service, LAST)
    await _make_cards(service, 1)

    on_the_last_day = await _end(service, _act(LAST, hour=23))
    after = await _end(service, _act(LAST + timedelta(days=1)))

    assert (on_the_last_day, after) == (["active"], ["expired"])


async def test_cards_own_last_day_goes_before_that_of_its_series(service: Service) -> None:
    await _make_series(service, LAST)
    early, late, _ = await _make_cards(service, 3)
    act = _act(date(2027, 1, 1))
    await service.database.run(change_card, early, OwnSettings(expires_on=date(2027, 2, 1)), act=act)
    await service.database.run(change_card, late, OwnSettings(expires_on=date(2028, 2, 1)), act=act)

    assert await _end(service, _act(LAST)) == ["expired", "active", "active"]
    assert await _end(service, _act(LAST + timedelta(days=1))) == ["expired", "active", "expired"]


async def test_card_without_a_last_day_never_expires(service: Service) -> None:
    await _make_series(service, None)
    await _make_cards(service, 1)

    assert await _end(service, _act(date(2999, 1, 1))) == ["active"]


async def test_expired_card_whose_last_day_is_moved_on_is_active_at_once(service: Service) -> None:
    await _make_series(service, LAST)
    (card_id,) = await _make_cards(service, 1)
    now = _act(LAST + timedelta(days=2))
    await _end(service, now)

    still = await service.database.run(change_card, card_id, OwnSettings(expires_on=LAST), act=now)
    moved_on = await service.database.run(change_card, card_id, OwnSettings(expires_on=date(2028, 1, 1)), act=now)

    assert (still.state, moved_on.state) == ("expired", "active")


async def test_cards_are_active_again_when_their_series_is_prolonged(service: Service) -> None:
    await _make_series(service, LAST)
    await _make_cards(service, 3)
    await _end(service, _act(LAST + timedelta(days=1)))

    await _make_series(service, date(2028, 3, 31))

    assert await _end(service, _act(LAST + timedelta(days=2))) == ["active"] * 3


async def test_many_cards_expire_in_portions_each_with_a_row_in_the_journal(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _make_series(service, LAST)
    for _ in range(3):
        await _make_cards(service, 100)
    monkeypatch.setattr(expiry, "CARDS_AT_ONCE", 120)

    states = await _end(service, _act(LAST + timedelta(days=1)))

    async def count(connection: AsyncConnection) -> int:
        return int(
            (await connection.execute(text("select count(*) from activity where act = 'card.expired'"))).scalar_one()
        )

    assert states == ["expired"] * 300
    assert await service.database.run(count) == 300


async def test_frozen_card_expires_as_many_days_later(service: Service) -> None:
    await _make_series(service, LAST)
    (card_id,) = await _make_cards(service, 1)
    first = date(2027, 3, 1)
    await service.database.run(freeze_card, card_id, first=first, last=first + timedelta(days=9), act=_act(first))

    assert await _end(service, _act(LAST + timedelta(days=10))) == ["active"]
    assert await _end(service, _act(LAST + timedelta(days=11))) == ["expired"]
    assert (await service.database.run(load_card, card_id)).own_expires_on == LAST + timedelta(days=10)
