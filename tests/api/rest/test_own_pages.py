"""Links to customers' own pages over the API: made and told once, sent, ended; who may see no number may make none."""

import httpx
import pytest

from tests.conftest import Caller
from tests.factories import make_person


@pytest.fixture
async def anna(caller: Caller) -> str:
    """Give the address of the link of a party."""
    return f"/v1/parties/{await make_person(caller.service.database, 'Anna Marsh')}/own-page"


async def test_link_is_told_once_replaced_and_ended(caller: Caller, admin: httpx.AsyncClient, anna: str) -> None:
    assert ((await admin.get(anna)).status_code, (await admin.delete(anna)).status_code) == (404, 404)
    first, second = [(await admin.post(anna)).json() for _ in range(2)]
    assert first["url"].startswith("http://tallycard.test/my/")
    assert first["expires_at"] is None
    state = await admin.get(anna)
    assert (state.json()["opened_on"], state.json()["is_waiting"]) == (None, False)
    assert first["url"].rpartition("/")[2] not in state.text
    assert [(await caller.http.get(one["url"])).status_code for one in (first, second)] == [404, 200]
    assert (await admin.get(anna)).json()["opened_on"] is not None
    assert (await admin.delete(anna)).status_code == 204
    assert (await caller.http.get(second["url"])).status_code == 404


async def test_link_without_a_mailbox_or_a_party_is_refused(admin: httpx.AsyncClient, anna: str) -> None:
    sent = await admin.post(f"{anna}/letter")
    assert (sent.status_code, sent.json()["code"]) == (422, "own_page_refused")
    assert (await admin.post("/v1/parties/4711/own-page")).json()["code"] == "party_not_found"
    await admin.delete(anna.removesuffix("/own-page"))
    assert (await admin.post(anna)).json()["code"] == "party_archived"


async def test_till_makes_no_link(caller: Caller, anna: str) -> None:
    till = await caller.as_role("till", store="0007", till="3")
    assert (await till.post(anna)).status_code == 403
