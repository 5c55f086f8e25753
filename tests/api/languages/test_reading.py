"""Days, amounts and counts as a reader of each language expects them."""

from datetime import UTC, date, datetime
from gettext import GNUTranslations
from zoneinfo import ZoneInfo

import pytest

from api.auth.model import Language
from api.languages.catalogues import LOCALES, translations_of
from api.pages.formats import Formats
from loyalty.money import Currency

DAY = date(2026, 3, 1)
MORNING = datetime(2026, 11, 22, 8, 15, tzinfo=UTC)
WRITTEN: dict[Language, list[str]] = {
    "en": ["−1,234,567.89", "1 Mar 2026", "Sunday, 1 March 2026", "March 2026", "22 Nov 2026, 10:15"],
    "ru": ["−1_234_567,89", "1 мар. 2026_г.", "воскресенье, 1 марта 2026_г.", "март 2026", "22 нояб. 2026_г., 10:15"],
    "uk": ["−1_234_567,89", "1 бер. 2026_р.", "неділя, 1 березня 2026_р.", "березень 2026", "22 лист. 2026_р., 10:15"],
    "bg": ["−1_234_567,89", "1.03.2026_г.", "неделя, 1 март 2026_г.", "март 2026", "22.11.2026_г., 10:15"],
}
"""Money, a day, a day in full, a month, a moment; `_` is a space that does not break."""

SAID: dict[Language, list[str]] = {
    "en": ["1,832", "4.35%", "5 days", "3 minutes", "cash, card and points", "Sat and Sun"],
    "ru": ["1_832", "4,35_%", "5 дней", "3 минуты", "cash, card и points", "сб и вс"],
    "uk": ["1_832", "4,35%", "5 днів", "3 хвилини", "cash, card і points", "сб і нд"],
    "bg": ["1_832", "4,35%", "5 дни", "3 минути", "cash, card и points", "сб и нд"],
}


def formats(language: Language) -> Formats:
    """Give how a language writes, in a shop in Sofia."""
    return Formats(LOCALES[language], Currency("EUR", 2), ZoneInfo("Europe/Sofia"))


def spaced(text: str) -> str:
    """Show spaces that do not break."""
    return text.replace("\N{NO-BREAK SPACE}", "_").replace("\N{NARROW NO-BREAK SPACE}", "_")


@pytest.mark.parametrize("language", WRITTEN)
def test_money_and_days_are_written_as_the_language_does(language: Language) -> None:
    f = formats(language)
    written = [f.money(-123_456_789), f.day(DAY), f.long_day(DAY), f.long_month(DAY), f.moment(MORNING)]
    assert [spaced(text) for text in written] == WRITTEN[language]


@pytest.mark.parametrize("language", SAID)
def test_counts_and_lists_are_written_as_the_language_does(language: Language) -> None:
    f = formats(language)
    words = f.list(["cash", "card", "points"])
    written = [f.count(1_832), f.percent(43_500), f.term("P5D"), f.span(180), words, f.weekdays([6, 7])]
    assert [spaced(text) for text in written] == SAID[language]


@pytest.mark.parametrize("language", WRITTEN)
def test_weeks_begin_on_monday(language: Language) -> None:
    assert formats(language).first_weekday == 0


@pytest.mark.parametrize(
    ("language", "forms"),
    [("ru", [0, 1, 1, 2, 2, 2, 0, 1, 2]), ("uk", [0, 1, 1, 2, 2, 2, 0, 1, 2]), ("bg", [0, 1, 1, 1, 1, 1, 1, 1, 1])],
)
def test_count_chooses_its_form(language: Language, forms: list[int]) -> None:
    texts = translations_of(language)
    assert isinstance(texts, GNUTranslations)
    assert [texts.plural(count) for count in (1, 2, 4, 5, 11, 12, 21, 22, 111)] == forms  # type: ignore[attr-defined] # typeshed lacks it
