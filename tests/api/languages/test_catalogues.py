"""The catalogues of the languages: nothing missing, nothing left over, and every form as its language wants it."""

from pathlib import Path

import pytest
from babel.messages.catalog import Message

from api.auth.model import Language
from api.languages.catalogues import TRANSLATED, parts_of, translations_of
from tools.messages import ROOT, part_of
from tools.messages_check import problems_in, problems_of
from tools.messages_found import Text, find_texts


@pytest.fixture(scope="module")
def found() -> list[Text]:
    """Give all texts of the product."""
    return find_texts(ROOT)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_and_none_is_left_over(language: Language, found: list[Text]) -> None:
    assert "\n".join(problems_of(language, found)) == ""


def test_text_stands_in_one_part_alone(found: list[Text]) -> None:
    parts = {file.stem for file in parts_of("ru")}
    assert {part_of(text) for text in found} == parts


BAD = [
    ("Save", "", "uk", "has no translation"),
    ("Save", "Save", "uk", "is the English text"),
    ("%(count)s cards", "%(kount)s карток", "uk", "has other places than the English text: %(count)s"),
    ("All cards.", "Усі картки", "uk", "ends with another mark than the English text"),
    (" or", "або", "uk", "begins or ends with other blanks or lines than the English text"),
    ("<b>Card</b>", "Картка", "uk", "has other tags than the English text"),
    ("Money", "Гроши, ыы", "uk", "has letters of another language"),
    ("Money", "Гроші", "ru", "has letters of another language"),
    (("%(n)s card", "%(n)s cards"), ("%(n)s карта", "%(n)s карты"), "ru", "has 2 forms instead of 3"),
    (("%(n)s card", "%(n)s cards"), ("%(n)s карта", "%(n)s карты", ""), "ru", "has no translation"),
]
GOOD = [
    ("Save", "Зберегти", "uk"),
    ("CSV", "CSV", "bg"),
    ("NPS %(nps)s", "NPS %(nps)s", "bg"),
    ("off", "викл.", "uk"),
    ("100%% of %(total)s", "100%% от %(total)s", "bg"),
    ("%(name)s: %(count)s", "%(name)s: %(count)s", "ru"),
    (("One card", "%(n)s cards"), ("%(n)s карта", "%(n)s карты", "%(n)s карт"), "ru"),
    (("%(n)s card", "%(n)s cards"), ("%(n)s карта", "%(n)s карти"), "bg"),
]


@pytest.mark.parametrize(("text", "string", "language", "problem"), BAD)
def test_bad_translation_is_noticed(
    text: str | tuple[str, str], string: str | tuple[str, ...], language: Language, problem: str
) -> None:
    assert problem in list(problems_in(Message(text, string), language))


@pytest.mark.parametrize(("text", "string", "language"), GOOD)
def test_good_translation_passes(
    text: str | tuple[str, str], string: str | tuple[str, ...], language: Language
) -> None:
    assert list(problems_in(Message(text, string), language)) == []


def test_guess_is_noticed() -> None:
    assert "is marked as a guess" in list(problems_in(Message("Save", "Зберегти", flags=["fuzzy"]), "uk"))


def test_texts_are_found_where_they_are_said(tmp_path: Path) -> None:
    write(tmp_path, "api/pages/templates/a.html", '{{ _("Cards") }}{{ ngettext("%(n)s card", "%(n)s cards", n, n=n) }}')
    write(tmp_path, "api/pages/templates/b.html", '{{ _("Cards") }}{{ pgettext("do", "Open") }}{{ _(word) }}')
    write(tmp_path, "api/pages/words.py", 'A = mark("Open")\nB = mark("Open", "state")\nC = mark(name)')
    found = {(text.context, text.singular, text.plural): len(text.paths) for text in find_texts(tmp_path)}
    assert found == {
        ("", "%(n)s card", "%(n)s cards"): 1,
        ("", "Cards", ""): 2,
        ("", "Open", ""): 1,
        ("do", "Open", ""): 1,
        ("state", "Open", ""): 1,
    }


def test_sentence_of_an_error_is_found_with_places_for_its_values(tmp_path: Path) -> None:
    said = 'raise PartRefusedError(f"has at most {MOST_NAMES:,} names of {part.kind}, 5% more", field="name")\n'
    write(tmp_path, "crm/parts.py", said + 'raise PartRefusedError("is empty", field="name of it")\nKeyError("not me")')
    texts = [text.singular for text in find_texts(tmp_path)]
    assert texts == ["Has at most %(most)s names of %(kind)s, 5%% more.", "Is empty."]


def test_english_shows_no_context_and_an_empty_text_stays_empty() -> None:
    assert translations_of("en").gettext("state\x04Open") == "Open"
    assert [translations_of(language).gettext("") for language in ("en", *TRANSLATED)] == [""] * 4


def write(root: Path, path: str, text: str) -> None:
    """Write a file of a small checkout."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
