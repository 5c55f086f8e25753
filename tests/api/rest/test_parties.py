"""Parties themselves: made, found by what they are, changed by several people at once, archived."""

import asyncio
from typing import Any  # JSON bodies are free in their values

import pytest

from tests.api.rest.people import add, find, make, read
from tests.api.rest.shop import Shop, new_code, refusal


async def test_customer_supplier_employee_and_partner_are_parties_found_by_one_search(shop: Shop) -> None:
    """PAP-01, BG-29: each is made by the same route and found with its role shown."""
    word = new_code("Quorum").lower()
    for role, status in (
        ("customer", "natural_person"), ("supplier", "limited_company"),
        ("employee", "natural_person"), ("partner", "non_profit"),
    ):  # fmt: skip
        await add(shop, await make(shop, f"{word} {role}", legal_status=status), "relations", relation=role)

    found = (await shop.admin.get("/v1/parties", params={"q": word})).json()["parties"]

    assert [(party["name"].split()[1], party["kind"], party["relations"]) for party in found] == [
        ("customer", "person", ["customer"]),
        ("employee", "person", ["employee"]),
        ("partner", "organisation", ["partner"]),
        ("supplier", "organisation", ["supplier"]),
    ]
    assert await find(shop, q=word, relation="supplier") == [f"{word} supplier"]
    assert await find(shop, q=word, kind="person") == [f"{word} customer", f"{word} employee"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"legal_status": "limited_company"}, 400, "name"),
        ({"name": "", "legal_status": "limited_company"}, 400, "name"),
        ({"name": "  \t ", "legal_status": "limited_company"}, 422, "name"),
        ({"name": "A\u202eb", "legal_status": "limited_company"}, 422, "name"),
        ({"name": "Fine"}, 400, "legal_status"),
        ({"name": "Fine", "legal_status": "duchy"}, 422, "legal_status"),
        ({"name": "Fine", "legal_status": "sole_trader"}, 422, "kind"),
        ({"name": "Fine", "legal_status": "natural_person", "kind": "organisation"}, 422, "kind"),
        ({"name": "Fine", "legal_status": "limited_company", "birth_date": "1990-01-01"}, 422, "birth_date"),
        ({"name": "Fine", "legal_status": "natural_person", "birth_date": "2999-01-01"}, 422, "birth_date"),
        ({"name": "Fine", "legal_status": "natural_person", "birth_date": "--02-30"}, 422, "birth_date"),
        ({"name": "Fine", "legal_status": "natural_person", "birth_date": "02-28"}, 400, "birth_date"),
        ({"name": "Fine", "legal_status": "natural_person", "language": "xx"}, 422, "language"),
        ({"name": "Fine", "legal_status": "natural_person", "nmae": "x"}, 400, "nmae"),
    ],
)
async def test_party_without_name_or_legal_status_is_refused_beside_its_field(
    shop: Shop, body: dict[str, Any], status: int, field: str
) -> None:
    """PAP-03, PAP-04."""
    answer = await shop.admin.post("/v1/parties", json=body)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)


async def test_birth_date_may_lack_its_year(shop: Shop) -> None:
    """C77-22."""
    body = {"name": "Ana", "legal_status": "natural_person", "birth_date": "--02-29"}
    made = (await shop.admin.post("/v1/parties", json=body)).json()
    path = f"/v1/parties/{made['party_id']}"
    renamed = (await shop.admin.patch(path, json={"version": 1, "name": "Ana Ilieva"})).json()
    known = (await shop.admin.patch(path, json={"version": 2, "birth_date": "1988-02-29"})).json()

    assert [one["birth_date"] for one in (made, renamed, known)] == ["--02-29", "--02-29", "1988-02-29"]


async def test_name_and_legal_status_are_enough(shop: Shop) -> None:
    """PAP-05: all else is optional."""
    answer = await shop.admin.post("/v1/parties", json={"name": "  Ana  Ilieva ", "legal_status": "natural_person"})

    party = answer.json()
    assert (answer.status_code, party["name"], party["kind"], party["version"]) == (201, "Ana Ilieva", "person", 1)
    assert [party[name] for name in ("note", "birth_date", "language", "merged_into", "archived")] == [
        None, None, None, None, False,
    ]  # fmt: skip
    parts = ("groups", "addresses", "contacts", "accounts", "registrations", "relations", "persons")
    assert [party[name] for name in parts] == [[]] * len(parts)


async def test_note_is_kept_and_found_by_its_words(shop: Shop) -> None:
    """PAP-11."""
    word = new_code("courtyard").lower()
    party_id = await make(shop, note=f"Enter by the {word} only.\n")

    assert (await read(shop, party_id))["note"] == f"Enter by the {word} only."
    assert await find(shop, q=f"{word} enter") == ["Lantern Coffee"]
    assert await find(shop, q=f"{word} leave") == []


async def test_stale_change_is_told_yours_theirs_and_what_was_before(shop: Shop) -> None:
    party_id = await make(shop, "Lantern", note="old")
    url = f"/v1/parties/{party_id}"
    theirs = await shop.admin.patch(url, json={"version": 1, "name": "Lantern Ltd", "note": "theirs"})

    yours = await shop.admin.patch(url, json={"version": 1, "note": "yours"})

    assert (theirs.status_code, theirs.json()["version"]) == (200, 2)
    assert refusal(yours) == (409, "party_changed")
    assert yours.json()["version"] == 2
    assert yours.json()["differences"] == [{"field": "note", "yours": "yours", "theirs": "theirs", "base": "old"}]
    assert (await read(shop, party_id))["note"] == "theirs"
    assert (await shop.admin.patch(url, json={"version": 2, "note": "both"})).json()["note"] == "both"


async def test_change_to_another_part_does_not_stand_against_yours(shop: Shop) -> None:
    party_id = await make(shop)
    await add(shop, party_id, "addresses", city="Varna")

    answer = await shop.admin.patch(f"/v1/parties/{party_id}", json={"version": 1, "name": "Lantern Ltd"})

    assert (answer.status_code, answer.json()["version"]) == (200, 3)


async def test_stay_in_the_archive_does_not_stand_against_a_change(shop: Shop) -> None:
    party_id = await make(shop)
    await shop.admin.delete(f"/v1/parties/{party_id}")
    await shop.admin.post(f"/v1/parties/{party_id}/unarchive")

    answer = await shop.admin.patch(f"/v1/parties/{party_id}", json={"version": 1, "name": "Lantern Ltd"})

    assert (answer.status_code, answer.json()["version"]) == (200, 4)


async def test_new_legal_status_says_the_kind(shop: Shop) -> None:
    """PAP-04."""
    party_id = await make(shop, "Ana Ilieva", legal_status="natural_person")
    url = f"/v1/parties/{party_id}"

    trader = await shop.admin.patch(url, json={"version": 1, "legal_status": "sole_trader"})
    company = await shop.admin.patch(url, json={"version": 2, "legal_status": "limited_company"})

    assert (trader.json()["kind"], company.json()["kind"]) == ("person", "organisation")


async def test_same_change_twice_changes_once(shop: Shop) -> None:
    party_id = await make(shop)
    answers = [await shop.admin.patch(f"/v1/parties/{party_id}", json={"version": 1, "note": "same"}) for _ in range(2)]

    assert [(answer.status_code, answer.json()["version"]) for answer in answers] == [(200, 2), (200, 2)]
    refused = await shop.admin.patch(f"/v1/parties/{party_id}", json={"version": 9, "note": "from the future"})
    assert refusal(refused) == (409, "party_changed")


async def test_of_changes_at_once_one_is_kept_and_the_others_are_told(shop: Shop) -> None:
    party_id = await make(shop)

    answers = await asyncio.gather(
        *[
            shop.admin.patch(f"/v1/parties/{party_id}", json={"version": 1, "note": f"by {number}"})
            for number in range(6)
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]
    kept = next(answer.json()["note"] for answer in answers if answer.status_code == 200)
    assert {difference["theirs"] for answer in answers for difference in answer.json().get("differences", [])} == {kept}


async def test_change_keeps_old_and_new_values_apart_from_the_journal(shop: Shop) -> None:
    party_id = await make(shop, "Ana Ilieva", legal_status="natural_person")
    await shop.admin.patch(f"/v1/parties/{party_id}", json={"version": 1, "name": "Ana Popova"})

    journal = await shop.sql("select act, actor, record, data from activity where party_id = $1 order by id", party_id)
    changes = await shop.sql(
        "select version, before->>'name' as old, after->>'name' as new from party_change where party_id = $1 order by id",
        party_id,
    )

    assert [(row["act"], row["record"]) for row in journal] == [
        ("party.made", f"party:{party_id}"), ("party.changed", f"party:{party_id}"),
    ]  # fmt: skip
    assert journal[1]["data"] == '{"fields": ["name"]}'
    assert "Ana" not in str(journal)
    assert [tuple(row) for row in changes] == [(1, None, "Ana Ilieva"), (2, "Ana Ilieva", "Ana Popova")]


async def test_archived_party_leaves_the_list_and_comes_back(shop: Shop) -> None:
    word = new_code("Attic").lower()
    party_id = await make(shop, word)

    archived = await shop.admin.delete(f"/v1/parties/{party_id}")
    refused = await shop.admin.patch(f"/v1/parties/{party_id}", json={"version": 2, "name": "x"})

    assert (archived.status_code, archived.json()["archived"]) == (200, True)
    assert (await find(shop, q=word), await find(shop, q=word, archived="true")) == ([], [word])
    assert refusal(refused) == (409, "party_archived")
    await shop.admin.post(f"/v1/parties/{party_id}/unarchive")
    assert await find(shop, q=word) == [word]


async def test_list_is_read_page_by_page_in_the_order_of_names(shop: Shop) -> None:
    word = new_code("Page").lower()
    names = [f"{word} {number % 60:02}" for number in range(120)]
    for name in names:
        await make(shop, name)

    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        query = {"q": word} | ({"after": after} if after else {})
        page = (await shop.admin.get("/v1/parties", params=query)).json()
        seen += [party["name"] for party in page["parties"]]
        after = page["next"]

    assert seen == sorted(names)


@pytest.mark.parametrize("party_id", [0, 999_999_999, 2**63, 10**30])
async def test_party_that_is_not_there_is_not_found(shop: Shop, party_id: int) -> None:
    answers = [
        await shop.admin.get(f"/v1/parties/{party_id}"),
        await shop.admin.patch(f"/v1/parties/{party_id}", json={"version": 1}),
        await shop.admin.delete(f"/v1/parties/{party_id}"),
        await shop.admin.post(f"/v1/parties/{party_id}/addresses", json={"city": "Varna"}),
        await shop.admin.delete(f"/v1/parties/{party_id}/contacts/1"),
        await shop.admin.get(f"/v1/parties/{party_id}/notes"),
    ]

    assert {refusal(answer) for answer in answers} == {(404, "party_not_found")}
