"""Builds a library of a few lines of C that a program loads before all others."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

COMPILE_SECONDS: Final = 60


def build_preload(source: Path, folder: Path) -> Path | None:
    """Build it in a folder; None where there is no C compiler or the system has no such preloading."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux" or sys.maxsize < 2**32:
        return None
    library = folder / f"{source.stem}.so"
    command: list[str | Path] = [compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl", "-lpthread"]
    subprocess.run(command, check=True, timeout=COMPILE_SECONDS)
    return library
