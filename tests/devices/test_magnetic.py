import pytest

from devices.magnetic import refused_payment
from devices.model import Refused
from devices.tracks import lrc_character, split_tracks

OWN = ("999001",)


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        ";4111111111111112=4912101000?",
        "%B4111111111111112^DOE/JANE^4912101?",
        "x B4111111111111112^",
    ],
)
def test_payment_card_is_refused_by_its_number_or_by_its_layout(text: str) -> None:
    refused = refused_payment(text, OWN)
    assert refused is not None
    assert (refused.reason, refused.masked and refused.masked[:6]) == ("payment-card", "411111")


@pytest.mark.parametrize("text", [";9990010000000010=4912101000?", ";1234567=000?", "4000006000000", ""])
def test_own_and_other_texts_are_not_refused_as_payment(text: str) -> None:
    assert refused_payment(text, OWN) is None


def test_refusal_shows_nothing_but_the_mask() -> None:
    assert refused_payment("%B4111111111111111^DOE/JANE^4912101?", OWN) == Refused("payment-card", "411111******1111")


def test_track_never_shows_its_content() -> None:
    (track,) = split_tracks(";4111111111111111?", has_lrc=False)
    assert track.content == "4111111111111111"
    assert "4111" not in repr(track)
    assert "4111" not in str(track.__rich_repr__())


def test_lrc_is_taken_over_the_data_bits_of_the_track() -> None:
    assert lrc_character(";9990010000000010=00000000000?") == "0"
    assert lrc_character("%B9990010000000010^CARD/LOYALTY^00000000000?") == " "
    assert lrc_character("+9990010000000010?") == lrc_character(";9990010000000010?")
