import os
import signal
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory

import pytest

from database.embedded import kept_running, stop

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
