"""Words of the service that stand as values in its refusals: `the card is blocked and cannot be frozen`.

They are told apart from what people typed by being these very words.
"""

from typing import Final


def mark(text: str) -> str:
    """Mark a word for translation."""
    return text


CODES: Final = frozenset(
    {
        mark("account"),
        mark("active"),
        mark("address"),
        mark("blocked"),
        mark("bonus"),
        mark("cancelled"),
        mark("captured"),
        mark("closed"),
        mark("contact"),
        mark("contact person"),
        mark("credit"),
        mark("discount"),
        mark("draft"),
        mark("done"),
        mark("email"),
        mark("expired"),
        mark("frozen"),
        mark("groups"),
        mark("issued"),
        mark("key"),
        mark("month"),
        mark("name"),
        mark("not activated"),
        mark("parties"),
        mark("planned"),
        mark("quarter"),
        mark("queued"),
        mark("registration"),
        mark("relation"),
        mark("replaced"),
        mark("segments"),
        mark("sending"),
        mark("sent"),
        mark("year"),
    }
)
