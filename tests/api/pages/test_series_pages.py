"""Series: made and changed by a form whose typed values stay, and cards made of them."""

import re

import httpx
import pytest
from sqlalchemy import text

from api.jobs.working import do_queued_jobs
from tests.api.people import add_person, send, sign_in
from tests.conftest import Caller

_PROBLEM = re.compile(r'id="([\w-]+)-wrong"')
GOLD: dict[str, str | list[str]] = {
    "code": "GOLD",
    "name": "Gold",
    "kind": "discount",
    "number_template": "290%09[1..500]^",
    "discount_percent": "4,35",
    "activation": "none",
}


@pytest.fixture
async def nora(caller: Caller) -> httpx.AsyncClient:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    return caller.http


async def settings_of(caller: Caller, code: str) -> dict[str, object]:
    async with caller.service.database.connection() as connection:
        query = text("select definition from series where code = :code")
        found: dict[str, object] = (await connection.execute(query, {"code": code})).scalar_one()
    return found


async def test_series_is_made_with_all_settings_and_a_decimal_comma(caller: Caller, nora: httpx.AsyncClient) -> None:
    """PAP-17."""
    more: dict[str, str | list[str]] = {
        "term": "2", "term_unit": "Y", "valid_from": "2026-11-01", "valid_until": "2027-12-31", "hours_from": "09:00",
        "hours_until": "21:00:00", "credit_limit": "0.00", "return_policy": "reprice", "manual_with_percent": "yes",
        "rounding_mode": "down", "rounding_step": "0.05", "activation": "first_use",
    }  # fmt: skip
    answer = await send(nora, "/new-series", GOLD | more)
    assert (answer.status_code, answer.headers["location"]) == (303, "/series/GOLD")
    kept = await settings_of(caller, "GOLD")
    assert (kept["percent"], kept["term"], kept["hours_until"]) == (43_500, "P2Y", "21:00:00")
    assert kept["total_rounding"] == {"step": 5, "mode": "down"}
    assert (kept["return_policy"], kept["manual_with_percent"], kept["allow_other_payment"]) == ("reprice", True, False)
    shown = (await nora.get("/series/GOLD")).text
    assert "4.35%" in shown
    assert "2 years" in shown


async def test_bonus_series_is_made_with_its_points_and_shown_again(caller: Caller, nora: httpx.AsyncClient) -> None:
    points: dict[str, str | list[str]] = {
        "kind": "bonus", "points_per_money": "1", "points_per_unit": "0,5", "points_value": "0.01", "points_cap": "50",
        "points_lifetime": "1", "points_lifetime_unit": "Y", "points_least": "5", "points_skip": "TOBACCO, 7",
    }  # fmt: skip
    assert (await send(nora, "/new-series", GOLD | points)).status_code == 303
    kept = (await settings_of(caller, "GOLD"))["points"]
    assert kept == {
        "per_money": 1_000_000, "per_unit": 500_000, "value": 1, "spend_percent_cap": 500_000, "lifetime": "P1Y",
        "min_receipt": 500, "skip_skus": ["TOBACCO", "7"],
    }  # fmt: skip
    assert "0.5 for one unit of goods" in (await nora.get("/series/GOLD")).text
    assert 'value="TOBACCO, 7"' in (await nora.get("/series/GOLD/edit")).text
    wrong = await send(nora, "/series/GOLD/edit", GOLD | points | {"points_cap": "101", "points_value": "0"})
    assert set(_PROBLEM.findall(wrong.text)) == {"points_cap", "points_value"}


async def test_term_that_no_unit_says_stays_as_it_is(caller: Caller, nora: httpx.AsyncClient) -> None:
    await send(nora, "/new-series", GOLD | {"term_unit": "P1M3D"})
    assert (await settings_of(caller, "GOLD"))["term"] == "P1M3D"
    assert '<option value="P1M3D" selected>' in (await nora.get("/series/GOLD/edit")).text
    await send(nora, "/series/GOLD/edit", GOLD | {"term_unit": "P1M3D", "term": "2"})
    assert (await settings_of(caller, "GOLD"))["term"] == "P2M"


async def test_form_of_a_series_shows_its_settings_and_saving_it_unchanged_changes_nothing(
    caller: Caller, nora: httpx.AsyncClient
) -> None:
    await send(nora, "/new-series", GOLD | {"term": "18", "term_unit": "M"})
    before = await settings_of(caller, "GOLD")
    form = (await nora.get("/series/GOLD/edit")).text
    assert 'value="4.35"' in form
    assert 'value="18"' in form
    await send(nora, "/series/GOLD/edit", GOLD | {"term": "18", "term_unit": "M"})
    assert await settings_of(caller, "GOLD") == before
    assert (await nora.get("/series/GOLD")).text.count("Series made") == 1


async def test_every_wrong_field_is_told_beside_it_and_what_was_typed_stays(
    caller: Caller, nora: httpx.AsyncClient
) -> None:
    wrong: dict[str, str | list[str]] = {
        "code": "..", "name": " ", "discount_percent": "110", "credit_limit": "1,234", "valid_from": "soon",
        "hours_from": "09:00", "rounding_mode": "up", "rounding_step": "a", "term": "0",
        "term_unit": "M",
    }  # fmt: skip
    answer = await send(nora, "/new-series", GOLD | wrong)
    assert answer.status_code == 422
    assert set(_PROBLEM.findall(answer.text)) == {
        "code", "name", "discount_percent", "credit_limit", "valid_from", "hours_until", "rounding_step", "term",
    }  # fmt: skip
    assert "9 fields" not in answer.text
    assert "8 fields need you" in answer.text
    assert 'value="110"' in answer.text
    assert "write 1234 or 1.234" in answer.text
    async with caller.service.database.connection() as connection:
        assert (await connection.execute(text("select count(*) from series"))).scalar_one() == 0


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("290%05[1..500000]^", "5 digits hold 99,999 numbers, the range asks for 500,000"),
        ("nonsense", "A template looks like"),
        ("4%014!", "would be taken for a payment card"),
        ("29%010^", "Series GOLD makes the number"),
    ],
)
async def test_template_is_checked_beside_its_field_before_anything_is_saved(
    nora: httpx.AsyncClient, typed: str, told: str
) -> None:
    await send(nora, "/new-series", GOLD)
    fields = {"code": "SILVER", "name": "Silver", "kind": "discount", "number_template": typed}
    checked = await send(nora, "/new-series", fields | {"check": "yes"})
    assert checked.status_code == 200
    assert told in checked.text
    refused = await send(nora, "/new-series", fields)
    assert refused.status_code == 422
    assert 'href="#number_template"' in refused.text


async def test_template_that_fits_shows_its_room_and_its_first_and_last_number(nora: httpx.AsyncClient) -> None:
    checked = await send(nora, "/new-series", GOLD | {"check": "yes"})
    assert "500 numbers" in checked.text
    assert "100% of single wrong digits" in checked.text
    assert "2900000000018" in checked.text


async def test_second_series_of_a_code_is_refused_beside_the_code(nora: httpx.AsyncClient) -> None:
    await send(nora, "/new-series", GOLD)
    answer = await send(nora, "/new-series", GOLD | {"number_template": ""})
    assert answer.status_code == 422
    assert _PROBLEM.findall(answer.text) == ["code"]


async def test_series_with_cards_keeps_its_kind(nora: httpx.AsyncClient) -> None:
    await send(nora, "/new-series", GOLD)
    await send(nora, "/series/GOLD/cards", {"count": "1"})
    answer = await send(nora, "/series/GOLD/edit", GOLD | {"kind": "credit"})
    assert answer.status_code == 422
    assert "has cards and stays of kind discount" in answer.text


async def test_change_of_a_series_stands_in_its_history_with_who_made_it(nora: httpx.AsyncClient) -> None:
    await send(nora, "/new-series", GOLD)
    await send(nora, "/series/GOLD/edit", GOLD | {"discount_percent": "7", "name": "Golden"})
    shown = (await nora.get("/series/GOLD")).text
    assert "4.35% → 7%" in shown
    assert shown.count("<br>nora</p>") == 2


async def test_some_cards_are_made_at_once_and_go_on_after_the_last_number(
    caller: Caller, nora: httpx.AsyncClient
) -> None:
    await send(nora, "/new-series", GOLD)
    for count in ("3", "1 0"):
        answer = await send(nora, "/series/GOLD/cards", {"count": count})
        assert answer.status_code == 303
    shown = (await nora.get(answer.headers["location"].partition("#")[0])).text
    assert "10 cards were made." in shown
    assert "487" in shown
    async with caller.service.database.connection() as connection:
        numbers = (await connection.execute(text("select number from card order by number"))).scalars().all()
    assert [number[3:12] for number in numbers] == [f"{counter:09}" for counter in range(1, 14)]


@pytest.mark.parametrize(("count", "told"), [("", "must be filled"), ("0", "from 1 on"), ("501", "500 numbers left")])
async def test_number_of_cards_that_cannot_be_made_is_told_beside_the_field(
    nora: httpx.AsyncClient, count: str, told: str
) -> None:
    await send(nora, "/new-series", GOLD)
    answer = await send(nora, "/series/GOLD/cards", {"count": count})
    assert answer.status_code == 422
    assert told in answer.text
    assert f'name="count" type="text" value="{count}"' in answer.text


async def test_many_cards_are_made_by_a_job_whose_progress_stands_on_the_page_until_it_is_done(
    caller: Caller, nora: httpx.AsyncClient
) -> None:
    await send(nora, "/new-series", GOLD)
    await send(nora, "/series/GOLD/cards", {"count": "200"})
    for path in ("/series/GOLD", "/jobs"):
        waiting = (await nora.get(path)).text
        assert "Cards of series GOLD" in waiting
        assert "<progress" in waiting
        assert 'hx-trigger="load delay:1s"' in waiting
    await do_queued_jobs(caller.service, is_stopped=lambda: False)
    done = (await nora.get("/series/GOLD")).text
    assert "200 of 200" in done
    assert 'hx-trigger="load delay' not in done
    assert "300</span>" in done


async def test_row_of_a_job_asks_less_often_in_time_and_then_no_more(nora: httpx.AsyncClient) -> None:
    await send(nora, "/new-series", GOLD)
    await send(nora, "/series/GOLD/cards", {"count": "200"})
    assert "load delay:1s" in (await nora.get("/jobs/1?looks=3")).text
    assert "load delay:5s" in (await nora.get("/jobs/1?looks=100")).text
    tired = (await nora.get("/jobs/1?looks=600")).text
    assert "load delay" not in tired
    assert "Look again" in tired


async def test_job_is_stopped_from_its_row(nora: httpx.AsyncClient) -> None:
    await send(nora, "/new-series", GOLD)
    await send(nora, "/series/GOLD/cards", {"count": "200"})
    answer = await send(nora, "/jobs/1/stop", {})
    assert answer.headers["location"] == "/jobs/1"
    assert "Stopped" in (await nora.get("/jobs/1")).text


async def test_series_without_a_template_takes_the_number_of_one_card(nora: httpx.AsyncClient) -> None:
    await send(nora, "/new-series", GOLD | {"number_template": ""})
    assert (await send(nora, "/series/GOLD/cards", {"number": "A-17"})).status_code == 303
    taken = await send(nora, "/series/GOLD/cards", {"number": "A-17"})
    assert taken.status_code == 422
    assert 'value="A-17"' in taken.text
