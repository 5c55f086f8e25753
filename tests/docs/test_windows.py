"""The two programs of the Windows page, run where the modules that only POSIX has are not to be had."""

import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from api.settings import Settings
from api.state import Service
from tests.conftest import REPOSITORY
from tests.pos_adapter.running import WAIT_SECONDS
from tests.pos_adapter.shop import Shop, running_shop

PAGE = (REPOSITORY / "docs" / "windows.md").read_text(encoding="utf-8")
# fcntl and termios are left: pyserial asks for them here, and for others under Windows.
WITHOUT_POSIX = "import sys\nfor name in ('grp', 'pwd', 'resource', 'uvloop'):\n    sys.modules[name] = None\n"


@pytest.fixture
async def shop(settings: Settings, database_url: str, service: Service) -> AsyncIterator[Shop]:
    async with running_shop(settings, database_url, service) as shop:
        yield shop


async def test_programs_of_the_page_set_a_till_up_and_run_it(shop: Shop, tmp_path: Path) -> None:
    enrolling, agent = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    code = (await shop.admin("POST", "/v1/enrolments", store="0007", till="3"))["code"]
    with start(enrolling.replace("https://loyalty.example", shop.url), "enrol.py", tmp_path) as process:
        said, _ = process.communicate(f"{code}\n", WAIT_SECONDS)
        assert (process.returncode, said) == (0, "Code: 3\n")
    (tmp_path / "till.toml").write_text(f"port = 0\n{(tmp_path / 'till.toml').read_text()}")
    with start(agent, "agent.py", tmp_path) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split("listens on ")[1].split(",")[0]
        async with httpx.AsyncClient(timeout=WAIT_SECONDS) as program:
            health = (await program.get(f"{address}/v1/health")).json()
        process.terminate()
        process.communicate(timeout=WAIT_SECONDS)
    assert (health["store"], health["till"], process.returncode) == ("0007", "3", 0)


def test_page_says_that_it_was_not_tried() -> None:
    assert "**Written, not tried.**" in PAGE


def start(program: str, name: str, folder: Path) -> subprocess.Popen[str]:
    """Start a program of the page in the till's folder."""
    (folder / name).write_text(WITHOUT_POSIX + program)
    return subprocess.Popen(
        [sys.executable, "-u", name],
        cwd=folder,
        env={"PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
