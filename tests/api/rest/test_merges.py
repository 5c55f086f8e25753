"""Duplicates and merges over the API: cards and turnover follow, and the books do not move."""

import pytest
from httpx import AsyncClient, Response

from api.jobs.working import do_queued_jobs
from loyalty.accounts.verify import verify_ledgers
from tests.api.rest.shop import Shop
from tests.conftest import Caller
from tests.crm.merging.people import add_party, fetch
from tests.factories import make_line


@pytest.fixture
def own(caller: Caller, admin: AsyncClient, database_url: str) -> Shop:
    """Give a shop on a database of its own."""
    return Shop(caller, admin, database_url)


async def buy(shop: Shop, holder_id: int, price: str) -> int:
    card = await shop.make_card()
    answer = await shop.admin.patch(f"/v1/cards/{card.id}", json={"holder_id": holder_id})
    assert answer.status_code == 200, answer.text
    await shop.sell(make_line(price=price), card=card.ref)
    return card.id


async def books(shop: Shop) -> tuple[object, ...]:
    verified = await shop.caller.service.database.run(verify_ledgers)
    assert verified.differences == []
    ledger = "select card_id, account, amount, after, source_uid from ledger order by card_id, seq"
    cards = "select card_id, turnover, balance, points from card order by card_id"
    database = shop.caller.service.database
    return await fetch(database, ledger), await fetch(database, cards)


async def merge(shop: Shop, kept: int, merged: int, **more: object) -> Response:
    return await shop.admin.post(f"/v1/parties/{kept}/merge", json={"merged": merged, **more})


async def test_cards_follow_with_their_turnover_and_the_books_stay_as_they_are(own: Shop) -> None:
    """PAP-16."""
    database = own.caller.service.database
    one, other = await add_party(database, "Ana Ilieva"), await add_party(database, "A. Ilieva")
    cards = {await buy(own, one, "10.00"), await buy(own, other, "25.00")}
    before = await books(own)

    answer = await merge(own, one, other)

    assert answer.status_code == 201, answer.text
    assert answer.json()["moved"] == {"card": 1}
    assert {row for (row,) in await fetch(database, "select card_id from card where holder_id = :id", id=one)} == cards
    assert await books(own) == before

    undone = await own.admin.post(f"/v1/merges/{answer.json()['merge_id']}/undo", json={})

    assert undone.status_code == 200, undone.text
    assert len(await fetch(database, "select 1 from card where holder_id = :id", id=other)) == 1
    assert await books(own) == before
    acts = await fetch(database, "select data -> 'new' from activity where act = 'card.changed' and data ? 'merge'")
    assert [new for (new,) in acts] == [{"holder_id": one}, {"holder_id": other}]


async def test_undo_is_refused_where_a_card_has_another_holder_since(own: Shop) -> None:
    database = own.caller.service.database
    one, other, third = [await add_party(database, "Ana Ilieva") for _ in range(3)]
    card_id = await buy(own, other, "25.00")
    merge_id = (await merge(own, one, other)).json()["merge_id"]
    await own.admin.patch(f"/v1/cards/{card_id}", json={"holder_id": third})

    refused = await own.admin.post(f"/v1/merges/{merge_id}/undo", json={})

    assert (refused.status_code, refused.json()["code"]) == (409, "merge_not_undoable")
    assert f"card {card_id} was removed or moved on since" in refused.json()["detail"]
    assert (await own.admin.post(f"/v1/merges/{merge_id}/undo", json={"partial": True})).status_code == 200
    assert await fetch(database, "select holder_id from card") == [(third,)]


async def test_duplicates_are_searched_listed_and_dismissed(own: Shop) -> None:
    database = own.caller.service.database
    one = await add_party(database, "Ana Ilieva", phones=["052 123 456"])
    other = await add_party(database, "Petar Stoyanov", phones=["052 123 456"])

    started = await own.admin.post("/v1/duplicates/search", json={})
    assert started.status_code == 202
    await do_queued_jobs(own.caller.service, is_stopped=lambda: False)
    (pair,) = (await own.admin.get("/v1/duplicates")).json()["pairs"]
    alike = await own.admin.post(f"/v1/parties/{other}/lookalikes")
    body = {"first": other, "second": one, "dismissed": True}
    dismissed = await own.admin.post("/v1/duplicates/dismiss", json=body)

    assert (pair["first"], pair["second"], pair["reasons"]) == (one, other, ["phone"])
    assert [found["party_id"] for found in alike.json()["lookalikes"]] == [one]
    assert dismissed.status_code == 204
    assert (await own.admin.get("/v1/duplicates")).json() == {"pairs": [], "next": None}
    assert len((await own.admin.get("/v1/duplicates?dismissed=true")).json()["pairs"]) == 1


async def test_merging_is_refused_with_the_reason_in_the_problem(own: Shop) -> None:
    database = own.caller.service.database
    one, other = await add_party(database, "Ana Ilieva"), await add_party(database, "Ana Ilieva")

    answers = [
        await merge(own, one, one),
        await merge(own, one, 999),
        await merge(own, 999, one),
        await merge(own, one, other, version=1, merged_version=7),
        await merge(own, one, other, version=1),
        await merge(own, one, other, take_attributes=["nothing"]),
        await own.admin.post("/v1/merges/99999999999999999999/undo", json={}),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (422, "merge_refused"), (404, "party_not_found"), (404, "party_not_found"), (409, "merge_outdated"),
        (400, "invalid_body"), (404, "attribute_unknown"), (404, "merge_unknown"),
    ]  # fmt: skip
