"""Projects, the workload and surveys in a real browser: every page is accessible and fits, full and empty."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from api.settings import Settings
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import VISITS, enter, look_at, visitor
from tests.api.people import add_person, fill, send, sign_in
from tests.conftest import ACT, Caller
from tests.factories import make_company, make_person

pytestmark = pytest.mark.browser
TODAY = ACT.at.date().isoformat()
PATHS = {
    "list": "/projects",
    "list-nothing": "/projects?text=nothing",
    "form": "/projects/new?party=1",
    "page": "/projects/1",
    "page-tasks": "/projects/1?show=task",
    "page-bare": "/projects/2",
    "page-survey": "/projects/3",
    "edit": "/projects/1/edit",
    "phase": "/projects/1/phases/1",
    "phase-empty": "/projects/1/phases/3",
    "week": f"/workload?day={TODAY}",
    "month": f"/workload?day={TODAY}&span=month",
    "surveys": "/surveys",
    "surveys-of-list": "/surveys/of-list?where=kind~is~person",
    "survey-new": "/surveys/new",
    "survey": "/surveys/3",
    "survey-of-list": "/surveys/3?where=kind~is~person",
    "survey-bare": "/surveys/4",
    "questions": "/surveys/3/questions",
    "questions-bare": "/surveys/4/questions",
    "call": "/surveys/3/calls/3",
    "report": "/surveys/3/report",
    "report-apart": "/surveys/3/report?by=caller",
    "report-bare": "/surveys/4/report",
}


@pytest.fixture
async def served(caller: Caller, settings: Settings, database_url: str) -> AsyncIterator[str]:
    """Give the address of a shop whose administrator Nora, user 1, runs project 1 and survey 3; 2 and 4 are bare."""
    database, http = caller.service.database, caller.http
    for login in ("nora", "bob"):
        await add_person(database, login=login, role="admin")
    await make_company(database, "Mill Lane Bakery and Daughters")
    await sign_in(http)
    kitchen = {"name": "Kitchen of oak for the bakery", "kind": "customer_project", "party_id": "#1", "manager_id": "1"}
    await send(http, "/projects/new", kitchen | {"starts_on": "2026-10-01", "due_on": "2027-03-01", "note": "Beech?"})
    await send(http, "/projects/new", {"name": "Stocktaking", "kind": "internal", "due_on": "2026-01-31"})
    for name, due_on in (("Measure", "2026-11-10"), ("Build and fit", "2027-02-01"), ("Hand over", "")):
        await send(http, "/projects/1/phases", {"name": name, "due_on": due_on})
    work = {"kind": "task", "executor_id": "1", "priority": "2", "project_id": "1"}
    saw = {"title": "Saw the boards", "phase_id": "1", "planned_minutes": "9:00", "due_at": f"{TODAY}T16:00"}
    await send(http, "/tasks/new", work | saw)
    await send(http, "/tasks/new", work | {"title": "Glue", "phase_id": "2", "due_at": "2026-01-02T10:00"})
    await send(
        http,
        "/tasks/new",
        work | {"title": "Rest", "planned_minutes": "4:00", "executor_id": "2"} | {"due_at": f"{TODAY}T16:00"},
    )
    await send(http, "/tasks/1/times", {"minutes": "0:45", "on_date": "2026-11-20"})
    await send(http, "/tasks/1/resources", {"name": "Oak", "unit": "m", "planned": "4", "actual": "5.5"})
    await send(http, "/tasks/2/state", {"to": "done"})
    meeting = {"kind": "meeting", "topic": "Look at the samples", "project_id": "1", "responsible_id": "1"}
    hours = {"start_day": TODAY, "start_time": "10:00", "end_day": TODAY, "end_time": "11:30"}
    await send(http, "/events/new", meeting | hours)
    await survey(caller)
    async with serving(settings, database_url) as address:
        yield address


async def survey(caller: Caller) -> None:
    """Make survey 3, which two of three customers answered, and survey 4, which asks nothing."""
    http = caller.http
    for number, name in enumerate(("Anna Marsh", "Boris Ostrom", "Vera Dimitrova")):
        await make_person(caller.service.database, name, phone=f"+35929000{number:03}")
    for name, template in (("Quality 2026", "quality"), ("Our own", "empty")):
        made = await fill(http, "/surveys/new", {"name": name, "topic": "How are we doing?", "template": template})
        assert made.status_code == 303, made.text
    assert (await send(http, "/surveys/3/lists", {"view": "", "executors": ["1"]})).status_code == 303
    for score, recommend in (("5", "10"), ("3", "6")):
        call = (await send(http, "/surveys/3/next", {})).headers["location"]
        answers = {f"answer.{number}": "1" for number in (2, 3, 4)} | {"answer.1": score, "answer.5": recommend}
        said = answers | {"answer.6": "More rye, and earlier.", "outcome": "answered", "then": "stop"}
        assert (await send(http, call, said)).status_code == 303


@pytest.mark.parametrize("look", VISITS)
async def test_every_page_of_projects_and_surveys_is_accessible_and_fits(
    chromium: Browser, served: str, look: str
) -> None:
    async with visitor(chromium, served, look) as page:
        await enter(page)
        for name, path in PATHS.items():
            await look_at(page, f"project-{name}", path, look)
