from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from msgspec import structs

from devices.model import Event, Ignored, ReadError, Refused, Removed, Scan, Swipe, Tag
from pos_adapter.events import CardRead, CodeRead, ReaderFault, TillEvent
from pos_adapter.readings import Occasion, till_event

NOW = datetime(2026, 11, 22, 10, 15, 2, tzinfo=UTC)
RECEIPT = UUID("6f1b1d1e-0000-4000-8000-000000000001")
OCCASION = Occasion(UUID("6f1b1d1e-0000-4000-8000-000000000000"), "scanner", NOW, RECEIPT)
PREFIXES = ("290", "033", "")


def told(said: Event) -> TillEvent | None:
    return till_event(said, OCCASION, PREFIXES)


@pytest.mark.parametrize(
    ("said", "entry", "number", "symbology"),
    [
        (Scan("2900000000018", "ean13"), "scanned", "2900000000018", "ean13"),
        (Scan("331234567890", "upca"), "scanned", "331234567890", "upca"),
        (Swipe("2900001", (2,), {1: "lrc"}), "swiped", "2900001", None),
        (Tag("55007EE424", "em4100"), "proximity", "55007EE424", None),
    ],
)
def test_own_card_is_a_card_for_the_armed_receipt(said: Event, entry: str, number: str, symbology: str | None) -> None:
    event = told(said)
    assert isinstance(event, CardRead)
    assert (event.entry, event.card.number, event.symbology) == (entry, number, symbology)
    assert (event.receipt_uid, event.read_at, event.expires_at) == (RECEIPT, NOW, NOW + timedelta(seconds=5))


@pytest.mark.parametrize("said", [Scan("4006381333931", "ean13"), Scan("331234567890", "itf"), Scan("x29", "qr")])
def test_other_code_is_goods_and_for_no_receipt(said: Scan) -> None:
    event = told(said)
    assert isinstance(event, CodeRead)
    assert (event.data, event.symbology) == (said.data, said.symbology)


@pytest.mark.parametrize("said", [Refused("payment-card", "411111******1111"), Refused("not-own-card")])
def test_refused_card_shows_what_the_decoder_shows_and_no_more(said: Refused) -> None:
    event = told(said)
    assert event is not None
    assert structs.asdict(event) == {
        "event_id": OCCASION.event_id,
        "reader_id": "scanner",
        "reason": said.reason,
        "masked": said.masked,
        "read_at": NOW,
        "expires_at": NOW + timedelta(seconds=5),
    }


def test_read_that_failed_names_reason_and_tracks() -> None:
    event = told(ReadError("unreadable", {1: "read", 2: "lrc"}))
    assert isinstance(event, ReaderFault)
    assert (event.reason, event.track_errors) == ("unreadable", {"1": "read", "2": "lrc"})


@pytest.mark.parametrize("said", [Ignored("duplicate"), Ignored("sign-on"), Removed()])
def test_what_means_nothing_to_a_till_is_no_event(said: Event) -> None:
    assert told(said) is None


@pytest.mark.parametrize("data", ["2901234567892", "4006381333931"])
def test_event_shows_no_number_where_it_is_printed(data: str) -> None:
    shown = repr(told(Scan(data, "ean13"))) + repr(told(Swipe(data, (2,))))
    assert "CardRead" in shown
    assert data not in shown
