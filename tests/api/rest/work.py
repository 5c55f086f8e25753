"""People who work, and their tasks, as the tests of these routes want them."""

import itertools
from typing import Any, NamedTuple  # Any: JSON bodies are free in their values

import httpx
from httpx import AsyncClient

from api.auth.model import UserRole
from tests.api.people import add_person, csrf_token_of, sign_in
from tests.api.rest.shop import Shop

_counter = itertools.count(1)


class Worker(NamedTuple):
    """Somebody of the back office, signed in."""

    id: int
    login: str
    http: AsyncClient


async def hire(shop: Shop, role: UserRole = "clerk") -> Worker:
    """Make a user with a login of their own and sign them in; they call the API by their session."""
    login = f"worker{next(_counter)}"
    user_id = await add_person(shop.caller.service.database, login=login, role=role)
    http = httpx.AsyncClient(transport=shop.caller.http._transport, base_url=shop.caller.http.base_url)
    await sign_in(http, login=login)
    http.headers["X-CSRF-Token"] = csrf_token_of(await http.get("/account"))
    return Worker(user_id, login, http)


async def make_task(worker: Worker, title: str = "Call the mill", **more: Any) -> dict[str, Any]:
    """Make a task of somebody's."""
    answer = await worker.http.post("/v1/tasks", json={"kind": "task", "title": title, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def get_task(worker: Worker, task_id: int) -> dict[str, Any]:
    """Read a task as somebody sees it."""
    answer = await worker.http.get(f"/v1/tasks/{task_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def change_task(worker: Worker, task: dict[str, Any], **more: Any) -> httpx.Response:
    """Change fields of a task from the version that it was read in."""
    fields = (
        "kind title content executor_id department priority percent starts_at due_at planned_minutes remind_minutes "
        "party_id person_id project_id phase_id source co_executors watchers version"
    ).split()
    body = {name: task[name] for name in fields} | more
    return await worker.http.put(f"/v1/tasks/{task['task_id']}", json=body)


async def move(worker: Worker, task_id: int, state: str, comment: str | None = None) -> httpx.Response:
    """Take a task to another state."""
    return await worker.http.post(f"/v1/tasks/{task_id}/state", json={"state": state, "comment": comment})


async def titles(worker: Worker, **query: Any) -> list[str]:
    """Give the titles of the tasks that a list shows."""
    answer = await worker.http.get("/v1/tasks", params=query)
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json()["tasks"]]
