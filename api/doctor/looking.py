"""Looks at an installation: its settings, its database, the machine it runs on, the mail server it names.

Key idea: a thing that cannot be looked at is a finding like any other, and the look goes on with what does not need it.
"""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.exc import DBAPIError

from api.doctor import repository
from api.doctor.judging import judge_disk, judge_facts, judge_rights, judge_schema, judge_server
from api.settings import Settings
from database.engine import Database
from database.hot import UNREACHABLE
from database.migrate import list_revisions
from pos_adapter.findings import Finding, broken, look, well

SMTP_SECONDS: Final = 5
_SMTP_PORTS: Final = {"smtp": 25, "smtps": 465}


async def look_at_database(settings: Settings, url: str, *, clock: Callable[[], datetime]) -> AsyncIterator[Finding]:
    """Look at the database and at all that it knows of the service."""
    newest = list_revisions()[-1]
    database = Database(url, role=None)
    try:
        server = await database.run(repository.load_server, timezone=settings.timezone)
        for finding in judge_server(server, settings, now=clock()):
            yield finding
        revision = await database.run(repository.find_revision)
        yield judge_schema(revision, newest)
        if revision == newest:
            facts = await database.run(repository.load_facts, today=clock().date())
            for finding in judge_facts(facts, settings, now=clock()):
                yield finding
    except (DBAPIError, *UNREACHABLE) as error:
        cause = type(error.__cause__ or error).__name__
        yield broken("database", f"it cannot be asked ({cause})", "look at TALLYCARD_DATABASE_URL and at its log")
    finally:
        await database.close()


async def look_at_replica(settings: Settings) -> AsyncIterator[Finding]:
    """Look at the replica, where one is set."""
    if not settings.replica_url:
        return
    replica = Database(settings.replica_url)
    try:
        if await replica.run(repository.is_replica):
            yield well("replica", "it answers")
        else:
            yield broken("replica", "it follows nobody, and is not read", "look at TALLYCARD_REPLICA_URL")
    except (DBAPIError, *UNREACHABLE) as error:
        cause = type(error.__cause__ or error).__name__
        yield look("replica", f"it cannot be asked ({cause}); reports are read from the primary", "look at its log")
    finally:
        await replica.close()


def look_at_machine(settings: Settings, data: Path) -> Iterator[Finding]:
    """Look at the disk, at the folder of a database of our own, and at the mail server."""
    nearest = next(folder for folder in (data, *data.parents) if folder.exists())
    yield judge_disk(str(nearest), shutil.disk_usage(nearest).free)
    cluster = data / "postgres" / "pg"
    if not settings.database_url and cluster.exists():
        yield judge_rights(str(cluster), cluster.stat().st_mode)
    if settings.smtp_url:
        yield _look_at_smtp(settings.smtp_url)


def _look_at_smtp(url: str) -> Finding:
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or _SMTP_PORTS[address.scheme]
    try:
        with socket.create_connection((host, port), timeout=SMTP_SECONDS):
            return well("mail server", f"{host}:{port} answers")
    except OSError as error:
        return broken("mail server", f"{host}:{port} does not answer: {error}", "look at TALLYCARD_SMTP_URL")


def look_at_all(settings: Settings, url: str, data: Path, *, clock: Callable[[], datetime]) -> list[Finding]:
    """Look at everything."""
    findings = asyncio.run(_look_at_databases(settings, url, clock=clock))
    return [*findings, *look_at_machine(settings, data)]


async def _look_at_databases(settings: Settings, url: str, *, clock: Callable[[], datetime]) -> list[Finding]:
    found = [finding async for finding in look_at_database(settings, url, clock=clock)]
    return [*found, *[finding async for finding in look_at_replica(settings)]]
