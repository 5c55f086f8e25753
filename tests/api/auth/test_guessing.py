"""Guessing at cards is counted by till and person, stops at a limit, and a till in real use never meets it."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from sqlalchemy import text

from api.auth.errors import TooManyGuessesError
from api.auth.guessing import (
    MOST_REFUSED,
    STOPPED_FOR,
    WITHIN,
    Guesses,
    allow_again,
    count_refused,
    find_stop,
    list_stopped,
)
from api.auth.model import Principal
from api.state import Service
from tests.api.people import statements
from tests.conftest import ACT

NOW = ACT.at
TILL = Principal("till:0007/3", "till", "0007", "3")
OTHER = Principal("till:0007/4", "till", "0007", "4")
NORA = Principal("user:nora", "clerk", user_id=17)
PROGRAM = Principal("token:12", "admin")


def numbers(count: int, *, first: int = 0) -> list[str]:
    return [f"29{number:07}" for number in range(first, first + count)]


def guesses_at(service: Service, *, now: timedelta = timedelta()) -> Guesses:
    return Guesses(service.database, now=lambda: NOW + now)


async def guess(guesses: Guesses, who: Principal, asked: Iterable[str]) -> int:
    """Ask for cards that there are not; give how many were refused as such before the stop."""
    count = 0
    for number in asked:
        try:
            await guesses.check(who)
            await guesses.note_refused(who, number, ("29",))
        except TooManyGuessesError:
            break
        count += 1
    return count


@pytest.mark.parametrize("who", [TILL, NORA])
async def test_guesser_is_stopped_and_told_for_how_long(service: Service, who: Principal) -> None:
    guesses = guesses_at(service)
    assert await guess(guesses, who, numbers(MOST_REFUSED * 2)) == MOST_REFUSED - 1
    with pytest.raises(TooManyGuessesError) as refusal:
        await guesses.check(who)
    assert refusal.value.retry_after_seconds == STOPPED_FOR.total_seconds() + 1
    async with service.database.connection() as connection:
        rows = (await connection.execute(text("select actor, record, data, importance from activity"))).all()
    record = "user:17" if who is NORA else who.actor
    assert rows == [(who.actor, record, {"refused": MOST_REFUSED, "minutes": 10}, 1)]


async def test_one_stopped_till_stops_no_other(service: Service) -> None:
    guesses = guesses_at(service)
    await guess(guesses, TILL, numbers(MOST_REFUSED))
    await guesses.check(OTHER)
    assert await guess(guesses, OTHER, numbers(5)) == 5


async def test_processes_count_together(service: Service) -> None:
    one, other = guesses_at(service), guesses_at(service)
    assert await guess(one, TILL, numbers(MOST_REFUSED - 1)) == MOST_REFUSED - 1
    assert await guess(other, TILL, numbers(5, first=100)) == 0
    assert await guess(one, TILL, numbers(5, first=200)) == 0


async def test_stop_ends_by_itself_and_the_count_begins_anew(service: Service) -> None:
    await guess(guesses_at(service), TILL, numbers(MOST_REFUSED))
    later = guesses_at(service, now=STOPPED_FOR)
    assert await guess(later, TILL, numbers(MOST_REFUSED, first=500)) == MOST_REFUSED - 1


async def test_slow_refusals_never_stop(service: Service) -> None:
    for step in range(4):
        guesses = guesses_at(service, now=WITHIN * step)
        assert await guess(guesses, TILL, numbers(MOST_REFUSED - 1, first=step * 100)) == MOST_REFUSED - 1


async def test_same_number_again_is_one_guess(service: Service) -> None:
    asked = ["290000001"] * (MOST_REFUSED * 2)
    assert await guess(guesses_at(service), TILL, asked) == len(asked)


async def test_goods_that_a_register_asks_for_are_no_guesses(service: Service) -> None:
    goods = ["4006381333931", "5449000000996", "96385074"] * MOST_REFUSED
    assert await guess(guesses_at(service), TILL, goods) == len(goods)
    async with service.database.connection() as connection:
        assert (await connection.execute(text("select count(*) from card_guessing"))).scalar_one() == 0


async def test_program_is_not_stopped(service: Service) -> None:
    assert await guess(guesses_at(service), PROGRAM, numbers(MOST_REFUSED * 2)) == MOST_REFUSED * 2


async def test_busiest_till_with_nothing_but_unknown_cards_is_not_stopped(service: Service) -> None:
    """A receipt each twenty seconds for ten minutes, and a third of it again for lookups that a cashier repeats."""
    receipts = int(WITHIN.total_seconds()) // 20
    assert await guess(guesses_at(service), TILL, numbers(receipts + receipts // 3)) == receipts + receipts // 3


async def test_who_is_allowed_again_is_allowed_by_all_processes(service: Service) -> None:
    one, other = guesses_at(service), guesses_at(service)
    await guess(one, TILL, numbers(MOST_REFUSED))
    assert await guess(other, TILL, numbers(1)) == 0
    assert [stopped.who for stopped in await service.database.run(list_stopped, now=NOW)] == [TILL.actor]
    await service.database.run(allow_again, TILL.actor, act=ACT)
    for guesses in (one, other):
        await guesses.check(TILL)
    assert await service.database.run(list_stopped, now=NOW) == []


async def test_lookup_that_is_allowed_asks_the_database_nothing(service: Service) -> None:
    guesses = guesses_at(service)
    await guess(guesses, TILL, numbers(3))
    with statements(service.database) as asked:
        await guesses.check(TILL)
    assert asked == []


async def test_no_number_is_kept(service: Service) -> None:
    await service.database.run(count_refused, TILL, "290000001", now=NOW)
    async with service.database.connection() as connection:
        kept = (await connection.execute(text("select card_guessing::text from card_guessing"))).scalar_one()
    assert "290000001" not in kept
    assert b"290000001".hex() not in kept
    assert await service.database.run(find_stop, TILL.actor, now=NOW) is None
