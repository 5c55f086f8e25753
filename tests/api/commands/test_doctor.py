from itertools import pairwise

import asyncpg

from api.auth.tokens import create_token
from api.state import Service
from tests.conftest import ACT, run_command
from tests.pos_adapter.running import closed_port


async def test_doctor_names_what_is_broken_and_how_it_is_mended(
    service: Service, database_url: str, tallycard: list[str]
) -> None:
    await service.database.run(create_token, role="till", store="0007", till="3", act=ACT)
    smtp = closed_port().replace("http", "smtp")

    settings = {"TALLYCARD_DATABASE_URL": database_url, "TALLYCARD_REPLICA_URL": database_url}
    told = run_command([*tallycard, "doctor"], **settings, TALLYCARD_SMTP_URL=smtp)

    assert told.returncode == 1
    lines = told.stdout.splitlines()
    assert "BROKEN  database, fsync: it is off: what was acknowledged may be gone after a power cut" in lines
    assert [line for line in lines if line.startswith("ok      schema: it is ")]
    assert [line for line in lines if line.startswith("BROKEN  mail server: ")]
    assert "BROKEN  replica: it follows nobody, and is not read" in lines
    assert "LOOK    worker: it has never run: jobs, mail and what is due each day wait" in lines
    assert all("mend: " in after for line, after in pairwise(lines) if line.startswith("BROKEN"))


async def test_signs_of_worker_backup_and_proof_are_seen(
    service: Service, database_url: str, tallycard: list[str], tmp_path: object
) -> None:
    await service.database.run(create_token, role="till", store="0007", till="3", act=ACT)
    for command in (["worker", "--once"], ["verify"], ["backup", f"{tmp_path}/shop.backup"]):
        assert run_command([*tallycard, *command], TALLYCARD_DATABASE_URL=database_url).returncode == 0

    lines = run_command([*tallycard, "doctor"], TALLYCARD_DATABASE_URL=database_url).stdout.splitlines()

    well = {line[8:].partition(":")[0] for line in lines if line.startswith("ok")}
    assert {"worker", "backup", "books", "jobs", "partitions", "clock"} <= well


async def test_doctor_tells_of_a_database_that_is_away_or_empty(database_url: str, tallycard: list[str]) -> None:
    away = run_command([*tallycard, "doctor"], TALLYCARD_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    connection = await asyncpg.connect(database_url)
    await connection.execute("update alembic_version set version_num = '0005'")
    await connection.close()
    older = run_command([*tallycard, "doctor"], TALLYCARD_DATABASE_URL=database_url)
    assert (away.returncode, older.returncode) == (1, 1)
    assert "BROKEN  database: it cannot be asked" in away.stdout
    assert "mend: run `tallycard migrate`" in older.stdout
