"""Tells a server that lives in a database folder from what a dead one left behind, and clears the latter away.

Key idea: PostgreSQL trusts any living process that has the number in `postmaster.pid`, be it a stranger (numbers repeat
in containers) or a zombie; we believe only one that runs `postgres` inside the folder. Refuses to remove anything while
a process of the old server is still there, and where the system does not show processes (it has no /proc): then
PostgreSQL decides, and its refusal says what to do.
"""

import os
import struct
import time
from pathlib import Path

import msgspec

from database.embedded import protocol
from database.embedded.errors import EmbeddedPostgresError
from database.embedded.waiting import is_alive, wait_gone

ORPHANS_SECONDS = 30.0  # processes of a killed server end within moments, but for one in a long computation
PROCESSES = Path("/proc")

_LINE_OF_SOCKET_FOLDER = 4  # counted from 0; the file's form is PostgreSQL's miscadmin.h
_STATE, _STATE_PLACE = struct.Struct("=i"), 16  # in pg_control, whose form is PostgreSQL's pg_control.h
_SHUT_DOWN = frozenset({1, 2})  # as a server, and as a copy of another one


class Postmaster(msgspec.Struct, frozen=True):
    """The living main process of a server; `socket_folder` is None in the first moments of its start."""

    pid: int
    socket_folder: Path | None


def find_postmaster(cluster: Path) -> Postmaster | None:
    """Return the main process of the server that lives in the database folder, or None."""
    try:
        lines = os.fsdecode((cluster / "postmaster.pid").read_bytes()).splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    if not _lives_in(cluster, pid):
        return None
    folder = "".join(lines[_LINE_OF_SOCKET_FOLDER : _LINE_OF_SOCKET_FOLDER + 1])
    return Postmaster(pid=pid, socket_folder=Path(folder) if folder else None)


def was_shut_down(cluster: Path) -> bool:
    """Whether the server that lived in the database folder last was stopped in order, by what its data say."""
    (state,) = _STATE.unpack_from((cluster / "global" / "pg_control").read_bytes(), _STATE_PLACE)
    return state in _SHUT_DOWN


def wait_for_orphans(cluster: Path) -> None:
    """Wait until the last process has ended of a server whose main process is gone.

    Raises EmbeddedPostgresError that names one which stays longer than ORPHANS_SECONDS.
    """
    if not PROCESSES.is_dir():
        return
    deadline = time.monotonic() + ORPHANS_SECONDS
    numbers = [int(entry.name) for entry in PROCESSES.iterdir() if entry.name.isdecimal()]
    for pid in (number for number in numbers if _lives_in(cluster, number)):
        if not wait_gone(pid, seconds=max(0.0, deadline - time.monotonic())):
            raise EmbeddedPostgresError(
                f"process {pid} of a PostgreSQL that was killed is still at work in {cluster}: wait for it, or end it "
                f"with `kill -QUIT {pid}`"
            )


def remove_lock_files(cluster: Path, socket_folder: Path) -> None:
    """Remove the lock files of a server that is gone.

    Call it only with the start lock and the server lock in hand, after `find_postmaster` and `wait_for_orphans`.
    """
    if PROCESSES.is_dir():
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        socket_file = protocol.socket_file(socket_folder)
        socket_file.with_name(f"{socket_file.name}.lock").unlink(missing_ok=True)


def _lives_in(cluster: Path, pid: int) -> bool:
    if not PROCESSES.is_dir():
        return is_alive(pid)
    process = PROCESSES / str(pid)
    try:
        program, folder = (process / "exe").readlink(), (process / "cwd").readlink()
    except PermissionError:  # also of root in a container, about an account that it lent to the server
        return _was_told_to_serve(cluster, process)
    except (FileNotFoundError, ProcessLookupError):
        return False  # gone, or a zombie
    return program.name.startswith("postgres") and folder == cluster


def _was_told_to_serve(cluster: Path, process: Path) -> bool:
    """Judge by the command line, which all may read; a server's other processes have none that tells."""
    try:
        return os.fsencode(f"\0-D\0{cluster}\0") in (process / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
