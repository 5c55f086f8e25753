"""What the books must say after any history, summed anew from facts. In minor units, and whole pieces of goods."""

from dataclasses import dataclass, field

from tests.simulation.facts import Fact
from tests.simulation.holds import Holds
from tests.simulation.points import points_refusal


@dataclass
class Books:
    """The facts of a shop; every act gives the answer that the service must give."""

    start: list[int]
    facts: dict[str, Fact] = field(default_factory=dict)
    early_voids: set[str] = field(default_factory=set)
    documents: dict[str, tuple[int | None, int]] = field(default_factory=dict)
    holds: Holds = field(default_factory=Holds)

    def sell(self, uid: str, fact: Fact, *, is_offline: bool) -> str:
        """Post a sale, then the returns that waited for it."""
        fact.state = "voided" if uid in self.early_voids else "posted"
        if fact.state == "posted":
            if not is_offline and (refused := self._refusal(uid, fact)):
                return refused
            self.holds.capture(fact.hold, uid, fact.payer)
        self.facts[uid] = fact
        for waiting in self.facts.values():
            if waiting.sale == uid and waiting.state == "parked":
                self._settle(waiting)
        return "new"

    def give_back(self, uid: str, fact: Fact) -> str:
        """Post a return, or park it until its sale comes."""
        fact.state = "voided" if uid in self.early_voids else "parked"
        if fact.state == "parked" and fact.sale in self.facts and (refused := self._settle(fact)):
            return refused
        self.facts[uid] = fact
        return "new"

    def void(self, uid: str) -> str:
        """Take a receipt back, or as soon as it comes."""
        fact = self.facts.get(uid)
        if fact is None:
            told = "already_voided" if uid in self.early_voids else "parked"
            self.early_voids.add(uid)
            return told
        if fact.state == "voided":
            return "already_voided"
        if any(other.sale == uid and other.state == "posted" for other in self.facts.values()):
            return "receipt_has_returns"
        if fact.state == "posted" and not self._affords({card: -amount for card, amount in fact.money.items()}):
            return "insufficient_funds"
        fact.state = "voided"
        return "voided"

    def figures(self, card: int) -> tuple[int, int, int]:
        """Give a card's turnover, purchases and balance."""
        posted = {uid: fact for uid, fact in self.facts.items() if fact.state == "posted"}
        turnover = sum(carries for holder, carries in self.documents.values() if holder == card)
        for fact in posted.values():
            goods = sum(net for _, _, net, is_top_up in fact.lines if not is_top_up)
            turnover += (goods if fact.sale is None else -goods) if fact.card == card else 0
        purchases = sum(self._has_goods(uid) for uid, fact in posted.items() if (fact.sale, fact.card) == (None, card))
        return turnover, purchases, self.start[card] + sum(fact.money.get(card, 0) for fact in posted.values())

    def left(self, sale: str) -> dict[str, int]:
        """Count what is left of each article of a sale."""
        left = {sku: quantity for sku, quantity, _, _ in self.facts[sale].lines}
        for fact in self.facts.values():
            for sku, quantity, _, _ in fact.lines if (fact.sale, fact.state) == (sale, "posted") else ():
                left[sku] -= quantity
        return left

    def _settle(self, fact: Fact) -> str | None:
        sale, left = self.facts[fact.sale or ""], self.left(fact.sale or "")
        if sale.state != "posted" or any(left[sku] < quantity for sku, quantity, _, _ in fact.lines):
            return "nothing_left"
        if not self._affords(fact.money):
            return "insufficient_funds"
        fact.card, fact.state = sale.card, "posted"
        return None

    def _has_goods(self, sale: str) -> bool:
        left = self.left(sale)
        return any(left[sku] for sku, _, _, is_top_up in self.facts[sale].lines if not is_top_up)

    def room(self, card: int) -> int:
        """Give what may be spent of a card's money; less than nothing where it owes."""
        return self.figures(card)[2] - self.holds.held(card)

    def _refusal(self, uid: str, fact: Fact) -> str | None:
        if self.holds.is_another(fact.hold, uid, fact.payer):
            return "hold_mismatch"
        kept = self.holds.granted(fact.hold, uid, fact.payer)  # there for its receipt alone
        beyond = {card: amount + kept.get(card, 0) for card, amount in fact.money.items()}
        return points_refusal(self.facts, fact) or (None if self._affords(beyond) else "insufficient_funds")

    def _affords(self, money: dict[int, int]) -> bool:
        return all(amount >= 0 or self.room(card) + amount >= 0 for card, amount in money.items())
