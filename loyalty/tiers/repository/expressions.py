"""Tiers as SQL: what `loyalty.tiers.thresholds` decides for one card, written as CASE for a whole series at once.

Every expression speaks of `own` (the card's own percent or null), `acting` (the percent that acts), `b.turnover` and
`b.receipts`. Only whole numbers of our own structs are written into it.
"""

from collections.abc import Sequence

from loyalty.cards.rules import ONE_FACTOR
from loyalty.money import WHOLE
from loyalty.tiers.thresholds import Tier, Tiers, fixed_percent, steps_down


def percent_sql(tiers: Tiers) -> str:
    """Give the own percent that follows."""
    return _decided_sql(tiers, [_own_percent(tier) for tier in tiers.entries], otherwise="own")


def series_sql(tiers: Tiers) -> str:
    """Give the series that follows; the tiers' own as a plain number where no entry moves a card."""
    if all(tier.series_id == tiers.series_id for tier in tiers.entries):
        return f"{tiers.series_id}::bigint"
    return _decided_sql(tiers, [f"{tier.series_id}::bigint" for tier in tiers.entries], otherwise=str(tiers.series_id))


def _decided_sql(tiers: Tiers, results: Sequence[str], *, otherwise: str) -> str:
    """Give the result of the entry that acts on a card, and the other one where none does: one CASE, gone once."""
    choices = [_choice(tiers, number, results, otherwise=otherwise) for number in range(len(tiers.entries))]
    branches = [f"when {_condition(tier)} then {choice}" for tier, choice in zip(tiers.entries, choices, strict=True)]
    return f"case {' '.join(branches)} else {otherwise} end" if branches else otherwise


def _condition(tier: Tier) -> str:
    return "b.turnover <= 0 and b.receipts <= 0" if tier.is_idle else f"greatest(b.turnover, 0) >= {tier.since}"


def _choice(tiers: Tiers, number: int, results: Sequence[str], *, otherwise: str) -> str:
    tier = tiers.entries[number]
    if tiers.downgrade == "plain":
        return results[number]
    stays = f"coalesce({_own_percent(tier)}, {tier.inherited}) >= acting"
    if tiers.downgrade == "never":
        return f"case when {stays} then {results[number]} else {otherwise} end"
    steps = [step for step in steps_down(tiers, tier) if step is not tier and _is_above(step, tier)]
    branches = [f"when {_is_below(step)} then {results[tiers.entries.index(step)]}" for step in steps]
    return f"case when {stays} then {results[number]} {' '.join(branches)} else {results[number]} end"


def _is_above(step: Tier, met: Tier) -> bool:
    return fixed_percent(step) > fixed_percent(met)


def _is_below(step: Tier) -> str:
    bound = f"{fixed_percent(step)} < acting"
    return bound if step.change else f"own is null and {bound}"


def _own_percent(tier: Tier) -> str:
    if tier.change == "set":
        return f"{tier.value}::bigint"
    if tier.change == "add":
        return f"greatest({-WHOLE}, least({WHOLE}, acting + {tier.value}))"
    if tier.change == "multiply":
        # Twice the product and one half more, cut toward zero: half away from zero, as money.round_half_up does.
        product = f"acting * {tier.value}"
        halves = f"(2 * {product} + sign({product})::bigint * {ONE_FACTOR}) / {2 * ONE_FACTOR}"
        return f"greatest({-WHOLE}, least({WHOLE}, {halves}))"
    return "own"
