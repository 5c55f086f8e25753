"""Segments on pages: put together condition by condition with the count beside them, kept, listed, used as a filter."""

import html
import re
from datetime import date

import httpx
import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.tables import party
from crm.scores.repository import score_all
from loyalty.accounts.tables import card_day
from loyalty.cards.tables import card
from tests.api.people import add_person, fill, send, sign_in
from tests.conftest import Caller
from tests.factories import make_person
from tests.loyalty.receipts.posting import make_card

TODAY = date(2026, 11, 22)
NEW = "/segments/new"


@pytest.fixture
async def desk(caller: Caller) -> httpx.AsyncClient:
    """Give somebody of marketing who is signed in, and parties with phones and without."""
    await add_person(caller.service.database, role="marketing")
    await sign_in(caller.http)
    for number in range(3):
        await make_person(caller.service.database, f"Anna {number}", phone=f"+35929000{number:03}")
    await make_person(caller.service.database, "Anna Without")
    await make_person(caller.service.database, "Boris")
    return caller.http


def tree_of(page: str) -> str:
    """Give the conditions that a page carries."""
    found = re.search(r'name="tree" value="([^"]*)"', page)
    assert found, page
    return html.unescape(found[1])


def count_of(page: str) -> str:
    """Give how many parties the page tells."""
    found = re.search(r'<b class="figure">([^<]*)</b>', page)
    return "" if found is None else found[1]


async def press(http: httpx.AsyncClient, page: str, do: str, path: str = NEW, **fields: str) -> str:
    """Press a button of the builder and give the page that answers."""
    answer = await send(http, path, {"tree": tree_of(page), "do": do, **fields})
    assert answer.status_code in {200, 422}, answer.text
    return answer.text


async def put_together(http: httpx.AsyncClient) -> str:
    """Put a segment together of whom the name begins with Anna and who has no phone."""
    shown = (await http.get(NEW)).text
    asked = await press(http, shown, "add:", offer_="name.begins")
    named = await press(http, asked, "put:", adding="name.begins", at="", first="Anna")
    added = await press(http, named, "add:", offer_="phone.given")
    return await press(http, added, "deny:1")


async def test_conditions_are_put_together_with_the_count_beside_them(desk: httpx.AsyncClient) -> None:
    """BG-30, BG-32: every step is a form that works without scripts."""
    shown = (await desk.get(NEW)).text
    asked = await press(desk, shown, "add:", offer_="name.begins")
    named = await press(desk, asked, "put:", adding="name.begins", at="", first="Anna")
    added = await press(desk, named, "add:", offer_="phone.given")
    denied = await press(desk, added, "deny:1")
    either = await press(desk, denied, "look", mode_="any")
    dropped = await press(desk, denied, "drop:0")

    assert 'name="first"' in asked
    assert list(map(count_of, (shown, asked, named, added, denied))) == ["", "", "4", "3", "1"]
    assert [count_of(either), count_of(dropped)] == ["5", "2"]


async def test_groups_are_added_filled_and_removed(desk: httpx.AsyncClient) -> None:
    grouped = await press(desk, await put_together(desk), "group:")
    filled = await press(desk, grouped, "add:2", offer_2="email.given")
    wider = await press(desk, filled, "add:2", offer_2="phone.missing")

    assert [count_of(one) for one in (grouped, filled, wider)] == ["1", "0", "1"]
    assert count_of(await press(desk, filled, "drop:2")) == "1"


async def test_segment_is_kept_listed_counted_and_a_filter_of_the_list(desk: httpx.AsyncClient) -> None:
    """BG-30, BG-32."""
    page = await put_together(desk)
    kept = await send(desk, NEW, {"tree": tree_of(page), "do": "save", "name": "Annas to ask", "note": "by post"})
    listed = (await desk.get("/segments")).text
    counted = (await desk.get("/segments/1/count")).text
    parties = (await desk.get("/parties?where=segment~any_of~1")).text
    others = (await desk.get("/parties?where=segment~none_of~1")).text
    exported = await desk.get("/parties/export/csv?where=segment~any_of~1")

    assert kept.status_code == 303
    assert "Annas to ask" in listed
    assert ">1</a>" in counted
    assert ("Anna Without" in parties, "Boris" in parties, "in segment Annas to ask" in parties) == (True, False, True)
    assert ("Anna Without" in others, "Boris" in others) == (False, True)
    assert "Anna Without" in exported.text


async def test_report_counts_the_cards_of_a_segment_alone(desk: httpx.AsyncClient, caller: Caller) -> None:
    """BG-32."""
    await send(desk, NEW, {"tree": tree_of(await put_together(desk)), "do": "save", "name": "Annas to ask"})
    made, run = [await make_card(caller.service) for _ in range(3)], caller.service.database.run
    for one, name in zip(made, ("Anna Without", "Boris"), strict=False):
        holder = select(party.c.id).where(party.c.name == name).scalar_subquery()
        await run(AsyncConnection.execute, update(card).where(card.c.card_id == one.card_id).values(holder_id=holder))

    found = [
        re.findall(r"<tfoot>.*?<td class=\"num\">(\d+)</td>", (await desk.get(f"/cards/bands{query}")).text, re.DOTALL)
        for query in ("", "?segment=1", "?segment=1&by=")
    ]
    gone = await desk.get("/cards/bands?segment=4711")

    assert found == [["3"], ["1"], ["1"]]
    assert gone.status_code == 400
    assert "There is no such segment" in gone.text


async def test_segment_without_name_or_conditions_is_not_kept(desk: httpx.AsyncClient) -> None:
    page = await put_together(desk)
    nameless = await send(desk, NEW, {"tree": tree_of(page), "do": "save"})
    empty = await send(desk, NEW, {"tree": tree_of((await desk.get(NEW)).text), "do": "save", "name": "x"})

    assert (nameless.status_code, 'id="name-wrong"' in nameless.text) == (422, True)
    assert (empty.status_code, 'id="definition-wrong"' in empty.text) == (422, True)
    assert count_of(nameless.text) == "1"


async def test_second_of_two_sees_what_the_first_saved(desk: httpx.AsyncClient) -> None:
    page = await put_together(desk)
    await send(desk, NEW, {"tree": tree_of(page), "do": "save", "name": "Annas"})
    mine = await press(desk, (await desk.get("/segments/1")).text, "drop:0", "/segments/1")
    await send(desk, "/segments/1", {"tree": tree_of(page), "do": "save", "name": "Theirs", "version": "1"})
    late = await send(desk, "/segments/1", {"tree": tree_of(mine), "do": "save", "name": "Mine", "version": "1"})

    assert late.status_code == 422
    assert "As somebody else saved it meanwhile" in late.text
    assert "Theirs" in (await desk.get("/segments")).text


async def test_list_becomes_a_segment_and_an_archived_one_is_offered_no_more(desk: httpx.AsyncClient) -> None:
    begun = (await desk.get("/segments/new?where=phone~given&where=name~begins~Anna&where=archived~too")).text
    await send(desk, NEW, {"tree": tree_of(begun), "do": "save", "name": "With phone"})
    offered = (await desk.get("/parties")).text
    await send(desk, "/segments/1/archive", {})
    archived = (await desk.get("/parties")).text

    assert count_of(begun) == "3"
    assert ('value="segment.any_of"' in offered, 'value="segment.any_of"' in archived) == (True, False)
    assert "With phone" in (await desk.get("/segments?archived=yes")).text
    assert "in segment With phone" in (await desk.get("/parties?where=segment~any_of~1")).text


async def test_form_that_speaks_of_what_is_not_there_is_refused(desk: httpx.AsyncClient) -> None:
    page = await put_together(desk)
    for do, tree in (("deny:9", tree_of(page)), ("drop:x", tree_of(page)), ("look", "{"), ("look", '{"type":"Group"')):
        assert (await send(desk, NEW, {"tree": tree, "do": do})).status_code == 400


async def test_classes_of_buyers_lead_to_their_parties(desk: httpx.AsyncClient, caller: Caller) -> None:
    """BG-30."""
    empty = (await desk.get("/scores")).text
    anna = await make_person(caller.service.database, "Anna Buyer")
    made, run = await make_card(caller.service), caller.service.database.run
    await run(AsyncConnection.execute, update(card).where(card.c.card_id == made.card_id).values(holder_id=anna))
    day = {"card_id": made.card_id, "day": TODAY, "turnover": 2_500, "receipts": 1}
    await run(AsyncConnection.execute, insert(card_day).values(day))
    await run(score_all, today=TODAY)
    shown = (await desk.get("/scores")).text
    link = "/parties?where=score~is~1~1~"
    exported = (await desk.get("/scores/export/csv")).text

    assert "Nobody is scored yet" in empty
    assert set(re.findall(r'href="(/parties[?][^"]*score[^"]*)"', shown)) == {link}
    assert "Anna Buyer" in (await desk.get(link)).text
    assert "1,1,1,25.00" in exported
    asked = await fill(desk, "/scores", {})
    assert asked.headers["location"].startswith("/jobs/")
