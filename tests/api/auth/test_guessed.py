"""Passwords that are guessed first are refused however they are dressed up; a few words of one's own are not."""

import pytest

from api.auth.errors import UserRefusedError
from api.auth.guessed import FILE, is_guessed_first
from api.auth.passwords import hash_password, invent_password
from tests.api.people import PASSWORD


@pytest.mark.parametrize(
    "password",
    [
        "password123", "Password2026!", "P@ssw0rd!!", "qwertyuiop", "Qwertyuiop1", "1234567890", "0987654321",
        "12345678901234567890", "aaaaaaaaaaaa", "abababababab", "abcdefghij", "йцукенгшщз", "Парола12345", "iloveyou2025",
        "..welcome..", "Administrator1", "11111111112222",
    ],
)  # fmt: skip
def test_common_password_is_refused(password: str) -> None:
    with pytest.raises(UserRefusedError, match="first that are guessed"):
        hash_password(password)


@pytest.mark.parametrize("password", [PASSWORD, "blue tram at noon", "тихий понеделник у моря"])
def test_password_of_ones_own_is_taken(password: str) -> None:
    assert hash_password(password, about=["nora", "Mill Lane"]).startswith("$argon2id$")


def test_invented_password_is_taken() -> None:
    assert hash_password(invent_password(), about=["nora", "Mill Lane"]).startswith("$argon2id$")


@pytest.mark.parametrize("password", ["noralind2026", "NoraLind!!!", "mill lane 2026", "MillLane#1", "2026-lindqvist"])
def test_words_of_the_person_and_the_shop_are_refused(password: str) -> None:
    about = ["noralind", "Nora Lindqvist", "Mill Lane"]
    assert is_guessed_first(password, about)
    assert not is_guessed_first(password)


def test_short_words_of_a_person_refuse_nothing() -> None:
    assert not is_guessed_first("tom and the sea", ["tom"])
    assert not is_guessed_first("tom1234567", ["tom"])


def test_list_is_as_its_head_says() -> None:
    lines = [line for line in FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert all(line == line.casefold().strip() for line in lines)
    assert len(lines) > 150
