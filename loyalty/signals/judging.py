"""The four rules: which counts are unusual enough to be told to a person, how unusual, and why in words. Pure.

own_card: one cashier rings a card up far more often than his share of the store's sales in those hours explains.
distant_stores: two receipts of one card in a row were closed in different stores within minutes.
keyed: a cashier keys card numbers several times as often as others at the same till, or a till as other tills.
threshold_riding: a sale lifts a card over a threshold of its series, and comes back soon, so that the card falls again.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from loyalty.cards.rules import TurnoverTable
from loyalty.signals.chance import odds_digits
from loyalty.signals.facts import Climb, EntryCount, Hop, Meeting, Standing
from loyalty.signals.model import MOST_SCORE, Finding, Subject, Thresholds

T = TypeVar("T")
K = TypeVar("K", int, str)

_FOR_A_DIGIT = 5
"""Points for each digit of the odds: one in 10^20 has the most."""

_FOR_ANOTHER = 10
_FOR_A_DAY = 2
_WHOLE = 100


def judge_meetings(meetings: Iterable[Meeting], limits: Thresholds) -> list[Finding]:
    """Tell cards that one cashier rings up far more often than chance and his share of the sales explain."""
    found = []
    for one in meetings:
        digits = odds_digits(one.receipts, of=one.of_card, expected=one.expected)
        is_often = one.receipts >= limits.own_card_receipts and one.receipts - one.expected >= limits.own_card_beyond
        if is_often and digits >= limits.least_odds:
            subject = Subject("own_card", card_id=one.card_id, store=one.store, cashier=one.cashier)
            reason = (
                f"cashier {one.cashier} rang up {one.receipts} of the card's {one.of_card} sales in store {one.store};"
                f" by his share of the sales in those hours {_one_decimal(one.expected)} would be his"
            )
            found.append(Finding(subject, _score(digits), reason))
    return found


def judge_entries(counts: Sequence[EntryCount], limits: Thresholds) -> list[Finding]:
    """Tell cashiers and tills where numbers are keyed far more often than at the store's others.

    A cashier is compared with others at the same tills, so that he does not answer for a broken scanner; where nobody
    else works at a till, with the store's other cashiers. A till is told only where even those who key least at it key
    unusually often.
    """
    found = []
    for store, of_store in _grouped(counts, lambda count: count.store):
        for cashier, own in _grouped(of_store, lambda count: count.cashier):
            subject = Subject("keyed", store=store, cashier=cashier)
            expected = sum((_expected_at(count, of_store) for count in own), Decimal())
            found += _judge_keyed(subject, own, expected, limits, f"cashier {cashier}", "the others at the same tills")
        for till, own in _grouped(of_store, lambda count: count.till):
            least = _least_half(own)
            expected = _rate([count for count in of_store if count.till != till]) * _shown(least)
            subject = Subject("keyed", store=store, till=till)
            who = f"at till {till} even those who key least"
            found += _judge_keyed(subject, least, expected, limits, who, "the same at the store's other tills")
    return found


def _expected_at(count: EntryCount, of_store: Sequence[EntryCount]) -> Decimal:
    others = [other for other in of_store if other.cashier != count.cashier]
    at_till = [other for other in others if other.till == count.till]
    return count.shown * _rate(at_till or others)


def _rate(counts: Sequence[EntryCount]) -> Decimal:
    """Give the share of keyed entries, one more than was seen: few receipts prove little, none prove nothing.

    It is that of the half that keys least, so that two who key do not hide each other.
    """
    least = _least_half(counts)
    return Decimal(_keyed(least) + 1) / (_shown(least) + 1)


def _least_half(counts: Sequence[EntryCount]) -> list[EntryCount]:
    return sorted(counts, key=lambda count: Decimal(count.keyed) / count.shown)[: (len(counts) + 1) // 2]


def _keyed(counts: Iterable[EntryCount]) -> int:
    return sum(count.keyed for count in counts)


def _shown(counts: Iterable[EntryCount]) -> int:
    return sum(count.shown for count in counts)


def _judge_keyed(
    subject: Subject, own: Sequence[EntryCount], expected: Decimal, limits: Thresholds, who: str, others: str
) -> list[Finding]:
    keyed, shown = _keyed(own), _shown(own)
    digits = odds_digits(keyed, of=shown, expected=expected)
    is_often = keyed >= limits.keyed_receipts and keyed * _WHOLE >= limits.keyed_percent * shown
    if not is_often or keyed < limits.keyed_times * expected or digits < limits.least_odds:
        return []
    reason = (
        f"{who} keyed {keyed} of {shown} card numbers in store {subject.store};"
        f" {others} would have keyed {_one_decimal(expected)}"
    )
    return [Finding(subject, _score(digits), reason)]


def judge_hops(hops: Iterable[Hop], limits: Thresholds) -> list[Finding]:
    """Tell cards that were in two stores within minutes; the nearer and the oftener, the higher the score."""
    found = []
    most = limits.distant_minutes * 60
    for card_id, of_card in _grouped(hops, lambda hop: hop.card_id):
        nearest = min(of_card, key=lambda hop: hop.seconds)
        score = MOST_SCORE // 2 * (2 * most - nearest.seconds) // most
        minutes, seconds = divmod(nearest.seconds, 60)
        reason = f"in stores {nearest.store_before} and {nearest.store} within {minutes} min {seconds} s"
        receipts = [uid for hop in of_card for uid in (hop.uid, hop.uid_before)]
        found.append(
            Finding(
                Subject("distant_stores", card_id=card_id),
                _with_more(score, len(of_card)),
                reason + _more(len(of_card)),
                receipts=tuple(dict.fromkeys(receipts)),
                last_day=max(hop.business_date for hop in of_card),
            )
        )
    return found


def judge_climbs(judged: Iterable[tuple[Climb, Standing, TurnoverTable]], limits: Thresholds) -> list[Finding]:
    """Tell sales, unusually large for their card, that lifted it over a threshold and came back."""
    riding = [climb for climb, standing, table in judged if _is_riding(climb, standing, table, limits)]
    found = []
    for card_id, of_card in _grouped(riding, lambda climb: climb.card_id):
        worst = max(of_card, key=_riding_score)
        days = (worst.returned_at - worst.closed_at).days
        when = f"{days} days later" if days > 1 else "a day later" if days else "the same day"
        reason = (
            f"one sale lifted the card over a threshold of its series; {worst.returned * _WHOLE // worst.total} % of it"
            f" came back {when}, and the card fell under the threshold again"
        )
        found.append(
            Finding(
                Subject("threshold_riding", card_id=card_id),
                _with_more(_riding_score(worst), len(of_card)),
                reason + _more(len(of_card)),
                receipts=tuple(uid for climb in of_card for uid in (*climb.returns, climb.uid)),
                last_day=max(climb.returned_on for climb in of_card),
            )
        )
    return found


def _is_riding(climb: Climb, standing: Standing, table: TurnoverTable, limits: Thresholds) -> bool:
    is_soon = (climb.returned_at - climb.closed_at).days <= limits.riding_days
    is_returned = climb.returned * _WHOLE >= climb.total * limits.riding_percent
    is_large = climb.usual is None or climb.total >= limits.riding_times * climb.usual
    below = max(standing.before, standing.at_last)
    crosses = any(entry.since > 0 and below < entry.since <= standing.after for entry in table.entries)
    return is_soon and is_returned and is_large and crosses


def _riding_score(climb: Climb) -> int:
    days = (climb.returned_at - climb.closed_at).days
    return climb.returned * _WHOLE // climb.total - _FOR_A_DAY * days


def _with_more(score: int, times: int) -> int:
    return max(1, min(MOST_SCORE, score + _FOR_ANOTHER * (times - 1)))


def _more(times: int) -> str:
    return "" if times == 1 else f"; {times} times in the period"


def _score(digits: int) -> int:
    return max(1, min(MOST_SCORE, _FOR_A_DIGIT * digits))


def _one_decimal(amount: Decimal) -> str:
    return f"{amount:.1f}"


def _grouped(items: Iterable[T], key: Callable[[T], K]) -> list[tuple[K, list[T]]]:
    """Put items with one key together, in the order of the keys."""
    groups: dict[K, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return sorted(groups.items(), key=lambda group: group[0])
