"""Builds the library that makes flushes slow; a virtual disk acknowledges them far faster than a shop's does."""

import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_name("slow_flush.c")
COMPILE_SECONDS = 60


def build_slow_flush(folder: Path, milliseconds: float) -> Path | None:
    """Build it for so long a delay; None where there is no C compiler or the system has no such preloading."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        return None
    library = folder / "slow_flush.so"
    delay = f"-DDELAY_US={round(milliseconds * 1000)}"
    command: list[str | Path] = [compiler, "-shared", "-fPIC", "-O2", delay, "-o", library, SOURCE, "-ldl"]
    subprocess.run(command, check=True, timeout=COMPILE_SECONDS)
    library.chmod(0o644)  # for the account that PostgreSQL runs under, whatever the umask
    return library
