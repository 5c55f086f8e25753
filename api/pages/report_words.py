"""What reports, their columns, groups and periods are called, and what each counts, from what and how."""

from collections.abc import Mapping

from msgspec import Struct

from api.auth.model import Right
from api.pages.words import mark
from crm.reports.model import Dimension

TITLES: Mapping[str, str] = {
    "turnover": mark("Turnover"),
    "cards": mark("Cards issued and activated"),
    "tiers": mark("Moves between tiers"),
    "retention": mark("Customers who come back"),
    "discounts": mark("Discounts given"),
    "points": mark("Points: what is owed"),
    "balances": mark("Money on cards"),
    "scores": mark("Classes of buyers"),
    "task-times": mark("Time in each state"),
}
SHORT: Mapping[str, str] = {
    "turnover": mark("By store, series, tier, cashier, day or any attribute, beside the period before."),
    "cards": mark("How many new cards were issued, and how many were used or activated for the first time."),
    "tiers": mark("How many cards rose, stayed and fell between two days."),
    "retention": mark("By the month of the first purchase: who bought again, month after month."),
    "discounts": mark("What was taken off, by reason, store, cashier, series or tier."),
    "points": mark("Points at the beginning, earned, spent, expired, and at the end."),
    "balances": mark("Money at the beginning, put on, paid, corrected, and at the end."),
    "scores": mark("Recency against frequency: who buys recently and often."),
    "task-times": mark("How long tasks stay in each state of their cycle."),
}
_REPLACED = mark(
    "A replaced card counts with the card that took its place. Series, tier and attributes are those of today."
)
_DAYS = mark(
    "A day is the business day of the till. A return counts negative on its own day; a void takes a "
    "receipt out of the day of its sale."
)
HELPS: Mapping[str, tuple[str, ...]] = {
    "turnover": (
        mark(
            "The turnover of cards to the minor unit, as their ledger has it: what receipts, documents and "
            "corrections entered. Receipts without a card, and money put on cards, are not in it."
        ),
        _DAYS,
        mark(
            "A purchase is a sale of goods that was not given back as a whole. The mean is turnover by purchases,"
            " rounded half up."
        ),
        mark(
            "The period before has as many days and ends the day before this one begins; of whole months it is as"
            " many whole months."
        ),
        _REPLACED,
    ),
    "cards": (
        mark(
            "Issued is the day on which a card was made here, in the time zone of the back office; activated the "
            "day of its first use or of its activation by hand, where its series asks for one. A card that "
            "replaces another counts as issued."
        ),
        _REPLACED,
    ),
    "tiers": (
        mark(
            "The tier of a card is its series and the percent that acts for it. From: as the first day began; to:"
            " as the last day ended, in the time zone of the back office. New cards were not there before. "
            "Replaced cards are left out."
        ),
    ),
    "retention": (
        mark(
            "Each row is the cards whose first purchase lay in that month; each column how many of them bought so"
            " many months later, as a share of all of the row. The current month is not over yet."
        ),
        _REPLACED,
    ),
    "discounts": (
        mark(
            "Price and discount of the lines of posted receipts, with or without a card; money put on cards is no"
            " goods. A share is discount by price, rounded half up to a hundredth of a percent."
        ),
        mark(
            "The till tells how much was taken off. The reason is the first that fits: a manual percent; a gift, "
            "a fixed price or no card; a net that is a quotation's; the percent of the card or its series, to a "
            "minor unit; else a receipt rule."
        ),
        _DAYS,
        _REPLACED,
    ),
    "points": (
        mark(
            "What customers may still spend, as the ledger of points has it, to the point: opening, with all that"
            " moved in between, is closing. Earned is on receipts and by rules, less what returns and voids took "
            "back; spent is less what they gave back; adjusted is what was entered by hand or at the start."
        ),
        _REPLACED,
    ),
    "balances": (
        mark(
            "Money on credit and gift cards, as their ledger has it, to the minor unit: opening, with all that "
            "moved in between, is closing. Put on and paid are less what returns and voids took back; a card "
            "below zero owes."
        ),
        _REPLACED,
    ),
    "scores": (
        mark(
            "Parties that bought within a year, as they were scored last, whatever the period: each class is a "
            "fifth, 5 the best. Archived parties are left out."
        ),
    ),
    "task-times": (
        mark(
            "The stays of tasks in a state that ended within the period, in the time zone of the back office: how"
            " many, their mean and their median."
        ),
    ),
}
COLUMNS: Mapping[str, str] = {
    "turnover": mark("Turnover"),
    "purchases": mark("Purchases"),
    "mean": mark("Mean"),
    "median": mark("Median"),
    "before": mark("Period before"),
    "change": mark("Change"),
    "issued": mark("Issued"),
    "activated": mark("Activated"),
    "cards": mark("Cards"),
    "share": mark("Share"),
    "discount": mark("Discount"),
    "gross": mark("Price before discount"),
    "lines": mark("Lines"),
    "opening": mark("At the beginning"),
    "earned": mark("Earned"),
    "spent": mark("Spent"),
    "expired": mark("Expired"),
    "adjusted": mark("Adjusted"),
    "closing": mark("At the end"),
    "topped_up": mark("Put on"),
    "paid": mark("Paid"),
    "parties": mark("Parties"),
    "stays": mark("Stays"),
}
DIMENSIONS: Mapping[Dimension, str] = {
    "step": mark("Time"),
    "group": mark("Group"),
    "from": mark("From"),
    "to": mark("To"),
    "cohort": mark("First purchase in"),
    "age": mark("Months later"),
    "recency": mark("How recently"),
    "frequency": mark("How often"),
    "kind": mark("Business cycle"),
    "state": mark("State"),
}
GROUPS: Mapping[str, str] = {
    "store": mark("Store"),
    "series": mark("Series"),
    "tier": mark("Tier"),
    "cashier": mark("Cashier"),
    "reason": mark("Reason"),
    "": mark("nothing"),
}
STEPS: Mapping[str, str] = {"day": mark("Day"), "week": mark("Week from"), "month": mark("Month")}
STEP_CHOICES: Mapping[str, str] = {
    "none": mark("the whole period"),
    "day": mark("days"),
    "week": mark("weeks"),
    "month": mark("months"),
}
PRESETS: Mapping[str, str] = {
    "today": mark("Today"),
    "yesterday": mark("Yesterday"),
    "week": mark("This week"),
    "last_week": mark("Last week"),
    "month": mark("This month"),
    "last_month": mark("Last month"),
    "quarter": mark("This quarter"),
    "last_quarter": mark("Last quarter"),
    "year": mark("This year"),
    "last_year": mark("Last year"),
    "days": mark("The last days"),
    "own": mark("From day to day"),
}
REASONS: Mapping[str, str] = {
    "percent": mark("Percent of the card"),
    "quotation": mark("Quotation"),
    "receipt_rule": mark("Receipt rule"),
    "manual": mark("Manual"),
    "till": mark("Price of the till"),
    "none": mark("No discount"),
}
WITHOUT: Mapping[str, str] = {
    "store": mark("Not at a till"),
    "cashier": mark("Not at a till"),
    "series": mark("Without a card"),
    "tier": mark("Without a card"),
}
"""What a row is called that has no value of a grouping; of attributes it is `NOT_GIVEN`."""
NOT_GIVEN = mark("not given")
NEW_CARD = mark("New card")
EVERY: Mapping[str, str] = {
    "day": mark("every day"),
    "week": mark("every Monday"),
    "month": mark("on the first of each month"),
}


class Elsewhere(Struct, frozen=True):
    """A report that stands on a page of its own, and what one needs to see it."""

    title: str
    text: str
    path: str
    right: Right


SECTIONS: Mapping[str, tuple[str | Elsewhere, ...]] = {
    mark("Sales and cards"): (
        "turnover",
        "discounts",
        "cards",
        "tiers",
        "points",
        "balances",
        Elsewhere(
            mark("Cards by turnover"),
            mark("How many cards stand in each band of turnover."),
            "/cards/bands",
            "reports.read",
        ),
        Elsewhere(
            mark("Rehearsal of rules"),
            mark("What other rules of a series would have given: open a series, then its rules."),
            "/series",
            "cards.read",
        ),
    ),
    mark("Customers and mailings"): (
        "retention",
        "scores",
        Elsewhere(
            mark("Mailings and what they brought"),
            mark("From meant to clicked, and the turnover beside those who were held back."),
            "/mailings",
            "mailings.read",
        ),
        Elsewhere(
            mark("Surveys and recommendation"),
            mark("Answers to questions, and the net promoter score."),
            "/surveys",
            "surveys.read",
        ),
    ),
    mark("Work"): (
        "task-times",
        Elsewhere(mark("Workload"), mark("What is planned for each colleague, day by day."), "/workload", "tasks.read"),
        Elsewhere(
            mark("Lateness"),
            mark("Planned against actual of tasks, events and deliveries."),
            "/dispatcher/lateness",
            "dispatcher.read",
        ),
        Elsewhere(
            mark("Open requests"), mark("What each customer waits for."), "/tasks/reports/requests", "tasks.read"
        ),
    ),
}
"""All reports as the index lists them: those of the one shape by their names, the others with their pages."""
