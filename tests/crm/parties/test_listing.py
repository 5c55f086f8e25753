"""Finding people by parts of their names."""

import pytest
from sqlalchemy import insert

from api.state import Service
from crm.parties.listing import find_people, load_names, load_person
from crm.parties.tables import party_contact
from tests.factories import make_person

NAMES = ["Elin Marsh", "Tomas Marshall", "Élodie Dubois", "100% Fair", "None"]


@pytest.fixture
async def people(service: Service) -> Service:
    """Give a service that knows some people; the identifiers count from 1."""
    for name in NAMES:
        await make_person(service.database, name)
    return service


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("marsh", [1, 2]),
        ("MARSH el", [1]),
        ("élo", [3]),
        ("none", [5]),
        ("0%", [4]),
        ("%%", []),
        ("__", []),
        ("m", []),
        ("  ", []),
    ],
)
async def test_every_word_must_stand_in_the_name(people: Service, typed: str, found: list[int]) -> None:
    assert sorted(await people.database.run(find_people, typed)) == found


async def test_names_are_given_of_those_who_are_known(people: Service) -> None:
    assert await people.database.run(load_names, [1, 5, 99]) == {1: "Elin Marsh", 5: "None"}
    assert await people.database.run(load_names, []) == {}


async def test_person_is_shown_with_the_first_phone(people: Service) -> None:
    contacts = [(2, "phone", "2"), (1, "phone", "1"), (0, "email", "0")]
    rows = [
        {"party_id": 1, "position": position, "kind": kind, "value": value, "canonical": value}
        for position, kind, value in contacts
    ]
    async with people.database.connection() as connection:
        await connection.execute(insert(party_contact), rows)
    assert (await people.database.run(load_person, 1)).phone == "1"
    assert (await people.database.run(load_person, 2)).phone is None
