"""What events offer to a profile: what is pinned, what comes next, and what was last."""

from collections.abc import Mapping

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.panels import Panel, Viewed
from api.pages.words import mark
from crm.events.kinds import list_kinds
from crm.events.model import Kind
from crm.events.repository.listing import EventFilter, EventRow, list_coming, list_events, list_pinned
from crm.parties.repository.persons import list_named_persons

MOST_PINNED = 3
MOST_COMING = 3
MOST_LATEST = 5


class PartyEvents(Struct, frozen=True):
    """Events of a party: those of pinned kinds, the next ones, the latest ones; and who speaks for it."""

    kinds: Mapping[str, Kind]
    persons: Mapping[int, str]
    pinned: list[EventRow]
    coming: list[EventRow]
    latest: list[EventRow]


async def _events(connection: AsyncConnection, viewed: Viewed) -> PartyEvents:
    of_party, now = EventFilter(party_id=viewed.party.id), viewed.now
    pinned = await list_pinned(connection, of_party, now=now, most=MOST_PINNED)
    coming = await list_coming(connection, of_party, now=now, most=MOST_COMING)
    past = EventFilter(party_id=viewed.party.id, until=now)
    latest = await list_events(connection, past, now=now, size=MOST_LATEST + len(pinned))
    known = {one.id for one in pinned}
    rows = [one for one in latest.rows if one.id not in known][:MOST_LATEST]
    speakers = await list_named_persons(connection, party_id=viewed.party.id)
    persons = {one.person.person_id: one.person_name for one in speakers}
    return PartyEvents({one.code: one for one in await list_kinds(connection)}, persons, pinned, coming, rows)


EVENTS: Mapping[str, Panel] = {
    "events": Panel(
        "events",
        "events.read",
        mark("Events"),
        "panel_events.html",
        _events,
        "/events?party={id}",
        mark("All"),
        width="wide",
    ),
}
