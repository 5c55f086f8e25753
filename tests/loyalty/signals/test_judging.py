"""The four rules on counts, each threshold with what lies just under it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from msgspec import structs

from loyalty.cards.rules import TurnoverEntry, TurnoverTable
from loyalty.signals.chance import MOST_DIGITS, odds_digits
from loyalty.signals.facts import Climb, EntryCount, Hop, Meeting, Standing
from loyalty.signals.judging import judge_climbs, judge_entries, judge_hops, judge_meetings
from loyalty.signals.model import Subject, Thresholds

LIMITS = Thresholds()
DAY = date(2026, 10, 5)
AT = datetime(2026, 10, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "of", "expected", "digits"),
    [
        (20, 20, "10", 6),  # one half to the twentieth is one in a million
        (3, 20, "10", 0),  # fewer than expected
        (10, 20, "10", 0),
        (0, 0, "0", 0),
        (30, 30, "0.003", MOST_DIGITS),
        (12, 400, "4", 2),
    ],
)
def test_odds_are_counted_in_digits(count: int, of: int, expected: str, digits: int) -> None:
    assert odds_digits(count, of=of, expected=Decimal(expected)) == digits


def test_share_that_explains_everything_is_never_certain() -> None:
    assert odds_digits(10, of=10, expected=Decimal(10)) == 0
    assert odds_digits(10, of=10, expected=Decimal("9.99999999")) == 0


MEETING = Meeting(7, "0001", "anna", receipts=18, of_card=20, expected=Decimal("4.25"))


def test_cashier_who_rings_one_card_up_far_too_often_is_told() -> None:
    (found,) = judge_meetings([MEETING], LIMITS)

    assert found.subject == Subject("own_card", card_id=7, store="0001", cashier="anna")
    assert found.reason == (
        "cashier anna rang up 18 of the card's 20 sales in store 0001; by his share of the sales in those hours 4.2 would be his"
    )
    assert 1 <= found.score <= 100


@pytest.mark.parametrize(
    "change",
    [
        {"receipts": 7, "of_card": 7, "expected": Decimal("0.1")},  # too few
        {"receipts": 9, "of_card": 9, "expected": Decimal("4.5")},  # not five more than his share explains
        {"receipts": 10, "of_card": 20, "expected": Decimal("3.5")},  # chance does it once in a thousand
    ],
)
def test_what_chance_or_his_share_explains_is_not_told(change: dict[str, int]) -> None:
    assert judge_meetings([structs.replace(MEETING, **change)], LIMITS) == []


def test_cashier_who_keys_numbers_is_told_and_his_till_is_not() -> None:
    counts = [
        EntryCount("0001", till, cashier, shown=200, keyed=80 if cashier == "anna" else 6)
        for till in "12"
        for cashier in ("anna", "boris", "clara")
    ]

    found = judge_entries(counts, LIMITS)

    assert [one.subject for one in found] == [Subject("keyed", store="0001", cashier="anna")]
    assert found[0].reason.startswith("cashier anna keyed 160 of 400 card numbers in store 0001;")


def test_broken_scanner_is_told_as_the_till_and_no_cashier_answers_for_it() -> None:
    counts = [
        EntryCount("0001", till, cashier, shown=200, keyed=90 if till == "2" else 6)
        for till in "12"
        for cashier in ("anna", "boris", "clara")
    ]

    assert [one.subject for one in judge_entries(counts, LIMITS)] == [Subject("keyed", store="0001", till="2")]


def test_cashier_without_anybody_beside_him_is_compared_with_nobody() -> None:
    assert judge_entries([EntryCount("0001", "1", "anna", shown=500, keyed=400)], LIMITS) == []
    assert (
        judge_entries([EntryCount(store, "1", store, shown=500, keyed=400) for store in ("0001", "0002")], LIMITS) == []
    )


def hop(seconds: int, number: int = 1) -> Hop:
    return Hop(7, "0002", UUID(int=2 * number), DAY, "0001", UUID(int=2 * number + 1), seconds)


def test_card_in_two_stores_is_told_once_with_all_its_receipts() -> None:
    (found,) = judge_hops([hop(60, 1), hop(590, 2)], LIMITS)

    assert found.subject == Subject("distant_stores", card_id=7)
    assert found.reason == "in stores 0001 and 0002 within 1 min 0 s; 2 times in the period"
    assert found.receipts == (UUID(int=2), UUID(int=3), UUID(int=4), UUID(int=5))


def test_nearer_and_oftener_is_more_unusual() -> None:
    scores = [
        judge_hops(hops, LIMITS)[0].score for hops in ([hop(590)], [hop(60)], [hop(60), hop(60, 2)], [hop(1)] * 9)
    ]

    assert scores == sorted(scores)
    assert (scores[0] >= 50, scores[-1]) == (True, 100)


CLIMB = Climb(
    card_id=7,
    series_id=1,
    uid=UUID(int=1),
    store="0001",
    cashier="anna",
    business_date=DAY,
    closed_at=AT,
    total=60_000,
    returned=60_000,
    returned_at=AT + timedelta(days=3),
    returned_on=DAY + timedelta(days=3),
    returns=(UUID(int=2),),
    entry=5,
    last_entry=6,
    usual=2_000,
)
STANDING = Standing(before=10_000, after=70_000, at_last=10_000)
TABLE = TurnoverTable(
    "lifetime", entries=(TurnoverEntry(0, 50_000), TurnoverEntry(50_000, None, change="set", value=30_000))
)


def test_sale_that_lifts_a_card_and_comes_back_is_told() -> None:
    (found,) = judge_climbs([(CLIMB, STANDING, TABLE)], LIMITS)

    assert (found.subject, found.score) == (Subject("threshold_riding", card_id=7), 94)
    assert found.receipts == (UUID(int=2), UUID(int=1))
    assert found.last_day == CLIMB.returned_on


@pytest.mark.parametrize(
    ("climb", "standing"),
    [
        ({"returned": 47_999}, {}),  # less than 80 % came back
        ({"returned_at": AT + timedelta(days=15)}, {}),
        ({"usual": 20_001}, {}),  # the card buys that much every time
        ({}, {"after": 49_999}),  # under the threshold
        ({}, {"before": 50_000}),  # over it already
        ({}, {"at_last": 50_000}),  # and over it still
    ],
)
def test_sale_that_lacks_one_of_the_signs_is_not_told(climb: dict[str, int], standing: dict[str, int]) -> None:
    judged = (structs.replace(CLIMB, **climb), structs.replace(STANDING, **standing), TABLE)

    assert judge_climbs([judged], LIMITS) == []
