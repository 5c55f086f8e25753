"""The panels that a profile is made of: each module offers its own, and the profile knows none of them by name.

Key idea: a panel says which right shows it, how it stands where nobody chose otherwise, and what fills its template
`panel_<name>.html`. A panel whose right the reader lacks, or whose module is switched off, is not offered; one that is
hidden or closed is not asked of the database. Each panel's reads are few and bounded.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import Right, Role
from api.auth.rights import may
from api.pages.words import mark
from crm.directories.model import PartyKind
from crm.parties.model import Party
from crm.parties.repository.audit import KeptChange, list_kept_changes
from crm.parties.repository.contacts import find_last_use
from crm.profile.layout import Place, Width
from crm.profile.listing import Moment, Timeline, TimelineFilter, list_timeline
from loyalty.accounts.listing import find_last_purchase
from loyalty.cards.listing import CardRow, SeriesRow, find_cards_of_holders, list_series
from loyalty.receipts.listing import ReceiptRow, list_receipts_of

MOST_ROWS = 10
KINDS: frozenset[PartyKind] = frozenset({"person", "organisation"})


class Viewed(Struct, frozen=True):
    """A party as somebody looks at it: when, and on which day where the back office is."""

    party: Party
    now: datetime
    today: date


class Panel(Struct, frozen=True):
    """One panel; `href` is where its whole list or its form is, `{id}` in it stands for the party."""

    module: str
    right: Right
    icon: str
    title: str
    load: Callable[[AsyncConnection, Viewed], Awaitable[object]]
    href: str | None = None
    link: str = mark("Edit")
    edit: Right | None = None
    width: Width = "narrow"
    is_open: bool = True
    kinds: frozenset[PartyKind] = KINDS


class HeldCard(Struct, frozen=True):
    """A card of a party, and its series."""

    card: CardRow
    series: SeriesRow

    @property
    def percent(self) -> int:
        """The discount it gives, in 1/10000 of a percent."""
        return self.series.percent if self.card.own_percent is None else self.card.own_percent


class Summary(Struct, frozen=True):
    """What somebody who answers the phone must know first; money in minor units."""

    cards: int
    turnover: int
    purchases: int
    percent: int | None
    last_purchase: date | None
    last_contact: datetime | None


class ShownTimeline(Struct, frozen=True):
    """A page of a timeline, and the values of people's data behind its acts."""

    found: Timeline
    changes: Sequence[KeptChange]


async def load_timeline(
    connection: AsyncConnection, party_id: int, wanted: TimelineFilter, *, before: Moment | None = None, size: int
) -> ShownTimeline:
    """Load a page of a timeline with the values that changed."""
    found = await list_timeline(connection, party_id, wanted, before=before, size=size)
    acts = [(row.party_id, row.at) for row in found.rows if row.party_id is not None]
    return ShownTimeline(found, await list_kept_changes(connection, acts))


async def _cards(connection: AsyncConnection, viewed: Viewed) -> list[HeldCard]:
    cards = await find_cards_of_holders(connection, [viewed.party.id], today=viewed.today)
    series = {one.id: one for one in await list_series(connection)} if cards else {}
    return [HeldCard(card, series[card.series_id]) for card in cards]


async def _receipts(connection: AsyncConnection, viewed: Viewed) -> list[ReceiptRow]:
    cards = await find_cards_of_holders(connection, [viewed.party.id], today=viewed.today)
    return await list_receipts_of(connection, [card.card_id for card in cards], most=MOST_ROWS) if cards else []


async def _summary(connection: AsyncConnection, viewed: Viewed) -> Summary:
    held = await _cards(connection, viewed)
    used = [one for one in held if one.card.state == "active"]
    ids = [one.card.card_id for one in held]
    return Summary(
        cards=len(held),
        turnover=sum(one.card.turnover for one in held),
        purchases=sum(one.card.purchases for one in held),
        percent=max((one.percent for one in used), default=None),
        last_purchase=await find_last_purchase(connection, ids) if ids else None,
        last_contact=await find_last_use(connection, viewed.party.id),
    )


async def _timeline(connection: AsyncConnection, viewed: Viewed) -> ShownTimeline:
    return await load_timeline(connection, viewed.party.id, TimelineFilter(), size=MOST_ROWS)


PANELS: Mapping[str, Panel] = {
    "summary": Panel("loyalty", "cards.read", "tally", mark("At a glance"), _summary, width="wide"),
    "timeline": Panel(
        "parties",
        "parties.read",
        "clock",
        mark("Timeline"),
        _timeline,
        "/parties/{id}/timeline",
        mark("Whole timeline"),
        width="wide",
    ),
    "cards": Panel("loyalty", "cards.read", "card", mark("Cards"), _cards),
    "receipts": Panel("loyalty", "receipts.read", "receipt", mark("Receipts"), _receipts, width="wide"),
}


def offered(role: Role, kind: PartyKind, modules_off: Iterable[str]) -> dict[str, Panel]:
    """Give the panels that a role may see of a kind of party, in the order of the registry."""
    switched_off = frozenset(modules_off)
    return {
        name: panel
        for name, panel in PANELS.items()
        if kind in panel.kinds and panel.module not in switched_off and may(role, panel.right)
    }


def places(panels: Mapping[str, Panel]) -> list[Place]:
    """Give how panels stand where nobody chose otherwise."""
    return [Place(name, panel.width, panel.is_open) for name, panel in panels.items()]
