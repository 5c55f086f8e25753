"""Attributes over the API: defined while the service runs, said of records one by one and in bulk."""

from typing import Any  # JSON bodies are free in their values

import asyncpg
import pytest
from httpx import AsyncClient, Response

from tests.api.rest.shop import Shop, new_code, refusal


async def define(shop: Shop, kind: str, *, directory: str = "card", **more: Any) -> dict[str, Any]:
    """Define an attribute with a name of its own."""
    body = {"directory": directory, "kind": kind, "names": {"en": new_code("Attribute ")}, **more}
    answer = await shop.admin.post("/v1/attributes", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def change(shop: Shop, attribute: dict[str, Any], **changes: Any) -> Response:
    body = {"version": attribute["version"], "names": attribute["names"], **changes}
    return await shop.admin.put(f"/v1/attributes/{attribute['attribute_id']}", json=body)


async def codes_of(shop: Shop, directory: str) -> list[str]:
    found = (await shop.admin.get("/v1/attributes", params={"directory": directory})).json()["attributes"]
    assert [one["position"] for one in found] == list(range(1, len(found) + 1))
    return [one["code"] for one in found]


async def say(
    client: AsyncClient, card_id: int, values: dict[str, Any], *, seen: dict[str, Any] | None = None
) -> Response:
    body = {"values": values} if seen is None else {"values": values, "seen": seen}
    return await client.patch(f"/v1/cards/{card_id}/attributes", json=body)


async def make_parties(shop: Shop, count: int) -> list[int]:
    rows = await fetch(
        shop,
        """insert into party (kind, name, legal_status_id, changed_at)
        select 'person', 'Somebody', (select id from directory_entry where code = 'natural_person'), now()
        from generate_series(1, $1) returning id""",
        count,
    )
    return [row["id"] for row in rows]


async def fetch(shop: Shop, query: str, *parameters: Any) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(shop.url)
    try:
        return [dict(row) for row in await connection.fetch(query, *parameters)]
    finally:
        await connection.close()


@pytest.mark.parametrize("directory", ["party", "person", "card", "goods", "task", "event", "letter"])
async def test_every_directory_takes_attributes_while_the_service_runs(shop: Shop, directory: str) -> None:
    """UNF-33, UNF-34: one call defines it; the schema and the process stay as they are."""
    made = await define(shop, "text", directory=directory)

    assert made["code"] in await codes_of(shop, directory)


CHOICES = [{"names": {"en": "Small"}}, {"names": {"en": "Large"}}]
SAID = [
    ("text", {}, "North", "North"),
    ("number", {}, "250.50", "250.5"),
    ("date", {}, "2026-11-22", "2026-11-22"),
    ("yes_no", {}, True, True),
    ("choice", {"choices": CHOICES}, "large", "large"),
    ("choices", {"choices": CHOICES}, ["large", "small"], ["small", "large"]),
]


@pytest.mark.parametrize(("kind", "more", "given", "kept"), SAID, ids=[case[0] for case in SAID])
async def test_value_of_every_kind_is_kept_and_taken_away(
    shop: Shop, kind: str, more: dict[str, Any], given: Any, kept: Any
) -> None:
    """UNF-37."""
    card, code = await shop.make_card(), (await define(shop, kind, **more))["code"]

    said = await say(shop.admin, card.id, {code: given})
    empty = await say(shop.admin, card.id, {code: None})

    assert said.json()["values"][code] == kept
    assert empty.json()["values"][code] is None


async def test_reference_leads_to_a_party_that_is_there(shop: Shop) -> None:
    """UNF-37."""
    card, (party_id,) = await shop.make_card(), await make_parties(shop, 1)
    code = (await define(shop, "reference", refers_to="party"))["code"]

    said, lost = await say(shop.admin, card.id, {code: party_id}), await say(shop.admin, card.id, {code: 10**12})

    assert said.json()["values"][code] == party_id
    assert refusal(lost) == (422, "attribute_value_refused")
    assert lost.json()["errors"] == [{"field": code, "reason": "there is no such party"}]


@pytest.mark.parametrize(
    ("kind", "more", "given"),
    [
        ("text", {}, 1),
        ("text", {}, "x" * 1_001),
        ("number", {}, 1),
        ("number", {}, "1e5"),
        ("number", {}, "0.0000001"),
        ("number", {}, "١"),
        ("date", {}, "22.11.2026"),
        ("yes_no", {}, "yes"),
        ("choice", {"choices": CHOICES}, "middle"),
        ("choices", {"choices": CHOICES}, "small"),
        ("reference", {"refers_to": "user"}, "1"),
        ("reference", {"refers_to": "user"}, True),
        ("reference", {"refers_to": "user"}, 2**63),
    ],
)
async def test_value_of_another_kind_is_refused_at_its_field(
    shop: Shop, kind: str, more: dict[str, Any], given: Any
) -> None:
    """UNF-37."""
    card, code = await shop.make_card(), (await define(shop, kind, **more))["code"]

    refused = await say(shop.admin, card.id, {code: given})

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, code)


async def test_second_name_of_a_set_is_refused_in_any_language(shop: Shop) -> None:
    """UNF-38."""
    name = new_code("Size ")
    await define(shop, "text", directory="task", names={"en": name, "ru": f"Размер {name}"})
    body = {"directory": "task", "kind": "text"}

    taken = await shop.admin.post("/v1/attributes", json=body | {"names": {"ru": f"размер {name}".upper()}})
    elsewhere = await shop.admin.post("/v1/attributes", json=body | {"directory": "event", "names": {"en": name}})

    assert (taken.status_code, taken.json()["code"]) == (409, "attribute_taken")
    assert taken.json()["errors"][0]["field"] == "names.ru"
    assert elsewhere.status_code == 201


async def test_person_never_has_two_attributes_of_one_name(shop: Shop) -> None:
    """UNF-38: a person's page shows the set of parties and that of persons."""
    names = (await define(shop, "text", directory="party"))["names"]

    taken = await shop.admin.post("/v1/attributes", json={"directory": "person", "kind": "text", "names": names})

    assert refusal(taken) == (409, "attribute_taken")


async def test_attribute_takes_the_place_that_it_is_given(shop: Shop) -> None:
    """UNF-39: the others make room, and values follow their attribute."""
    first, second, third = [await define(shop, "text", directory="letter") for _ in range(3)]
    before = await codes_of(shop, "letter")

    answer = await change(shop, third, position=before.index(first["code"]) + 1)

    rest = [code for code in before if code not in {first["code"], second["code"], third["code"]}]
    assert answer.status_code == 200
    assert await codes_of(shop, "letter") == [*rest, third["code"], first["code"], second["code"]]


async def test_new_attribute_shows_on_old_and_new_cards_at_once(shop: Shop) -> None:
    """UNF-40."""
    old = await shop.make_card()
    code = (await define(shop, "text"))["code"]
    new = await shop.make_card()

    shown = [(await shop.admin.get(f"/v1/cards/{card.id}/attributes")).json()["values"] for card in (old, new)]

    assert [values[code] for values in shown] == [None, None]


async def test_choices_are_renamed_added_and_archived(shop: Shop) -> None:
    """UNF-37: an archived choice stays where it was chosen, and is chosen no more."""
    attribute = await define(shop, "choice", choices=CHOICES)
    code, (had, other) = attribute["code"], (await shop.make_card(), await shop.make_card())
    await say(shop.admin, had.id, {code: "large"})

    edited = await change(
        shop, attribute, choices=[{"names": {"en": "Middle"}}, {"code": "small", "names": {"en": "Little"}}]
    )
    kept, refused = await say(shop.admin, had.id, {code: "large"}), await say(shop.admin, other.id, {code: "large"})

    assert [(one["code"], one["names"]["en"], one["archived"]) for one in edited.json()["choices"]] == [
        ("middle", "Middle", False),
        ("small", "Little", False),
        ("large", "Large", True),
    ]
    assert (kept.json()["values"][code], refused.status_code) == ("large", 422)


async def test_archived_attribute_leaves_records_and_comes_back_with_its_values(shop: Shop) -> None:
    """UNF-40."""
    card, attribute = await shop.make_card(), await define(shop, "text")
    code = attribute["code"]
    await say(shop.admin, card.id, {code: "kept"})

    archived = await change(shop, attribute, archived=True)
    without = (await shop.admin.get(f"/v1/cards/{card.id}/attributes")).json()["values"]
    await change(shop, archived.json(), archived=False)
    back = (await shop.admin.get(f"/v1/cards/{card.id}/attributes")).json()["values"]

    assert code not in without
    assert back[code] == "kept"


async def test_definition_is_changed_only_from_the_version_that_was_seen(shop: Shop) -> None:
    attribute = await define(shop, "text")

    first, late = await change(shop, attribute, position=1), await change(shop, attribute, position=2)

    assert first.status_code == 200
    assert refusal(late) == (409, "attribute_changed")


async def test_vip_is_said_of_three_parties_singly_and_of_a_hundred_in_bulk(shop: Shop) -> None:
    """UNF-41."""
    vip = (await define(shop, "yes_no", directory="party"))["code"]
    singly, many = await make_parties(shop, 3), await make_parties(shop, 100)
    clerk, till = await shop.caller.as_role("clerk"), await shop.caller.as_role("till", store="0007", till="3")

    for party_id in singly:
        answer = await clerk.patch(f"/v1/parties/{party_id}/attributes", json={"values": {vip: True}})
        assert answer.json()["values"][vip] is True
    body = {"record_ids": [*many, singly[0]], "attribute": vip, "value": True}
    changed = await clerk.post("/v1/parties/attributes", json=body)
    again = await clerk.post("/v1/parties/attributes", json=body)
    refused = await till.post("/v1/parties/attributes", json=body)

    assert (changed.json(), again.json()) == ({"changed": 100}, {"changed": 0})
    assert refused.status_code == 403
    assert await fetch(
        shop,  # what the journal keeps for ever names no value; what can be erased has it
        """select count(*) as rows, bool_and(data = jsonb_build_object('attributes', jsonb_build_array($1::text))) as bare
        from activity where act = 'party.attributes_set' and party_id = any($2)""",
        vip,
        [*many, *singly],
    ) == [{"rows": 103, "bare": True}]
    assert await fetch(
        shop, "select distinct before, after from party_change where party_id = any($1)", [*many, *singly]
    ) == [{"before": f'{{"{vip}": null}}', "after": f'{{"{vip}": true}}'}]


async def test_bulk_with_one_unknown_record_changes_nothing(shop: Shop) -> None:
    """UNF-41."""
    vip, (party_id,) = (await define(shop, "yes_no", directory="party"))["code"], await make_parties(shop, 1)
    body = {"record_ids": [party_id, 10**12], "attribute": vip, "value": True}

    refused = await shop.admin.post("/v1/parties/attributes", json=body)

    assert refusal(refused) == (404, "record_unknown")
    assert (await shop.admin.get(f"/v1/parties/{party_id}/attributes")).json()["values"][vip] is None


async def test_only_what_was_changed_since_it_was_seen_is_written(shop: Shop) -> None:
    """Two people change one card: different attributes both stay, of one attribute the second is told."""
    card = await shop.make_card()
    one, two = [(await define(shop, "text"))["code"] for _ in range(2)]
    seen = {one: None, two: None}
    await say(shop.admin, card.id, {one: "first", two: None}, seen=seen)

    apart = await say(shop.admin, card.id, {one: None, two: "second"}, seen=seen)
    clash = await say(shop.admin, card.id, {one: "other", two: None}, seen=seen)

    assert {code: apart.json()["values"][code] for code in (one, two)} == {one: "first", two: "second"}
    assert (clash.status_code, clash.json()["code"], clash.json()["errors"][0]["field"]) == (409, "values_changed", one)


async def test_journal_holds_values_of_a_card_but_no_text(shop: Shop) -> None:
    card = await shop.make_card()
    number, text = (await define(shop, "number"))["code"], (await define(shop, "text"))["code"]

    await say(shop.admin, card.id, {number: "3", text: "Anna's"})

    rows = await fetch(shop, "select data from activity where card_id = $1 and act = 'card.attributes_set'", card.id)
    assert len(rows) == 1
    assert f'"new": {{"{number}": "3"}}' in rows[0]["data"]
    assert "Anna" not in rows[0]["data"]


async def test_definitions_are_for_those_who_may_change_settings(shop: Shop) -> None:
    """UNF-34."""
    clerk = await shop.caller.as_role("clerk")

    refused = await clerk.post("/v1/attributes", json={"directory": "card", "kind": "text", "names": {"en": "X"}})

    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "choice"}, "choices"),
        ({"kind": "text", "choices": CHOICES}, "choices"),
        ({"kind": "choice", "choices": [*CHOICES, {"names": {"en": "SMALL"}}]}, "choices"),
        ({"kind": "reference"}, "refers_to"),
        ({"kind": "text", "names": {"fr": "Taille"}}, "names"),
        ({"kind": "text", "names": {"en": " "}}, "names"),
    ],
)
async def test_definition_that_contradicts_itself_is_refused(shop: Shop, body: dict[str, Any], field: str) -> None:
    names = {"en": new_code("Odd ")}

    refused = await shop.admin.post("/v1/attributes", json={"directory": "card", "names": names} | body)

    assert refused.status_code in {409, 422}
    assert refused.json()["errors"][0]["field"] == field
