from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import text

from api.state import Service
from crm.parties.importing import ImportedParties, import_parties
from crm.parties.model import Address, PartyAddress, PartyRecord, Phone
from crm.parties.parts import ADDRESSES, add_part
from crm.parties.reaching import TypedContact, add_contact
from crm.parties.reading import PACKAGE, PartyMapping, read_parties
from loyalty.imports.mapping import fit_mapping
from loyalty.imports.progress import Watch
from loyalty.imports.tabular import open_table
from tests.conftest import ACT
from tests.loyalty.imports.sheets import unwatched

ANA = PartyRecord(
    "7",
    "Ana Ilieva",
    date(1980, 2, 29),
    Address(line="2 Rose St", city="Varna", country="Bulgaria"),
    (Phone("052 123 456", "35952123456"), Phone("+359 88 1234567", "359881234567")),
)
OTHER_ANA = PartyRecord("8", "Ana Ilieva", date(1991, 5, 1))


async def put(service: Service, records: Sequence[PartyRecord], watch: Watch | None = None) -> ImportedParties:
    return await import_parties(records, "club", database=service.database, act=ACT, watch=watch or unwatched())


async def fetch(service: Service, statement: str) -> list[tuple[object, ...]]:
    async with service.database.connection() as connection:
        return [tuple(row) for row in await connection.execute(text(statement))]


async def test_parties_are_made_with_address_and_phones(service: Service) -> None:
    assert await put(service, [ANA, OTHER_ANA]) == ImportedParties(new=2)
    assert await fetch(service, "select source_key, name, birth_date from party order by source_key") == [
        ("7", "Ana Ilieva", date(1980, 2, 29)),
        ("8", "Ana Ilieva", date(1991, 5, 1)),
    ]
    assert await fetch(service, "select line, city, country from party_address") == [("2 Rose St", "Varna", "Bulgaria")]
    assert await fetch(service, "select position, canonical from party_contact order by position") == [
        (1, "35952123456"),
        (2, "359881234567"),
    ]


async def test_parties_imported_again_change_nothing(service: Service) -> None:
    await put(service, [ANA, OTHER_ANA])
    acts = await fetch(service, "select count(*) from activity")
    assert await put(service, [ANA, OTHER_ANA]) == ImportedParties(same=2)
    assert await fetch(service, "select count(*) from activity") == acts


async def test_changed_row_changes_its_party_alone(service: Service) -> None:
    await put(service, [ANA, OTHER_ANA])
    moved = structs.replace(ANA, address=Address(city="Sofia"), phones=ANA.phones[1:])

    assert await put(service, [moved, OTHER_ANA]) == ImportedParties(changed=1, same=1)

    assert await fetch(service, "select line, city from party_address") == [(None, "Sofia")]
    assert await fetch(service, "select position, canonical from party_contact") == [(1, "359881234567")]
    assert await fetch(service, "select data from activity where act = 'party.changed'") == [
        ({"fields": ["address", "phones"]},)
    ]
    assert await fetch(
        service, "select version, before->'address'->>'city', after->'address'->>'city' from party_change"
    ) == [(2, "Varna", "Sofia")]


async def test_import_leaves_what_people_added_and_how_often_it_was_used(service: Service) -> None:
    await put(service, [ANA])
    mail = TypedContact(kind="email", value="ana@shop.example")
    await service.database.run(add_contact, 1, mail, country=None, act=ACT)
    await service.database.run(add_contact, 1, TypedContact(kind="phone", value="02 987 6543"), country="BG", act=ACT)
    await service.database.run(add_part, ADDRESSES, 1, PartyAddress(city="Burgas", uses=("office",)), act=ACT)
    await fetch(service, "update party_contact set uses = 4 where position = 1 returning 1")

    assert await put(service, [structs.replace(ANA, name="Ana Popova")]) == ImportedParties(changed=1)

    assert await fetch(service, "select position, canonical, uses from party_contact order by position") == [
        (1, "35952123456", 4),
        (2, "359881234567", 0),
        (11, "ana@shop.example", 0),
        (12, "35929876543", 0),
    ]
    assert await fetch(service, "select city from party_address order by position") == [("Varna",), ("Burgas",)]


async def test_stopped_import_of_parties_goes_on(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.parties.importing.PARTIES_AT_ONCE", 1)
    seen: list[int] = []

    stopped = await put(service, [ANA, OTHER_ANA], Watch(lambda done, _total: seen.append(done), lambda: bool(seen)))

    assert (stopped, seen) == (ImportedParties(new=1), [1])
    assert await put(service, [ANA, OTHER_ANA]) == ImportedParties(new=1, same=1)


@pytest.mark.data
async def test_customers_of_foodmart_are_all_there(service: Service, shared_data: Path) -> None:
    with open_table(shared_data / "foodmart_customer.csv.xz") as table:
        fitted = fit_mapping(PartyMapping, PACKAGE, named=None, header_line=table.header_line)
        rows = read_parties(table, fitted, unwatched())

    assert (rows.rows, rows.rejections) == (10_281, [])
    assert await put(service, rows.parties) == ImportedParties(new=10_281)
    assert await put(service, rows.parties) == ImportedParties(same=10_281)
    assert await fetch(service, "select name from party where source_key = '5140'") == [("Robert None",)]
    assert await fetch(service, "select country, count(*) from party_address group by 1 order by 2") == [
        ("MX", 1_205),
        ("CA", 1_717),
        ("US", 7_359),
    ]
    assert await fetch(service, "select count(*), count(distinct canonical) > 20000 from party_contact") == [
        (20_562, True)
    ]
