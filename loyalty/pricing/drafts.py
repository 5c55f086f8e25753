"""A line on its way through the rules: what is left of it, and the reasons so far. Lives for one calculation only."""

from loyalty.pricing.model import Applied, AppliedReason, Line, PassedOver, PassedOverReason, PricedLine


class Draft:
    """A line that rules take from, one after the other; `percent_barred` keeps it out of the percents' base."""

    __slots__ = ("applied", "left", "line", "passed_over", "percent_barred")

    def __init__(self, line: Line) -> None:
        self.line = line
        self.left = line.gross
        self.applied: list[Applied] = []
        self.passed_over: list[PassedOver] = []
        self.percent_barred = False

    def take(
        self, reason: AppliedReason, source: str, amount: int, *, percent: int | None = None, rule: int | None = None
    ) -> None:
        """Take an amount off the line, for a reason."""
        self.left -= amount
        self.applied.append(Applied(reason, source, percent, amount, rule))

    def pass_over(self, reason: PassedOverReason, source: str, rule: int | None = None) -> None:
        """Write down a rule that lost on the line, and why."""
        self.passed_over.append(PassedOver(reason, source, rule))

    def finished(self) -> PricedLine:
        """Give the priced line with all that was written down."""
        line = self.line
        return PricedLine(
            line=line.line,
            quantity=line.quantity,
            price=line.price,
            gross=line.gross,
            discount=line.gross - self.left,
            net=self.left,
            applied=tuple(self.applied),
            passed_over=tuple(self.passed_over),
        )
