"""The shop's own data and the steps of its first hour. Pure.

Key idea: a step is done when what it is for is there, however that came about; so the guide is left and taken up again
at will, and a shop that was filled by an import finds its steps done. Nothing but that it was left is kept of it.
"""

from datetime import datetime
from typing import Final, Literal, get_args

from msgspec import Struct

from crm.shop.errors import ShopRefusedError

Step = Literal["shop", "store", "series", "cards", "till", "scan"]
STEPS: Final[tuple[Step, ...]] = get_args(Step)
MOST: Final = {"name": 200, "address": 500, "phone": 50, "email": 200, "website": 200, "numbers": 200}
"""The longest that each text may be."""


class Shop(Struct, frozen=True):
    """What a shop says of itself on paper; the address may have lines, `numbers` are those of its registration."""

    name: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    numbers: str = ""


class FirstCard(Struct, frozen=True):
    """The first card that a till read."""

    store: str
    till: str
    card_id: int
    at: datetime


class Standing(Struct, frozen=True):
    """How far a shop is set up: which steps are done, whether its guide was left, and what it made first.

    `store`, `series` and `card_id` are the first of each; `has_till` says whether any till may call.
    """

    shop: Shop
    version: int
    guide_left_at: datetime | None
    store: str | None
    series: str | None
    card_id: int | None
    has_till: bool
    first_card: FirstCard | None

    def is_done(self, step: Step) -> bool:
        """Tell whether what a step is for is there."""
        return {
            "shop": bool(self.shop.name),
            "store": self.store is not None,
            "series": self.series is not None,
            "cards": self.card_id is not None,
            "till": self.has_till,
            "scan": self.first_card is not None,
        }[step]

    @property
    def next(self) -> Step | None:
        """The first step that is still to be done."""
        return next((step for step in STEPS if not self.is_done(step)), None)

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(self.is_done(step) for step in STEPS)


def check_shop(shop: Shop) -> Shop:
    """Give the data as they may be kept. Raises ShopRefusedError naming the field."""
    clean = {name: getattr(shop, name).strip() for name in MOST}
    for name, most in MOST.items():
        if len(clean[name]) > most:
            raise ShopRefusedError(f"has at most {most} characters", field=name)
    if not clean["name"]:
        raise ShopRefusedError("a shop has a name", field="name")
    if clean["email"] and "@" not in clean["email"]:
        raise ShopRefusedError("is no address of e-mail", field="email")
    return Shop(**clean)
