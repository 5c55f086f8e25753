"""Looks at every answer that passes (I15): none above 499 but a 503 that says when to come again, no trace of a stack."""

import re
from collections import Counter
from typing import Final

import httpx

MOST_NOTED: Final = 50
_STATUS: Final = re.compile(rb"^HTTP/1\.[01] (\d{3}) ")
_TRACE: Final = b"Traceback (most recent call last)"


class Watch:
    """Counts answers by status, and notes those that nothing excuses."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.wrong: list[str] = []

    def see_bytes(self, data: bytes) -> None:
        """Look at a piece of what a server answers on a connection, as it passes between server and till."""
        found = _STATUS.match(data)
        if found is not None:
            self._judge(int(found[1]), b"\r\nretry-after:" in data.lower(), "between server and till")
        if _TRACE in data:
            self._note("a trace of a stack between server and till")

    async def see(self, response: httpx.Response) -> None:
        """Look at an answer, its body too unless it is a stream of events."""
        where = f"{response.request.method} {response.request.url.path}"
        self._judge(response.status_code, "retry-after" in response.headers, where)
        if response.headers.get("Content-Type", "").startswith("text/event-stream"):
            return
        if _TRACE in await response.aread():
            self._note(f"a trace of a stack from {where}")

    def _judge(self, status: int, tells_when: bool, where: str) -> None:  # noqa: FBT001 - it has a name where it is made
        self.statuses[status] += 1
        if status >= httpx.codes.INTERNAL_SERVER_ERROR and not (
            status == httpx.codes.SERVICE_UNAVAILABLE and tells_when
        ):
            self._note(f"{status} from {where}")

    def _note(self, what: str) -> None:
        if len(self.wrong) < MOST_NOTED:
            self.wrong.append(what)
