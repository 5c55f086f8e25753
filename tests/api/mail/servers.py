"""Debian's mail servers on loopback, each with a configuration and folders of its own: Dovecot for IMAP, Postfix for SMTP.

Dovecot runs as any user; Postfix is started by root alone. Nothing of the machine's own configuration is read.
"""

import grp
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "a-password-of-the-tests"
NOBODY = "nobody"
START_SECONDS = 20

_DOVECOT = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
instance_name = tallycard-tests
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
first_valid_gid = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""
_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = /
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.shop.example
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
smtp_dns_support_level = disabled
virtual_mailbox_domains = shop.example, example.com
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/boxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_reject_unlisted_recipient = no
alias_maps =
alias_database =
"""
_SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Imap:
    """A Dovecot with a mailbox for every name; mail is put into it as files."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    def put(self, user: str, *letters: bytes, box: str = "") -> None:
        """Put messages into a folder of a user, as a mail server delivers them."""
        for letter in letters:
            home = self.folder / "mail" / user / box
            for part in ("cur", "new", "tmp"):
                (home / part).mkdir(parents=True, exist_ok=True)
            number = len(list((home / "new").iterdir())) + len(list((home / "cur").iterdir()))
            (home / "new" / f"{time.time_ns()}.{number}.tests").write_bytes(letter)
        own(self.folder / "mail")


def own(folder: Path) -> None:
    """Give a folder to whom the servers store mail as."""
    if os.getuid() == 0:
        owner = mail_owner()
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid)


def mail_owner() -> pwd.struct_passwd:
    """Give the account that mail is stored as: ours, or nobody where root runs the servers."""
    return pwd.getpwnam(NOBODY) if os.getuid() == 0 else pwd.getpwuid(os.getuid())


@contextmanager
def dovecot(folder: Path) -> Iterator[Imap]:
    """Run a Dovecot; where there is none the test is skipped."""
    program = _find("dovecot")
    owner, port = mail_owner(), _free_port()
    is_root = os.getuid() == 0
    (folder / "mail").mkdir(parents=True, exist_ok=True)
    own(folder / "mail")
    internal = "dovecot" if is_root else owner.pw_name
    group = "dovecot" if is_root else grp.getgrgid(owner.pw_gid).gr_name
    config = folder / "dovecot.conf"
    config.write_text(
        _DOVECOT.format(
            folder=folder, port=port, password=PASSWORD, uid=owner.pw_uid, gid=owner.pw_gid,
            internal=internal, internal_group=group, login="dovenull" if is_root else owner.pw_name,
        )
    )  # fmt: skip
    process = subprocess.Popen([program, "-F", "-c", str(config)])
    try:
        _wait_for(port, folder / "dovecot.log")
        yield Imap(folder, port)
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


@contextmanager
def postfix(folder: Path) -> Iterator[int]:
    """Run a Postfix that stores mail where the Dovecot of the same folder serves it; gives its port.

    What goes to anybody else than `shop@shop.example` and `anna@example.com` is taken and comes back. Where there is
    no Postfix, or nobody is root, the test is skipped.
    """
    program = _find("postfix")
    if os.getuid() != 0:
        pytest.skip("Postfix is started by root alone")
    owner, port = mail_owner(), _free_port()
    config = folder / "postfix"
    for one in (config, folder / "queue", folder / "data"):
        one.mkdir()
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    values = {"folder": folder, "port": port, "uid": owner.pw_uid, "gid": owner.pw_gid}
    (config / "main.cf").write_text(_MAIN.format(**values))
    (config / "master.cf").write_text(_SERVICES.format(**values))
    (folder / "boxes").write_text("shop@shop.example shop/\nanna@example.com anna/\n")
    subprocess.run([program, "-c", str(config), "start"], check=True, capture_output=True, timeout=START_SECONDS)
    try:
        _wait_for(port, folder / "postfix.log")
        yield port
    finally:
        subprocess.run([program, "-c", str(config), "stop"], check=False, capture_output=True, timeout=START_SECONDS)


def _find(program: str) -> str:
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is not None:
        return found
    pytest.skip(f"there is no {program} on this machine")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _wait_for(port: int, log: Path) -> None:
    """Wait until somebody listens."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the server does not come up: {log.read_text() if log.exists() else 'it logs nothing'}")
