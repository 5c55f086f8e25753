"""The one thread in which a till's files are read and written, so that a slow disk never holds up the event loop.

The key idea: SQLite blocks, and its connections want one user at a time; a lane of one thread gives both, in order.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Lane:
    """A thread that does one thing after another."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something there and give what it gives. What has begun is done to its end, whoever waits for it."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: act(*args, **kwargs))

    def close(self) -> None:
        """Wait for what has begun, and take nothing more."""
        self._executor.shutdown(wait=True, cancel_futures=True)
