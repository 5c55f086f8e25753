"""Addresses of assets change with any content, and a tree that was not built is refused with the command to run."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from api.pages.assets import AssetsNotBuiltError, AssetUnknownError, load_assets, static_files

LIBRARY = b"var htmx;"
LIBRARY_NAME = f"htmx-{sha256(LIBRARY).hexdigest()[:12]}.min.js"


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """Lay out a checkout that was built: one file of ours, one of others, a stamp and its lock."""
    folder = tmp_path / "api" / "pages" / "static"
    (folder / "vendor").mkdir(parents=True)
    (folder / "app.css").write_text("body {}")
    (folder / "vendor" / LIBRARY_NAME).write_bytes(LIBRARY)
    (tmp_path / "package-lock.json").write_text("{}")
    stamp = {"lock": sha256(b"{}").hexdigest(), "files": {"htmx.js": LIBRARY_NAME}}
    (folder / "vendor" / "stamp.json").write_text(json.dumps(stamp))
    return folder


@pytest.fixture
def client(static: Path) -> Iterator[TestClient[Litestar]]:
    with TestClient(Litestar([static_files(load_assets(static), static)])) as client:
        yield client


def test_asset_is_served_to_be_kept_for_ever(static: Path, client: TestClient[Litestar]) -> None:
    answer = client.get(load_assets(static).url("htmx.js"))
    assert (answer.status_code, answer.content) == (200, LIBRARY)
    assert answer.headers["cache-control"] == "max-age=31536000, public, immutable"
    assert answer.headers["content-type"].startswith(("text/javascript", "application/javascript"))


def test_asset_of_another_release_is_not_found(client: TestClient[Litestar]) -> None:
    assert client.get("/static/000000000000/app.css").status_code == 404


def test_any_changed_file_changes_every_address(static: Path) -> None:
    before = load_assets(static)
    (static / "app.css").write_text("body { margin: 0 }")
    after = load_assets(static)
    assert before.url("app.css") != after.url("app.css")
    assert before.url("htmx.js") != after.url("htmx.js")


def test_same_files_have_the_same_addresses(static: Path) -> None:
    assert load_assets(static) == load_assets(static)


def test_unknown_asset_is_refused_with_the_known_names(static: Path) -> None:
    with pytest.raises(AssetUnknownError, match=r"no asset 'app\.js'; there are app\.css, htmx\.js"):
        load_assets(static).url("app.js")


def test_missing_stamp_names_the_command_that_repairs(static: Path) -> None:
    (static / "vendor" / "stamp.json").unlink()
    with pytest.raises(AssetsNotBuiltError, match="Run: make setup"):
        load_assets(static)


def test_changed_library_is_refused_before_a_page_loads_it(static: Path) -> None:
    (static / "vendor" / LIBRARY_NAME).write_bytes(b"var other;")
    with pytest.raises(AssetsNotBuiltError, match=r"htmx-.* is not the file that was built"):
        load_assets(static)


def test_library_of_another_lock_is_refused(static: Path) -> None:
    (static.parents[2] / "package-lock.json").write_text('{"newer": true}')
    with pytest.raises(AssetsNotBuiltError, match=r"another package-lock\.json"):
        load_assets(static)


def test_installed_package_has_no_lock_and_names_another_repair(static: Path) -> None:
    (static.parents[2] / "package-lock.json").unlink()
    assert load_assets(static).url("app.css").endswith("/app.css")
    (static / "vendor" / LIBRARY_NAME).unlink()
    with pytest.raises(AssetsNotBuiltError, match="Run: pip install --force-reinstall tallycard"):
        load_assets(static)
