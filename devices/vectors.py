"""Runs files of byte vectors (`reader-vectors/1`) through the decoders and names what differs.

The key idea: a reader at a counter is reported as bytes with the events they should give, and a vector that does not
depend on timing must give them however the bytes arrive: whole, split at each place, and one by one. A difference
names the vector and the way its bytes were fed; it shows events, and those hold no refused number.
"""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from devices.decoder import Decoder
from devices.model import Event, ReaderProfile, Refused

AFTERWARDS_MS: Final = 10_000
TICK_MS: Final = 10

Feed = list[tuple[int, bytes]]


class Chunk(Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes in hexadecimal that arrive together at `at_ms`, `repeat` times in a row."""

    at_ms: int
    hex: str
    repeat: int = 1


class Vector(Struct, frozen=True, forbid_unknown_fields=True):
    """What arrives and what must come of it; a `masked` that is not given is not compared."""

    id: str
    profile: str
    chunks: list[Chunk]
    chunk_invariant: bool
    expect: list[Event]
    note: str = ""


class VectorsFile(Struct, frozen=True):
    """A whole file; fields that are not named here are for its readers."""

    format: Literal["reader-vectors/1"]
    profiles: dict[str, ReaderProfile]
    vectors: list[Vector]
    about: str = ""


class Difference(Struct, frozen=True):
    """A vector that gave other events than it should, and the way in which it was fed."""

    vector_id: str
    feeding: str
    expected: list[Event]
    given: list[Event]


def load_vectors(content: bytes) -> VectorsFile:
    """Read a file's content. Raises msgspec.ValidationError, or ValueError when a vector names no known profile."""
    file = msgspec.json.decode(content, type=VectorsFile)
    for vector in file.vectors:
        if vector.profile not in file.profiles:
            raise ValueError(f"{vector.id}: no profile {vector.profile!r} in this file")
    return file


def check_vectors(file: VectorsFile) -> Iterator[Difference]:
    """Run every vector in every way it must hold, and give what differs."""
    for vector in file.vectors:
        yield from check_vector(vector, file.profiles[vector.profile])


def count_feedings(vector: Vector) -> int:
    """Say in how many ways a vector is run."""
    return sum(1 for _ in _feedings(vector))


def check_vector(vector: Vector, profile: ReaderProfile) -> Iterator[Difference]:
    """Run one vector in every way it must hold, and give what differs."""
    for feeding, feed in _feedings(vector):
        given = run(feed, profile)
        if not agree(vector.expect, given):
            yield Difference(vector.id, feeding, vector.expect, given)


def feed_of(vector: Vector) -> Feed:
    """Give a vector's bytes as they are to arrive."""
    return [(chunk.at_ms, bytes.fromhex(chunk.hex) * chunk.repeat) for chunk in vector.chunks]


def run(feed: Feed, profile: ReaderProfile) -> list[Event]:
    """Decode chunks of (milliseconds, bytes) in rising time; afterwards the clock runs on until nothing can come."""
    decoder = Decoder(profile)
    events: list[Event] = []
    now_ms = 0
    for at_ms, data in feed:
        for tick_ms in range(now_ms, at_ms, TICK_MS):
            events += decoder.tick(tick_ms)
        events += decoder.feed(data, at_ms)
        now_ms = at_ms
    return events + decoder.tick(now_ms + AFTERWARDS_MS)


def _feedings(vector: Vector) -> Iterator[tuple[str, Feed]]:
    feed = feed_of(vector)
    yield "as given", feed
    if not vector.chunk_invariant:
        return
    data = b"".join(part for _, part in feed)
    yield "whole", [(0, data)]
    for place in range(1, len(data)):
        yield f"split at {place}", [(0, data[:place]), (0, data[place:])]
    yield "byte by byte", [(0, data[place : place + 1]) for place in range(len(data))]


def agree(expected: list[Event], given: list[Event]) -> bool:
    """Say whether events are those that were expected."""
    return len(expected) == len(given) and all(map(_is_as_expected, expected, given))


def _is_as_expected(expected: Event, given: Event) -> bool:
    if isinstance(expected, Refused) and expected.masked is None and isinstance(given, Refused):
        given = replace(given, masked=None)
    return given == expected
