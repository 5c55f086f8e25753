"""Tiers as SQL: what `loyalty.tiers.thresholds` decides for one card, written as CASE for a whole series at once.

Every expression speaks of `own` (the card's own percent or null), `acting` (the percent that acts), `b.turnover` and
`b.receipts`. Only whole numbers of our own structs are written into it.
"""

from loyalty.cards.rules import ONE_FACTOR
from loyalty.money import WHOLE
from loyalty.tiers.thresholds import Tier, Tiers, fixed_percent, steps_down


def step_sql(tiers: Tiers) -> str:
    """Give the number of the entry that acts on a card, null where none does."""
    branches = [f"when {_condition(tier)} then {_choice(tiers, number)}" for number, tier in enumerate(tiers.entries)]
    return f"case {' '.join(branches)} end" if branches else "null::int"


def percent_sql(tiers: Tiers) -> str:
    """Give the own percent that follows from `step`."""
    return _by_step(tiers, [_own_percent(tier) for tier in tiers.entries], otherwise="own")


def series_sql(tiers: Tiers) -> str:
    """Give the series that follows from `step`."""
    return _by_step(tiers, [str(tier.series_id) for tier in tiers.entries], otherwise=str(tiers.series_id))


def _by_step(tiers: Tiers, results: list[str], *, otherwise: str) -> str:
    branches = [f"when {number} then {results[number]}" for number in range(len(tiers.entries))]
    return f"case step {' '.join(branches)} else {otherwise} end" if branches else otherwise


def _condition(tier: Tier) -> str:
    return "b.turnover <= 0 and b.receipts <= 0" if tier.is_idle else f"greatest(b.turnover, 0) >= {tier.since}"


def _choice(tiers: Tiers, number: int) -> str:
    tier = tiers.entries[number]
    if tiers.downgrade == "plain":
        return str(number)
    stays = f"coalesce({_own_percent(tier)}, {tier.inherited}) >= acting"
    if tiers.downgrade == "never":
        return f"case when {stays} then {number} end"
    steps = [step for step in steps_down(tiers, tier) if step is not tier]
    branches = [f"when {_is_below(step)} then {tiers.entries.index(step)}" for step in steps if _is_above(step, tier)]
    return f"case when {stays} then {number} {' '.join(branches)} else {number} end"


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
