"""Mail over the API: listed, read, written, answered, sent, tied, put away, with files and refusals."""

from typing import Any  # JSON bodies are free in their values

import httpx
import pytest

from tests.api.rest.shop import refusal as refused
from tests.conftest import Caller
from tests.crm.mail.post import add_mailbox, come, letter
from tests.crm.merging.people import add_party

PATH = "/v1/mail"
DRAFT = {"mailbox_id": 1, "to": ["Anna Marsh <anna@example.com>"], "subject": "Beans", "text": "They are here."}


@pytest.fixture
async def desk(caller: Caller) -> httpx.AsyncClient:
    """Give a client that may; Anna is party 1, mailbox 1 has a message of hers, 1, and one of nobody known, 2."""
    database = caller.service.database
    await add_party(database, "Anna Marsh", emails=["anna@example.com"])
    await add_mailbox(database)
    await come(
        database, 1,
        letter(Message_ID="<a@x>", Cc="boris@example.com"), letter("Flour", sender="x@nowhere.example"),
    )  # fmt: skip
    return await caller.as_role("admin")


def refusal(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Give status, code and field of a problem."""
    return (*refused(answer), next((one["field"] for one in answer.json().get("errors", ())), None))


async def written(http: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    """Begin a draft."""
    answer = await http.post(PATH, json=DRAFT | more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def listed(http: httpx.AsyncClient, **wanted: Any) -> list[str]:
    """Give the subjects of a list."""
    answer = await http.get(PATH, params=wanted)
    assert answer.status_code == 200, answer.text
    return [one["subject"] for one in answer.json()["messages"]]


async def test_messages_are_listed_by_folder_party_and_words(desk: httpx.AsyncClient) -> None:
    """PS-05: with how many are unread."""
    assert await listed(desk) == ["Flour", "Beans"]
    assert await listed(desk, party_id=1) == ["Beans"]
    assert await listed(desk, untied=True) == ["Flour"]
    assert await listed(desk, text="nowhere") == ["Flour"]
    assert await listed(desk, folder="sent") == []
    first = (await desk.get(PATH)).json()["messages"][1]
    assert (first["party"], first["unread"], first["thread"]) == ("Anna Marsh", 1, 1)
    assert refusal(await desk.get(PATH, params={"after": "x"})) == (400, "invalid_body", "after")


async def test_message_is_read_marked_and_put_away_with_its_thread(desk: httpx.AsyncClient) -> None:
    (message,) = (await desk.get(f"{PATH}/1")).json()["thread"]
    assert (message["text"], message["party_id"], message["read_at"]) == ("Have you any?", 1, None)
    assert (await desk.post(f"{PATH}/read", json={"messages": [1, 2], "is_read": True})).json() == {"changed": 2}
    assert await listed(desk, unread=True) == []
    away = await desk.post(f"{PATH}/archive", json={"messages": [1], "is_archived": True})
    assert away.json() == {"changed": 1}
    assert (await listed(desk), await listed(desk, folder="archive")) == (["Flour"], ["Beans"])
    assert refusal(await desk.get(f"{PATH}/4711")) == (404, "mail_not_found", None)


async def test_draft_is_saved_sent_and_changed_no_more(desk: httpx.AsyncClient) -> None:
    draft = await written(desk)
    path = f"{PATH}/{draft['mail_id']}"
    saved = await desk.put(path, json={**DRAFT, "subject": "Better beans", "version": 1})
    assert saved.json()["version"] == 2
    assert refusal(await desk.put(path, json={**DRAFT, "version": 1})) == (409, "mail_changed", "version")
    sent = await desk.post(f"{path}/send", json={"version": 2})
    assert (sent.status_code, sent.json()["state"]) == (202, "queued")
    assert refusal(await desk.post(f"{path}/send", json={"version": 3})) == (409, "mail_state", None)
    assert refusal(await desk.delete(path)) == (409, "mail_state", None)
    assert await listed(desk, folder="sent") == ["Better beans"]


async def test_draft_that_cannot_go_stays_a_draft(desk: httpx.AsyncClient) -> None:
    nobody, wrong = await written(desk, to=[]), await written(desk, to=["Anna"], subject="Wrong")
    for draft in (nobody, wrong):
        answer = await desk.post(f"{PATH}/{draft['mail_id']}/send", json={"version": 1})
        assert refusal(answer) == (422, "mail_refused", "to")
    assert refusal(await desk.post(PATH, json={**DRAFT, "mailbox_id": 9})) == (422, "mail_refused", "mailbox_id")
    assert (await desk.delete(f"{PATH}/{nobody['mail_id']}")).status_code == 204
    assert await listed(desk, folder="drafts") == ["Wrong"]


async def test_answer_goes_to_the_writer_or_to_all_and_quotes(desk: httpx.AsyncClient) -> None:
    one = (await desk.post(f"{PATH}/1/reply", json={})).json()
    everybody = (await desk.post(f"{PATH}/1/reply", json={"to_all": True})).json()
    assert (one["to"], one["cc"], one["subject"]) == (["Anna Marsh <anna@example.com>"], [], "Re: Beans")
    assert one["text"] == "\n\nAnna Marsh wrote:\n> Have you any?"
    assert (everybody["cc"], everybody["thread_id"], everybody["party_id"]) == (["boris@example.com"], 1, 1)
    assert refusal(await desk.post(f"{PATH}/{one['mail_id']}/reply", json={})) == (409, "mail_state", None)


async def test_message_is_tied_by_hand(desk: httpx.AsyncClient) -> None:
    """C77-82: its letter and its event follow."""
    tied = (await desk.put(f"{PATH}/2/party", json={"party_id": 1})).json()
    assert (tied["party_id"], tied["event_id"] is not None) == (1, True)
    letters = (await desk.get("/v1/letters", params={"party_id": 1})).json()["letters"]
    assert sorted(one["topic"] for one in letters) == ["Beans", "Flour"]
    assert refusal(await desk.put(f"{PATH}/2/party", json={"party_id": 4711})) == (422, "mail_refused", "party_id")
    assert (await desk.put(f"{PATH}/2/party", json={"party_id": None})).json()["party_id"] is None


async def test_file_goes_with_a_draft_and_is_taken_off(desk: httpx.AsyncClient) -> None:
    draft = await written(desk)
    path = f"{PATH}/{draft['mail_id']}/files"
    (kept,) = (await desk.post(path, files={"data": ("beans.txt", b"15.90", "text/html")})).json()["files"]
    assert (kept["name"], kept["media_type"], kept["size"]) == ("beans.txt", "text/plain", 5)
    given = await desk.get(f"{path}/{kept['file_id']}")
    assert (given.content, given.headers["content-disposition"][:10]) == (b"15.90", "attachment")
    assert (await desk.delete(f"{path}/{kept['file_id']}")).status_code == 204
    assert refusal(await desk.get(f"{path}/{kept['file_id']}")) == (404, "mail_file_not_found", None)
    assert refusal(await desk.post(f"{PATH}/1/files", files={"data": ("a.txt", b"1")})) == (409, "mail_state", None)
