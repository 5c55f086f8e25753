"""Makes the database folder, knows its version, and says who may connect to it.

Key idea: the folder is made under another name and renamed when it is whole, so that a killed start leaves no half.
Refuses a folder of another major version: PostgreSQL cannot read it, and converting it is a person's decision.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from database.embedded import protocol
from database.embedded.account import Account, entry_of
from database.embedded.child import complete
from database.embedded.errors import EmbeddedPostgresError
from database.embedded.folders import Folders
from database.embedded.programs import Programs


def create_cluster(
    folders: Folders, programs: Programs, *, account: Account, start_lock: int, is_durable: bool = True
) -> None:
    """Make the database folder with an empty database `tallycard`, in UTF-8, ordered by code point, with checksums.

    `start_lock` is the open file of the start lock: the programs hold it too, so that one that outlives a killed start
    is waited for by the next. Not `is_durable` does not wait for the disk, for tests. Raises EmbeddedPostgresError with
    what a program said.
    """
    new = folders.half_made_cluster
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    if account.is_borrowed:
        os.chown(new, account.uid, account.gid)
    for arguments, text in _steps(programs.folder, new, is_durable=is_durable):
        code, printed = complete(account, arguments, home=folders.data, text=text, kept_open=[start_lock])
        if code != 0:
            raise EmbeddedPostgresError(f"{arguments[0]} ended with code {code}:\n{printed}")
    new.rename(folders.cluster)
    _sync(folders.data)


def check_major_version(folders: Folders, programs: Programs) -> None:
    """Raise EmbeddedPostgresError unless the database folder was made by the major version of `programs`."""
    try:
        made_by = (folders.cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError as error:
        raise EmbeddedPostgresError(
            f"{folders.cluster} is no database of PostgreSQL (no PG_VERSION): move it away to start with a new one"
        ) from error
    if made_by != str(programs.major):
        raise EmbeddedPostgresError(
            f"the database in {folders.cluster} was made by PostgreSQL {made_by}, and the programs in "
            f"{programs.folder} are PostgreSQL {programs.version}; nothing was changed. Start the version of Tallycard "
            f"that made it, dump the database with pg_dump, move {folders.cluster} away and load the dump into a new "
            "one; or convert it with pg_upgrade, which needs the programs of both versions"
        )


def write_access_rules(folders: Folders) -> None:
    """Let in the caller, root and the owner of the data folder, by who the system says they are, and nobody else.

    There is no password to keep, and others who share the server's account, as they may with `nobody`, stay outside.
    """
    _replace(folders.access_rules, "local all all peer map=tallycard\n")
    names = _names({0, os.geteuid(), folders.data.stat().st_uid})
    _replace(folders.access_names, "".join(f'tallycard "{name}" {protocol.USER}\n' for name in names))


def _steps(programs: Path, new: Path, *, is_durable: bool) -> Iterator[tuple[list[str | Path], str]]:
    """Programs to run, one after the other, each with its input."""
    shape = ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--auth=peer", f"--username={protocol.USER}"]
    yield [programs / "initdb", "-D", new, *shape, "--no-instructions", "--no-sync"], ""
    calm = ["-c", "exit_on_error=on", "-c", "fsync=off", "-c", "log_checkpoints=off"]
    yield [programs / "postgres", "--single", "-D", new, *calm, "postgres"], f"CREATE DATABASE {protocol.DATABASE}\n"
    if is_durable:  # once for all that was written
        yield [programs / "initdb", "-D", new, "--sync-only"], ""


def _names(uids: set[int]) -> list[str]:
    names = []
    for uid in sorted(uids):
        with suppress(KeyError):  # a volume of a container may belong to nobody whom it knows
            names.append(entry_of(uid).pw_name)
    return names


def _replace(file: Path, text: str) -> None:
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o644, exist_ok=False)
    new.chmod(0o644)  # whatever the umask: the server's account has to read it
    new.write_text(text)
    new.rename(file)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
