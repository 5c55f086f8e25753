"""Re-rating of cards as their receipts are posted, where their series ask for it.

What it needs is read once for a flight: nothing where no series asks or a lifetime's sums are enough, the days of the
newest periods where they are not, and all that was posted where the way counts.
"""

from collections.abc import Sequence
from datetime import date

import asyncpg
from msgspec import structs

from loyalty.receipts.facts import Account, Facts, Rated, Ratings
from loyalty.receipts.model import Receipt
from loyalty.tiers import statements
from loyalty.tiers.periods import span_of
from loyalty.tiers.posting import (
    POSTED,
    Course,
    PastSettings,
    Posted,
    PostingRules,
    find_start,
    rate_by_course,
    rate_by_sums,
    read_posting_rules,
)
from loyalty.tiers.thresholds import Bought, Standing

_DAYS = statements.numbered(statements.DAYS, "cards", "first")
_POSTED = statements.numbered(statements.POSTED, "cards")
_PAST = statements.numbered(statements.PAST, "cards")
_RATE = statements.numbered(statements.RATE, "cards", "series", "percents", "limits", "causes", "now", "actor")


async def gather_ratings(connection: asyncpg.Connection, facts: Facts, receipts: Sequence[Receipt]) -> Ratings | None:
    """Load what the cards of a flight are re-rated by; None where no series asks for it."""
    rules = read_posting_rules(facts.catalogue.series)
    if rules is None:
        return None
    ratings = Ratings(rules)
    accounts = {card_id: account for card_id, account in facts.accounts.items() if rules.concerns(account.series.id)}
    replayed = {card_id: account for card_id, account in accounts.items() if account.series.id in rules.replayed}
    by_days = [card_id for card_id in accounts.keys() - replayed.keys() if not _is_lifetime(rules, accounts[card_id])]
    if by_days:
        earliest = min(receipt.business_date for receipt in receipts)
        first = min(span_of(table.period, earliest).first or earliest for table in rules.tables.values())
        ratings.days = await _load_days(connection, by_days, first)
    if replayed:
        ratings.courses = await _load_courses(connection, replayed)
    return ratings


def _is_lifetime(rules: PostingRules, account: Account) -> bool:
    return rules.tables[account.series.id].period == "lifetime"


async def _load_days(
    connection: asyncpg.Connection, card_ids: Sequence[int], first: date
) -> dict[int, dict[date, Bought]]:
    found: dict[int, dict[date, Bought]] = {card_id: {} for card_id in card_ids}
    for card_id, day, turnover, receipts in await connection.fetch(_DAYS, card_ids, first):
        found[card_id][day] = Bought(turnover, receipts)
    return found


async def _load_courses(connection: asyncpg.Connection, accounts: dict[int, Account]) -> dict[int, Course]:
    past: dict[int, list[PastSettings]] = {card_id: [] for card_id in accounts}
    posted: dict[int, list[Posted]] = {card_id: [] for card_id in accounts}
    for card_id, until, series_id, own_percent, cause in await connection.fetch(_PAST, list(accounts)):
        past[card_id].append(PastSettings(until, Standing(series_id, own_percent), cause))
    for card_id, *what in await connection.fetch(_POSTED, list(accounts)):
        posted[card_id].append(Posted(*what))
    courses = {}
    for card_id, account in accounts.items():
        start, since = find_start(account.standing, past[card_id])
        courses[card_id] = Course(start, since, posted[card_id])
    return courses


def rate(receipt: Receipt, bearer: Account, *, turnover: int, purchases: int, facts: Facts) -> None:
    """Re-rate the bearer of a receipt that was just applied; later receipts of the flight go on from there."""
    ratings, before = facts.ratings, bearer.standing
    if ratings is None or not ratings.rules.concerns(before.series_id) or not (turnover or purchases):
        return
    course = ratings.courses.get(bearer.card.card_id)
    if course is None:
        after = rate_by_sums(ratings.rules, before, _days_with(ratings, receipt, bearer, turnover, purchases))
    else:
        new = Posted(receipt.closed_at, receipt.uid, receipt.business_date, turnover, purchases, facts.now)
        course = structs.replace(course, posted=[*course.posted, new])
        ratings.courses[bearer.card.card_id] = course
        after = rate_by_course(ratings.rules, course)
    if after != before:
        percent = facts.catalogue.series[after.series_id].acting_percent(after.own_percent)
        bearer.rated = Rated(after, percent, f"{POSTED}{receipt.uid}")


def _days_with(
    ratings: Ratings, receipt: Receipt, bearer: Account, turnover: int, purchases: int
) -> dict[date, Bought]:
    """Give the sums by day with this receipt's; of a lifetime the card's own figures have it already."""
    days = ratings.days.get(bearer.card.card_id)
    if days is None:
        return {receipt.business_date: Bought(bearer.turnover, bearer.purchases)}
    known = days.get(receipt.business_date, Bought(0, 0))
    days[receipt.business_date] = Bought(known.turnover + turnover, known.receipts + purchases)
    return days


async def save_ratings(connection: asyncpg.Connection, facts: Facts, *, actor: str) -> None:
    """Write the settings of re-rated cards and keep what they were; one that came back to its old ones is left."""
    rated = {card_id: account.rated for card_id, account in facts.accounts.items() if _is_changed(account)}
    found = [(card_id, one.standing, one.cause) for card_id, one in rated.items() if one is not None]
    if found:
        await connection.execute(
            _RATE,
            [card_id for card_id, _, _ in found],
            [standing.series_id for _, standing, _ in found],
            [standing.own_percent for _, standing, _ in found],
            [facts.catalogue.series[standing.series_id].settings.credit_limit for _, standing, _ in found],
            [cause for _, _, cause in found],
            facts.now,
            actor,
        )


def _is_changed(account: Account) -> bool:
    card = account.card
    return account.rated is not None and account.standing != Standing(card.series_id, card.own_percent)
