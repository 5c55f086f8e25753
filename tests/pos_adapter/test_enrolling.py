"""A till is set up by its code: the command writes its files, and the agent runs with them."""

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from api.settings import Settings
from api.state import Service
from pos_adapter.config import load_config
from pos_adapter.enrolling import EnrollingError, enrol
from pos_adapter.private_files import FileError
from tests.conftest import run_command
from tests.pos_adapter.running import black_hole, closed_port
from tests.pos_adapter.shop import Shop, running_shop


@pytest.fixture
async def shop(settings: Settings, database_url: str, service: Service) -> AsyncIterator[Shop]:
    async with running_shop(settings, database_url, service) as shop:
        yield shop


def files_of(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def open_code(shop: Shop) -> str:
    return str((await shop.admin("POST", "/v1/enrolments", store="0007", till="12"))["code"])


async def test_command_sets_a_till_up_with_the_prefixes_of_the_shop(
    shop: Shop, tmp_path: Path, tallycard: list[str]
) -> None:
    await shop.make_cards("GOLD")
    config = tmp_path / "till.toml"
    init = [*tallycard, "till", "init", "--server", shop.url + "/", "--code", await open_code(shop)]
    done: subprocess.CompletedProcess[str] = run_command([*init, "--config", str(config)])
    again = run_command([*init, "--config", str(config)])
    read = load_config(config)
    assert done.returncode == 0, done.stderr
    assert (read.server, read.store, read.till, read.own_prefixes) == (shop.url, "0007", "12", ("2904",))
    assert read.token_file.stat().st_mode & 0o077 == 0
    assert read.token_file.read_text().strip() not in done.stdout + done.stderr
    assert (again.returncode, "is there already" in again.stderr) == (1, True)


async def test_refused_code_leaves_no_file(shop: Shop, tmp_path: Path, tallycard: list[str]) -> None:
    code = (await open_code(shop)).partition("-")[0] + "-0000-0000-0000"
    config = tmp_path / "till.toml"
    done = run_command([*tallycard, "till", "init", "--server", shop.url, "--code", code, "--config", str(config)])
    assert (done.returncode, files_of(tmp_path)) == (1, [])
    assert "the server refused the code" in done.stderr


def test_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnrollingError, match="does not answer"):
        enrol(closed_port(), "1-AAAA-AAAA-AAAA", config=tmp_path / "till.toml")


def test_file_that_exists_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "server.token").write_text("the token of before")
    with black_hole() as address, pytest.raises(FileError, match=r"server\.token is there already"):
        enrol(address, "1-AAAA-AAAA-AAAA", config=tmp_path / "till.toml")
    assert (tmp_path / "server.token").read_text() == "the token of before"
