"""A thousand numbers of the published payment ranges, through every profile, in every shape a reader has for them."""

import random
from typing import Final

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from devices.decoder import Decoder
from devices.model import Event, ReaderProfile, Refused
from devices.profiles import READY_PROFILES
from tests.devices.bank_cards import published_numbers, shapes, shows_a_number, texts_of

NUMBERS: Final = published_numbers(1_000, random.Random(20261122))
OWN: Final = ("999001",)


@pytest.mark.parametrize("name", READY_PROFILES)
def test_bank_card_leaves_no_trace_by_any_profile(name: str) -> None:
    """I10: neither in an event, nor in a log, nor in what the decoder keeps, is more left than first 6 and last 4."""
    profile = replace(READY_PROFILES[name], own_prefixes=OWN)
    decoder = Decoder(profile)
    now_ms = 0
    with capture_logs() as logs:
        for number in NUMBERS:
            for data in shapes(number, profile):
                events = decoder.feed(data, now_ms) + decoder.tick(now_ms + 10_000)
                now_ms += 20_000
                assert not shows_a_number(_told(events), number)
                kept = texts_of(decoder, but_not=(ReaderProfile,))
                assert not any(shows_a_number(text, number) for text in kept)
    assert logs == []


@pytest.mark.parametrize("name", [name for name, profile in READY_PROFILES.items() if profile.kind != "rfid"])
def test_bank_card_is_told_to_be_one(name: str) -> None:
    profile = replace(READY_PROFILES[name], own_prefixes=OWN)
    for number in NUMBERS[::50]:
        data = next(shapes(number, profile))
        decoder = Decoder(profile)
        assert decoder.feed(data, 0) + decoder.tick(10_000) == [Refused("payment-card", _masked(number))]


def published_numbers_are_of_every_published_range_and_pass_luhn() -> None:
    assert len(set(NUMBERS)) == 1_000
    assert {number[0] for number in NUMBERS} == {"2", "3", "4", "5", "6", "8"}
    assert {len(number) for number in NUMBERS} == {13, 14, 15, 16, 17, 18, 19}


def test_trace_is_found_where_there_is_one() -> None:
    number = NUMBERS[0]
    assert shows_a_number(f"x{number}y", number)
    assert shows_a_number(f"x{number[:9]}", number)
    assert not shows_a_number(_masked(number), number)


def _masked(number: str) -> str:
    return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"


def _told(events: list[Event]) -> str:
    """Give all that events hold, past their own way of showing themselves."""
    return repr([[getattr(event, field) for field in event.__struct_fields__] for event in events])
