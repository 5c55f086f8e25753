"""Surveys on pages: made of a template, called for, answered one call after another, and reported with a plot."""

import re

import httpx
import pytest

from tests.api.people import add_person, fill, send, sign_in
from tests.conftest import Caller
from tests.factories import make_person


@pytest.fixture
async def desk(caller: Caller) -> httpx.AsyncClient:
    """Give a director who is signed in, and three customers with phones and one without."""
    await add_person(caller.service.database, role="director")
    await sign_in(caller.http)
    for i in range(3):
        await make_person(caller.service.database, f"Anna {i}", phone=f"+35929000{i:03}")
    await make_person(caller.service.database, "Boris")
    return caller.http


async def make(http: httpx.AsyncClient) -> str:
    """Make a survey of the quality template, and give its address."""
    made = await fill(http, "/surveys/new", {"name": "Quality 2026", "topic": "How are we?", "template": "quality"})
    assert made.status_code == 303, made.text
    return str(made.headers["location"])


def fields_of(page: str) -> list[str]:
    """List the names of the answers of a call's form in their order."""
    return list(dict.fromkeys(re.findall(r'name="(answer\.\d+)"', page)))


async def test_survey_of_a_template_shows_its_questions(desk: httpx.AsyncClient) -> None:
    """UNF-27."""
    refused = await fill(desk, "/surveys/new", {"name": ""})
    path = await make(desk)

    shown, listed = (await desk.get(path)).text, (await desk.get("/surveys")).text

    assert (refused.status_code, 'id="name-wrong"' in refused.text) == (422, True)
    assert "How likely are you to recommend us to somebody you know?" in shown
    assert f'href="{path}"' in listed
    project = f"/projects/{path.rpartition('/')[2]}"
    assert f'href="{project}"' in shown
    assert f'href="{path}"' in (await desk.get(project)).text


async def test_only_who_may_call_is_offered_as_a_caller(desk: httpx.AsyncClient, caller: Caller) -> None:
    """UNF-30."""
    call_taker = await add_person(caller.service.database, login="cal", role="call_taker")
    supervisor = await add_person(caller.service.database, login="sue", role="cashier_supervisor")

    shown = (await desk.get(await make(desk))).text

    offered = set(re.findall(r'name="executors" value="(\d+)"', shown))
    assert str(call_taker) in offered
    assert str(supervisor) not in offered


async def test_questions_are_ordered_by_their_places_and_a_wrong_one_is_told(desk: httpx.AsyncClient) -> None:
    """UNF-27, UNF-28."""
    path = await make(desk)
    rows: dict[str, str | list[str]] = {
        "topic": "Two questions",
        "question_place": ["2", "1", ""],
        "question_text": ["Second?", "First?", ""],
        "question_kind": ["score_10", "choice", "score"],
        "question_choices": ["", "red; green", ""],
    }
    refused = await fill(desk, f"{path}/questions", rows | {"question_choices": ["", "red", ""]})
    saved = await fill(desk, f"{path}/questions", rows)
    shown = (await desk.get(path)).text

    assert (refused.status_code, "Question 1 offers 2 to 20 different choices." in refused.text) == (422, True)
    assert saved.status_code == 303
    assert shown.index("First?") < shown.index("Second?")
    assert "red · green" in shown
    assert "Two questions" in shown


async def test_list_is_counted_first_then_planned_and_says_who_was_left_out(desk: httpx.AsyncClient) -> None:
    """UNF-29: of a filtered list's address."""
    path = await make(desk)
    wanted = {"address": "http://shop.test/parties?where=kind~is~person"}

    counted = await send(desk, f"{path}/lists", wanted | {"check": "yes"})
    wrong = await send(desk, f"{path}/lists", {"address": "/parties?where=nonsense~is~x"})
    sampled = await send(desk, f"{path}/lists", wanted | {"sample": "2", "check": "yes"})
    await send(desk, f"{path}/lists", wanted | {"sample": "2"})
    grown = await send(desk, f"{path}/lists", wanted | {"sample": "3", "check": "yes"})
    await send(desk, f"{path}/lists", wanted | {"sample": "3"})
    shown = (await desk.get(path)).text

    assert "3 customers can be added." in counted.text
    assert "1 without a phone" in counted.text
    assert "2 customers can be added." in sampled.text
    assert "1 customer can be added." in grown.text, "two of the three are on the list"
    assert (wrong.status_code, 'id="address-wrong"' in wrong.text) == (422, True)
    assert len(set(re.findall(r"seed (\d+)", shown))) == 1, "a sample that grows keeps its seed"
    assert "Whoever asks first" in shown


async def test_calling_list_starts_where_the_filter_of_customers_is(desk: httpx.AsyncClient) -> None:
    """UNF-29: from the filtered list to a survey that goes on, or to a new one."""
    path, closed = await make(desk), await make(desk)
    await send(desk, f"{closed.replace('surveys', 'projects')}/close", {})
    of_list = "?where=kind~is~person"

    listed, choice, form = [(await desk.get(f"{one}{of_list}")).text for one in ("/parties", "/surveys/of-list", path)]
    made = await fill(desk, f"/surveys/new{of_list}", {"name": "New", "template": "quality"})
    wrong = await desk.get("/surveys/of-list?where=kind")

    assert f'href="/surveys/of-list{of_list}"' in listed
    assert f'href="{path}{of_list}#add"' in choice
    assert f'href="{closed}' not in choice
    assert f'value="/parties{of_list}"' in form
    assert made.headers["location"].endswith(f"{of_list}#add")
    assert wrong.status_code == 400


async def test_caller_goes_from_call_to_call_until_none_is_left(desk: httpx.AsyncClient) -> None:
    """UNF-30."""
    path = await make(desk)
    await send(desk, f"{path}/lists", {"view": "", "executors": ["1"]})
    called = []
    answer = await send(desk, f"{path}/next", {})
    for outcome in ("refused", "not_reached", "answered"):
        call = answer.headers["location"]
        shown = (await desk.get(call)).text
        called += re.findall(r"<h1>(.+)</h1>", shown)
        said = dict.fromkeys(fields_of(shown), "1") if outcome == "answered" else {}
        answer = await send(desk, call, {"outcome": outcome, "again_on": "", **said, "then": "next"})
        assert ("tel:+359" in shown, answer.status_code) == (True, 303)

    assert answer.headers["location"] == f"{path}?none=left"
    assert sorted(called) == ["Anna 0", "Anna 1", "Anna 2"]
    assert "No call is left for you now." in (await desk.get(f"{path}?none=left")).text


async def test_call_is_put_off_to_a_day_that_there_is(desk: httpx.AsyncClient) -> None:
    path = await make(desk)
    await send(desk, f"{path}/lists", {"view": "", "sample": "1"})
    call = (await send(desk, f"{path}/next", {})).headers["location"]
    put_off = {"outcome": "not_reached", "then": "next"}

    late = await send(desk, call, {**put_off, "again_on": "2100-01-01"})
    silent = await send(desk, call, {"outcome": "answered", "then": "next"})
    tomorrow = re.findall(r'name="again_on" type="date" value="([0-9-]+)"', (await desk.get(call)).text)[0]
    gone = await send(desk, call, {**put_off, "again_on": tomorrow})

    assert (late.status_code, 'id="again_on-wrong"' in late.text) == (422, True)
    assert (silent.status_code, 'id="outcome-wrong"' in silent.text) == (422, True)
    assert gone.headers["location"] == f"{path}?none=left"
    assert "not reached 1 time" in (await desk.get(call)).text


async def test_report_shows_plots_tables_and_texts_and_is_taken_along(desk: httpx.AsyncClient) -> None:
    """UNF-31, UNF-32."""
    path = await make(desk)
    await send(desk, f"{path}/lists", {"view": ""})
    for score, recommend in (("5", "10"), ("4", "6")):
        call = (await send(desk, f"{path}/next", {})).headers["location"]
        goods, *_, heard, likely, why = fields_of((await desk.get(call)).text)
        said = {"outcome": "answered", goods: score, heard: "2", likely: recommend, why: f"Rye <{score}>"}
        assert (await send(desk, call, {**said, "then": "stop"})).status_code == 303

    report = (await desk.get(f"{path}/report")).text
    apart = (await desk.get(f"{path}/report?by=caller")).text
    csv, xlsx = [await desk.get(f"{path}/report/{ending}?by=caller") for ending in ("csv", "xlsx")]

    assert "average 4.5, 2 answers" in report
    assert "NPS 0, average 8" in report
    assert "Rye &lt;5&gt;" in report
    assert report.count('<svg class="plot"') == report.count("Show as table") == 2
    assert '<meter min="0" max="2" value="2" aria-label="Internet">' in report
    assert "66.7" in report.replace(",", "."), "two of three customers answered"
    assert "Nora Lindqvist" in apart
    assert "How satisfied are you with our goods?,Score,5,1,50.0,4.50," in csv.text
    assert xlsx.content.startswith(b"PK")
    assert (await desk.get(f"{path}/report?by=party.nonsense")).status_code == 400


async def test_cashiers_see_no_surveys_and_clerks_answer_but_change_nothing(caller: Caller) -> None:
    await add_person(caller.service.database, login="vera", role="cashier_supervisor")
    await add_person(caller.service.database, login="nora", role="clerk")
    await sign_in(caller.http, login="vera")
    seen = [(await caller.http.get("/surveys")).status_code]
    await sign_in(caller.http, login="nora")
    seen += [(await caller.http.get(path)).status_code for path in ("/surveys", "/surveys/new")]
    assert seen == [403, 200, 403]
