"""Keeps the embedded PostgreSQL up as long as a program runs that needs it.

Key idea: a server that was stopped has shut its data down properly and says so in them; one that was killed, or gave up
over a full disk, has not. Only the latter is started again, as often as it takes; who stops the server on purpose finds
it stopped.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from database.embedded.errors import EmbeddedPostgresError
from database.embedded.folders import Folders
from database.embedded.launcher import Server, running
from database.embedded.stale import find_postmaster, was_shut_down

LOOK_SECONDS = 1.0


@contextmanager
def kept_running(data: Path, *, say: Callable[[str], None]) -> Iterator[Server]:
    """Give a PostgreSQL as `running` does, and start it again whenever it was killed. Raises EmbeddedPostgresError."""
    stopping = threading.Event()
    with ExitStack() as stack:
        server = stack.enter_context(running(data, say=say))
        keeper = threading.Thread(target=_keep, args=(stack, data, say, stopping), name="postgres keeper")
        keeper.start()
        try:
            yield server
        finally:
            stopping.set()
            keeper.join()


def _keep(stack: ExitStack, data: Path, say: Callable[[str], None], stopping: threading.Event) -> None:
    cluster = Folders(data.resolve()).cluster
    while not stopping.wait(LOOK_SECONDS):
        if find_postmaster(cluster) is None and not was_shut_down(cluster):
            say("PostgreSQL was killed, or ended by itself")
            try:
                stack.enter_context(running(data, say=say))
            except EmbeddedPostgresError as error:
                say(str(error))
