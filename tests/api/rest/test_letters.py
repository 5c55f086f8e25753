"""Correspondence over the API: registered, changed by two at once, archived, with files, attributes and kinds."""

from typing import Any  # JSON bodies are free in their values

import httpx
import pytest

from tests.api.people import add_person, csrf_token_of, sign_in
from tests.api.rest.shop import refusal
from tests.conftest import Caller

PATH = "/v1/letters"
CLAIM = {"flow": "incoming", "kind": "claims", "topic": "Flour of the wrong grade", "party_id": 1}


@pytest.fixture
async def clerk(caller: Caller, admin: httpx.AsyncClient) -> httpx.AsyncClient:
    """Give the clerk Nora, user 1, signed in; the mill is party 1."""
    await add_person(caller.service.database)
    made = await admin.post("/v1/parties", json={"name": "Mill", "legal_status": "limited_company"})
    assert made.json()["party_id"] == 1
    http = httpx.AsyncClient(transport=caller.http._transport, base_url=caller.http.base_url)
    await sign_in(http)
    http.headers["X-CSRF-Token"] = csrf_token_of(await http.get("/account"))
    return http


async def keep(http: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await http.post(PATH, json=CLAIM | more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def listed(http: httpx.AsyncClient, **wanted: Any) -> list[str]:
    answer = await http.get(PATH, params=wanted)
    assert answer.status_code == 200, answer.text
    return [one["topic"] for one in answer.json()["letters"]]


async def test_letter_is_registered_today_and_read_by_whom_it_tells(clerk: httpx.AsyncClient) -> None:
    """C77-67, C77-70, C77-71, C77-75."""
    made = await keep(clerk, document_date="2020-01-01", document_number="17/B", priority=3, notified=[1])
    path = f"{PATH}/{made['letter_id']}"

    read = (await clerk.get(path)).json()

    assert (made["number"][4:], made["medium"], made["priority"]) == ("-000001", "paper", 3)
    assert made["registered_on"] > made["document_date"]
    assert [one["read_at"] is None for one in (*made["notified"], *read["notified"])] == [True, False]
    assert (await clerk.get("/v1/notifications")).json()["notices"][0]["record"] == "letter:1"


@pytest.mark.parametrize(
    ("said", "status", "field"),
    [
        ({"flow": None}, 400, "flow"),
        ({"flow": "sideways"}, 400, "flow"),
        ({"party_id": 4711}, 422, "party_id"),
        ({"kind": "none"}, 422, "kind"),
        ({"department": "none"}, 422, "department"),
        ({"user_id": 1}, 422, "user_id"),
        ({"document_date": "2999-01-01"}, 422, "document_date"),
        ({"registered_on": "2999-01-01"}, 422, "registered_on"),
        ({"notified": [4711]}, 422, "notified"),
    ],
)
async def test_letter_that_cannot_be_is_refused(
    admin: httpx.AsyncClient, clerk: httpx.AsyncClient, said: dict[str, Any], status: int, field: str
) -> None:
    """C77-67: the flow is needed."""
    answer = await clerk.post(PATH, json=CLAIM | said)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)
    assert await listed(admin) == []


async def test_journal_is_filtered_and_read_page_by_page(clerk: httpx.AsyncClient) -> None:
    """C77-65, C77-72, C77-73."""
    await keep(clerk, topic="Urgent", priority=3, kind="contracts")
    for number in range(50):
        await keep(clerk, topic=f"T{number}")

    first = (await clerk.get(PATH)).json()
    second = (await clerk.get(PATH, params={"after": first["next"]})).json()

    assert [one["topic"] for one in first["letters"]][:2] == ["Urgent", "T49"]
    assert ([one["topic"] for one in second["letters"]], second["next"]) == (["T0"], None)
    assert await listed(clerk, kind="contracts", text="urg mill") == ["Urgent"]
    assert await listed(clerk, flow="outgoing") == []
    assert refusal(await clerk.get(PATH, params={"after": "nowhere"})) == (400, "invalid_body")
    assert refusal(await clerk.get(PATH, params={"kind": "none"})) == (404, "letter_kind_not_found")


async def test_second_editor_is_told_both_values_and_history_has_what_was(clerk: httpx.AsyncClient) -> None:
    made = await keep(clerk)
    path = f"{PATH}/{made['letter_id']}"
    await clerk.put(path, json=CLAIM | {"topic": "Rye", "version": 1})

    second = await clerk.put(path, json=CLAIM | {"topic": "Oats", "version": 1})
    history = (await clerk.get(f"{path}/history")).json()["changes"]

    assert refusal(second) == (409, "letter_changed")
    difference = {"field": "topic", "yours": "Oats", "theirs": "Rye", "base": CLAIM["topic"]}
    assert second.json()["differences"] == [difference]
    assert [(one["before"], one["after"]) for one in history] == [({"topic": CLAIM["topic"]}, {"topic": "Rye"})]


async def test_letters_are_archived_and_restored_many_at_once(clerk: httpx.AsyncClient) -> None:
    """C77-77, C77-78."""
    ids = [(await keep(clerk, topic=topic))["letter_id"] for topic in ("A", "B", "C")]

    moved = await clerk.post(f"{PATH}/archive", json={"letters": ids[:2]})
    archived, left = await listed(clerk, archived=True), await listed(clerk)
    refused = await clerk.put(f"{PATH}/{ids[0]}", json=CLAIM | {"version": 1})
    back = await clerk.post(f"{PATH}/restore", json={"letters": ids})

    assert (moved.json(), back.json(), archived, left) == ({"moved": 2}, {"moved": 2}, ["B", "A"], ["C"])
    assert refusal(refused) == (409, "letter_archived")
    found = await clerk.post("/v1/search", json={"text": "B mill"})
    assert [(one["topic"], one["is_archived"]) for one in found.json()["letters"]] == [("B", False)]


async def test_files_are_kept_with_a_letter_and_leave_as_downloads(clerk: httpx.AsyncClient) -> None:
    """C77-76."""
    path = f"{PATH}/{(await keep(clerk))['letter_id']}"
    for name in ("scan.pdf", "reply.txt"):
        sent = await clerk.post(f"{path}/files", files={"file": (name, b"%PDF-1.4" if "pdf" in name else b"Hello")})
        assert sent.status_code == 201, sent.text

    kept = (await clerk.get(path)).json()["files"]
    got = await clerk.get(f"{path}/files/{kept[0]['file_id']}")
    gone = await clerk.delete(f"{path}/files/{kept[1]['file_id']}")

    assert [(one["name"], one["media_type"]) for one in kept] == [
        ("scan.pdf", "application/pdf"),
        ("reply.txt", "text/plain"),
    ]
    assert (got.content, got.headers["content-disposition"][:10], gone.status_code) == (b"%PDF-1.4", "attachment", 204)
    assert refusal(await clerk.get(f"{path}/files/4711")) == (404, "letter_file_not_found")


async def test_attributes_of_letters_are_the_shops_own(admin: httpx.AsyncClient, clerk: httpx.AsyncClient) -> None:
    path = f"{PATH}/{(await keep(clerk))['letter_id']}"
    made = {"directory": "letter", "kind": "text", "code": "shelf", "names": {"en": "Shelf"}}
    assert (await admin.post("/v1/attributes", json=made)).status_code == 201

    said = await clerk.patch(f"{path}/attributes", json={"values": {"shelf": "7b"}})

    assert (said.status_code, said.json()["values"]) == (200, {"shelf": "7b"})
    assert (await clerk.get(f"{path}/history")).json()["changes"][0]["after"] == {"shelf": "7b"}


async def test_kinds_are_a_tree_that_is_made_and_moved(admin: httpx.AsyncClient, clerk: httpx.AsyncClient) -> None:
    """C77-72."""
    kinds = "/v1/letter-kinds"
    made = await admin.post(kinds, json={"code": "offers", "names": {"en": "Offers"}, "parent": "business"})
    taken = await admin.post(kinds, json={"code": "offers", "names": {"en": "Again"}})
    moved = await admin.put(f"{kinds}/offers", json={"names": {"en": "Offers"}, "parent": "claims", "version": 1})
    stale = await admin.put(f"{kinds}/offers", json={"names": {"en": "Bids"}, "version": 1})
    first = await admin.post(f"{kinds}/claims/move", json={"step": -2})

    tree = [(one["code"], one["parent"], one["depth"]) for one in first.json()["kinds"]]
    assert (made.status_code, moved.status_code) == (201, 200)
    assert [refusal(one) for one in (taken, stale)] == [(409, "letter_kind_taken"), (409, "letter_kind_changed")]
    assert tree[:3] == [("claims", None, 0), ("offers", "claims", 1), ("business", None, 0)]
    assert (await clerk.post(kinds, json={"code": "x", "names": {"en": "X"}})).status_code == 403
