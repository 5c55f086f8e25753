"""How long requests take, by route and by what became of them; kept by each process for itself.

Key idea: a request costs two looks at the clock and one addition, wherever it ends. Routes are named by their
templates, so that no address, and with it nothing of a person or a card, becomes a name, and their number has an end.
What has no route counts as one. A stream counts until it begins.
"""

import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from msgspec import Struct

BOUNDS_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
NO_ROUTE: Final = "none"
_CLASS: Final = 100


class Taken(Struct):
    """How often and how long in all; `buckets` counts those up to each bound and above the one before."""

    buckets: list[int]
    seconds: float = 0.0


class Measured:
    """What one process has measured since it began. `clock` gives seconds that never jump."""

    def __init__(self, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self._taken: dict[tuple[str, str, int], Taken] = {}

    def add(self, method: str, route: str, *, status: int, seconds: float) -> None:
        """Add a request."""
        key = (method, route, status // _CLASS)
        taken = self._taken.get(key)
        if taken is None:
            taken = self._taken[key] = Taken([0] * (len(BOUNDS_SECONDS) + 1))
        taken.buckets[bisect_left(BOUNDS_SECONDS, seconds)] += 1
        taken.seconds += seconds

    def list_all(self) -> Iterator[tuple[str, str, str, Taken]]:
        """List method, route, class of status such as `2xx`, and what was measured."""
        for (method, route, status_class), taken in sorted(self._taken.items()):
            yield method, route, f"{status_class}xx", taken


def measuring(app: ASGIApp, measured: Measured) -> ASGIApp:
    """Wrap an application so that each of its requests is measured until its answer begins."""

    async def measure(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        begun = measured.clock()

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                # The router names the route in the scope. Unknown methods and addresses have no name of their own.
                route = scope.get("path_template") or NO_ROUTE
                method = str(scope["method"]) if route != NO_ROUTE else NO_ROUTE
                measured.add(method, route, status=message["status"], seconds=measured.clock() - begun)
            await send(message)

        await app(scope, receive, note)

    return measure
