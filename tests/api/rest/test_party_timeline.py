"""A party's timeline over the API: what every module did, with old and new values, page by page."""

from httpx import AsyncClient

from tests.conftest import Caller
from tests.factories import make_company, make_person


async def test_what_one_logs_every_colleague_reads_with_old_and_new_values(caller: Caller) -> None:
    """BG-01, BG-03, BG-28: a note, a changed name, a document and a way of contact that was used."""
    admin, clerk = await caller.as_role("admin"), await caller.as_role("clerk")
    anna = await make_person(caller.service.database, "Anna Marsh", phone="+359888123456")
    await admin.post(f"/v1/parties/{anna}/notes", json={"text": "Unload in the yard"})
    await admin.patch(f"/v1/parties/{anna}", json={"name": "Anna Hale", "version": await _version(admin, anna)})
    order = {"kind": "order", "party_id": anna, "number": "O-7", "date": "2026-11-20", "lines": []}
    await admin.post("/v1/business-documents", json=order)
    await admin.post(f"/v1/parties/{anna}/contacts/1/uses")

    page = (await clerk.get(f"/v1/parties/{anna}/timeline")).json()

    acts = {act["act"]: act for act in page["acts"]}
    assert {"party.made", "note.added", "party.changed", "business_document.made", "contact.used"} <= set(acts)
    assert acts["note.added"]["changes"][0]["after"]["text"] == "Unload in the yard"
    renamed = acts["party.changed"]["changes"][0]
    assert (renamed["before"]["name"], renamed["after"]["name"]) == ("Anna Marsh", "Anna Hale")
    assert acts["party.changed"]["actor"] == "token:1"
    assert page["next"] is None


async def test_company_has_the_events_of_who_speaks_for_it_and_nothing_else_of_theirs(caller: Caller) -> None:
    """BG-28, C77-24: entered under the person, or naming the person alone; a stranger's are not there."""
    admin = await caller.as_role("admin")
    mill = await make_company(caller.service.database, "Mill")
    anna, boris = [await make_person(caller.service.database, name) for name in ("Anna", "Boris")]
    await admin.post(f"/v1/parties/{mill}/persons", json={"person_id": anna})
    await admin.post(f"/v1/parties/{anna}/notes", json={"text": "Has a boat"})
    said = {"kind": "meeting", "topic": "T", "starts_at": "2026-11-20T10:00:00Z"}
    for of in ({"party_id": anna}, {"persons": [anna]}, {"party_id": boris}):
        assert (await admin.post("/v1/events", json=said | of)).status_code == 201

    acts = (await admin.get(f"/v1/parties/{mill}/timeline")).json()["acts"]

    assert [act["record"] for act in acts if act["act"] == "event.made"] == ["event:2", "event:1"]
    assert [act for act in acts if act["act"] == "note.added"] == []


async def _version(admin: AsyncClient, party_id: int) -> int:
    version: int = (await admin.get(f"/v1/parties/{party_id}")).json()["version"]
    return version


async def test_a_timeline_is_read_by_module_by_actor_and_page_by_page(caller: Caller) -> None:
    """BG-28: the filter by author; nobody is a 404, a module that is none a 400."""
    admin, clerk = await caller.as_role("admin"), await caller.as_role("clerk")
    anna = await make_person(caller.service.database, "Anna Marsh")
    for number in range(25):
        await (admin if number % 2 else clerk).post(f"/v1/parties/{anna}/notes", json={"text": f"note {number}"})
    path = f"/v1/parties/{anna}/timeline"
    first = (await admin.get(path)).json()
    second = (await admin.get(path, params={"after": first["next"]})).json()
    own = (await admin.get(path, params={"actor": "token:1"})).json()

    assert (len(first["acts"]), len(second["acts"]), second["next"]) == (20, 6, None)
    assert {act["actor"] for act in own["acts"]} == {"token:1"}
    assert len(own["acts"]) == 12
    assert (await admin.get(path, params={"module": "card"})).json()["acts"] == []
    assert (await admin.get(path, params={"module": "moon"})).status_code == 400
    assert (await admin.get(path, params={"after": "x"})).status_code == 400
    assert (await admin.get("/v1/parties/99/timeline")).status_code == 404
