"""What a real reader sends, kept as a vectors file that shows no card: made at a till, run by who mends a decoder.

The key idea: a recording is made of readings. Each begins with the first byte after silence and ends when the decoder
waits for nothing more; it is masked before it is kept, and what cannot be masked is only counted. The events that its
bytes give today stand beside them, so that the file is a regression test by itself.
"""

import random
from typing import Final

import msgspec

from devices.decoder import Decoder
from devices.masking import masked
from devices.model import ReaderProfile
from devices.vectors import Chunk, Vector, VectorsFile, run

MOST_READINGS: Final = 1_000
MOST_CHUNKS: Final = 1_000


class Recorder:
    """Takes what passes on one line and keeps it masked. `left_out` counts readings that could not be."""

    def __init__(self, profile_name: str, profile: ReaderProfile, rng: random.Random) -> None:
        self._profile_name = profile_name
        self._profile = profile
        self._rng = rng
        self._vectors: list[Vector] = []
        self._began_at_ms = 0
        self._chunks: list[tuple[int, bytes]] = []
        self._decoder = Decoder(profile)
        self.left_out = 0

    @property
    def count(self) -> int:
        """How many readings are kept."""
        return len(self._vectors)

    def hear(self, data: bytes, now_ms: int) -> None:
        """Take what passed at `now_ms`; without bytes it only lets time pass."""
        if data:
            self._began_at_ms = self._began_at_ms if self._chunks else now_ms
            self._chunks.append((now_ms - self._began_at_ms, data))
        events = self._decoder.feed(data, now_ms)
        if self._chunks and (not self._decoder.is_waiting or len(self._chunks) > MOST_CHUNKS):
            self._end(is_reading=bool(events))

    def content(self) -> bytes:
        """Give the file."""
        about = "Recorded at a till; every number and name in it is invented."
        file = VectorsFile("reader-vectors/1", {self._profile_name: self._profile}, self._vectors, about=about)
        return msgspec.json.format(msgspec.json.encode(file), indent=1)

    def _end(self, *, is_reading: bool) -> None:
        chunks, self._chunks = self._chunks, []
        self._decoder = Decoder(self._profile)
        if not is_reading or self.count >= MOST_READINGS:
            return
        mask = masked(b"".join(data for _, data in chunks), self._profile, self._rng)
        if mask is None:
            self.left_out += 1
            return
        feed = []
        for at_ms, data in chunks:
            feed.append((at_ms, mask[: len(data)]))
            mask = mask[len(data) :]
        self._vectors.append(
            Vector(
                id=f"recorded-{self.count + 1}",
                profile=self._profile_name,
                chunks=[Chunk(at_ms, data.hex()) for at_ms, data in feed],
                chunk_invariant=False,
                expect=run(feed, self._profile),
            )
        )
