"""The language of a page before signing in."""

import pytest

from api.auth.model import Language
from api.languages.negotiation import COOKIE, known_language, language_of_browser, language_wanted


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("uk", "uk"),
        ("uk-UA,uk;q=0.9,en;q=0.8", "uk"),
        ("de-DE,de;q=0.9,ru;q=0.5,en;q=0.4", "ru"),
        ("en;q=0.5,bg;q=0.7", "bg"),
        ("bg;q=0,en;q=0.1", "en"),
        ("de,fr;q=0.3", "en"),
        ("*", "en"),
        ("RU-ru", "ru"),
        ("ru;q=much,bg", "bg"),
        ("../../etc,\0;q=1", "en"),
        ("x," * 100 + "ru", "en"),
    ],
)
def test_browser_gets_the_best_language_that_is_there(header: str, language: Language) -> None:
    assert language_of_browser(header) == language


def test_choice_counts_before_the_one_kept_and_that_before_the_browsers() -> None:
    header = {"accept-language": "ru"}
    assert language_wanted({"language": "bg"}, {COOKIE: "uk"}, header) == "bg"
    assert language_wanted({}, {COOKIE: "uk"}, header) == "uk"
    assert language_wanted({"language": "xx"}, {COOKIE: "yy"}, header) == "ru"


def test_language_that_is_none_of_ours_is_english() -> None:
    assert [known_language(code) for code in ("uk", "xx", "", None)] == ["uk", "en", "en", "en"]
