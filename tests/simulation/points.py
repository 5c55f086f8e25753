"""What the books must say of points, summed anew from the facts of the model: oldest first, cut once per receipt."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction

from tests.simulation.facts import Fact

PER_MONEY, PER_UNIT = Fraction(3, 2) / 100, Fraction(142_857, 10**6)
"""Points for one minor unit, and for one piece."""
VALUE = 10
"""What a point pays, in minor units."""
TERM = timedelta(days=19)
"""From the first day to the last on which points may be spent."""

Days = tuple[Counter[date], Counter[date]]
"""What a card earned, by the last day on which it may be spent, and what it spent by day."""


def left_on(facts: Mapping[str, Fact], card: int, day: date) -> int:
    """Give a card's points once all that may not be spent any more on a day is off it."""
    left, owed = _match(_days(facts, card))
    return sum(there for until, there in left if until >= day) - owed


def points_refusal(facts: Mapping[str, Fact], sale: Fact) -> str | None:
    """Say why points may not pay for a sale: they do so whole, and without owing more than before."""
    if sale.by_points % VALUE:
        return "points_not_whole"
    earned, spent = _days(facts, sale.payer) if sale.by_points else (Counter[date](), Counter[date]())
    needed = spent + Counter({sale.day: sale.by_points // VALUE})
    return "insufficient_funds" if _match((earned, needed))[1] > _match((earned, spent))[1] else None


def _match(days: Days) -> tuple[list[tuple[date, int]], int]:
    """Take what was spent of what ends first and may be spent on its day; gives what is left, and what is owed."""
    left, owed = sorted(days[0].items()), 0
    for day, spent in sorted(days[1].items()):
        wanted = spent
        for place, (until, there) in enumerate(left):
            taken = min(there, wanted) if until >= day else 0
            left[place], wanted = (until, there - taken), wanted - taken
        owed += wanted
    return left, owed


def _days(facts: Mapping[str, Fact], card: int | None) -> Days:
    earned, spent = Counter[date](), Counter[date]()
    posted = {uid: fact for uid, fact in facts.items() if fact.state == "posted"}
    brought: dict[str | None, list[Fact]] = {}
    for fact in posted.values():
        brought.setdefault(fact.sale, []).append(fact)
    for uid, sale in ((uid, fact) for uid, fact in posted.items() if fact.sale is None):
        returns = brought.get(uid, [])
        if sale.card == card:
            earned[sale.day + TERM] += _kept(sale, returns)
        if sale.payer == card:
            spent[sale.day] += _cost(sale, returns)
        for other in returns:  # money that no points of the card had paid comes back as points of that day
            if other.payer == card and (sale.payer != card or sale.by_points < VALUE):
                earned[other.day + TERM] += other.by_points // VALUE
    return earned, spent


def _kept(sale: Fact, returns: list[Fact]) -> int:
    """Give what a sale earned less what its returns took back."""
    weights = {sku: net * PER_MONEY + pieces * PER_UNIT for sku, pieces, net, _ in sale.lines}
    sold = {sku: pieces for sku, pieces, _, _ in sale.lines}
    total = sum(net for _, _, net, _ in sale.lines)
    earned = int(sum(weights.values()) * (Fraction(total - sale.by_points, total) if total else 1))
    back = sum(weights[sku] * Fraction(pieces, sold[sku]) for other in returns for sku, pieces, _, _ in other.lines)
    return earned - int(earned * back / sum(weights.values()))


def _cost(sale: Fact, returns: list[Fact]) -> int:
    """Give the points that a sale cost less what its returns gave back."""
    points = sale.by_points // VALUE
    back = sum(other.by_points for other in returns if other.payer == sale.payer)
    return points - (points * back // sale.by_points if points else 0)
