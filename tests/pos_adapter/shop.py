"""A server with a shop in it and a till of its own, for tests of what a till does when the server goes."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any  # JSON bodies are free in their values

import httpx

from api.app import make_app
from api.auth.tokens import create_token
from api.settings import Settings
from api.state import Service
from tests.conftest import ACT
from tests.pos_adapter.running import Till, closed_port, running_till, serving


class Shop:
    """A server that can be stopped and started at one address, its administrator, and the token of its till."""

    def __init__(self, settings: Settings, database_url: str, *, admin_token: str, till_token: str) -> None:
        self.url = closed_port()
        self.till_token = till_token
        self._settings = settings
        self._database_url = database_url
        self._admin_token = admin_token
        self._running = ExitStack()

    def start(self) -> None:
        """Listen."""
        self._running.enter_context(
            serving(make_app(self._settings, self._database_url), port=int(self.url.rsplit(":", 1)[1]))
        )

    def stop(self) -> None:
        """Listen no more."""
        self._running.close()

    def admin_client(self) -> httpx.Client:
        """Give a client of the administrator that blocks."""
        headers = {"Authorization": f"Bearer {self._admin_token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    async def admin(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """Call as the administrator; gives an answer that must be a success."""
        headers = {"Authorization": f"Bearer {self._admin_token}"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30) as client:
            answer = await client.request(method, path, json=body or None)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def make_cards(self, code: str, count: int = 1, **settings: Any) -> list[dict[str, Any]]:
        """Make a series and cards of it."""
        series = {"name": code.title(), "kind": "discount", "number_template": f"290{len(code)}%08^"} | settings
        await self.admin("PUT", f"/v1/series/{code}", **series)
        made: list[dict[str, Any]] = (await self.admin("POST", f"/v1/series/{code}/cards", count=count))["cards"]
        return made

    @contextmanager
    def till(self, folder: Path, more: str = "") -> Iterator[Till]:
        """Run the till at this server; `more` is added to its file."""
        with running_till(folder, self.url, token=self.till_token, more=more) as till:
            yield till


@asynccontextmanager
async def running_shop(settings: Settings, database_url: str, service: Service) -> AsyncIterator[Shop]:
    """Run a server on a database, with tokens for its administrator and its till."""
    admin = await service.database.run(create_token, role="admin", act=ACT)
    till = await service.database.run(create_token, role="till", store="0007", till="3", act=ACT)
    shop = Shop(settings, database_url, admin_token=admin, till_token=till)
    async with AsyncExitStack() as stack:
        stack.callback(shop.stop)
        shop.start()
        yield shop


async def know_snapshot(till: Till, *, since: str | None = None) -> str:
    """Wait until the till has a snapshot newer than another one; gives its date."""
    async with till.client() as program:
        for _ in range(600):
            at: str | None = (await program.get("/v1/health")).json()["snapshot_at"]
            if at is not None and at != since:
                return at
    raise AssertionError("the till got no snapshot")
