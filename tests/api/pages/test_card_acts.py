"""What is done to a card on its page: each act asks, does it once, and stands in the card's history."""

import re

import httpx
import pytest
from sqlalchemy import text

from tests.api.people import add_person, fill, hidden, send, sign_in
from tests.conftest import Caller
from tests.factories import make_person


@pytest.fixture
async def nora(caller: Caller) -> httpx.AsyncClient:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    gold = {"code": "GOLD", "name": "Gold", "kind": "credit", "number_template": "290%09^", "discount_percent": "5"}
    await send(caller.http, "/new-series", gold | {"valid_until": "2999-12-31"})
    await send(caller.http, "/series/GOLD/cards", {"count": "2"})
    return caller.http


async def card(caller: Caller, card_id: int) -> dict[str, object]:
    async with caller.service.database.connection() as connection:
        row = await connection.execute(text("select * from card where card_id = :id"), {"id": card_id})
        return dict(row.mappings().one())


async def do(nora: httpx.AsyncClient, act: str, **fields: str) -> httpx.Response:
    """Open the form of an act and send it filled."""
    return await fill(nora, f"/cards/1/acts/{act}", fields)


async def test_card_is_blocked_with_a_reason_and_unblocked_and_both_are_in_its_history(
    caller: Caller, nora: httpx.AsyncClient
) -> None:
    """PAP-19."""
    blocked = await do(nora, "block", reason="holder phoned: lost")
    assert blocked.headers["location"] == "/cards/1?done=block"
    shown = (await nora.get("/cards/1?done=block")).text
    assert "The card is blocked." in shown
    assert "“holder phoned: lost”" in shown
    assert "<br>nora</p>" in shown
    assert (await card(caller, 1))["state"] == "blocked"
    await do(nora, "unblock")
    assert (await card(caller, 1))["state"] == "active"


async def test_block_without_a_reason_is_refused_beside_the_field(caller: Caller, nora: httpx.AsyncClient) -> None:
    answer = await do(nora, "block", reason=" ")
    assert answer.status_code == 422
    assert 'id="reason-wrong"' in answer.text
    assert (await card(caller, 1))["state"] == "active"


async def test_money_put_on_a_card_twice_by_one_form_is_there_once(caller: Caller, nora: httpx.AsyncClient) -> None:
    opened = hidden(await nora.get("/cards/1/acts/top-up"))
    for _ in range(2):
        assert (await nora.post("/cards/1/acts/top-up", data={**opened, "amount": "20,50"})).status_code == 303
    assert (await card(caller, 1))["balance"] == 2_050


@pytest.mark.parametrize("amount", ["0", "-5", "a", "1.234", ""])
async def test_amount_that_cannot_be_put_on_a_card_is_told_and_stays_typed(
    caller: Caller, nora: httpx.AsyncClient, amount: str
) -> None:
    answer = await do(nora, "top-up", amount=amount)
    assert answer.status_code == 422
    assert 'id="amount-wrong"' in answer.text
    assert f'value="{amount}"' in answer.text
    assert (await card(caller, 1))["balance"] == 0


async def test_ledger_is_corrected_by_an_entry_with_its_reason(caller: Caller, nora: httpx.AsyncClient) -> None:
    await do(nora, "adjust", ledger="turnover", amount="\N{MINUS SIGN}100", reason="counted twice")
    assert (await card(caller, 1))["turnover"] == -10_000
    assert "“counted twice”" in (await nora.get("/cards/1")).text
    assert (await do(nora, "adjust", ledger="points", amount="1", reason="x")).status_code == 422


async def test_lost_card_is_replaced_and_the_way_leads_to_the_new_one(caller: Caller, nora: httpx.AsyncClient) -> None:
    await do(nora, "top-up", amount="12")
    number = str((await card(caller, 2))["number"])
    answer = await do(nora, "replace", number=f"{number[:4]} {number[4:]}")
    assert answer.headers["location"] == "/cards/2?done=replace"
    assert ((await card(caller, 1))["state"], (await card(caller, 2))["balance"]) == ("replaced", 1_200)
    old = (await nora.get("/cards/1")).text
    assert "Another card took its place." in old
    assert "/cards/1/acts/" not in old


@pytest.mark.parametrize("number", ["4006381333931", "itself"])
async def test_replacement_that_cannot_be_is_told_beside_the_number(
    caller: Caller, nora: httpx.AsyncClient, number: str
) -> None:
    own = str((await card(caller, 1))["number"])
    answer = await do(nora, "replace", number=own if number == "itself" else number)
    assert answer.status_code == 422
    assert 'id="number-wrong"' in answer.text
    assert (await card(caller, 1))["state"] == "active"


async def test_card_is_frozen_for_some_days_and_unfrozen_before(caller: Caller, nora: httpx.AsyncClient) -> None:
    await do(nora, "freeze", **{"from": "2900-03-01", "until": "2900-03-10"})
    assert str((await card(caller, 1))["own_expires_on"]) == "3000-01-10"
    assert "1 Mar 2900–10 Mar 2900" in (await nora.get("/cards/1")).text
    await do(nora, "unfreeze")
    assert str((await card(caller, 1))["own_expires_on"]) == "2999-12-31"
    wrong = await do(nora, "freeze", **{"from": "2900-03-10", "until": "2900-03-01"})
    assert 'id="until-wrong"' in wrong.text


async def test_card_is_closed_for_good_and_offers_no_act_any_more(caller: Caller, nora: httpx.AsyncClient) -> None:
    await do(nora, "close")
    assert (await card(caller, 1))["state"] == "closed"
    assert "/acts/" not in (await nora.get("/cards/1")).text
    refused = await do(nora, "unblock")
    assert refused.status_code == 422
    assert "Not done." in refused.text


async def test_act_that_is_none_is_not_found(nora: httpx.AsyncClient) -> None:
    assert (await nora.get("/cards/1/acts/melt")).status_code == 404
    assert (await send(nora, "/cards/1/acts/melt", {})).status_code == 404
    assert (await send(nora, "/cards/99/acts/block", {})).status_code == 404


async def test_own_settings_are_given_and_taken_back_to_the_series(caller: Caller, nora: httpx.AsyncClient) -> None:
    """PAP-13."""
    fields = {"percent": "7,5", "credit_limit": "100", "expires_on": "2027-12-31", "series": "GOLD"}
    assert (await fill(nora, "/cards/1/settings", fields)).status_code == 303
    kept = await card(caller, 1)
    assert (kept["own_percent"], kept["own_credit_limit"], str(kept["own_expires_on"])) == (
        75_000,
        10_000,
        "2027-12-31",
    )
    assert 'value="7.5"' in (await nora.get("/cards/1/settings")).text
    await fill(nora, "/cards/1/settings", {"percent": "", "credit_limit": "", "expires_on": "", "series": "GOLD"})
    kept = await card(caller, 1)
    assert (kept["own_percent"], kept["own_credit_limit"], kept["own_expires_on"]) == (None, None, None)


async def test_own_settings_that_are_wrong_are_told_beside_their_fields(
    caller: Caller, nora: httpx.AsyncClient
) -> None:
    answer = await fill(nora, "/cards/1/settings", {"percent": "101", "expires_on": "never", "series": "NONE"})
    assert answer.status_code == 422
    assert re.findall(r'id="(\w+)-wrong"', answer.text) == ["percent", "expires_on"]
    assert (await fill(nora, "/cards/1/settings", {"series": "NONE"})).status_code == 422
    assert (await card(caller, 1))["own_percent"] is None


async def test_card_is_given_to_a_holder_to_another_and_to_nobody(caller: Caller, nora: httpx.AsyncClient) -> None:
    """PAP-16."""
    for name in ("Elin Marsh", "Pavel Hale"):
        await make_person(caller.service.database, name)
    found = (await nora.get("/cards/1/holder?find=marsh")).text
    assert "Make Elin Marsh the holder" in found
    for holder, name in (("1", "Elin Marsh"), ("2", "Pavel Hale"), ("", "No holder")):
        assert (await fill(nora, "/cards/1/holder?find=marsh", {"holder_id": holder})).status_code == 303
        assert name in (await nora.get("/cards/1")).text
    unknown = await fill(nora, "/cards/1/holder?find=marsh", {"holder_id": "17"})
    assert unknown.status_code == 422
    assert (await card(caller, 1))["holder_id"] is None


async def test_whoever_saw_other_settings_is_told_so_and_overwrites_nothing(
    caller: Caller, nora: httpx.AsyncClient
) -> None:
    """PAP-13."""
    opened = hidden(await nora.get("/cards/1/settings"))
    await fill(nora, "/cards/1/settings", {"percent": "7", "series": "GOLD"})
    late = await nora.post("/cards/1/settings", data={**opened, "percent": "9", "series": "GOLD"})
    assert late.status_code == 422
    assert "Somebody else changed" in late.text
    assert 'value="9"' in late.text
    assert (await card(caller, 1))["own_percent"] == 70_000
