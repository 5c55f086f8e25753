"""Starts programs as the account that PostgreSQL runs under.

Key idea: a program gets an environment made from nothing, the folder `/` and a session of its own, so that no `PG*`,
`LD_*` or odd locale of the caller reaches it, and Ctrl-C in a terminal reaches only us. Refuses to run without a limit.
"""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from database.embedded.account import Account
from database.embedded.errors import EmbeddedPostgresError

PROGRAM_SECONDS = 180.0  # initdb waits for the disk a thousand times; a slow one takes its time


def spawn(
    account: Account,
    arguments: Sequence[str | Path],
    *,
    home: Path,
    output: IO[bytes] | int,
    preload: Path | None = None,
    kept_open: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program with `home` as its HOME; all it prints goes to `output`, and it has input only if that is a pipe.

    `preload` is a library for it to load first, `kept_open` are the open files that it inherits. Raises
    EmbeddedPostgresError when the program cannot be started as that account.
    """
    environment = {"HOME": str(home), "LC_ALL": "C.UTF-8", "PATH": os.defpath}
    if preload is not None:
        environment["LD_PRELOAD"] = str(preload)
    try:
        return subprocess.Popen(  # noqa: S603 - no shell, and the programs are PostgreSQL's own
            arguments,
            stdin=subprocess.PIPE if output == subprocess.PIPE else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=account.uid if account.is_borrowed else None,
            group=account.gid if account.is_borrowed else None,
            extra_groups=[] if account.is_borrowed else None,
            env=environment,
            cwd="/",
            umask=0o077,
            pass_fds=kept_open,
            start_new_session=True,
        )
    except OSError as error:
        raise EmbeddedPostgresError(f"cannot start {arguments[0]} as {account.name}: {error.strerror}") from error


def complete(
    account: Account, arguments: Sequence[str | Path], *, home: Path, text: str = "", kept_open: Sequence[int] = ()
) -> tuple[int, str]:
    """Run a program to its end with `text` as its input; return its exit code and what it printed.

    Raises EmbeddedPostgresError when it cannot be started or takes longer than PROGRAM_SECONDS.
    """
    with spawn(account, arguments, home=home, output=subprocess.PIPE, kept_open=kept_open) as program:
        try:
            printed, _ = program.communicate(text.encode(), timeout=PROGRAM_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise EmbeddedPostgresError(f"{arguments[0]} did not end in {PROGRAM_SECONDS:.0f} s") from error
        finally:
            if program.poll() is None:
                os.killpg(program.pid, signal.SIGKILL)  # with what it has started itself
    return program.returncode, printed.decode(errors="replace").strip()


def may(account: Account, test: str, path: Path) -> bool:
    """Whether the account passes a test of `test(1)`: `-x` to enter a folder, `-r` to read a file.

    Asked as that account, for only the system knows all that counts: groups, access lists, mounts.
    """
    code, _ = complete(account, ["/bin/sh", "-c", 'test "$1" "$2"', "sh", test, path], home=Path("/"))
    return code == 0
