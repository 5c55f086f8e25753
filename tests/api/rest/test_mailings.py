"""Mailings and mailboxes over the API: made, counted, previewed, begun and followed."""

from typing import Any

import httpx

from tests.conftest import Caller
from tests.factories import make_person

BOX = {
    "name": "Offers",
    "address": "offers@shop.example",
    "smtp_host": "127.0.0.1",
    "smtp_port": 9,
    "smtp_security": "none",
}
TEXT = {"subject": "{{ first_name }}, beans", "html": "<p>{{ salutation }}!</p>"}


async def make(admin: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    """Make a mailing."""
    answer = await admin.post("/v1/mailings", json={"name": "Coffee", "kind_id": 3, "variants": [TEXT]} | more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_mailing_is_made_counted_previewed_and_changed_by_version(
    admin: httpx.AsyncClient, caller: Caller
) -> None:
    party = await make_person(caller.service.database, "Anna Marsh")
    made = await make(admin, audience={"parties": [party]})
    path = f"/v1/mailings/{made['mailing_id']}"
    counted = (await admin.get(f"{path}/count")).json()
    assert counted == {"named": 1, "left_out": {"no_address": 1}, "control": 0, "going": 0}
    shown = (await admin.get(f"{path}/preview", params={"party_id": party})).json()
    assert (shown["subject"], shown["html"].startswith("<p>Dear Anna!</p>")) == ("Anna, beans", True)
    body = {"name": "Tea", "kind_id": 3, "variants": [TEXT], "version": made["version"]}
    assert (await admin.put(path, json=body)).json()["details"]["name"] == "Tea"
    stale = await admin.put(path, json=body)
    assert (stale.status_code, stale.json()["code"]) == (409, "mailing_changed")


async def test_mailing_that_lacks_something_is_not_begun(admin: httpx.AsyncClient) -> None:
    made = await make(admin)
    path = f"/v1/mailings/{made['mailing_id']}"
    refused = await admin.post(f"{path}/begin", json={"version": made["version"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "mailing_refused")
    assert "TALLYCARD_PUBLIC_URL" in refused.json()["detail"]
    held = await admin.post(f"{path}/pause")
    assert (held.status_code, held.json()["code"]) == (409, "mailing_state")


async def test_what_a_mailing_cannot_be_is_refused_by_its_field(admin: httpx.AsyncClient) -> None:
    for more, status in (
        ({"kind_id": 99}, 404),
        ({"control_percent": 51}, 422),
        ({"window_from": "18:00:00", "window_until": "09:00:00"}, 422),
        ({"rate_per_minute": 0}, 422),
        ({"variants": [{"share": 60}]}, 422),
        ({"variants": []}, 400),
        ({"mailbox_id": 99}, 404),
        ({"priority": 4}, 400),
    ):
        answer = await admin.post("/v1/mailings", json={"name": "X", "kind_id": 3} | more)
        assert answer.status_code == status, (more, answer.text)


async def test_mailbox_tells_of_its_secret_only_that_it_is_there(admin: httpx.AsyncClient) -> None:
    made = (await admin.post("/v1/mailboxes", json=BOX)).json()
    assert (made["has_smtp_secret"], "smtp_secret" in made["details"]) == (False, False)
    refused = await admin.put(f"/v1/mailboxes/{made['mailbox_id']}", json=BOX | {"version": 1, "smtp_secret": "x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "mail_key")
    tried = (await admin.post(f"/v1/mailboxes/{made['mailbox_id']}/try")).json()
    assert (tried["is_well"], tried["code"]) == (False, None)


async def test_recipients_are_listed_by_state(admin: httpx.AsyncClient) -> None:
    """C77-92."""
    made = await make(admin)
    path = f"/v1/mailings/{made['mailing_id']}"
    assert (await admin.get(f"{path}/recipients", params={"state": "sent"})).json() == {"recipients": [], "next": None}
    assert (await admin.get(f"{path}/progress")).json()["states"] == {}
    assert (await admin.get("/v1/mailings/999/recipients")).status_code == 404
    assert [kind["code"] for kind in (await admin.get("/v1/mailing-kinds")).json()["kinds"]] == [
        "news",
        "offer",
        "service",
    ]
    assert [one["name"] for one in (await admin.get("/v1/mailings")).json()["mailings"]] == ["Coffee"]


async def test_template_is_kept_changed_by_version_used_and_put_away(admin: httpx.AsyncClient) -> None:
    path = "/v1/mailing-templates"
    kept = (await admin.post(path, json={"name": "Weekly", **TEXT})).json()
    one = f"{path}/{kept['template_id']}"
    again = await admin.post(path, json={"name": "Weekly"})
    assert (again.status_code, again.json()["code"]) == (409, "template_name_taken")
    broken = await admin.put(one, json={"name": "Weekly", "subject": "{{ nobody }}", "version": 1})
    assert (broken.status_code, broken.json()["code"]) == (422, "content_refused")
    changed = (await admin.put(one, json={"name": "Weekly", **TEXT, "text": "Beans.", "version": 1})).json()
    stale = await admin.put(one, json={"name": "Daily", "version": 1})
    assert (changed["version"], stale.json()["code"]) == (2, "template_changed")
    mailing = await make(admin, variants=[{"subject": "S"}])
    use = {"template_id": kept["template_id"], "version": mailing["version"]}
    used = (await admin.post(f"/v1/mailings/{mailing['mailing_id']}/use-template", json=use)).json()
    assert used["details"]["variants"][0]["text"] == "Beans."
    other = await admin.post(f"/v1/mailings/{mailing['mailing_id']}/use-template", json=use | {"variant": "B"})
    assert (other.status_code, other.json()["code"]) == (422, "mailing_refused")
    await admin.post(f"{one}/archive")
    assert (await admin.get(path)).json() == {"templates": []}
    assert (await admin.get(one)).json()["archived_at"] is not None


async def test_segment_as_audience_is_counted_and_one_that_is_not_there_is_refused(
    admin: httpx.AsyncClient, caller: Caller
) -> None:
    """C77-80."""
    await make_person(caller.service.database, "Anna Marsh")
    await make_person(caller.service.database, "Boris Beck")
    tree = {"is": "filter", "field": "name", "operator": "begins", "operands": ["Anna"]}
    segment = (await admin.post("/v1/segments", json={"name": "Annas", "definition": tree})).json()["segment_id"]
    made = await make(admin, audience={"segments": [segment]})
    assert (await admin.get(f"/v1/mailings/{made['mailing_id']}/count")).json()["named"] == 1
    refused = await admin.post("/v1/mailings", json={"name": "X", "kind_id": 3, "audience": {"segments": [99]}})
    assert (refused.status_code, refused.json()["code"]) == (422, "mailing_refused")


async def test_result_is_answered_and_without_anybody_held_back_has_no_difference(
    admin: httpx.AsyncClient, caller: Caller
) -> None:
    party = await make_person(caller.service.database, "Anna Marsh")
    made = await make(admin, audience={"parties": [party]})
    path = f"/v1/mailings/{made['mailing_id']}"
    found = (await admin.get(f"{path}/result", params={"days": 7})).json()
    assert (found["days"], found["compared"], found["held_back"]["heads"]) == (7, [], 0)
    assert found["letters"][0]["letter"] == "A"
    too_many = await admin.get(f"{path}/result", params={"days": 366})
    assert (too_many.status_code, too_many.json()["code"]) == (422, "mailing_refused")
    listed = (await admin.get(f"{path}/left-out", params={"reason": "no_address"})).json()
    assert [(one["party_id"], one["reason"]) for one in listed["left_out"]] == [(party, "no_address")]
