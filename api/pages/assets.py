"""The files that pages load, and the addresses under which a browser may keep them for ever.

Key idea: the address of a file holds a hash of all of them, `/static/<release>/app.css`. A new release is a new
folder, so every answer is immutable, and a stylesheet or module that names its neighbour by a relative path gets the
neighbour of its own release. An address of another release is 404, never the wrong file.

Third-party files are put under `static/vendor` by the package build, with a stamp. `load_assets` checks it once, at
start; this module never fetches or repairs, it names the command that does.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
from litestar import Router
from litestar.datastructures import CacheControlHeader
from litestar.static_files import create_static_files_router

from api.auth.guards import public
from devices.printing.model import Fonts

STATIC = Path(__file__).parent / "static"
HASH_DIGITS = 12
CACHE_SECONDS = 365 * 24 * 60 * 60


class AssetsNotBuiltError(RuntimeError):
    """The third-party files are missing or not those of the lock; the text names the command that repairs it."""

    code = "assets_not_built"


class AssetUnknownError(LookupError):
    """A page named a file that is not among the assets: a mistake of the template."""

    code = "asset_unknown"


class Assets(msgspec.Struct, frozen=True):
    """Every file a page may load. `files` leads from the name pages use to the path under `static`."""

    release: str
    files: dict[str, str]

    @property
    def prefix(self) -> str:
        """The path all addresses begin with; no slash at its end."""
        return f"/static/{self.release}"

    def url(self, name: str) -> str:
        """Give the address of `app.css` (ours) or `htmx.js` (of others). Raises `AssetUnknownError`."""
        try:
            return f"{self.prefix}/{self.files[name]}"
        except KeyError:
            raise AssetUnknownError(f"no asset {name!r}; there are {', '.join(sorted(self.files))}") from None


class _Stamp(msgspec.Struct, frozen=True):
    """What the package build says of `vendor`: the hash of its lock, and file names by the name pages use."""

    lock: str
    files: dict[str, str]


def load_assets(static: Path = STATIC) -> Assets:
    """Read all assets once. Raises `AssetsNotBuiltError` where a third-party file is missing, changed or outdated."""
    vendored = {name: f"vendor/{file}" for name, file in _checked_stamp(static).files.items()}
    files = {path: path for path in _own_files(static)} | vendored
    digest = hashlib.sha256()
    for path in sorted(files.values()):
        digest.update(f"{path}\0{_digest(static / path)}\0".encode())
    return Assets(release=digest.hexdigest()[:HASH_DIGITS], files=files)


def fonts_of(assets: Assets, static: Path = STATIC) -> Fonts:
    """Give the fonts that printed cards are set in."""
    return Fonts(static / assets.files["noto-sans.ttf"], static / assets.files["noto-sans-bold.ttf"])


def static_files(assets: Assets, static: Path = STATIC) -> Router:
    """Serve the files of this release under `assets.prefix`; browsers keep them for a year without asking again."""
    return create_static_files_router(
        path=assets.prefix,
        directories=[static],
        cache_control=CacheControlHeader(max_age=CACHE_SECONDS, public=True, immutable=True),
        opt=dict(public),
    )


def _checked_stamp(static: Path) -> _Stamp:
    file = static / "vendor" / "stamp.json"
    lock = static.parents[2] / "package-lock.json"
    repair = "make setup" if lock.exists() else "pip install --force-reinstall tallycard"
    try:
        stamp = msgspec.json.decode(file.read_bytes(), type=_Stamp)
        broken = [name for name in stamp.files.values() if _digest(file.with_name(name))[:HASH_DIGITS] not in name]
    except (OSError, msgspec.DecodeError) as error:
        raise AssetsNotBuiltError(f"Web assets are not built ({error}). Run: {repair}") from error
    if broken:
        raise AssetsNotBuiltError(f"Web asset {broken[0]} is not the file that was built. Run: {repair}")
    if lock.exists() and _digest(lock) != stamp.lock:
        raise AssetsNotBuiltError(f"Web assets are of another package-lock.json. Run: {repair}")
    return stamp


def _own_files(static: Path) -> Iterator[str]:
    """All files beside `vendor`, by their path under `static`."""
    for file in static.rglob("*"):
        path = file.relative_to(static)
        if file.is_file() and path.parts[0] != "vendor":
            yield path.as_posix()


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
