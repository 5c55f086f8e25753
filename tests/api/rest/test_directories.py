"""Directories: a company's own words, added, renamed per language, ordered, archived, and deleted only where unused."""

from typing import Any  # JSON bodies are free in their values

import pytest

from tests.api.rest.people import add, make, read
from tests.api.rest.shop import Shop, new_code, refusal


async def _make_entry(shop: Shop, directory: str, **more: Any) -> str:
    code = new_code("w").lower()
    body = {"code": code, "names": {"en": f"Word {code}"}, **more}
    answer = await shop.admin.post(f"/v1/directories/{directory}", json=body)
    assert answer.status_code == 201, answer.text
    return code


async def _codes(shop: Shop, directory: str, **query: str) -> list[str]:
    answer = await shop.admin.get(f"/v1/directories/{directory}", params=query)
    return [entry["code"] for entry in answer.json()["entries"]]


async def test_legal_statuses_are_there_from_the_first_day_and_more_are_added(shop: Shop) -> None:
    """PAP-04: the status comes from a directory that people edit."""
    assert (await _codes(shop, "legal_status"))[:3] == ["natural_person", "sole_trader", "limited_company"]
    code = await _make_entry(shop, "legal_status", party_kind="organisation")

    party_id = await make(shop, legal_status=code)

    assert ((await read(shop, party_id))["legal_status"], (await read(shop, party_id))["kind"]) == (
        code,
        "organisation",
    )


async def test_entry_is_renamed_in_each_language(shop: Shop) -> None:
    code = await _make_entry(shop, "relation")
    url = f"/v1/directories/relation/{code}"
    names = {"bg": f"Агент {code}", "en": f"Agent {code}"}

    changed = await shop.admin.put(url, json={"version": 1, "names": names})
    stale = await shop.admin.put(url, json={"version": 1, "names": {"en": "Other"}})

    assert (changed.json()["names"], changed.json()["version"]) == (names, 2)
    assert refusal(stale) == (409, "entry_changed")
    rows = await shop.sql("select act, data->'new'->'names'->>'bg' as bg from activity where record = $1 order by id",
        f"entry:relation/{code}")  # fmt: skip
    assert [tuple(row) for row in rows] == [("entry.made", None), ("entry.changed", f"Агент {code}")]


async def test_archived_entry_is_chosen_no_more_and_stays_where_it_was(shop: Shop) -> None:
    code = await _make_entry(shop, "relation")
    party_id = await make(shop)
    relation_id = await add(shop, party_id, "relations", relation=code)
    await shop.admin.put(
        f"/v1/directories/relation/{code}", json={"version": 1, "names": {"en": f"Word {code}"}, "archived": True}
    )

    refused = await shop.admin.post(f"/v1/parties/{await make(shop)}/relations", json={"relation": code})
    kept = await shop.admin.put(
        f"/v1/parties/{party_id}/relations/{relation_id}",
        json={"version": 2, "relation": code, "since": "2026-01-01"},
    )

    assert (refusal(refused), kept.status_code) == ((422, "entry_refused"), 200)
    assert code not in await _codes(shop, "relation")
    assert code in await _codes(shop, "relation", archived="true")


async def test_used_entry_is_not_deleted(shop: Shop) -> None:
    used, unused = [await _make_entry(shop, "group") for _ in range(2)]
    await shop.admin.put(f"/v1/parties/{await make(shop)}/groups", json={"version": 1, "groups": [used]})

    refused = await shop.admin.delete(f"/v1/directories/group/{used}")
    done = await shop.admin.delete(f"/v1/directories/group/{unused}")

    assert (refusal(refused), done.status_code) == ((409, "entry_in_use"), 204)
    assert used in await _codes(shop, "group")
    assert unused not in await _codes(shop, "group")
    assert refusal(await shop.admin.delete(f"/v1/directories/group/{unused}")) == (404, "entry_unknown")


async def test_natural_person_is_renamed_and_never_put_away(shop: Shop) -> None:
    """PAP-04: imports and contact persons are of this status."""
    url = "/v1/directories/legal_status/natural_person"
    found = (await shop.admin.get("/v1/directories/legal_status")).json()["entries"]
    entry = next(one for one in found if one["code"] == "natural_person")
    body = {"version": entry["version"], "names": entry["names"]}

    archived = await shop.admin.put(url, json=body | {"archived": True})
    renamed = await shop.admin.put(url, json=body | {"names": entry["names"] | {"en": "Person"}})

    assert refusal(archived) == (422, "entry_refused")
    assert refusal(await shop.admin.delete(url)) == (409, "entry_in_use")
    assert renamed.json()["names"]["en"] == "Person"


async def test_entries_are_put_into_an_order(shop: Shop) -> None:
    one, two, three = [await _make_entry(shop, "responsibility") for _ in range(3)]

    answer = await shop.admin.put("/v1/directories/responsibility", json={"codes": [three, one]})

    order = [entry["code"] for entry in answer.json()["entries"]]
    assert order[:3] == [three, one, "purchasing"]
    assert order[-1] == two
    unknown = await shop.admin.put("/v1/directories/responsibility", json={"codes": ["none_such"]})
    assert refusal(unknown) == (422, "entry_refused")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"code": "Big", "names": {"en": "Big"}}, 400, "invalid_body"),
        ({"code": "x1", "names": {}}, 400, "invalid_body"),
        ({"code": "x1", "names": {"en": "  "}}, 422, "entry_refused"),
        ({"code": "x1", "names": {"xx": "Word"}}, 422, "entry_refused"),
        ({"code": "x1", "names": {"en": "A"}, "party_kind": "person"}, 422, "entry_refused"),
        ({"code": "customer", "names": {"en": "Buyer"}}, 409, "entry_taken"),
        ({"code": "x1", "names": {"ru": "покупатель"}}, 409, "entry_taken"),
    ],
)
async def test_entry_that_cannot_be_kept_is_refused(shop: Shop, body: dict[str, Any], status: int, code: str) -> None:
    assert refusal(await shop.admin.post("/v1/directories/relation", json=body)) == (status, code)


async def test_directory_that_is_none_is_unknown(shop: Shop) -> None:
    assert refusal(await shop.admin.get("/v1/directories/colours")) == (404, "entry_unknown")
