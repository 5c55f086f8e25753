"""Ranges of recordings (RFC 9110, 14.2): whole, a part, the last bytes, and parts that are not there."""

import pytest

from api.recordings import MOST_PART, Part, read_range

WHOLE = Part(0, 100, is_whole=True)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (None, WHOLE),
        ("bytes=0-9", Part(0, 10)),
        ("bytes=90-", Part(90, 10)),
        ("bytes=90-500", Part(90, 10)),
        ("bytes=-7", Part(93, 7)),
        ("bytes=-700", Part(0, 100)),
        ("bytes=100-", None),
        ("bytes=-0", None),
        ("bytes=9-3", WHOLE),
        ("bytes=-", WHOLE),
        ("bytes=0-1,5-6", WHOLE),
        ("lines=0-1", WHOLE),
    ],
)
def test_range_is_read_as_the_standard_has_it(asked: str | None, part: Part | None) -> None:
    """PS-32."""
    assert read_range(asked, 100) == part


def test_part_of_a_long_recording_is_bounded() -> None:
    assert read_range("bytes=0-", 10 * MOST_PART) == Part(0, MOST_PART)
