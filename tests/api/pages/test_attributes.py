"""Attributes on pages: a director defines them in the settings, and they show on the card at once."""

from collections.abc import AsyncIterator

import httpx
import pytest
from playwright.async_api import Browser

from api.settings import Settings
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import check, enter, go_to, visitor
from tests.api.people import add_person, fill, send, sign_in
from tests.conftest import Caller

SETTINGS = "/settings/attributes"
NEW = "/settings/new-attribute"


@pytest.fixture
async def boss(caller: Caller, admin: httpx.AsyncClient) -> httpx.AsyncClient:
    """Give a director who is signed in, of a shop with one card."""
    await add_person(caller.service.database, role="director")
    await sign_in(caller.http)
    await admin.put("/v1/series/GOLD", json={"name": "Gold", "kind": "discount", "number_template": "GOLD%06"})
    assert (await admin.post("/v1/series/GOLD/cards", json={"count": 1})).status_code == 201
    return caller.http


async def define(http: httpx.AsyncClient, name: str, kind: str = "text", **more: str | list[str]) -> httpx.Response:
    return await send(http, NEW, {"directory": "card", "kind": kind, "names.en": name, **more})


async def test_attribute_is_defined_on_a_page_and_stands_on_the_card_empty(boss: httpx.AsyncClient) -> None:
    """UNF-34, UNF-35, UNF-36, UNF-40."""
    answer = await define(boss, "Branch", **{"names.uk": "Філія"})

    settings, card = (await boss.get(SETTINGS)).text, (await boss.get("/cards/1")).text
    assert answer.headers["location"] == f"{SETTINGS}#set-card"
    assert all(
        f'id="set-{name}"' in settings for name in ("party", "person", "card", "goods", "task", "event", "letter")
    )
    assert ">Branch</a>" in settings
    assert '<dt>Branch</dt><dd><span class="muted">–</span>' in card


async def test_second_name_is_refused_beside_its_field_and_what_was_typed_stays(boss: httpx.AsyncClient) -> None:
    """UNF-38."""
    await define(boss, "Branch")

    refused = await define(boss, "BRANCH", **{"names.ru": "Филиал"})

    assert refused.status_code == 422
    assert 'id="names.en-wrong"' in refused.text
    assert 'value="Филиал"' in refused.text


async def test_attribute_moves_by_buttons_and_by_its_number(boss: httpx.AsyncClient) -> None:
    """UNF-39: the card follows."""
    for name in ("First", "Second", "Third"):
        await define(boss, name)

    await send(boss, f"{SETTINGS}/3/move", {"to": "up"})
    by_button = (await boss.get("/cards/1")).text
    await fill(boss, f"{SETTINGS}/2", {"names.en": "Second", "position": "1"})
    by_number = (await boss.get("/cards/1")).text

    assert in_order(by_button, "First", "Third", "Second")
    assert in_order(by_number, "Second", "First", "Third")


def in_order(page: str, *names: str) -> bool:
    places = [page.index(f"<dt>{name}</dt>") for name in names]
    return places == sorted(places)


async def test_choices_are_edited_in_their_order(boss: httpx.AsyncClient) -> None:
    """UNF-37."""
    await define(boss, "Size", "choice", choice_en=["Small", "", "Large"], choice_code=["", "", ""])

    form = (await boss.get("/cards/1/attributes")).text
    assert in_text(form, '<option value="small">Small</option>', '<option value="large">Large</option>')
    answer = await fill(
        boss,
        f"{SETTINGS}/1",
        {"names.en": "Size", "choice_code": ["large", "small"], "choice_en": ["Huge", "Small"], "choice_archived": "1"},
    )
    after = (await boss.get("/cards/1/attributes")).text
    assert answer.status_code == 303
    assert '<option value="large">Huge</option>' in after
    assert ">Small</option>" not in after


def in_text(page: str, *parts: str) -> bool:
    places = [page.index(part) for part in parts]
    return places == sorted(places)


async def test_values_are_saved_and_what_is_wrong_is_told_beside_each_field(boss: httpx.AsyncClient) -> None:
    """UNF-35, UNF-37."""
    for name, kind in (("Limit", "number"), ("Since", "date"), ("Manager", "reference")):
        await define(boss, name, kind, refers_to="user")
    typed = {"attribute.limit": "a lot", "attribute.since": "yesterday", "attribute.manager": "1"}

    refused = await fill(boss, "/cards/1/attributes", typed)
    good = typed | {"attribute.limit": "12,5", "attribute.since": "2026-11-01"}
    saved = await fill(boss, "/cards/1/attributes", good)
    card = (await boss.get("/cards/1")).text

    assert refused.status_code == 422
    assert {'id="attribute.limit-wrong"' in refused.text, 'id="attribute.since-wrong"' in refused.text} == {True}
    assert 'value="a lot"' in refused.text
    assert saved.headers["location"] == "/cards/1?done=attributes"
    assert in_text(card, "<dt>Limit</dt><dd>12.5", "<dt>Since</dt><dd>1 Nov 2026", "<dt>Manager</dt><dd>Nora Lindqvist")


async def test_second_of_two_who_change_one_value_sees_what_is_kept_now(boss: httpx.AsyncClient) -> None:
    await define(boss, "Branch")
    stale = {"seen": '{"branch": null}'}
    await fill(boss, "/cards/1/attributes", {"attribute.branch": "North"})

    clash = await fill(boss, "/cards/1/attributes", stale | {"attribute.branch": "South"})

    assert clash.status_code == 422
    assert "Somebody else changed it meanwhile." in clash.text
    assert "<dt>Branch</dt><dd>North" in clash.text
    assert ">South</textarea>" in clash.text.replace("\nSouth", "South")


async def test_settings_are_for_those_who_may_change_them(caller: Caller) -> None:
    """UNF-36."""
    await add_person(caller.service.database, role="sales")
    await sign_in(caller.http)

    assert (await caller.http.get(SETTINGS)).status_code == 403
    assert (await caller.http.get(NEW)).status_code == 403


@pytest.fixture
async def own_address(boss: httpx.AsyncClient, settings: Settings, database_url: str) -> AsyncIterator[str]:
    """Give the address of the director's shop."""
    assert boss.cookies
    async with serving(settings, database_url) as found:
        yield found


@pytest.mark.browser
async def test_director_defines_vip_in_a_browser_and_ticks_it_on_a_card(
    chromium: Browser, boss: httpx.AsyncClient, own_address: str
) -> None:
    """UNF-34, UNF-35, UNF-37, UNF-40, UNF-41."""
    await define(boss, "Size", "choices", choice_en=["Small", "Large"], choice_code=["", ""])
    async with visitor(chromium, own_address, "light") as page:
        await enter(page)
        await page.goto(NEW + "?directory=card")
        await page.select_option("#kind", "yes_no")
        await page.fill("#names\\.en", "VIP")
        await check(page, "attribute-new")
        await page.get_by_role("button", name="Save attribute").click()
        await page.get_by_role("link", name="VIP").wait_for()
        await check(page, "attributes")
        await page.goto("/cards/1")
        await page.get_by_role("link", name="Edit attributes").click()
        await page.select_option("#attribute\\.vip", "yes")
        await page.get_by_label("Large").check()
        await check(page, "attribute-values")
        await page.get_by_role("button", name="Save attributes").click()
        await page.get_by_text("The attributes were saved.").wait_for()
        await check(page, "card-attributes")
        await page.goto(f"{SETTINGS}/1")
        await check(page, "attribute-form")


@pytest.mark.browser
@pytest.mark.parametrize("look", ["dark", "phone"])
async def test_settings_fit_every_look(chromium: Browser, boss: httpx.AsyncClient, own_address: str, look: str) -> None:
    """UNF-36."""
    await define(boss, "Size", "choices", choice_en=["Small", "Large"], choice_code=["", ""])
    async with visitor(chromium, own_address, look) as page:
        await enter(page)
        for name, path in (
            ("attributes", SETTINGS),
            ("attribute-new", NEW),
            ("attribute-form", f"{SETTINGS}/1"),
            ("attribute-values", "/cards/1/attributes"),
        ):
            await go_to(page, path)
            await check(page, f"{name}-{look}")


async def test_report_is_filtered_and_counted_apart_by_an_attribute(boss: httpx.AsyncClient) -> None:
    """UNF-42: the address carries both."""
    await define(boss, "VIP", "yes_no")
    await fill(boss, "/cards/1/attributes", {"attribute.vip": "yes"})

    apart = (await boss.get("/cards/bands", params={"by": "card.vip"})).text
    nobody = (await boss.get("/cards/bands", params={"where": "card.vip is no"})).text
    wrong = await boss.get("/cards/bands", params={"where": "card.vip"})

    assert "<h3>Yes</h3>" in apart
    assert ">1</text>" not in nobody
    assert wrong.status_code == 400
    assert "Nothing was counted." in wrong.text
