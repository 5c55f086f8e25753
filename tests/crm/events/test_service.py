"""Events in the database: held by the clock alone, told without texts, moved by merging, cleared by erasing."""

from datetime import timedelta

import pytest
from msgspec import structs
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.state import Service
from crm.calls.service import Taker, log_call
from crm.documents.errors import BusinessDocumentRefusedError
from crm.documents.model import Document, Kind
from crm.documents.model import Draft as DocumentDraft
from crm.documents.service import make_document
from crm.events import service as events
from crm.events.errors import EventKindNotYoursError
from crm.events.files import add_file, forget_recordings, list_files
from crm.events.keeping import load_event
from crm.events.model import Draft, Event
from crm.events.repository.listing import EventFilter, list_events
from crm.files.model import make_file
from crm.merging.model import Choices
from crm.merging.service import merge_parties
from crm.origins.service import load_tree
from crm.parties.model import Relation
from crm.parties.relating import add_relation
from crm.privacy.erasing import erase_person
from tests.api.people import add_person
from tests.conftest import ACT
from tests.factories import make_company, make_person

NOW = ACT.at
CALL = Draft(kind="call", topic="Asked for prices", zone="Europe/Sofia", starts_at=NOW, direction="incoming")


async def keep(service: Service, draft: Draft, *, origin: str | None = None, role: str = "admin") -> Event:
    return await service.database.run(events.make_event, draft, role=role, origin=origin, act=ACT)


async def rows(service: Service, query: str) -> list[tuple[object, ...]]:
    async def read(connection: AsyncConnection) -> list[tuple[object, ...]]:
        return [tuple(row) for row in await connection.execute(text(query))]

    return await service.database.run(read)


async def test_contact_counts_as_held_as_soon_as_its_time_is_over(service: Service) -> None:
    """C77-08, C77-43, C77-44: with the clock moved, with no edit and nothing stored."""
    party = await make_company(service.database, "Mill")
    made = await keep(service, structs.replace(CALL, party_id=party, starts_at=NOW + timedelta(days=1)))
    wanted = EventFilter(state="held")

    found = []
    for now in (NOW + timedelta(hours=23), NOW + timedelta(days=1)):
        page = await service.database.run(list_events, wanted, now=now)
        found.append((made.state(now), [row.id for row in page.rows]))

    assert found == [("planned", []), ("held", [made.id])]
    assert (await service.database.run(load_event, made.id)).version == made.version


async def test_event_of_no_contact_stays_planned_until_somebody_completes_it(service: Service) -> None:
    """UNF-14."""
    made = await keep(service, structs.replace(CALL, kind="event"))
    assert made.state(NOW + timedelta(days=9)) == "planned"


async def test_reassigning_tells_the_journal_who_is_responsible_now(service: Service) -> None:
    """UNF-24, UNF-03: notices and agendas read it there."""
    first, second = [await add_person(service.database, login=login) for login in ("nora", "vera")]
    made = await keep(service, structs.replace(CALL, kind="event", responsible_id=first))

    draft = structs.replace(made.draft, responsible_id=second)
    await service.database.run(events.change_event, made.id, draft, seen=1, role="admin", act=ACT)

    (data,) = (await rows(service, "select data from activity where act = 'event.changed'"))[0]
    assert isinstance(data, dict)
    assert (data["old"], data["new"]) == ({"responsible_id": first}, {"responsible_id": second})


async def test_journal_holds_nothing_that_people_typed(service: Service) -> None:
    party = await make_company(service.database, "Mill")
    made = await keep(service, structs.replace(CALL, party_id=party, content="secret", place="secret"))
    draft = structs.replace(made.draft, topic="secret too", content="another secret")
    await service.database.run(events.change_event, made.id, draft, seen=1, role="admin", act=ACT)

    told = await rows(service, "select data::text from activity where record like 'event:%'")
    assert [one for (one,) in told if "secret" in str(one) or "prices" in str(one)] == []
    assert await rows(service, "select before ->> 'topic' from event_change") == [("Asked for prices",)]


async def test_event_of_a_kind_of_others_is_refused(service: Service) -> None:
    """PS-18."""
    payment = structs.replace(CALL, kind="payment")
    with pytest.raises(EventKindNotYoursError):
        await keep(service, payment, role="sales")
    assert (await keep(service, payment, role="clerk")).kind == "payment"


async def test_merged_partys_events_follow_and_erasing_leaves_no_text(service: Service) -> None:
    """PAP-27, BG-28."""
    kept, merged = await make_company(service.database, "Mill"), await make_company(service.database, "Mill Ltd")
    anna = await make_person(service.database, "Anna")
    made = await keep(service, structs.replace(CALL, party_id=merged, persons=(anna,), content="Anna wants rye"))
    await keep(service, structs.replace(CALL, party_id=merged, rule="FREQ=WEEKLY"))
    sheet = make_file("sheet.txt", b"Anna", most_bytes=9)
    await service.database.run(add_file, made.id, sheet, act=ACT)

    await service.database.run(merge_parties, kept, merged, choices=Choices(), seen=None, act=ACT)
    moved = await service.database.run(load_event, made.id)
    await service.database.run(erase_person, anna, typed_name="Anna", act=ACT)
    erased = await service.database.run(load_event, made.id)

    assert (moved.party_id, moved.content) == (kept, "<p>Anna wants rye</p>")
    assert (erased.persons, erased.content, erased.topic) == ((), None, "(erased)")
    assert await service.database.run(list_files, made.id) == []
    assert await rows(service, "select 1 from file_content") == []


async def test_logged_call_is_a_contact_with_what_was_said(service: Service) -> None:
    """BG-24, C77-07."""
    anna = await make_person(service.database, "Anna", phone="+359 2 123 45 67")
    nora = await add_person(service.database, role="call_taker")
    taker = Taker(nora, "call_taker", "Europe/Sofia", "Phone call")

    for said in ("Wants rye\non Fridays", ""):
        await service.database.run(log_call, anna, "02 123 45 67", text=said, country="BG", taker=taker, act=ACT)

    found = (await service.database.run(list_events, EventFilter(party_id=anna), now=NOW)).rows
    assert [(row.topic, row.direction, row.state(NOW), row.author) for row in found] == [
        ("Phone call", "incoming", "held", "Nora Lindqvist"),
        ("Wants rye", "incoming", "held", "Nora Lindqvist"),
    ]


async def test_orders_are_made_from_an_event_and_hang_under_it(service: Service) -> None:
    """UNF-06, UNF-07, UNF-08: one to a supplier is refused for who is none."""
    mill, anna = await make_company(service.database, "Mill"), await make_person(service.database, "Anna")
    made = await keep(service, structs.replace(CALL, party_id=mill))
    draft = DocumentDraft(date=NOW.date(), person_id=anna)

    async def make(kind: Kind) -> Document:
        origin = f"event:{made.id}"
        return await service.database.run(make_document, kind, mill, draft, places=2, origin=origin, act=ACT)

    of_customer = await make("order")
    with pytest.raises(BusinessDocumentRefusedError):
        await make("supplier_order")
    await service.database.run(add_relation, mill, Relation(relation="supplier"), act=ACT)
    of_ours = await make("supplier_order")

    tree = await service.database.run(load_tree, f"business_document:{of_ours.id}")
    assert (of_customer.party_id, of_customer.person_id, of_ours.number) == (mill, anna, "SUP-2026-000001")
    assert [one.record for one in tree] == [
        f"event:{made.id}",
        f"business_document:{of_customer.id}",
        f"business_document:{of_ours.id}",
    ]


async def test_recording_is_forgotten_after_its_time_and_other_files_stay(service: Service) -> None:
    """PS-32."""
    made = await keep(service, structs.replace(CALL, kind="event"))
    for name, content in (("talk.mp3", b"ID3 talk"), ("sheet.txt", b"sheet")):
        await service.database.run(add_file, made.id, make_file(name, content, most_bytes=99), act=ACT)

    counts = [
        await service.database.run(forget_recordings, before=NOW + later, act=ACT)
        for later in (timedelta(0), timedelta(seconds=1))
    ]

    assert counts == [0, 1]
    assert [file.name for file in await service.database.run(list_files, made.id)] == ["sheet.txt"]
    assert (await rows(service, "select count(*) from activity where act = 'event.recording_expired'")) == [(1,)]
