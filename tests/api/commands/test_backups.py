"""Backups by one command each, and what is refused instead of half done."""

import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import asyncpg
import pytest

from api.auth.tokens import create_token
from api.state import Service
from crm.parties.model import PartyDetails
from crm.parties.service import make_party
from database.backups import BackupError, make_backup, restore_backup
from database.backups.archive import MANIFEST, part_of
from database.backups.model import Kept
from database.embedded import Server, database_dsn
from tests.conftest import ACT, _execute, run_command

NAME = 'Ночь,\t"tab" \\N and\nline'
TABLES = """
select relname from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
"""
SENDING = """
insert into mailing (name, kind_id, state, created_at, changed_at) select 'Autumn', min(id), 'sending', now(), now()
from mailing_kind
"""
RENEWED = {
    "mailing",
    "installation",
    "card",
    "app_session",
    "sign_of_life",
    "card_group_day",
    "aggregate_mark",
    "activity",
}
"""Tables that differ by what a restore means."""


@pytest.fixture
async def empty_database(postgres: Server) -> AsyncIterator[str]:
    """Give the address of a database without any tables."""
    name = f"test_{secrets.token_hex(6)}"
    await _execute(postgres, f"create database {name}")
    yield database_dsn(postgres, name)
    await _execute(postgres, f"drop database {name} with (force)")


@pytest.fixture
async def backup(service: Service, database_url: str, tallycard: list[str], tmp_path: Path) -> Path:
    """Give a backup of a shop with a token and a party whose name is hard to copy."""
    await service.database.run(create_token, role="till", store="0007", till="3", act=ACT)
    await service.database.run(make_party, PartyDetails(name="Anna", legal_status="natural_person"), act=ACT)
    await _execute_at(database_url, "update party set name = $1", NAME)
    await _execute_at(database_url, SENDING)
    file = tmp_path / "shop.backup"
    made = run_command([*tallycard, "backup", str(file)], TALLYCARD_DATABASE_URL=database_url)
    assert made.returncode == 0, made.stderr
    return file


async def test_every_row_comes_back_and_the_next_number_is_a_new_one(
    backup: Path, database_url: str, empty_database: str, tallycard: list[str]
) -> None:
    restored = run_command([*tallycard, "restore", str(backup)], TALLYCARD_DATABASE_URL=empty_database)

    assert (restored.returncode, _mode(backup)) == (0, 0o600), restored.stderr
    before, after = [await _digests(url) for url in (database_url, empty_database)]
    assert {name for name in before if before[name] != after[name]} <= RENEWED
    assert before.keys() == after.keys()
    last = "select last_value from pg_sequences where sequencename = 'party_id_seq'"
    assert await _fetch(empty_database, last) == await _fetch(database_url, last)
    assert await _fetch(empty_database, "select name from party") == [(NAME,)]
    epochs = [await _fetch(url, "select epoch from installation") for url in (database_url, empty_database)]
    assert epochs[0] != epochs[1]
    assert await _fetch(empty_database, "select state from mailing") == [("paused",)]
    assert await _fetch(empty_database, "select actor from activity where act = 'installation.restored'") == [
        ("command",)
    ]
    keys = "select count(*) from pg_constraint where contype = 'f' and convalidated"
    assert await _fetch(empty_database, keys) == await _fetch(database_url, keys)


async def test_file_is_not_written_over_and_a_shop_not_restored_into(
    backup: Path, database_url: str, tallycard: list[str]
) -> None:
    content = _contents(backup.parent)
    again = run_command([*tallycard, "backup", str(backup)], TALLYCARD_DATABASE_URL=database_url)
    into = run_command([*tallycard, "restore", str(backup)], TALLYCARD_DATABASE_URL=database_url)
    assert (again.returncode, into.returncode) == (1, 1)
    assert ("is there already" in again.stderr, "into an empty one" in into.stderr) == (True, True)
    assert _contents(backup.parent) == content
    assert await _fetch(database_url, "select count(*) from party") == [(1,)]


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def _alter(file: Path) -> None:
    with ZipFile(file) as archive:
        part = archive.getinfo(part_of("notification_rule"))
        after = archive.infolist()[archive.infolist().index(part) + 1]
    content = bytearray(file.read_bytes())
    content[after.header_offset - part.compress_size // 2] ^= 1
    file.write_bytes(content)


def _replace_rows(file: Path) -> None:
    _rewrite(file, part_of("party"), lambda rows: rows.replace(NAME[:4].encode(), b"Day"))


def _lay_out_otherwise(file: Path) -> None:
    _rewrite(file, MANIFEST, lambda manifest: manifest.replace(b'"format": 1', b'"format": 2'))


def _rewrite(file: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    with ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, change(content) if name == part else content)


@pytest.mark.parametrize("damage", [_cut, _alter, _replace_rows, _lay_out_otherwise, Path.unlink])
async def test_damaged_backup_is_refused_before_anything_is_made(
    backup: Path, empty_database: str, tallycard: list[str], damage: Callable[[Path], None]
) -> None:
    damage(backup)
    restored = run_command([*tallycard, "restore", str(backup)], TALLYCARD_DATABASE_URL=empty_database)
    assert (restored.returncode, "Traceback" in restored.stderr) == (1, False)
    assert str(backup) in restored.stderr
    assert await _fetch(empty_database, "select count(*) from pg_tables where schemaname = 'public'") == [(0,)]


async def test_what_fails_half_way_leaves_the_database_as_empty_as_it_was(backup: Path, empty_database: str) -> None:
    async def fail(*_: object) -> None:
        raise BackupError("the last step")

    kept = Kept(frozenset(), frozenset())
    with pytest.raises(BackupError, match="the last step"):
        await restore_backup(empty_database, backup, kept=kept, finish=fail)
    assert await _fetch(empty_database, "select count(*) from party") == [(0,)]
    assert await _fetch(empty_database, "select count(*) from event_kind where not is_pinned") != [(0,)]

    async def end(*_: object) -> None: ...

    await restore_backup(empty_database, backup, kept=kept, finish=end)
    assert await _fetch(empty_database, "select count(*) from party") == [(1,)]


async def test_backup_that_cannot_be_finished_leaves_no_file(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "none" / "shop.backup"
    with pytest.raises(BackupError, match="No such file"):
        await make_backup(database_url, file, kept=Kept(frozenset(), frozenset()), software="1", now=ACT.at)
    assert _contents(tmp_path) == {}


def _mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


def _contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


async def _digests(dsn: str) -> dict[object, object]:
    """Give a digest of all rows of each table."""
    digest = "select md5(string_agg(md5(t::text), '' order by t::text)) from {} t"
    return {name: await _fetch(dsn, digest.format(name)) for (name,) in await _fetch(dsn, TABLES)}


async def _execute_at(dsn: str, statement: str, *arguments: object) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement, *arguments)
    finally:
        await connection.close()


async def _fetch(dsn: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()
