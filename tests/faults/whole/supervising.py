"""What the system does for programs that end: it starts them again, after the pause that our systemd units name.

Key idea: a campaign plays systemd and nothing more. It reads `RestartSec` from the units that are shipped, and starts a
program again only when it has ended; one that hangs stays as it is.
"""

import asyncio
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.faults.shop import Program

UNITS: Final = Path(__file__).parents[3] / "docs" / "systemd"
_PAUSE: Final = re.compile(r"^RestartSec=(\d+)$", re.MULTILINE)


def restart_seconds(unit: str) -> int:
    """Read from a unit how long it waits before it starts its program again; it must do so always."""
    text = (UNITS / f"{unit}.service").read_text(encoding="utf-8")
    found = _PAUSE.search(text)
    assert "\nRestart=always\n" in text, f"{unit} is not started again"
    assert found is not None, f"{unit} does not say after how long"
    return int(found[1])


@asynccontextmanager
async def supervised(programs: Mapping[str, tuple[Program, str]]) -> AsyncIterator[Counter[str]]:
    """Start programs again, each as its unit says, as long as the context lasts; counts how often, by name."""
    starts: Counter[str] = Counter()
    keepers = [
        asyncio.create_task(_keep(program, restart_seconds(unit), name, starts))
        for name, (program, unit) in programs.items()
    ]
    try:
        yield starts
    finally:
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)


async def _keep(program: Program, pause: int, name: str, starts: Counter[str]) -> None:
    while True:
        await ended(program.pid)
        await asyncio.sleep(pause)
        if program.has_ended:
            program.start()
            starts[name] += 1


async def ended(pid: int) -> None:
    """Wait until a process of ours has ended."""
    loop, is_over = asyncio.get_running_loop(), asyncio.Event()
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop.add_reader(handle, is_over.set)
    try:
        await is_over.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)
