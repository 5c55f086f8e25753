"""The audit of dependencies: clean, found, and not run, which is neither and says so by its exit code."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from tools.audit import CLEAN, FOUND, NOT_RUN, audit, judge

ROOT = Path(__file__).parent.parent
HASH = "0" * 64
NOWHERE = "http://127.0.0.1:9"


class Advisories(BaseHTTPRequestHandler):
    """An advisory source that knows of one flawed package."""

    flaws: ClassVar[dict[str, list[dict[str, object]]]] = {
        "flawed": [
            {
                "id": "EXAMPLE-1",
                "summary": "It fails.",
                "affected": [
                    {
                        "package": {"name": "flawed", "ecosystem": "PyPI"},
                        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}],
                        "versions": ["1.0"],
                    }
                ],
            }
        ]
    }

    def do_POST(self) -> None:
        """Answer what is known of a package."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"vulns": self.flaws.get(asked["package"]["name"], [])}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 # the name of its base class
        """Say nothing."""


@pytest.fixture
def source() -> Iterator[list[str]]:
    """Give the arguments that ask a source of advisories on this machine."""
    server = HTTPServer(("127.0.0.1", 0), Advisories)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield ["--vulnerability-service", "osv", "--osv-url", f"http://127.0.0.1:{server.server_port}/"]
    server.shutdown()
    thread.join()
    server.server_close()


def lock_of(folder: Path, name: str) -> Path:
    """Write a lock of one package."""
    lock = folder / "requirements.lock"
    lock.write_text(f"{name}==1.0 \\\n    --hash=sha256:{HASH}\n")
    return lock


def test_sound_package_passes(source: list[str], tmp_path: Path) -> None:
    code, said = audit(source, lock=lock_of(tmp_path, "sound"))
    assert (code, "No known vulnerabilities" in said) == (CLEAN, True), said


def test_flawed_package_is_named(source: list[str], tmp_path: Path) -> None:
    code, said = audit(source, lock=lock_of(tmp_path, "flawed"))
    assert (code, "EXAMPLE-1" in said, "2.0" in said) == (FOUND, True, True), said


def test_audit_that_could_not_be_run_never_passes_for_a_clean_one(tmp_path: Path) -> None:
    unreachable = ["--vulnerability-service", "osv", "--osv-url", NOWHERE]
    code, said = audit(unreachable, lock=lock_of(tmp_path, "sound"))
    assert code == NOT_RUN
    assert said.startswith("audit: not run: no advisory source can be reached")


def test_command_says_by_its_exit_code_that_it_was_not_run() -> None:
    away = os.environ | {"HTTPS_PROXY": NOWHERE, "HTTP_PROXY": NOWHERE, "ALL_PROXY": NOWHERE}
    done = subprocess.run(
        [sys.executable, "tools/audit.py"], cwd=ROOT, env=away, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (NOT_RUN, "")
    assert "not run" in done.stderr


@pytest.mark.parametrize(
    ("code", "told", "complaint", "means"),
    [
        (0, "", "No known vulnerabilities found", CLEAN),
        (1, "Name Version ID Fix Versions\n", "Found 1 known vulnerability", FOUND),
        (1, "", "requests.exceptions.ConnectionError: refused", NOT_RUN),
        (2, "", "", NOT_RUN),
    ],
)
def test_words_and_code_of_pip_audit_are_told_apart(code: int, told: str, complaint: str, means: int) -> None:
    assert judge(code, told, complaint)[0] == means
