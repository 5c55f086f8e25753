"""Makes `.venv`, the environment of this checkout, and makes it again whenever it no longer fits.

Key idea: each of the two steps leaves a stamp with the hash of what it was made from, removed first and written last.
A step whose stamp is right is passed over; one that was cut short has none, so the next run begins it again.

It runs on the system's Python with the standard library alone. It installs what `requirements.lock` names, each checked
against its hashes: binary wheels, and of the few packages that come as source alone what the tools of the lock build of
it. It never changes anything outside the checkout.
"""

import fcntl
import hashlib
import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
LOG = ENVIRONMENT / "setup.log"
LOCK = ROOT / "requirements.lock"
SOURCES = frozenset({"dkimpy"})
"""Packages whose makers give no wheels."""
INSTALL = ("-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar=off")
TOLD_LINES = 15


class SetupError(Exception):
    """The environment could not be made; the text says why and what to do."""


def main() -> None:
    """Bring the environment up to date, saying line by line what is being done; where all is in place it is instant."""
    try:
        if _packages_are_current() and _project_is_current():
            _make_assets()
        else:
            with _only_one_setup():
                set_up()
    except SetupError as error:
        sys.exit(f"setup: {error}")
    except KeyboardInterrupt:
        sys.exit("setup: stopped; `make setup` begins the unfinished step again")


def set_up() -> None:
    """Do the steps that are not done yet, in order. Raises `SetupError`."""
    if not _packages_are_current():
        _make_environment()
        _install_packages()
    _make_assets()
    _install_project()
    _say(f"done; the command is {ENVIRONMENT.name}/bin/tallycard")


def _make_environment() -> None:
    version = ".".join(str(part) for part in sys.version_info[:3])
    _say(f"environment {ENVIRONMENT.name} with Python {version}")
    try:
        venv.create(ENVIRONMENT, clear=True, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        advice = "on Debian and Ubuntu `apt-get install python3-venv` brings what is missing"
        raise SetupError(f"Python's venv failed ({error}); {advice}") from error


def _install_packages() -> None:
    """Install exactly the lock: exact versions with known hashes; one line for each package."""
    locked = re.findall(
        r"^([\w.-]+)(==.*?)(?=^[\w.-]+==|\Z)", LOCK.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    _say(f"packages: up to {len(locked)} of requirements.lock")
    wheels, sources = ENVIRONMENT / "wheels.lock", ENVIRONMENT / "sources.lock"
    wheels.write_text("".join(name + rest for name, rest in locked if name not in SOURCES), encoding="utf-8")
    sources.write_text("".join(name + rest for name, rest in locked if name in SOURCES), encoding="utf-8")
    _install("--require-hashes", "--only-binary=:all:", "--requirement", wheels)
    _install("--require-hashes", "--no-deps", "--no-build-isolation", "--requirement", sources)
    _stamp("packages").write_text(_packages_digest(), encoding="utf-8")


def _install(*arguments: str | Path) -> None:
    taken = 0
    for line in _lines_of((PYTHON, *INSTALL, *arguments)):
        if found := re.match(r"Collecting ([\w.-]+==\S+)", line):
            taken += 1
            _say(f"  {taken:2} {found[1].replace('==', ' ')}")
        elif line.startswith("Installing collected packages"):
            _say("  unpacking them")


def _make_assets() -> None:
    """Let the build fetch what pages load; it sees by itself, and at once, when there is nothing to do."""
    for line in _lines_of((PYTHON, "build_assets.py")):
        _say(line.rstrip())


def _install_project() -> None:
    _say("tallycard itself, from this checkout")
    _stamp("project").unlink(missing_ok=True)
    for _ in _lines_of((PYTHON, *INSTALL, "--no-build-isolation", "--no-deps", "--editable", ".")):
        pass  # what pip tells goes to the log
    _stamp("project").write_text(_project_digest(), encoding="utf-8")


def _lines_of(arguments: Sequence[str | Path]) -> Iterator[str]:
    """Run a command in the checkout and give its output by lines, kept in the log; raise with the last of them."""
    lines: list[str] = []
    with (
        subprocess.Popen(
            arguments, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process,
        LOG.open("a", encoding="utf-8") as log,
    ):
        for line in process.stdout or ():
            log.write(line)
            lines.append(line.rstrip())
            yield line
    if process.returncode:
        last = "\n".join(lines[-TOLD_LINES:])
        raise SetupError(f"this went wrong; repeat with `make setup` (all of it: {LOG}):\n{last}")


def _packages_are_current() -> bool:
    return PYTHON.exists() and _reads(_stamp("packages"), _packages_digest())


def _project_is_current() -> bool:
    return _reads(_stamp("project"), _project_digest())


def _packages_digest() -> str:
    """Hash what the packages were made from. The folder is part of it: scripts name their interpreter by full path."""
    return _digest(str(ENVIRONMENT).encode(), LOCK.read_bytes())


def _project_digest() -> str:
    files = ("pyproject.toml", "package-lock.json", "build_assets.py")
    return _digest(_packages_digest().encode(), *((ROOT / name).read_bytes() for name in files))


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _reads(stamp: Path, digest: str) -> bool:
    try:
        return stamp.read_text(encoding="utf-8") == digest
    except OSError:
        return False


def _stamp(step: str) -> Path:
    return ENVIRONMENT / f"{step}.stamp"


@contextmanager
def _only_one_setup() -> Iterator[None]:
    """Hold the checkout for one setup at a time; a second one is refused instead of spoiling the first."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise SetupError("another setup runs in this folder; repeat when it has ended") from None
    finally:
        os.close(folder)


def _say(text: str) -> None:
    sys.stdout.write(f"setup: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
