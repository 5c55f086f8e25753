"""What was typed, read in every way that it may be meant."""

import pytest

from crm.search.model import phone_ends, read_typed


@pytest.mark.parametrize(
    ("text", "country", "ends"),
    [
        ("+359 2 123 45 67", None, ("35921234567",)),
        ("00359 (2) 123-45-67", None, ("0035921234567", "35921234567")),
        ("02/123 45 67", "BG", ("35921234567", "21234567")),
        ("8 (916) 123-45-67", None, ("89161234567", "9161234567")),
        ("8 029 123 45 67", None, ("80291234567", "291234567")),
        ("8 (916) 123-45-67", "RU", ("79161234567", "89161234567", "9161234567")),
        ("123456", "BG", ()),
        ("no digits", "BG", ()),
    ],
)
def test_phone_is_looked_for_in_any_format(text: str, country: str | None, ends: tuple[str, ...]) -> None:
    assert phone_ends(text, country) == ends


def test_words_are_words_and_nothing_else() -> None:
    typed = read_typed("  O'Neil &  Söhne:*!  ", None)
    assert typed.tsquery == "o:* & neil:* & söhne:*"
    assert (typed.phone_ends, typed.email, typed.number, typed.card_digits) == ((), None, None, None)
    assert typed.may_be_alike


def test_digits_may_be_a_phone_a_card_or_a_number() -> None:
    typed = read_typed("2900 1234-567", None)
    assert (typed.card_digits, typed.number, typed.phone_ends) == ("29001234567", "29001234567", ("29001234567",))
    assert not typed.may_be_alike


@pytest.mark.parametrize("text", ["", " ", "a", "1", "\0\0", "&|!"])
def test_too_little_means_nothing(text: str) -> None:
    typed = read_typed(text, None)
    assert (typed.words, typed.phone_ends, typed.number, typed.card_digits) == ((), (), None, None)


def test_long_text_is_cut() -> None:
    assert len(read_typed("x" * 5_000, None).text) == 100
