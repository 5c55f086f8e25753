from pathlib import Path

from msgspec.structs import replace

from devices.model import Scan
from devices.replaying import replay
from devices.vectors import VectorsFile, load_vectors

FILE = load_vectors((Path(__file__).parent.parent / "golden" / "readers.json").read_bytes())
PLAYED = ("frame-cr", "frame-stale-drop", "msr-track-cr", "ssi-noise-before")


def played(*ids: str) -> VectorsFile:
    return replace(FILE, vectors=[vector for vector in FILE.vectors if vector.id in ids])


def test_recording_gives_its_events_on_a_line_as_well() -> None:
    file = played(*PLAYED)
    assert list(replay(file)) == [None] * len(file.vectors)


def test_recording_that_gives_others_is_named() -> None:
    (vector,) = played("frame-cr").vectors
    wrong = replace(FILE, vectors=[replace(vector, expect=[Scan("2000000000022", "ean13")])])
    (difference,) = replay(wrong)
    assert difference is not None
    assert (difference.vector_id, difference.given) == ("frame-cr", vector.expect)
