"""Chooses the operating system account that PostgreSQL runs under.

PostgreSQL refuses to run as root. Key idea: root lends it an account that exists already (the owner of the data, else
`postgres`, else `nobody`); anybody else runs it under his own. Refuses to create accounts, and to touch a database
folder of somebody the caller cannot act for.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from database.embedded.errors import EmbeddedPostgresError

if TYPE_CHECKING:
    import pwd

LENT_BY_ROOT = ("postgres", "nobody")


class Account(msgspec.Struct, frozen=True):
    """Who PostgreSQL runs as. `is_borrowed` when that is not the caller, who is root then."""

    name: str
    uid: int
    gid: int
    is_borrowed: bool

    @classmethod
    def of(cls, entry: pwd.struct_passwd) -> Self:
        """Account of an entry of the system's list of users."""
        return cls(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, is_borrowed=entry.pw_uid != os.geteuid())


def choose_account(cluster: Path) -> Account:
    """Account for the server of the database folder `cluster`, which need not exist yet.

    Raises EmbeddedPostgresError when root has no account to lend, when the caller has no name (PostgreSQL and its peer
    authentication need one), or when the folder belongs to somebody the caller cannot act for.
    """
    caller, owner = os.geteuid(), _owner(cluster)
    if caller == 0:
        return _account_lent_by_root(cluster, owner)
    if owner is not None and owner != caller:
        raise EmbeddedPostgresError(
            f"{cluster} belongs to {_named(owner)}, and you are {_named(caller)}: start Tallycard as "
            f"{_named(owner)} or as root, or choose another data folder"
        )
    return _account_of(caller)


def entry_of(account: int | str) -> pwd.struct_passwd:
    """Entry of the system's list of users, by number or by name. Raises KeyError."""
    import pwd  # noqa: PLC0415 - POSIX alone has it, and the commands of a till load this module under Windows too

    return pwd.getpwuid(account) if isinstance(account, int) else pwd.getpwnam(account)


def _account_lent_by_root(cluster: Path, owner: int | None) -> Account:
    if owner == 0:
        raise EmbeddedPostgresError(
            f"{cluster} belongs to root, under whom PostgreSQL refuses to run: give it to an account without "
            f"privileges, for example with `chown -R {LENT_BY_ROOT[0]} {cluster}`"
        )
    if owner is not None:
        return _account_of(owner)
    for name in LENT_BY_ROOT:
        try:
            return Account.of(entry_of(name))
        except KeyError:
            continue
    raise EmbeddedPostgresError(
        "PostgreSQL refuses to run as root, and there is no account without privileges to run it under "
        f"(looked for {' and '.join(LENT_BY_ROOT)}): start Tallycard as an ordinary user"
    )


def _account_of(uid: int) -> Account:
    try:
        return Account.of(entry_of(uid))
    except KeyError as error:
        raise EmbeddedPostgresError(
            f"{_named(uid)} is not in the system's list of users: PostgreSQL runs only under an account that has a name"
        ) from error


def _owner(path: Path) -> int | None:
    try:
        return path.lstat().st_uid
    except FileNotFoundError:
        return None


def _named(uid: int) -> str:
    try:
        return entry_of(uid).pw_name
    except KeyError:
        return f"user number {uid}"
