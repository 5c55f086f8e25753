from pathlib import Path

import pytest
from msgspec.structs import replace

from devices.profiles import READY_PROFILES, ready_profile
from devices.vectors import load_vectors

VECTORS = Path(__file__).parent.parent / "golden" / "readers.json"


def test_ready_profiles_are_those_the_vectors_prove() -> None:
    proven = load_vectors(VECTORS.read_bytes()).profiles
    assert {name: replace(p, own_prefixes=(), luhn=False) for name, p in proven.items()} == READY_PROFILES


def test_ready_profile_takes_the_prefixes_of_the_installation() -> None:
    profile = ready_profile("msr-cr", own_prefixes=["290", "L01"], luhn=True)
    assert (profile.kind, profile.own_prefixes, profile.luhn) == ("msr", ("290", "L01"), True)


def test_unknown_profile_is_refused_with_the_known_names() -> None:
    with pytest.raises(LookupError, match=r"no reader profile 'msr'; known are .*msr-cr"):
        ready_profile("msr", own_prefixes=["290"])
