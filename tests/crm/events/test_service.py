"""Events in the database: made, changed, ended, told to the journal; contacts are held by the clock alone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec import structs
from sqlalchemy import text

from api.state import Service
from crm.events import ending, service
from crm.events.errors import EventChangedError, EventKindNotYoursError, EventRefusedError, EventStepRefusedError
from crm.events.keeping import load_event
from crm.events.model import Draft, Event, Outcome
from crm.events.repository.listing import EventFilter, list_events
from database.activity import Act
from tests.api.people import add_person
from tests.conftest import ACT
from tests.factories import make_company, make_person

NOW = ACT.at
CALL = Draft(kind="call", topic="Asked for prices", zone="Europe/Sofia", starts_at=NOW, direction="incoming")


async def keep(service_: Service, draft: Draft, **more: object) -> Event:
    return await service_.database.run(service.make_event, draft, role="admin", act=ACT, **more)  # type: ignore[arg-type]


async def ids(service_: Service, wanted: EventFilter, *, now: datetime = NOW) -> list[int]:
    return [row.id for row in (await service_.database.run(list_events, wanted, now=now)).rows]


async def test_contact_counts_as_held_as_soon_as_its_time_is_over(service: Service) -> None:
    """C77-08, C77-43, C77-44: with the clock moved, with no edit and nothing stored."""
    party = await make_company(service.database, "Mill")
    made = await keep(service, structs.replace(CALL, party_id=party, starts_at=NOW + timedelta(days=1)))

    before, after = NOW + timedelta(hours=23), NOW + timedelta(days=1)
    states = [(made.state(now), await ids(service, EventFilter(state="held"), now=now)) for now in (before, after)]

    assert states == [("planned", []), ("held", [made.id])]
    assert (await service.database.run(load_event, made.id)).version == made.version
