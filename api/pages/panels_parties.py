"""What a party itself offers to its profile: the parts that are kept of it, its attributes, and its timeline."""

from collections.abc import Mapping, Sequence
from functools import partial

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.panels import MOST_ROWS, Panel, Viewed
from api.pages.party_rows import ROWS
from api.pages.party_words import PAGES
from api.pages.words import mark
from crm.attributes.service import RecordValues, load_values
from crm.events.repository.kin import describe
from crm.parties.repository.audit import KeptChange, list_kept_changes
from crm.profile.layout import Width
from crm.profile.listing import Moment, Timeline, TimelineFilter, list_timeline

NAMED = ("event:", "task:", "project:", "letter:")
"""Records that people give a name of their own, which stands in the record and never in the journal."""


class ShownTimeline(Struct, frozen=True):
    """A page of a timeline, the values of people's data behind its acts, and what people called their records."""

    found: Timeline
    changes: Sequence[KeptChange]
    names: Mapping[str, str]


async def load_timeline(
    connection: AsyncConnection, party_id: int, wanted: TimelineFilter, *, before: Moment | None = None, size: int
) -> ShownTimeline:
    """Load a page of a timeline with the values that changed."""
    found = await list_timeline(connection, party_id, wanted, before=before, size=size)
    acts = [(row.party_id, row.at) for row in found.rows if row.party_id is not None]
    named = await describe(connection, {row.record for row in found.rows if row.record.startswith(NAMED)})
    names = {record: kin.title for record, kin in named.items() if kin.title is not None}
    return ShownTimeline(found, await list_kept_changes(connection, acts), names)


async def _timeline(connection: AsyncConnection, viewed: Viewed) -> ShownTimeline:
    return await load_timeline(connection, viewed.party.id, TimelineFilter(), size=MOST_ROWS)


async def _attributes(connection: AsyncConnection, viewed: Viewed) -> RecordValues:
    return await load_values(connection, "party", viewed.party.id)


def _part(name: str, *, width: Width = "narrow", is_open: bool = True) -> Panel:
    return Panel(
        "parties",
        "parties.read",
        PAGES[name],
        "panel_part.html",
        partial(_rows, name),
        f"/parties/{{id}}/{name}",
        edit="parties.edit",
        width=width,
        is_open=is_open,
    )


async def _rows(name: str, connection: AsyncConnection, viewed: Viewed) -> object:
    return await ROWS[name](connection, viewed.party.id, viewed.now)


TIMELINE: Mapping[str, Panel] = {
    "timeline": Panel(
        "parties",
        "parties.read",
        mark("Timeline"),
        "panel_timeline.html",
        _timeline,
        "/parties/{id}/timeline",
        mark("Whole timeline"),
        width="wide",
    ),
}
PARTS: Mapping[str, Panel] = {
    "contacts": _part("contacts"),
    "persons": _part("persons"),
    "relations": _part("relations"),
    "addresses": _part("addresses"),
    "attributes": Panel(
        "attributes",
        "parties.read",
        mark("Attributes"),
        "panel_attributes.html",
        _attributes,
        "/parties/{id}/attributes",
        edit="parties.edit",
    ),
    "registrations": _part("registrations"),
    "accounts": _part("accounts"),
    "notes": _part("notes", width="wide"),
    "files": _part("files"),
}
