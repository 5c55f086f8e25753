"""What the books must say of holds: money kept on a card for a receipt until it is captured, released or too late."""

from dataclasses import dataclass


@dataclass
class Hold:
    """Money of a card, kept for a receipt."""

    card: int
    amount: int
    receipt: str
    state: str = "open"


class Holds(dict[str, Hold]):
    """All holds that were placed; every act gives the answer that the service must give."""

    def held(self, card: int) -> int:
        """Sum what is kept of a card's money."""
        return sum(hold.amount for hold in self.values() if (hold.card, hold.state) == (card, "open"))

    def place(self, uid: str, hold: Hold, *, available: int) -> str:
        """Keep money once."""
        if uid in self:
            return "known"
        if hold.amount > available:
            return "insufficient_funds"
        self[uid] = hold
        return "new"

    def release(self, uid: str) -> str:
        """Give back what is kept; what was captured is spent."""
        hold = self[uid]
        hold.state = "released" if hold.state == "open" else hold.state
        return "hold_captured" if hold.state == "captured" else "released"

    def pass_time(self, card: int) -> None:
        """Let the time of all holds of a card's money be over."""
        for hold in self.values():
            hold.state = "expired" if (hold.card, hold.state) == (card, "open") else hold.state

    def is_another(self, uid: str | None, receipt: str, payer: int | None) -> bool:
        """Tell whether a hold was placed for another receipt or card; one whose time is over is no hold any more."""
        hold = self.get(uid or "")
        return hold is not None and hold.state != "expired" and (hold.receipt, hold.card) != (receipt, payer)

    def granted(self, uid: str | None, receipt: str, payer: int | None) -> dict[int, int]:
        """Give what a sale may spend of a card beside what is free: what an open hold keeps for it."""
        hold = self.get(uid or "")
        is_open = hold is not None and hold.state == "open" and not self.is_another(uid, receipt, payer)
        return {hold.card: hold.amount} if hold is not None and is_open else {}

    def capture(self, uid: str | None, receipt: str, payer: int | None) -> None:
        """Spend what a hold keeps for a sale, if it does."""
        if uid is not None and self.granted(uid, receipt, payer):
            self[uid].state = "captured"
