"""Segments over the API: made, counted, read, changed by two at once, put away, and used by lists; and scores."""

from typing import Any  # JSON bodies are free in their values

import httpx

from crm.scores.repository import score_all
from tests.api.rest.people import make
from tests.api.rest.shop import Shop, new_code, refusal
from tests.api.rest.work import hire
from tests.conftest import ACT, Caller

PHONE = {"is": "filter", "field": "phone", "operator": "given"}


def without_phone(name: str) -> dict[str, Any]:
    """Ask for those whose names begin so and of whom no phone is known."""
    begins = {"is": "filter", "field": "name", "operator": "begins", "operands": [name]}
    return {"is": "all", "of": [begins, {"is": "not", "of": PHONE}]}


async def make_segment(http: httpx.AsyncClient, name: str) -> dict[str, Any]:
    """Make a segment of those whose names begin as its own, without phone."""
    answer = await http.post("/v1/segments", json={"name": name, "definition": without_phone(name)})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_segment_is_counted_and_read_as_parties_are_now(shop: Shop) -> None:
    """BG-30, BG-32: a segment is asked anew each time."""
    http, name = (await hire(shop)).http, new_code("Anna")
    anna = await make(shop, name)
    await make(shop, "Boris")
    path = f"/v1/segments/{(await make_segment(http, name))['segment_id']}"
    before = (await http.get(f"{path}/count")).json()
    second = await make(shop, f"{name} Two")
    after, members = (await http.get(f"{path}/count")).json(), (await http.get(f"{path}/parties")).json()

    assert (before, after) == ({"count": 1}, {"count": 2})
    assert members == {
        "parties": [{"party_id": anna, "name": name}, {"party_id": second, "name": f"{name} Two"}],
        "next": None,
    }
    behind = (await http.get(f"{path}/parties", params={"after": str(anna)})).json()
    assert [one["party_id"] for one in behind["parties"]] == [second]


async def test_conditions_are_counted_without_being_kept(shop: Shop) -> None:
    http, name = (await hire(shop)).http, new_code("Anna")
    await make(shop, name)
    counted = await http.post("/v1/segments/count", json={"definition": without_phone(name)})
    assert (counted.status_code, counted.json()) == (200, {"count": 1})
    assert name not in (await http.get("/v1/segments")).text


async def test_conditions_that_mean_nothing_are_refused(shop: Shop) -> None:
    http = (await hire(shop)).http
    unknown = {"is": "filter", "field": "group", "operator": "any_of", "operands": ["gone"]}
    nested = {"is": "filter", "field": "segment", "operator": "any_of", "operands": ["1"]}
    for wrong in ({**PHONE, "operator": "blue"}, {"is": "any", "of": []}, nested):
        refused = await http.post("/v1/segments", json={"name": "x", "definition": wrong})
        assert refusal(refused) == (422, "segment_refused"), refused.text
    assert refusal(await http.post("/v1/segments/count", json={"definition": unknown}))[0] == 422
    deep = '{"is":"not","of":' * 5_000 + "{}" + "}" * 5_000
    for body in ('{"definition":{"is":"filter","field":"phone","operator":"given","x":1}}', f'{{"definition":{deep}}}'):
        answer = await http.post("/v1/segments/count", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {400, 422}, answer.text


async def test_second_of_two_who_change_a_segment_is_told(shop: Shop) -> None:
    http, name = (await hire(shop)).http, new_code("Anna")
    made = await make_segment(http, name)
    path = f"/v1/segments/{made['segment_id']}"
    change = {"name": name, "definition": PHONE, "version": made["version"]}
    first = await http.put(path, json=change | {"note": "the first"})
    second = await http.put(path, json=change | {"name": new_code()})

    assert (first.status_code, first.json()["version"]) == (200, 2)
    assert refusal(second) == (409, "segment_changed")
    same = await http.put(path, json=change | {"note": "the first"})
    assert (same.status_code, same.json()["version"]) == (200, 2)


async def test_name_is_taken_once_and_an_archived_segment_is_changed_no_more(shop: Shop) -> None:
    http, name = (await hire(shop)).http, new_code("Anna")
    made = await make_segment(http, name)
    path = f"/v1/segments/{made['segment_id']}"
    taken = await http.post("/v1/segments", json={"name": f" {name} ", "definition": PHONE})
    archived = await http.post(f"{path}/archive")
    late = await http.put(path, json={"name": new_code(), "definition": PHONE, "version": 2})
    listed = [(await http.get("/v1/segments", params={"archived": one})).text for one in ("false", "true")]

    assert refusal(taken) == (409, "segment_name_taken")
    assert archived.json()["archived_at"] is not None
    assert refusal(late)[1] == "segment_archived"
    assert [name in one for one in listed] == [False, True]
    restored = await http.post(f"{path}/restore")
    assert restored.json()["archived_at"] is None
    assert refusal(await http.get("/v1/segments/4711")) == (404, "segment_not_found")


async def test_journal_keeps_the_names_of_changed_fields_and_no_condition(shop: Shop) -> None:
    http, name = (await hire(shop)).http, new_code("Anna")
    made = await make_segment(http, name)
    path = f"/v1/segments/{made['segment_id']}"
    await http.put(path, json={"name": new_code(), "definition": PHONE, "version": 1})
    query = "select act, data::text from activity where record = $1 order by id"
    rows = await shop.sql(query, f"segment:{made['segment_id']}")
    assert [tuple(row) for row in rows] == [
        ("segment.made", None),
        ("segment.changed", '{"fields": ["name", "definition"]}'),
    ]


async def test_scores_are_asked_for_and_read_by_class(caller: Caller, admin: httpx.AsyncClient) -> None:
    """BG-30."""
    asked = [await admin.post("/v1/scores") for _ in range(2)]
    await caller.service.database.run(score_all, today=ACT.at.date())
    read = (await admin.get("/v1/scores")).json()

    assert [one.status_code for one in asked] == [202, 202]
    assert asked[0].json() == asked[1].json()
    assert read == {"scored_on": None, "classes": []}
