from pathlib import Path

import msgspec
import pytest

from devices.model import Ignored, Scan
from devices.vectors import Vector, VectorsFile, check_vector, load_vectors

FILE = load_vectors((Path(__file__).parent.parent / "golden" / "readers.json").read_bytes())


@pytest.mark.parametrize("vector", FILE.vectors, ids=lambda vector: vector.id)
def test_vector_gives_its_events_however_its_bytes_arrive(vector: Vector) -> None:
    assert [(d.feeding, d.given) for d in check_vector(vector, FILE.profiles[vector.profile])] == []


@pytest.mark.parametrize("vector", FILE.vectors[:40], ids=lambda vector: vector.id)
def test_vector_with_another_expectation_differs(vector: Vector) -> None:
    wrong = msgspec.structs.replace(vector, expect=[*vector.expect, Ignored("duplicate")])
    assert list(check_vector(wrong, FILE.profiles[vector.profile]))


def test_difference_names_the_vector_and_the_way_it_was_fed() -> None:
    vector = msgspec.structs.replace(FILE.vectors[0], expect=[Scan("2000000000022", "ean13")])
    first = next(check_vector(vector, FILE.profiles[vector.profile]))
    assert (first.vector_id, first.feeding, first.given) == (vector.id, "as given", [Scan("2000000000015", "ean13")])


def test_file_whose_vector_names_no_profile_is_refused() -> None:
    file = VectorsFile("reader-vectors/1", {}, [FILE.vectors[0]])
    with pytest.raises(ValueError, match=r"frame-lf: no profile 'scanner-lf'"):
        load_vectors(msgspec.json.encode(file))
