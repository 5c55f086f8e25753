"""Giving a card from a profile: its number is scanned or typed, and the party holds it."""

import httpx
import pytest

from tests.api.people import add_person, send, sign_in
from tests.conftest import Caller
from tests.factories import make_person

SERIES = {"name": "Gold", "kind": "discount", "discount_percent": "10.00"}
NUMBER = "2900000000018"


@pytest.fixture
async def sales(caller: Caller) -> httpx.AsyncClient:
    """Give a browser in which a seller has signed in, in a shop with one card and two people, Anna and Ben."""
    admin = await caller.as_role("admin")
    assert (await admin.put("/v1/series/GOLD", json=SERIES)).status_code == 201
    assert (await admin.post("/v1/series/GOLD/cards", json={"number": NUMBER})).status_code == 201
    for name in ("Anna Marsh", "Ben Hale"):
        await make_person(caller.service.database, name)
    await add_person(caller.service.database, login="sam", role="sales")
    await sign_in(caller.http, login="sam")
    return caller.http


async def test_a_card_is_given_to_a_party_from_its_profile(sales: httpx.AsyncClient) -> None:
    """PAP-16, BG-05: the profile leads to the form and shows the card afterwards; the number stands in no address."""
    assert 'href="/parties/1/give-card"' in (await sales.get("/parties/1")).text
    assert "The card for Anna Marsh" in (await sales.get("/parties/1/give-card")).text
    given = await send(sales, "/parties/1/give-card", {"number": "2900 0000 0001 8"})
    assert given.headers["location"] == "/parties/1#panel-cards"
    profile = (await sales.get("/parties/1")).text
    assert '<a class="nowrap" href="/cards/1">' in profile
    assert "Gold, 1 card" in profile
    assert '<a href="/parties/1">Anna Marsh</a>' in (await sales.get("/cards/1")).text


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("", "This must be filled in."),
        ("2900000000025", "There is no card of this number."),
        (NUMBER, "Somebody else holds this card."),
    ],
)
async def test_a_card_that_cannot_be_given_is_told_beside_its_field(
    sales: httpx.AsyncClient, number: str, told: str
) -> None:
    """PAP-16: a card that somebody holds stays theirs."""
    await send(sales, "/parties/2/give-card", {"number": NUMBER})
    refused = await send(sales, "/parties/1/give-card", {"number": number})
    assert (refused.status_code, 'id="number-wrong"' in refused.text, told in refused.text) == (422, True, True)
    assert "Ben Hale" in (await sales.get("/cards/1")).text


async def test_a_card_given_twice_to_the_same_party_stays_with_it(sales: httpx.AsyncClient) -> None:
    for _ in range(2):
        assert (await send(sales, "/parties/1/give-card", {"number": NUMBER})).status_code == 303


async def test_a_card_for_nobody_is_not_found(sales: httpx.AsyncClient) -> None:
    assert (await sales.get("/parties/99/give-card")).status_code == 404
    assert (await send(sales, "/parties/99/give-card", {"number": NUMBER})).status_code in {404, 422}
