"""What a program wrote to an SQLite file, act by act, and the disks that a power cut could have left of it.

Key idea: a disk keeps what was written before the last flush that had ended, and of what came after it whatever it
likes: nothing, all, the first part, or single sectors of it, torn at any byte. So from one trace of a real run come as
many power cuts as are wanted, at every place of it.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final, Literal

from msgspec import Struct

from tests.faults.preload import build_preload

SOURCE: Final = Path(__file__).with_name("disk_trace.c")
SECTOR: Final = 512
_HEAD: Final = struct.Struct("<qqqc15s")

Files = dict[str, bytes]
"""What stands in the files, by what follows the database's path in theirs: "" is the database itself."""


class Act(Struct, frozen=True):
    """One act on a file: bytes written at an offset, a size that was set (in `offset`), or a flush that ended.

    `at` is the moment just before it, in nanoseconds of the clock that never jumps.
    """

    at: int
    file: str
    kind: Literal["w", "t", "s"]
    offset: int
    data: bytes


def build_trace(folder: Path) -> Path | None:
    """Build the library that notes acts; None where it cannot be built."""
    return build_preload(SOURCE, folder)


def traced(library: Path, database: Path, trace: Path) -> dict[str, str]:
    """Give the environment of a program whose acts on a database and its log are to be noted."""
    return {"LD_PRELOAD": str(library), "TRACE_PATH": str(database.resolve()), "TRACE_FILE": str(trace)}


def read_trace(trace: Path) -> list[Act]:
    """Read what was noted; a note that the program's own end cut off is none."""
    data, place, acts = trace.read_bytes(), 0, []
    while place + _HEAD.size <= len(data):
        at, offset, length, kind, suffix = _HEAD.unpack_from(data, place)
        place += _HEAD.size
        if place + length > len(data):
            break
        name = suffix.partition(b"\0")[0].decode()
        acts.append(Act(at, name, kind.decode(), offset, data[place : place + length]))
        place += length
    return acts


def power_cuts(before: Mapping[str, bytes], acts: Sequence[Act], places: Sequence[int], rng: Random) -> Iterator[Files]:
    """Give the disk as a cut just before each of these acts (by place, ascending) could have left it."""
    flushed = {name: bytearray(content) for name, content in before.items()}
    pending: list[Act] = []
    done = 0
    for place in places:
        for act in acts[done:place]:
            if act.kind == "s":
                for one in [one for one in pending if one.file == act.file]:
                    _do(flushed, one)
                pending = [one for one in pending if one.file != act.file]
            else:
                pending.append(act)
        done = max(done, place)
        yield _cut(flushed, pending, rng)


def _do(files: dict[str, bytearray], act: Act) -> None:
    content = files.setdefault(act.file, bytearray())
    if act.kind == "t":
        content[:] = content[: act.offset].ljust(act.offset, b"\0")
        return
    end = act.offset + len(act.data)
    content.extend(b"\0" * (end - len(content)))
    content[act.offset : end] = act.data


def _cut(flushed: Mapping[str, bytearray], pending: Sequence[Act], rng: Random) -> Files:
    files = {name: bytearray(content) for name, content in flushed.items()}
    for act in _survivors(pending, rng):
        _do(files, act)
    return {name: bytes(content) for name, content in files.items()}


def _survivors(pending: Sequence[Act], rng: Random) -> list[Act]:
    """Choose what of the acts since the last flush reached the disk."""
    match rng.choice(("nothing", "all", "the first", "sectors")):
        case "nothing":
            return []
        case "all":
            return list(pending)
        case "the first":
            kept = rng.randrange(len(pending) + 1)
            torn = [_torn(act, rng) for act in pending[kept : kept + 1]]
            return [*pending[:kept], *torn]
        case _:
            return [part for act in pending for part in _sectors(act, rng) if rng.random() < 0.5]


def _torn(act: Act, rng: Random) -> Act:
    """Give an act that stopped at some byte."""
    return act if act.kind == "t" else Act(act.at, act.file, "w", act.offset, act.data[: rng.randrange(len(act.data))])


def _sectors(act: Act, rng: Random) -> Iterator[Act]:
    """Give the sectors of an act, the last of them torn now and then."""
    if act.kind == "t":
        yield act
        return
    for start in range(0, len(act.data), SECTOR):
        part = Act(act.at, act.file, "w", act.offset + start, act.data[start : start + SECTOR])
        yield _torn(part, rng) if rng.random() < 0.1 else part
