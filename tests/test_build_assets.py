"""The build takes third-party files from npm by a lock without addresses, and nothing at all once they are right."""

import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from build_assets import ASSETS, _is_current

ROOT = Path(__file__).parent.parent


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Copy what the build needs, and the assets of the checkout, as a machine without a network would."""
    for name in ("build_assets.py", "package.json", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "api/pages/static/vendor", vendor(tmp_path))
    return tmp_path


def vendor(root: Path) -> Path:
    return root / "api/pages/static/vendor"


def test_right_stamp_needs_neither_network_nor_home(built: Path) -> None:
    done = run_without_a_registry(built)
    assert (done.returncode, done.stdout) == (0, f"web assets: {len(ASSETS)} in place\n")


def test_unreachable_registry_is_told_with_what_to_do(built: Path) -> None:
    (vendor(built) / "stamp.json").unlink()
    done = run_without_a_registry(built)
    assert done.returncode == 1
    assert "ECONNREFUSED" in done.stderr
    assert "run `make setup` again" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("damage", ["nothing", "asset missing", "asset changed", "other lock", "no stamp"])
def test_only_an_undamaged_build_counts_as_current(built: Path, damage: str) -> None:
    lock_hash = sha256((built / "package-lock.json").read_bytes()).hexdigest()
    stamp = vendor(built) / "stamp.json"
    asset = stamp.with_name(json.loads(stamp.read_text())["files"]["htmx.js"])
    match damage:
        case "asset missing":
            asset.unlink()
        case "asset changed":
            asset.write_text("other")
        case "other lock":
            lock_hash = sha256(b"other").hexdigest()
        case "no stamp":
            stamp.unlink()
    assert _is_current(vendor(built), lock_hash) == (damage == "nothing")


def run_without_a_registry(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the build with an empty home and a registry at a reserved port, where nothing ever listens."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": "", "npm_config_registry": "http://127.0.0.1:1/"}
    command = [sys.executable, "build_assets.py"]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
