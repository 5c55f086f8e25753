"""Surveys over the API: made, called for, answered, reported."""

from collections.abc import Mapping, Sequence

import httpx
import pytest

from tests.api.people import add_person
from tests.conftest import Caller
from tests.factories import make_person

PATH = "/v1/surveys"
OF_PERSONS = "where=kind~is~person"
QUESTIONS = [
    {"text": "How was it?", "kind": "score", "most": 5},
    {"text": "Would you recommend us?", "kind": "recommend"},
    {"text": "Why?", "kind": "text"},
]


@pytest.fixture
async def survey(admin: httpx.AsyncClient) -> dict[str, int]:
    """Make a survey of three questions; gives its identifier and theirs."""
    made = (await admin.post(PATH, json={"name": "Quality", "topic": "How are we?", "questions": QUESTIONS})).json()
    score, recommend, why = [one["question_id"] for one in made["questions"]]
    return {"id": made["survey_id"], "score": score, "recommend": recommend, "why": why}


async def customers(caller: Caller, count: int) -> list[int]:
    """Make customers with a phone each."""
    database = caller.service.database
    return [await make_person(database, f"Anna {i}", phone=f"+35929000{i:03}") for i in range(count)]


async def answer(
    http: httpx.AsyncClient, survey: Mapping[str, int], user: int, said: Mapping[str, object]
) -> dict[str, object]:
    """Take the next call and end it."""
    call = (await http.post(f"{PATH}/{survey['id']}/next", json={"user_id": user})).json()["call"]
    outcome: dict[str, object] = {"outcome": "answered" if said else "refused"}
    answers = {str(survey[name]): value for name, value in said.items()}
    path = f"{PATH}/{survey['id']}/calls/{call['event_id']}"
    ended = await http.put(f"{path}/outcome", json=outcome | ({"answers": answers} if answers else {}))
    assert ended.status_code == 200, ended.text
    kept: dict[str, object] = ended.json()
    return kept


async def test_survey_is_made_of_a_template_as_a_project_of_its_kind(admin: httpx.AsyncClient) -> None:
    """UNF-27."""
    refused = await admin.post(PATH, json={"name": "Quality", "template": "nonsense"})
    made = (await admin.post(PATH, json={"name": "Quality survey", "language": "bg"})).json()

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "template")
    assert [one["kind"] for one in made["questions"]] == ["score", "score", "yes_no", "choice", "recommend", "text"]
    assert made["questions"][0]["text"] == "Доколко сте доволни от стоките ни?"
    assert [one["survey_id"] for one in (await admin.get(PATH)).json()["surveys"]] == [made["survey_id"]]


async def test_calling_list_plans_calls_of_the_topic_for_a_sample(
    caller: Caller, admin: httpx.AsyncClient, survey: Mapping[str, int]
) -> None:
    """UNF-28, UNF-29."""
    await customers(caller, 5)
    path, body = f"{PATH}/{survey['id']}/lists", {"query": OF_PERSONS, "sample": 3}

    first = (await admin.post(path, json=body)).json()
    again = (await admin.post(path, json=body | {"seed": first["seed"]})).json()
    everybody = (await admin.post(path, json={"query": OF_PERSONS})).json()
    wrong = await admin.post(path, json={"query": "where=nonsense~is~x"})

    assert [one["added"] for one in (first, again, everybody)] == [3, 0, 2]
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "query")
    events = (await admin.get("/v1/events", params={"project_id": survey["id"]})).json()["events"]
    assert {(one["topic"], one["state"], one["direction"]) for one in events} == {
        ("How are we?", "planned", "outgoing")
    }
    assert len({one["party_id"] for one in events}) == 5


async def test_calls_are_entrusted_and_taken_one_by_one(
    caller: Caller, admin: httpx.AsyncClient, survey: Mapping[str, int]
) -> None:
    """UNF-30."""
    await customers(caller, 3)
    nora, vera = [await add_person(caller.service.database, login=login) for login in ("nora", "vera")]
    await admin.post(f"{PATH}/{survey['id']}/lists", json={"query": OF_PERSONS})
    split = await admin.put(f"{PATH}/{survey['id']}/executors", json={"executors": [nora, vera]})

    buyer = await add_person(caller.service.database, login="otto", role="cashier_supervisor")
    refused = [
        await admin.put(f"{PATH}/{survey['id']}/executors", json={"executors": [vera, buyer]}),
        await admin.post(f"{PATH}/{survey['id']}/lists", json={"query": OF_PERSONS, "executors": [buyer]}),
        await admin.post(f"{PATH}/{survey['id']}/next", json={"user_id": buyer}),
    ]
    nobody = await admin.post(f"{PATH}/{survey['id']}/next", json={})
    taken = [
        (await admin.post(f"{PATH}/{survey['id']}/next", json={"user_id": user})).json()["call"]
        for user in (nora, vera)
    ]

    assert (split.json()["executors"], split.json()["unassigned"]) == ({str(nora): 2, str(vera): 1}, 0)
    assert {(one.status_code, one.json()["errors"][0]["field"]) for one in refused} == {(422, "executors")}
    assert (nobody.status_code, nobody.json()["errors"][0]["field"]) == (400, "user_id")
    assert [call["responsible_id"] for call in taken] == [nora, vera]


async def test_report_groups_answers_by_question_caller_and_attribute(
    caller: Caller, admin: httpx.AsyncClient, survey: Mapping[str, int]
) -> None:
    """UNF-31, UNF-32: average, distribution, NPS and response rate of hand-counted answers."""
    people = await customers(caller, 5)
    nora = await add_person(caller.service.database)
    region = {"directory": "party", "kind": "text", "code": "region", "names": {"en": "Region"}}
    await admin.post("/v1/attributes", json=region)
    for party in people[:2]:
        await admin.patch(f"/v1/parties/{party}/attributes", json={"values": {"region": "Varna"}})
    await admin.post(f"{PATH}/{survey['id']}/lists", json={"query": OF_PERSONS})
    said: Sequence[dict[str, object]] = (
        {"score": 5, "recommend": 10},
        {"score": 4, "recommend": 9, "why": "Rye"},
        {"score": 2, "recommend": 3},
        {},
    )
    for one in said:
        await answer(admin, survey, nora, one)

    report = (await admin.get(f"{PATH}/{survey['id']}/report")).json()
    by_caller = (await admin.get(f"{PATH}/{survey['id']}/report", params={"by": "caller"})).json()
    by_region = (await admin.get(f"{PATH}/{survey['id']}/report", params={"by": "party.region"})).json()
    unknown = await admin.get(f"{PATH}/{survey['id']}/report", params={"by": "party.nonsense"})

    score, recommend, why = report["figures"]
    assert (score["average"], score["counts"], score["answers"]) == ("3.67", [0, 1, 0, 1, 1], 3)
    assert (recommend["nps"], recommend["average"]) == ("33.3", "7.33")
    assert (why["answers"], report["texts"]) == (1, {str(survey["why"]): ["Rye"]})
    states = {name: report["calls"][name] for name in ("all", "answered", "refused", "open", "response_rate")}
    assert states == {"all": 5, "answered": 3, "refused": 1, "open": 1, "response_rate": "60.0"}
    assert [(one["name"], one["calls"]["answered"]) for one in by_caller["groups"]] == [
        ("Nora Lindqvist", 3),
        (None, 0),
    ]
    regions = {one["name"]: one["calls"]["all"] for one in by_region["groups"]}
    assert regions == {"Varna": 2, None: 3}
    assert sum(one["figures"][0]["answers"] for one in by_region["groups"]) == 3
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "by")


async def test_answers_that_nobody_could_give_are_refused_by_field(
    caller: Caller, admin: httpx.AsyncClient, survey: Mapping[str, int]
) -> None:
    await customers(caller, 1)
    nora = await add_person(caller.service.database)
    await admin.post(f"{PATH}/{survey['id']}/lists", json={"query": OF_PERSONS})
    call = (await admin.post(f"{PATH}/{survey['id']}/next", json={"user_id": nora})).json()["call"]
    path = f"{PATH}/{survey['id']}/calls/{call['event_id']}/outcome"
    field = f"answers[{survey['score']}]"

    for body, named in (
        ({"outcome": "answered", "answers": {str(survey["score"]): 6}}, field),
        ({"outcome": "answered", "answers": {"x": 6}}, "answers"),
        ({"outcome": "answered"}, "outcome"),
        ({"outcome": "refused", "again_on": "2100-01-01"}, "again_on"),
    ):
        refused = await admin.put(path, json=body)
        assert refused.status_code in {400, 422}
        assert refused.json()["errors"][0]["field"] == named
    assert (
        await admin.put(f"{PATH}/{survey['id']}/calls/4711/outcome", json={"outcome": "refused"})
    ).status_code == 404
