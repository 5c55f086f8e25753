"""Pages of consent: what a party agreed to, the do-not-write list, kinds of mailings, settings."""

import httpx
import pytest

from tests.api.people import add_person, csrf_token_of, sign_in
from tests.conftest import Caller
from tests.factories import make_person


@pytest.fixture
async def boss(caller: Caller) -> httpx.AsyncClient:
    """Give an administrator's browser."""
    await add_person(caller.service.database, login="boss", role="admin")
    await sign_in(caller.http, login="boss")
    return caller.http


async def send(http: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Send a form as its page does."""
    token = csrf_token_of(await http.get("/account"))
    return await http.post(path, data={"csrf": token, **fields}, follow_redirects=True)


async def test_yes_told_to_us_needs_how_it_was_said_and_a_no_is_one_press(
    boss: httpx.AsyncClient, caller: Caller
) -> None:
    """C77-86."""
    party_id = await make_person(caller.service.database, "Anna Marsh")
    path = f"/parties/{party_id}/subscriptions"
    assert (await send(boss, path, kind_id="1", act="give")).status_code == 422
    page = await send(boss, path, kind_id="1", act="give", wording="by_phone")
    assert "Said so by phone" in page.text
    profile = await send(boss, path, kind_id="1", act="refuse", next=f"/parties/{party_id}")
    assert profile.url.path == f"/parties/{party_id}"
    assert "Said no" in (await boss.get(path)).text
    asked = await send(boss, path, kind_id="1", act="ask")
    assert (asked.status_code, "no mailbox is chosen" in asked.text.lower()) == (422, True)


async def test_address_is_looked_up_put_on_the_list_and_taken_off(boss: httpx.AsyncClient) -> None:
    address = {"address": "anna@shop.example"}
    assert "Is not on the list" in (await send(boss, "/suppressions", act="look", **address)).text
    assert "Gets nothing." in (await send(boss, "/suppressions", act="suppress", reason="complaint", **address)).text
    assert "Is not on the list" in (await send(boss, "/suppressions", act="release", reason="mistake", **address)).text
    assert (await send(boss, "/suppressions", act="look", address="nobody")).status_code == 422
    assert (await send(boss, "/suppressions", act="suppress", reason="erased", **address)).status_code == 422


async def test_kind_of_mailings_is_made_and_renamed_on_its_page(boss: httpx.AsyncClient) -> None:
    """C77-86."""
    names = {"names.en": "Tips", "names.bg": "Съвети"}
    page = await send(boss, "/settings/mailing-kinds/new", code="tips", needs_consent="yes", **names)
    assert (page.url.path, "Tips" in page.text) == ("/settings/mailing-kinds", True)
    assert (await send(boss, "/settings/mailing-kinds/new", code="Tips!", **names)).status_code == 422
    await send(boss, "/settings/mailing-kinds/4/move", to="up")
    text = (await boss.get("/settings/mailing-kinds")).text
    assert text.index(">Tips<") < text.index(">Service notices<")
    page = await send(boss, "/settings/mailing-kinds/4", version="1", **names | {"names.en": "Hints"}, archived="yes")
    assert "Hints" in page.text
    assert "Hints" not in (await boss.get("/mailings/new")).text


async def test_settings_of_subscriptions_want_a_mailbox_for_the_open_form(boss: httpx.AsyncClient) -> None:
    assert (await boss.get("/settings/subscriptions")).status_code == 200
    answer = await send(boss, "/settings/subscriptions", version="1", is_form_open="yes")
    assert (answer.status_code, "needs a mailbox" in answer.text.lower()) == (422, True)
    assert (await boss.get("/subscribe")).status_code == 404
