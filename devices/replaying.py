"""A recording played to a till's own thread: on a simulated port, at the pace of a real line.

The key idea: `devices.vectors` proves the decoders; this proves all that stands before them as well (port, thread,
timing). Each vector has a port and a reader of its own, so that none speaks into another.
"""

import time
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from typing import Final

from devices.model import Event, ReaderProfile
from devices.simulator import SimulatedReader
from devices.transport import Condition, Reader
from devices.vectors import Difference, Vector, VectorsFile, agree, feed_of

PATIENCE_SECONDS: Final = 10.0
GRACE_MS: Final = 250


def replay(file: VectorsFile) -> Iterator[Difference | None]:
    """Play each vector in turn and give what differs, None where nothing does."""
    for vector in file.vectors:
        given = _play(vector, file.profiles[vector.profile])
        yield None if agree(vector.expect, given) else Difference(vector.id, "on a line", vector.expect, given)


def _play(vector: Vector, profile: ReaderProfile) -> list[Event]:
    heard: SimpleQueue[Event] = SimpleQueue()
    conditions: SimpleQueue[Condition] = SimpleQueue()
    with SimulatedReader() as device:
        reader = Reader(
            "replay",
            port=device.port,
            profile=profile,
            on_event=lambda _, event: heard.put(event),
            on_condition=lambda _, condition: conditions.put(condition),
        )
        with reader:
            conditions.get(timeout=PATIENCE_SECONDS)
            _send(vector, device)
            return _collect(vector, heard, (max(profile.stale_ms, profile.idle_ms) + GRACE_MS) / 1000)


def _send(vector: Vector, device: SimulatedReader) -> None:
    began = time.monotonic()
    for at_ms, data in feed_of(vector):
        # A line can only be later than its recording, never earlier.
        time.sleep(max(0.0, began + at_ms / 1000 - time.monotonic()))
        device.send(data)


def _collect(vector: Vector, heard: SimpleQueue[Event], quiet_seconds: float) -> list[Event]:
    """Take the events that are expected, and whatever else comes before the line has been quiet for long."""
    events: list[Event] = []
    try:
        while True:
            is_owed = len(events) < len(vector.expect)
            events.append(heard.get(timeout=PATIENCE_SECONDS if is_owed else quiet_seconds))
    except Empty:
        return events
