"""A till agent and a server for it, both really running: processes, sockets and pseudo-terminals of their own."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import uvicorn
from litestar import Litestar, Request, Response, delete, get, post

WAIT_SECONDS = 15
SERVER_TOKEN = "the-token-of-till-3-at-the-server"
START = """
import sys
from pathlib import Path
from pos_adapter.config import load_config
from pos_adapter.run import run_till

run_till(load_config(Path(sys.argv[1])), say=lambda line: print(line, flush=True))
"""


class Till:
    """A till agent in a process of its own; `output` is all it has written."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, server: str) -> None:
        self.process = process
        self.server = server
        self.output = ""
        self._folder = folder
        self._has_written = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def url(self) -> str:
        """Where it says that it listens."""
        return self.output.split("listens on ")[1].split(",")[0]

    @property
    def port(self) -> int:
        """The port of it."""
        return int(self.url.rsplit(":", 1)[1])

    @property
    def token(self) -> str:
        """What its programs show."""
        return (self._folder / "local.token").read_text().strip()

    def wait_for(self, *words: str, times: int = 1) -> None:
        """Wait until its output holds all the words so many times."""

        def is_there() -> bool:
            return all(self.output.count(word) >= times for word in words)

        with self._has_written:
            assert self._has_written.wait_for(is_there, WAIT_SECONDS), self.output

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal and give the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(WAIT_SECONDS)
        self._reader.join(WAIT_SECONDS)
        return code

    def client(self, **headers: str) -> httpx.AsyncClient:
        """Give a program of the till."""
        return httpx.AsyncClient(
            base_url=self.url, headers={"Authorization": f"Bearer {self.token}"} | headers, timeout=WAIT_SECONDS
        )

    @asynccontextmanager
    async def events(self) -> AsyncIterator["Events"]:
        """Listen to its events; entered when the till has said that it listens."""
        async with self.client() as client, client.stream("GET", "/v1/events") as response:
            assert response.status_code == 200
            events = Events(response)
            await events.start()
            yield events

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                with self._has_written:
                    self.output += line
                    self._has_written.notify_all()


class Events:
    """The events of one connection, in order; `raw` is every byte that came."""

    def __init__(self, response: httpx.Response) -> None:
        self._chunks = response.aiter_text()
        self.raw = ""
        self._rest = ""

    async def start(self) -> None:
        """Wait until the connection stands."""
        assert await self._block() == ": listening"

    async def next(self, *names: str) -> tuple[str, dict[str, Any]]:
        """Give the next event of one of these names (of any without names)."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                block = await self._block()
                fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
                if fields and (not names or fields["event"] in names):
                    data = msgspec.json.decode(fields["data"], type=dict[str, Any])
                    assert data["event_id"] == fields["id"]
                    return fields["event"], data

    async def _block(self) -> str:
        while "\n\n" not in self._rest:
            chunk = await anext(self._chunks)
            self.raw += chunk
            self._rest += chunk
        block, self._rest = self._rest.split("\n\n", 1)
        return block


@contextmanager
def running_till(
    folder: Path,
    server: str,
    *,
    readers: dict[str, tuple[str, str]] | None = None,
    token: str = SERVER_TOKEN,
    more: str = "",
) -> Iterator[Till]:
    """Run a till agent; `readers` gives port and profile by id, `more` further lines of its file."""
    token_file = folder / "server.token"
    token_file.write_text(token + "\n")
    token_file.chmod(0o600)
    tables = "".join(
        f'\n[[readers]]\nid = "{reader_id}"\nport = "{port}"\nprofile = "{profile}"\n'
        for reader_id, (port, profile) in (readers or {}).items()
    )
    (folder / "till.toml").write_text(
        f'server = "{server}"\nstore = "0007"\ntill = "3"\ntoken_file = "server.token"\nport = 0\n'
        f'own_prefixes = ["290", "999001"]\norigins = ["https://till.example"]\n{more}{tables}'
    )
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(folder / "till.toml")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd()), "PYTHONWARNINGS": "error"},
    )
    till = Till(process, folder, server)
    try:
        till.wait_for(
            "listens on ",
            "link_changed",
            *(f"reader={reader_id} reason=None state=connected" for reader_id in readers or {}),
        )
        yield till
    finally:
        if process.poll() is None:
            till.stop()


class Server:
    """A stand-in for the server behind the till: it remembers what came and answers what `answers` says by path.

    `by_uid` answers single receipts by their UUID, `offline_answer` those that are marked as offline; `delays` are the
    seconds that the next answers of a path take.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.by_uid: dict[str, tuple[int, bytes]] = {}
        self.offline_answer: tuple[int, bytes] | None = None
        self.delays: dict[str, list[int]] = {}
        self.retry_after = "7"
        self.url = closed_port()
        self._running = ExitStack()

    def taken(self, path: str) -> list[bytes]:
        """Give the bodies that came to a path."""
        return [body for _, asked, _, body in self.requests if asked == path]

    def start(self) -> None:
        """Listen, always at the same address."""
        self._running.enter_context(serving(self._application(), port=int(self.url.rsplit(":", 1)[1])))

    def stop(self) -> None:
        """Listen no more; what is stopped stays so."""
        self._running.close()

    def _application(self) -> Litestar:
        @get("/v1/health")
        async def health() -> dict[str, object]:
            return {"status": "ok", "api_level": 1}

        handlers = [health, get("/{path:path}")(self._answer), post("/{path:path}")(self._answer)]
        handlers.append(delete("/{path:path}", status_code=200)(self._answer))
        return Litestar(handlers, openapi_config=None, logging_config=None)

    async def _answer(self, request: Request[Any, Any, Any]) -> Response[bytes]:  # Any: nothing of it is used
        path = request.url.path
        self.requests.append((request.method, path, dict(request.headers), await request.body()))
        if self.delays.get(path):
            await asyncio.sleep(self.delays[path].pop(0))
        status, body = self._choose(path, await request.body())
        media_type = "application/json" if status < 400 else "application/problem+json"
        return Response(body, status_code=status, media_type=media_type, headers={"Retry-After": self.retry_after})

    def _choose(self, path: str, body: bytes) -> tuple[int, bytes]:
        if path == "/v1/receipts":
            if self.offline_answer and b'"offline":true' in body:
                return self.offline_answer
            for uid, answer in self.by_uid.items():
                if uid.encode() in body:
                    return answer
        return self.answers.get(path, (200, b"{}"))


@contextmanager
def serving(application: Litestar, *, port: int = 0) -> Iterator[str]:
    """Serve an application in a thread and give its address."""
    listener = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(application, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(WAIT_SECONDS)


@contextmanager
def running_server() -> Iterator[Server]:
    """Run the stand-in in a thread."""
    server = Server()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def closed_port() -> str:
    """Give an address of this machine at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def black_hole() -> Iterator[str]:
    """Give the address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
