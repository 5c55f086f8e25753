"""Looks for known flaws in what is installed: `make audit`.

The advisory source of pip-audit is asked of each package of requirements.lock, by name and version. Exit code 0: none
is known. 1: some are, and are listed. 69 (EX_UNAVAILABLE): it was not run, because no advisory source can be reached;
that says nothing of any package, so it never passes for a clean result. Arguments are passed on to pip-audit.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

LOCK = Path(__file__).parent.parent / "requirements.lock"
CLEAN, FOUND, NOT_RUN = 0, 1, 69
LONGEST_SECONDS = 600
_SIGNS = ("ConnectionError", "Connection refused", "Max retries", "Failed to resolve", "ProxyError", "timed out")


def audit(arguments: Sequence[str], *, lock: Path = LOCK) -> tuple[int, str]:
    """Run pip-audit over the lock; give the exit code and what to say."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--disable-pip", "--no-deps"]
    command += ["--progress-spinner", "off", "--format", "columns", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return NOT_RUN, not_run(f"it did not answer within {LONGEST_SECONDS} seconds")
    return judge(done.returncode, done.stdout, done.stderr)


def judge(code: int, told: str, complaint: str) -> tuple[int, str]:
    """Say what an exit code of pip-audit and its words mean: it ends with 1 for a flaw and for a failure alike."""
    if code == CLEAN:
        return CLEAN, f"{told}{complaint}".strip()
    if code == FOUND and told.strip():
        return FOUND, f"{complaint}{told}".strip()
    reason = next(
        (sign for sign in _SIGNS if sign in complaint), complaint.strip().splitlines()[-1] if complaint else ""
    )
    return NOT_RUN, not_run(reason or f"pip-audit ended with {code}")


def not_run(reason: str) -> str:
    """Say that nothing was looked at, and why."""
    return f"audit: not run: no advisory source can be reached ({reason})"


if __name__ == "__main__":
    result, said = audit(sys.argv[1:])
    print(said, file=sys.stderr if result == NOT_RUN else sys.stdout)
    sys.exit(result)
