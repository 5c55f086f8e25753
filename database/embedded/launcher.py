"""Starts, attaches to and stops the embedded PostgreSQL.

Key idea: one way in, always in the same order: choose the account, take the lock, find the programs, make the database
folder if there is none, compare versions, then attach to the server that lives there, or clear what a dead one left and
start it. Whoever started a server stops it; who attached leaves it alone. Refuses to guess: what it cannot put right
safely it reports as EmbeddedPostgresError with what to do.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO
from urllib.parse import quote

import msgspec

from database.embedded import protocol
from database.embedded.account import Account, choose_account
from database.embedded.child import may, spawn
from database.embedded.cluster import check_major_version, create_cluster, write_access_rules
from database.embedded.errors import EmbeddedPostgresError
from database.embedded.folders import Folders, prepare_data_folder, prepare_socket_folder
from database.embedded.guards import left_by_signals, locked
from database.embedded.programs import Programs, find_programs, remove_old_copies
from database.embedded.settings import server_arguments
from database.embedded.stale import ORPHANS_SECONDS, find_postmaster, remove_lock_files, wait_for_orphans
from database.embedded.waiting import Process, stop_process, wait_ready

START_LOCK_SECONDS = 360.0  # longer than any start, so that the second of two starters sees how the first one ended
LOG_BYTES = 16 << 20
LOG_TAIL_BYTES = 2000


class Server(msgspec.Struct, frozen=True):
    """A PostgreSQL that answers.

    `started` is False when it ran already and was only attached to; `binaries` is the folder of psql, pgbench and the
    other programs; `pid` is its main process; `version` is such as `18.6`.
    """

    socket_folder: Path
    started: bool
    version: str
    binaries: Path
    pid: int

    @property
    def dsn(self) -> str:
        """URL of the database `tallycard`, as libpq and asyncpg read it."""
        return database_dsn(self, protocol.DATABASE)


def database_dsn(server: Server, name: str) -> str:
    """URL of another database on the same server; complete, so that no `PGPORT` of the environment leads elsewhere."""
    host = quote(str(server.socket_folder), safe="/")
    return f"postgresql://{protocol.USER}@/{quote(name, safe='')}?host={host}&port={protocol.PORT}"


class _Place(msgspec.Struct, frozen=True):
    """Where, as whom and with what the server runs."""

    folders: Folders
    account: Account
    programs: Programs
    socket_folder: Path


class _Wish(msgspec.Struct, frozen=True):
    """What the caller of `running` asked for."""

    say: Callable[[str], None]
    shared_buffers_mb: int | None
    settings: Mapping[str, str]
    preload: Path | None
    binaries: Path | None


@contextmanager
def running(
    data: Path,
    *,
    say: Callable[[str], None] = lambda _: None,
    shared_buffers_mb: int | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
    preload: Path | None = None,
    binaries: Path | None = None,
) -> Iterator[Server]:
    """Give a PostgreSQL whose data lies in `data`: made, started or attached to as needed, and stopped if started here.

    `say` gets a short line before each step that takes time. `settings` are PostgreSQL's own names and win over ours;
    `preload` is a library loaded into the server; a server that was attached to keeps what it was started with.
    `binaries` is a folder of PostgreSQL's programs, instead of those found. SIGTERM and SIGHUP, unless the caller has
    handlers of his own, leave through this context. Raises EmbeddedPostgresError.
    """
    folders = Folders(data.resolve())
    wish = _Wish(say=say, shared_buffers_mb=shared_buffers_mb, settings=settings, preload=preload, binaries=binaries)
    with left_by_signals():
        try:
            server, own_process = _open(folders, wish)
        except OSError as error:
            raise EmbeddedPostgresError(
                f"cannot use {error.filename or folders.data}: {error.strerror}. Start Tallycard as the account that "
                "owns it or as root, or choose another data folder"
            ) from error
        try:
            yield server
        finally:
            if own_process is not None:
                stop_process(own_process)


def stop(data: Path) -> bool:
    """Stop the server that lives in `data`, whoever started it; whether there was one. Raises EmbeddedPostgresError."""
    cluster = Folders(data.resolve()).cluster
    try:
        postmaster = find_postmaster(cluster)
        if postmaster is not None:
            stop_process(Process(postmaster.pid))
    except PermissionError as error:
        raise EmbeddedPostgresError(
            f"the server in {cluster} belongs to another account: stop it as that account or as root"
        ) from error
    return postmaster is not None


def _open(folders: Folders, wish: _Wish) -> tuple[Server, Process | None]:
    """Return the server and, if it was started here, its process."""
    account = choose_account(folders.cluster)
    prepare_data_folder(folders, account)
    with locked(
        folders.start_lock,
        seconds=START_LOCK_SECONDS,
        refusal=f"another start has been holding {folders.start_lock} for {START_LOCK_SECONDS:.0f} s",
        on_wait=lambda: wish.say("Waiting for another start of the same PostgreSQL"),
    ) as lock:
        programs = find_programs(account, home=folders.data, given=wish.binaries)
        if not folders.cluster.exists():
            wish.say(f"Making a database with PostgreSQL {programs.version} in {folders.data}")
            is_durable = wish.settings.get("fsync") != "off"
            create_cluster(folders, programs, account=account, start_lock=lock, is_durable=is_durable)
        check_major_version(folders, programs)
        socket_folder = prepare_socket_folder(folders, account)
        place = _Place(folders=folders, account=account, programs=programs, socket_folder=socket_folder)
        server = _attach(place, wish)
        return (server, None) if server is not None else _start(place, wish)


def _attach(place: _Place, wish: _Wish) -> Server | None:
    postmaster = find_postmaster(place.folders.cluster)
    if postmaster is None:
        return None
    socket_folder = postmaster.socket_folder or place.socket_folder
    version = wait_ready(Process(postmaster.pid), socket_folder, say=wish.say)
    if version is None:
        return None
    return Server(
        socket_folder=socket_folder,
        started=False,
        version=version,
        binaries=place.programs.folder,
        pid=postmaster.pid,
    )


def _start(place: _Place, wish: _Wish) -> tuple[Server, Process]:
    folders, programs = place.folders, place.programs
    wait_for_orphans(folders.cluster)
    write_access_rules(folders)
    remove_old_copies(folders.data, kept=programs)
    wish.say(f"Starting PostgreSQL {programs.version}")
    with _open_log(folders.log) as log:
        begin = log.tell()
        process = _spawn_server(place, wish, log)
    try:
        version = wait_ready(process, place.socket_folder, say=wish.say)
    except BaseException:
        stop_process(process)
        raise
    if version is None:
        raise EmbeddedPostgresError(f"PostgreSQL did not start:\n{_read_since(folders.log, begin)}")
    server = Server(
        socket_folder=place.socket_folder,
        started=True,
        version=version,
        binaries=programs.folder,
        pid=process.pid,
    )
    return server, process


def _spawn_server(place: _Place, wish: _Wish, log: BinaryIO) -> Process:
    """Start the server with the server lock in its hands.

    Two containers that share a data folder do not see each other's processes, which is all that PostgreSQL's own lock
    file goes by; but they do see this lock.
    """
    folders = place.folders
    arguments = server_arguments(
        folders,
        socket_folder=place.socket_folder,
        shared_buffers_mb=wish.shared_buffers_mb,
        settings=wish.settings,
    )
    _check_preload(place.account, wish.preload)
    with locked(
        folders.server_lock,
        seconds=ORPHANS_SECONDS,
        refusal=f"a PostgreSQL unseen from here, perhaps in another container, is at work in {folders.data}: stop it",
        on_wait=lambda: wish.say("Waiting for an earlier PostgreSQL to end"),
    ) as lock:
        remove_lock_files(folders.cluster, place.socket_folder)
        child = spawn(
            place.account,
            [place.programs.folder / "postgres", *arguments],
            home=folders.data,
            output=log,
            preload=wish.preload,
            kept_open=[lock],
        )
    return Process(child.pid, child)


def _check_preload(account: Account, library: Path | None) -> None:
    # The dynamic loader only grumbles about a library that it cannot load, and a benchmark would measure without it.
    if library is not None and (set(" :") & set(str(library)) or not may(account, "-r", library)):
        raise EmbeddedPostgresError(
            f"{library} cannot be preloaded: {account.name} cannot read it, or a space or colon is in its path"
        )


def _open_log(file: Path) -> BinaryIO:
    if file.exists() and file.stat().st_size > LOG_BYTES:
        file.replace(file.with_name(f"{file.name}.1"))
    log = os.fdopen(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600), "ab")
    log.seek(0, os.SEEK_END)
    return log


def _read_since(file: Path, position: int) -> str:
    with file.open("rb") as log:
        log.seek(max(position, file.stat().st_size - LOG_TAIL_BYTES))
        return log.read().decode(errors="replace").strip()
