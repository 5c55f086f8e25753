"""What a shop knows: receipts as facts, in minor units and whole pieces of goods."""

from dataclasses import dataclass
from datetime import date

Line = tuple[str, int, int, bool]
"""Article, quantity, net and whether it tops the card up; an article stands on one line of a sale."""


@dataclass
class Fact:
    """A receipt: `sale` names the original of a return, `money` is what it moves on each card.

    `payer` is the card that pays, with money, perhaps that of a hold, or with points that stand for `by_points` of it;
    in a return it is paid.
    """

    card: int | None
    lines: list[Line]
    money: dict[int, int]
    sale: str | None = None
    state: str = "posted"
    day: date = date.min
    payer: int | None = None
    hold: str | None = None
    by_points: int = 0
