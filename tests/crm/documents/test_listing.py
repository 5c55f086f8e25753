"""What a profile shows of a party's documents: the newest of each kind, and deliveries still to come."""

from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.state import Service
from crm.documents.listing import list_deliveries, list_of_party
from crm.documents.model import Document, Draft, Kind, Line, Status
from crm.documents.service import make_document, take_step
from crm.parties.model import PartyAddress, PartyDetails
from crm.parties.repository.addresses import insert_address, update_address
from crm.parties.service import make_party
from tests.conftest import ACT

DAY = date(2026, 11, 22)
GOODS = (Line("Bread", 1_000_000, 29_000),)


@pytest.fixture
async def party_id(service: Service) -> int:
    """Make a party with a warehouse in Ruse."""
    made = await service.database.run(make_party, PartyDetails(name="Mill", legal_status="limited_company"), act=ACT)
    ruse = PartyAddress(line="Dock 1", city="Ruse", uses=("warehouse",), main_for=("warehouse",))
    await service.database.run(insert_address, made.id, ruse)
    return made.id


async def put(service: Service, kind: Kind, party_id: int, draft: Draft, *steps: Status) -> Document:
    made = await service.database.run(make_document, kind, party_id, draft, places=2, act=ACT)
    for status in steps:
        made = await service.database.run(take_step, made.id, status, version=made.version, today=DAY, act=ACT)
    return made


async def test_payments_show_date_sum_and_means(service: Service, party_id: int) -> None:
    """BG-09."""
    for amount, means in ((100, "cash"), (250, "card"), (300, "points")):
        draft = Draft(date=DAY, amount=amount, means=means)  # type: ignore[arg-type] # a case of a table
        await put(service, "payment", party_id, draft, "received")

    found = await service.database.run(list_of_party, party_id, "payment", most=2)

    assert [(row.date, row.total, row.means, row.shown_status) for row in found] == [
        (DAY, 300, "points", "received"),
        (DAY, 250, "card", "received"),
    ]


async def test_deliveries_under_way_come_first_then_the_planned_ones_by_day(service: Service, party_id: int) -> None:
    """BG-10, BG-11: with the address they go to; what arrived or was cancelled is not among them."""
    days = [date(2026, 12, 24), date(2026, 12, 1), None]
    planned = [
        await put(service, "delivery", party_id, Draft(date=DAY, lines=GOODS, planned_on=day, address_id=1))
        for day in days
    ]
    under_way = await put(service, "delivery", party_id, Draft(date=DAY, lines=GOODS, address_id=1), "under_way")
    await put(service, "delivery", party_id, Draft(date=DAY, lines=GOODS), "under_way", "delivered")
    await put(service, "delivery", party_id, Draft(date=DAY, lines=GOODS), "cancelled")
    await service.database.run(_move, party_id)

    found = await service.database.run(list_deliveries, party_id)

    assert [row.id for row in found] == [under_way.id, planned[1].id, planned[0].id, planned[2].id]
    assert [row.address for row in found] == ["Dock 1, Ruse", *["Dock 2, Varna"] * 3]


async def _move(connection: AsyncConnection, party_id: int) -> None:
    moved = PartyAddress(line="Dock 2", city="Varna", uses=("warehouse",), main_for=("warehouse",))
    await update_address(connection, party_id, 1, moved)


async def test_delivery_without_a_chosen_address_goes_to_the_main_warehouse(service: Service, party_id: int) -> None:
    """BG-10."""
    await put(service, "delivery", party_id, Draft(date=DAY))
    await put(service, "delivery", party_id, Draft(date=DAY), "under_way")

    found = await service.database.run(list_deliveries, party_id)

    assert [row.address for row in found] == ["Dock 1, Ruse"] * 2
