import pytest

from devices.model import Event, ReaderProfile, Scan, Swipe, Tag


@pytest.mark.parametrize(
    "event",
    [
        Scan("2900000012067", "ean13", "]E3", "29000"),
        Swipe("2900000012067", (1, 2), {3: "lrc"}),
        Tag("2900000012", "em4100"),
    ],
)
def test_event_never_shows_its_number(event: Event) -> None:
    assert "29000" not in repr(event)
    assert "29000" not in str([event])
    assert "29000" not in str(event.__rich_repr__())


@pytest.mark.parametrize(
    ("field", "value"),
    [("terminator", ""), ("terminator", "xy"), ("max_frame", 0), ("max_frame", 4097)],
)
def test_profile_that_cannot_frame_is_refused(field: str, value: str | int) -> None:
    settings = {"kind": "barcode", "framing": "terminator", "terminator": "0d0a", "max_frame": 4096}
    assert ReaderProfile(**settings).terminator == "0d0a"  # type: ignore[arg-type] # settings of mixed types
    with pytest.raises(ValueError, match=r"terminator|max_frame|hexadecimal"):
        ReaderProfile(**(settings | {field: value}))  # type: ignore[arg-type] # settings of mixed types
