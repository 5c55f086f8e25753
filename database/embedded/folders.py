"""The folders and files of an embedded PostgreSQL.

    data/                  the caller's, open to enter, so that the server's account can pass
        pg/                the database folder, 0700 of the server's account
        pg.new/            one being made
        socket/            0700 of the server's account
        start.lock  server.lock  postgres.log  pg_hba.conf  pg_ident.conf  programs-*/

Key idea: the log and what says who may connect stand in the caller's own folder, out of reach of the account that the
server borrows. Refuses a data folder that this account cannot enter and a socket folder that is not its alone.
"""

import os
import stat
import tempfile
from pathlib import Path

import msgspec

from database.embedded import protocol
from database.embedded.account import Account, choose_account, entry_of
from database.embedded.child import may
from database.embedded.errors import EmbeddedPostgresError

OPEN_TO_ALL = Path("/var/lib/tallycard")
LONGEST_SOCKET_PATH = 100  # bytes; the system's limit is 107 on Linux and 103 elsewhere


class Folders(msgspec.Struct, frozen=True):
    """Where everything of one embedded PostgreSQL lies; `data` is absolute and without links."""

    data: Path

    @property
    def cluster(self) -> Path:
        """The database folder, whole or absent."""
        return self.data / "pg"

    @property
    def half_made_cluster(self) -> Path:
        """The database folder while it is being made."""
        return self.data / "pg.new"

    @property
    def start_lock(self) -> Path:
        """Held by whoever is starting the server."""
        return self.data / "start.lock"

    @property
    def server_lock(self) -> Path:
        """Held by every process of the server."""
        return self.data / "server.lock"

    @property
    def log(self) -> Path:
        """What the server has to say."""
        return self.data / "postgres.log"

    @property
    def access_rules(self) -> Path:
        """The server's `hba_file`."""
        return self.data / "pg_hba.conf"

    @property
    def access_names(self) -> Path:
        """The server's `ident_file`."""
        return self.data / "pg_ident.conf"


def default_data_folder(preferred: Path) -> Path:
    """Return `preferred` if the server's account can come to it, else its mirror in /var/lib/tallycard.

    Only root ever gets the second: a checkout in root's home is closed to the account that the server has to borrow. So
    `/root/shop/.data` becomes `/var/lib/tallycard/root/shop/.data`, and two checkouts do not meet. Nothing is made yet.
    Raises EmbeddedPostgresError when there is no account to run under.
    """
    preferred = preferred.resolve()
    account = choose_account(Folders(preferred).cluster)
    if not account.is_borrowed or _can_enter(account, preferred.parent):
        return preferred
    return OPEN_TO_ALL.joinpath(*preferred.parts[1:])


def prepare_data_folder(folders: Folders, account: Account) -> None:
    """Make the data folder when needed, whatever the umask.

    Raises EmbeddedPostgresError, having made nothing, if `account` cannot enter it.
    """
    data = folders.data
    if not _can_enter(account, data) and not _opened(data, account):
        raise EmbeddedPostgresError(
            f"the account {account.name}, under which PostgreSQL would run, cannot enter {data}: choose a data folder "
            f"that it can (TALLYCARD_DATA), such as {OPEN_TO_ALL}, or start Tallycard as an ordinary user"
        )
    for folder in reversed([folder for folder in (data, *data.parents) if not folder.exists()]):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)


def prepare_socket_folder(folders: Folders, account: Account) -> Path:
    """Return the folder of the server's socket, made when needed: inside the data folder, or a short one elsewhere.

    Raises EmbeddedPostgresError if it is not a folder of `account` alone, as when somebody else made it.
    """
    folder = folders.data / "socket"
    if not _can_be_addressed(folder):
        folder = Path(tempfile.gettempdir()) / f"tallycard-{account.uid}-{folders.data.stat().st_ino}"
    if not _can_be_addressed(folder):
        raise EmbeddedPostgresError(f"{folder} is too long a path for a socket: set TMPDIR to a short one")
    if not os.path.lexists(folder):
        folder.mkdir(mode=0o700)
        if account.is_borrowed:
            os.chown(folder, account.uid, account.gid)
    found = folder.lstat()
    if (stat.S_IFMT(found.st_mode), stat.S_IMODE(found.st_mode), found.st_uid) != (stat.S_IFDIR, 0o700, account.uid):
        raise EmbeddedPostgresError(f"{folder} is not a folder of {account.name} alone: remove it and start again")
    return folder


def _can_enter(account: Account, folder: Path) -> bool:
    nearest = next(made for made in (folder, *folder.parents) if made.exists())
    return may(account, "-x", nearest)


def _opened(data: Path, account: Account) -> bool:
    """Let others pass a data folder that root made under a strict umask: pass, not list; never root's home."""
    is_ours = account.is_borrowed and data.exists() and data.stat().st_uid == os.geteuid()
    if not is_ours or data == Path(entry_of(os.geteuid()).pw_dir) or not _can_enter(account, data.parent):
        return False
    data.chmod(stat.S_IMODE(data.stat().st_mode) | stat.S_IXGRP | stat.S_IXOTH)
    return _can_enter(account, data)


def _can_be_addressed(folder: Path) -> bool:
    # A comma parts several hosts in a connection's address, so no driver could be told of such a folder.
    return len(os.fsencode(protocol.socket_file(folder))) <= LONGEST_SOCKET_PATH and "," not in str(folder)
