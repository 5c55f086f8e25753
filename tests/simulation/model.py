"""What the books must say after any history, summed anew from facts. In minor units, and whole pieces of goods."""

from dataclasses import dataclass, field

Line = tuple[str, int, int, bool]
"""Article, quantity, net and whether it tops the card up; an article stands on one line of a sale."""


@dataclass
class Fact:
    """A receipt: `sale` names the original of a return, `money` is what it moves on each card."""

    card: int | None
    lines: list[Line]
    money: dict[int, int]
    sale: str | None = None
    state: str = "posted"


@dataclass
class Books:
    """The facts of a shop; every act gives the answer that the service must give."""

    start: list[int]
    facts: dict[str, Fact] = field(default_factory=dict)
    early_voids: set[str] = field(default_factory=set)
    documents: dict[str, tuple[int | None, int]] = field(default_factory=dict)

    def sell(self, uid: str, fact: Fact, *, is_offline: bool) -> str:
        """Post a sale, then the returns that waited for it."""
        if uid in self.early_voids:
            fact.state = "voided"
        elif not is_offline and not self._affords(fact.money):
            return "insufficient_funds"
        self.facts[uid] = fact
        for waiting in self.facts.values():
            if waiting.sale == uid and waiting.state == "parked":
                self._settle(waiting)
        return "new"

    def give_back(self, uid: str, fact: Fact) -> str:
        """Post a return, or park it until its sale comes."""
        fact.state = "voided" if uid in self.early_voids else "parked"
        refused = self._settle(fact) if fact.state == "parked" and fact.sale in self.facts else None
        if refused is None:
            self.facts[uid] = fact
        return refused or "new"

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
        sales = [uid for uid, fact in posted.items() if fact.sale is None and fact.card == card]
        balance = self.start[card] + sum(fact.money.get(card, 0) for fact in posted.values())
        return turnover, sum(self._has_goods(uid) for uid in sales), balance

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

    def _affords(self, money: dict[int, int]) -> bool:
        return all(amount >= 0 or self.figures(card)[2] + amount >= 0 for card, amount in money.items())
