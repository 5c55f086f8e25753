"""An invented month of a chain of shops, with misuse put in at places that are known.

Key idea: everything that is not misuse follows habits - a home store, an hour of the day, cashiers in shifts, baskets
of a size, now and then a return - and some of it looks like misuse on purpose: the regular who comes every morning when
one cashier always works, a till whose scanner is broken, the large purchase that comes back without any threshold near.
What a rule finds can then be compared with what was put in. The same seed gives the same month.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

from msgspec import Struct

from loyalty.signals.model import Kind

FIRST_DAY = date(2026, 10, 1)
DAYS = 31
MORNING, EVENING, NIGHT = 8, 15, 22
TILLS = 3
THRESHOLDS = (500_00, 1_000_00, 3_000_00)
REGULARS = 50
REGULAR_DAYS = 0.75
STRAYING = 0.07
LARGE = 0.01
RETURNED, RETURNED_OF_LARGE = 0.03, 0.25
ELSEWHERE = 0.2
BROKEN = 0.5
WAY = timedelta(minutes=40)
_CENTS = 100


class Size(Struct, frozen=True):
    """How large a month is; `misuses` is how often each kind is put in."""

    stores: int = 5
    cards: int = 3_000
    visits: int = 4
    strangers_a_shift: int = 8
    misuses: int = 8


class Ticket(Struct, frozen=True):
    """A receipt of the month; `card` is the card's place among the cards, `sale` the ticket that is returned."""

    uid: UUID
    store: str
    till: str
    cashier: str
    at: datetime
    cents: int
    card: int | None = None
    entry: str | None = None
    sale: UUID | None = None


Truth = tuple[Kind, int | str, str | None]
"""What was put in: the kind, the card or store, and for some the cashier or till."""


@dataclass
class Month:
    """All tickets in the order of time, and the misuse among them."""

    tickets: list[Ticket] = field(default_factory=list)
    truths: set[Truth] = field(default_factory=set)


def make_month(rng: Random, size: Size) -> Month:
    """Make a month."""
    return _Maker(rng, size).make()


class _Maker:
    """The habits of one month's cards and cashiers."""

    def __init__(self, rng: Random, size: Size) -> None:
        self.rng = rng
        self.size = size
        self.month = Month()
        self.stores = [f"{number:04}" for number in range(1, size.stores + 1)]
        self.keying = {
            (store, cashier): rng.uniform(0.01, 0.06) for store in self.stores for cashier in _cashiers(store)
        }
        self.broken = (self.stores[-1], "2")
        self.taken: dict[int, list[datetime]] = {}

    def make(self) -> Month:
        specials = self.rng.sample(range(self.size.cards), 3 * self.size.misuses)
        own, copied, riding = (specials[start::3] for start in range(3))
        self._key_by_hand()
        for card in range(self.size.cards):
            if card not in own:
                self._live(card)
        for store, day, hour in self._shifts():
            for _ in range(self.rng.randrange(2 * self.size.strangers_a_shift)):
                self._sell(store, self._moment(day, hour, hour + 7))
        for number in range(self.size.misuses):
            self._own_card(own[number], often=number)
            self._copy(copied[number])
            self._ride(riding[number])
        self.month.tickets.sort(key=lambda ticket: (ticket.at, ticket.uid))
        return self.month

    def _live(self, card: int, home: str | None = None) -> None:
        """Let a card's holder shop as he does: at home mostly, at his hour, now and then with a return."""
        rng = self.rng
        may_stray = home is None
        home, hour = home or rng.choice(self.stores), rng.triangular(MORNING, NIGHT - 1, 17)
        is_regular = card % REGULARS == 0  # most days, early, when one of the cashiers always works
        often = REGULAR_DAYS if is_regular else self.size.visits / DAYS
        for day in range(DAYS):
            if rng.random() < often:
                store = rng.choice(self.stores) if may_stray and rng.random() < STRAYING else home
                around = MORNING + 0.5 if is_regular else min(max(rng.gauss(hour, 1.5), MORNING), NIGHT - 0.05)
                self._buy(card, store, _at(day, around) + timedelta(seconds=rng.randrange(900)))

    def _buy(self, card: int, store: str, at: datetime) -> None:
        if self._is_near_another(card, at):
            return
        self.taken.setdefault(card, []).append(at)
        is_large = self.rng.random() < LARGE
        cents = self.rng.randrange(150_00, 450_00) if is_large else self._basket()
        sale = self._sell(store, at, card=card, cents=cents)
        if self.rng.random() < (RETURNED_OF_LARGE if is_large else RETURNED):
            back = cents // self.rng.choice((1, 1, 2, 3, 4))
            self._return(sale, back, after=timedelta(days=self.rng.randrange(1, 15)))

    def _is_near_another(self, card: int, at: datetime) -> bool:
        """Tell whether the holder is elsewhere: nobody is at two tills at once, and ways take time."""
        return any(abs(at - other) < WAY for other in self.taken.get(card, ()))

    def _sell(
        self,
        store: str,
        at: datetime,
        *,
        card: int | None = None,
        cents: int | None = None,
        cashier: str | None = None,
    ) -> Ticket:
        rng = self.rng
        on_duty = self._on_duty(store, at)
        cashier = cashier or rng.choice(on_duty)
        till = str(on_duty.index(cashier) % TILLS + 1) if cashier in on_duty else "1"
        if rng.random() < ELSEWHERE:
            till = str(rng.randrange(1, TILLS + 1))
        keyed = BROKEN if (store, till) == self.broken else self.keying[store, cashier]
        entry = None if card is None else "keyed" if rng.random() < keyed else "scanned"
        ticket = Ticket(self._uid(), store, till, cashier, at, cents or self._basket(), card, entry)
        self.month.tickets.append(ticket)
        return ticket

    def _return(self, sale: Ticket, cents: int, *, after: timedelta) -> None:
        at = sale.at + after
        while sale.card is not None and self._is_near_another(sale.card, at):
            at += WAY
        if at.date() < FIRST_DAY + timedelta(days=DAYS):
            cashier = self._on_duty(sale.store, at)[0]
            back = Ticket(self._uid(), sale.store, "1", cashier, at, cents, sale.card, "scanned", sale.uid)
            self.month.tickets.append(back)
            self.taken.setdefault(sale.card or 0, []).append(at)

    def _own_card(self, card: int, *, often: int) -> None:
        """Let a cashier put strangers' purchases on his own card: from twice in three shifts to three in each."""
        store = self.rng.choice(self.stores)
        cashier = self.rng.choice(_cashiers(store))
        self.month.truths.add(("own_card", card, cashier))
        self._live(card, home=store)
        for its_store, day, hour in self._shifts():
            if its_store == store and cashier in self._on_duty(store, _at(day, hour)):
                for _ in range(self.rng.choice((0, 1, 1)) + self.rng.randrange(often % 4 + 1)):
                    self._sell(store, self._moment(day, hour, hour + 7), card=card, cashier=cashier)

    def _copy(self, card: int) -> None:
        """Let a copy of a card be used in another store, minutes after the card."""
        self.month.truths.add(("distant_stores", card, None))
        for _ in range(self.rng.randrange(1, 4)):
            store, other = self.rng.sample(self.stores, 2)
            at = self._moment(self.rng.randrange(DAYS), MORNING, NIGHT - 1)
            self._sell(store, at, card=card)
            self._sell(other, at + timedelta(seconds=self.rng.randrange(30, 560)), card=card)

    def _key_by_hand(self) -> None:
        """Let some cashiers key numbers from a slip of paper; a broken scanner is to be told too."""
        for store, cashier in self.rng.sample(sorted(self.keying), self.size.misuses // 2):
            self.keying[store, cashier] = self.rng.uniform(0.3, 0.6)
            self.month.truths.add(("keyed", store, cashier))
        self.month.truths.add(("keyed", self.broken[0], f"till {self.broken[1]}"))

    def _ride(self, card: int) -> None:
        """Let a card climb over a threshold by one purchase that comes back within days."""
        self.month.truths.add(("threshold_riding", card, None))
        at = self._moment(self.rng.randrange(20), MORNING, NIGHT - 1)
        while self._is_near_another(card, at):
            at = self._moment(self.rng.randrange(20), MORNING, NIGHT - 1)
        sale = self._sell(self.rng.choice(self.stores), at, card=card, cents=self.rng.randrange(1_000_00, 2_900_00))
        back = sale.cents * self.rng.choice((10, 10, 9)) // 10
        self._return(sale, back, after=timedelta(days=self.rng.randrange(10), hours=1))

    def _shifts(self) -> Iterator[tuple[str, int, int]]:
        return ((store, day, hour) for store in self.stores for day in range(DAYS) for hour in (MORNING, EVENING))

    def _on_duty(self, store: str, at: datetime) -> list[str]:
        """Name the cashiers of a shift: of four, one works every morning, the others two days on and two off."""
        always, *others = _cashiers(store)
        day, is_morning = (at.date() - FIRST_DAY).days, at.hour < EVENING
        turning = [others[(day // 2 + place) % 3] for place in (0, 1)]
        return [always, turning[0]] if is_morning else turning

    def _moment(self, day: int, first_hour: int, until_hour: int) -> datetime:
        return _at(day, first_hour) + timedelta(seconds=self.rng.randrange((until_hour - first_hour) * 3_600))

    def _basket(self) -> int:
        return max(50, int(_CENTS * self.rng.lognormvariate(2.9, 0.7)))

    def _uid(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)


def _cashiers(store: str) -> list[str]:
    return [f"{store}-{letter}" for letter in "abcd"]


def _at(day: int, hour: float) -> datetime:
    return datetime.combine(FIRST_DAY, datetime.min.time(), UTC) + timedelta(days=day, hours=hour)
