import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory

import pytest

from database.embedded import kept_running, stop
from database.embedded.keeping import LOOK_SECONDS
from database.embedded.stale import was_shut_down

WAIT_SECONDS = 60


@pytest.fixture
def data() -> Iterator[Path]:
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "data"


def test_killed_server_is_started_again(data: Path) -> None:
    said: Queue[str] = Queue()
    with kept_running(data, say=said.put) as server:
        os.kill(server.pid, signal.SIGKILL)
        while "killed" not in said.get(timeout=WAIT_SECONDS):
            pass
        assert said.get(timeout=WAIT_SECONDS).startswith("Starting")

    assert not stop(data)


def test_server_that_gave_up_without_a_lock_file_is_started_again(data: Path) -> None:
    """As it does where its disk is full: it removes the lock file, and its data are not shut down."""
    said: Queue[str] = Queue()
    with kept_running(data, say=said.put) as server:
        os.kill(server.pid, signal.SIGQUIT)
        while "ended by itself" not in said.get(timeout=WAIT_SECONDS):
            pass
        assert said.get(timeout=WAIT_SECONDS).startswith("Starting")


def test_server_that_was_stopped_on_purpose_stays_so(data: Path) -> None:
    said: Queue[str] = Queue()
    with kept_running(data, say=said.put):
        assert stop(data)
        assert was_shut_down(data.resolve() / "pg")
        time.sleep(2 * LOOK_SECONDS)
        assert not stop(data)
    assert not any("killed" in said.get_nowait() for _ in range(said.qsize()))
