"""What parties agreed to, the do-not-write list and kinds of mailings, over the API."""

import httpx
import pytest

from tests.conftest import Caller
from tests.factories import make_person

ANNA = {"address": "Anna@Shop.example"}


@pytest.fixture
async def anna(caller: Caller) -> str:
    """Give the address of a party's resources."""
    return f"/v1/parties/{await make_person(caller.service.database, 'Anna Marsh')}"


async def test_yes_has_its_words_and_a_no_needs_none(admin: httpx.AsyncClient, anna: str) -> None:
    """C77-86: subscriptions are per kind."""
    answer = await admin.put(f"{anna}/subscriptions/1", json={"state": "subscribed"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "wording")
    yes = {"state": "subscribed", "wording": "I want to hear of news."}
    said = (await admin.put(f"{anna}/subscriptions/1", json=yes)).json()["subscriptions"]
    assert [(one["code"], one["state"], one["gets"]) for one in said] == [
        ("news", "subscribed", True),
        ("offer", None, False),
        ("service", None, True),
    ]
    said = (await admin.put(f"{anna}/subscriptions/3", json={"state": "unsubscribed"})).json()["subscriptions"]
    assert (said[2]["state"], said[2]["gets"]) == ("unsubscribed", False)
    acts = (await admin.get(f"{anna}/consents")).json()["consents"]
    assert [(one["act"], one["source"], one["wording"]) for one in acts] == [
        ("withdrawn", "api", None),
        ("given", "api", "I want to hear of news."),
    ]


async def test_nobody_and_nothing_unknown_is_spoken_for(admin: httpx.AsyncClient, anna: str) -> None:
    no = {"state": "unsubscribed"}
    assert (await admin.put(f"{anna}/subscriptions/99", json=no)).status_code == 404
    assert (await admin.put("/v1/parties/4711/subscriptions/1", json=no)).status_code == 404
    assert (await admin.get("/v1/parties/4711/subscriptions")).status_code == 404
    asked = await admin.post(f"{anna}/subscriptions/ask", json={"kind_ids": [1]})
    assert (asked.status_code, asked.json()["code"]) == (422, "consent_refused")


async def test_address_is_put_on_the_list_and_taken_off_with_a_reason(admin: httpx.AsyncClient) -> None:
    async def look_up() -> object:
        answer = (await admin.post("/v1/suppressions/lookup", json={"address": "anna@shop.example"})).json()
        return answer["is_suppressed"], answer["reason"]

    assert await look_up() == (False, None)
    await admin.post("/v1/suppressions", json={**ANNA, "reason": "complaint"})
    assert await look_up() == (True, "complaint")
    assert (await admin.post("/v1/suppressions/release", json=ANNA)).status_code == 400
    await admin.post("/v1/suppressions/release", json={**ANNA, "reason": "mistake"})
    assert await look_up() == (False, None)
    assert (await admin.post("/v1/suppressions", json={"address": "nobody"})).status_code == 422


async def test_kind_is_made_changed_moved_and_put_away(admin: httpx.AsyncClient, anna: str) -> None:
    """C77-86: a directory of kinds."""
    tips = {"code": "tips", "names": {"en": "Tips", "bg": "Съвети"}}
    made = (await admin.post("/v1/mailing-kinds", json=tips)).json()["kinds"][-1]
    assert (made["code"], made["needs_consent"], made["archived"]) == ("tips", True, False)
    assert (await admin.post("/v1/mailing-kinds", json=tips)).status_code == 409
    path = f"/v1/mailing-kinds/{made['kind_id']}"
    moved = (await admin.post(f"{path}/move", json={"step": -3})).json()["kinds"]
    assert [one["code"] for one in moved] == ["tips", "news", "offer", "service"]
    away = {"names": tips["names"], "needs_consent": False, "archived": True, "version": made["version"]}
    assert (await admin.put(path, json=away)).json()["kinds"][0]["archived"]
    assert (await admin.put(path, json=away)).status_code == 409
    yes = {"state": "subscribed", "wording": "Tips, please."}
    assert (await admin.put(f"{anna}/subscriptions/{made['kind_id']}", json=yes)).status_code == 422


async def test_public_form_is_opened_only_with_a_mailbox_and_links(admin: httpx.AsyncClient) -> None:
    setting = (await admin.get("/v1/consent-setting")).json()
    assert setting == {"mailbox_id": None, "is_form_open": False, "version": 1}
    answer = await admin.put("/v1/consent-setting", json={"is_form_open": True, "version": 1})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "mailbox_id")
    assert (await admin.put("/v1/consent-setting", json={"version": 7})).status_code == 409
