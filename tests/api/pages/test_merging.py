"""Duplicates on pages: found, compared, merged by choice of each field, and taken back."""

from collections.abc import AsyncIterator

import httpx
import pytest
from playwright.async_api import Browser

from api.jobs.working import do_queued_jobs
from api.settings import Settings
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import check, visitor
from tests.api.people import LOGIN, PASSWORD, add_person, send, sign_in
from tests.conftest import Caller
from tests.crm.merging.people import add_full_party, add_party, fetch, prepare_words

MERGE = "/parties/merge"


@pytest.fixture
async def clerk(caller: Caller) -> httpx.AsyncClient:
    """Give a clerk who is signed in, of a shop with two full parties that are one: 2 and 3."""
    database = caller.service.database
    await add_person(database)
    await sign_in(caller.http)
    friend = await prepare_words(database)
    await add_full_party(database, "Ana Ilieva", own="one", duty="purchasing", friend=friend, cities=["Varna"])
    await add_full_party(
        database, "Anna Ilieva", own="two", duty="accounting", friend=friend, note="Calls in the morning"
    )
    return caller.http


async def test_search_finds_the_pair_and_a_dismissed_one_goes(clerk: httpx.AsyncClient, caller: Caller) -> None:
    started = await send(clerk, "/parties/duplicates/search", {})
    await do_queued_jobs(caller.service, is_stopped=lambda: False)

    listed = (await clerk.get("/parties/duplicates")).text
    await send(clerk, "/parties/duplicates/dismiss", {"first": "2", "second": "3"})
    left = (await clerk.get("/parties/duplicates")).text

    assert started.headers["location"] == "/jobs/1"
    assert "/parties/merge?first=2&amp;second=3" in listed
    assert "Same registration number" in listed
    assert "No duplicates" in left
    assert "/parties/merge?first=2&amp;second=3" in (await clerk.get("/parties/duplicates?dismissed=yes")).text


async def test_chosen_fields_hold_and_the_merge_is_taken_back(clerk: httpx.AsyncClient, caller: Caller) -> None:
    database = caller.service.database
    versions = {"first": "2", "second": "3", "first_version": "1", "second_version": "1"}

    merged = await send(clerk, MERGE, {**versions, "kept": "second", "name": "first", "attribute.remark": "first"})
    name = "select name, merged_into from party where id > 1 order by id"
    after = await fetch(database, name)
    shown = (await clerk.get(merged.headers["location"])).text
    undone = await send(clerk, f"{merged.headers['location']}/undo", {})

    assert after == [("Ana Ilieva", 3), ("Ana Ilieva", None)]
    assert "Take this merge back" in shown
    assert undone.status_code == 303
    assert await fetch(database, name) == [("Ana Ilieva", None), ("Anna Ilieva", None)]


async def test_party_that_changed_meanwhile_is_not_merged_and_the_choice_stays(clerk: httpx.AsyncClient) -> None:
    versions = {"first": "2", "second": "3", "first_version": "7", "second_version": "1"}

    refused = await send(clerk, MERGE, {**versions, "kept": "first", "name": "second"})

    assert refused.status_code == 422
    assert "One of the two was changed meanwhile" in refused.text
    assert 'name="name" value="second" checked' in refused.text


async def test_page_says_what_stands_in_the_way_and_takes_back_the_rest(
    clerk: httpx.AsyncClient, caller: Caller
) -> None:
    versions = {"first": "2", "second": "3", "first_version": "1", "second_version": "1"}
    merged = (await send(clerk, MERGE, {**versions, "kept": "first"})).headers["location"]
    await fetch(caller.service.database, "delete from party_note where text = 'Note of two'")

    refused = await send(clerk, f"{merged}/undo", {})
    rest = await send(clerk, f"{merged}/undo", {"partial": "yes"})

    assert refused.status_code == 422
    assert "Note 2 was removed or moved on since" in refused.text
    assert "Take back all the rest" in refused.text
    assert rest.headers["location"] == merged
    assert "Taken back" in (await clerk.get(merged)).text


async def test_unknown_parties_are_not_found(clerk: httpx.AsyncClient) -> None:
    for path in (f"{MERGE}?first=2&second=99", MERGE, "/parties/99/lookalikes", "/parties/merges/99"):
        assert (await clerk.get(path)).status_code == 404


@pytest.fixture
async def own_address(caller: Caller, clerk: httpx.AsyncClient, settings: Settings) -> AsyncIterator[str]:
    """Give the address of that shop."""
    assert clerk is caller.http
    async with serving(settings, caller.service.database.url) as found:
        yield found


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_clerk_merges_two_by_hand_and_takes_it_back(
    chromium: Browser, own_address: str, caller: Caller, look: str
) -> None:
    await add_party(caller.service.database, "Petar Stoyanov", phones=["0888 111 111"])
    async with visitor(chromium, own_address, look) as page:
        await page.goto("/parties/duplicates")
        await page.fill("#login", LOGIN)
        await page.fill("#password", PASSWORD)
        await page.click("button")
        await page.wait_for_url("**/parties/duplicates")
        await check(page, f"duplicates-none-{look}")
        await page.goto("/parties/2/lookalikes?find=petar")
        await check(page, f"lookalikes-{look}")
        await page.goto("/parties/duplicates")
        await check(page, f"duplicates-{look}")
        await page.locator("tbody a.btn").first.click()
        await page.get_by_role("heading", name="Merge two parties").wait_for()
        await check(page, f"merge-{look}")
        await page.get_by_label("Name of No. 3").check()
        await page.get_by_role("button", name="Merge the two").click()
        await page.get_by_role("heading", name="What was done").wait_for()
        await check(page, f"merge-done-{look}")
        await page.get_by_role("button", name="Take this merge back").click()
        await page.get_by_text("Taken back").first.wait_for()
        await page.goto("/parties/merges")
        await check(page, f"merges-{look}")


async def test_who_makes_a_party_is_told_whom_it_looks_like(clerk: httpx.AsyncClient) -> None:
    made = {"name": "Lena Weber", "legal_status": "natural_person", "kind": "person", "birth_date": "1980-02-29"}

    first = await send(clerk, "/parties/new", made)
    second = await send(clerk, "/parties/new", {**made, "name": "Lena Webber"})

    assert first.headers["location"] == "/parties/4"
    assert second.headers["location"] == "/parties/5/lookalikes"
    shown = (await clerk.get("/parties/5/lookalikes")).text
    assert "/parties/merge?first=5&amp;second=4" in shown
    assert "Same birth date" in shown
