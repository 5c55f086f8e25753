"""Refusals of the service, read back from their English."""

from gettext import NullTranslations

import pytest

from api.auth.model import Language
from api.languages.refusals import Problem, read_back, sentence, write_value
from crm.tasks.errors import TaskRefusedError
from crm.tasks.model import MOST_TITLE
from tools.messages import ROOT
from tools.messages_found import find_texts


@pytest.mark.parametrize(
    ("detail", "text", "values"),
    [
        ("is empty", "Is empty.", {}),
        ("has at most 10,000 characters", "Has at most %(most)s characters.", {"most": "10,000"}),
        ("has 1 to 200 characters that can be printed", "Has 1 to %(most)s characters that can be printed.", {"most": "200"}),
        ("the card is blocked and cannot be frozen", "The card is %(state)s and cannot be frozen.", {"state": "blocked"}),
        ("there is no series A. and B", "There is no series %(code)s.", {"code": "A. and B"}),
        ("100% unheard of", "%(detail)s", {"detail": "100% unheard of."}),
        ("is it? no", "%(detail)s", {"detail": "Is it? no."}),
    ],
)  # fmt: skip
def test_sentence_is_read_back_into_text_and_values(detail: str, text: str, values: dict[str, str]) -> None:
    assert read_back(detail) == Problem(text, values)


def test_text_with_a_percent_sign_is_known() -> None:
    detail = 'a template looks like "290%09[1..500000]^"'
    assert read_back(detail).text % {} == sentence(detail)


def test_every_refusal_of_the_code_is_read_back_to_itself() -> None:
    refusals = [text.singular for text in find_texts(ROOT) if any(not path.startswith("api/") for path in text.paths)]
    values = {"most": "10,000", "code": "GOLD"}
    wrong = []
    for text in refusals:
        names = {name: values.get(name, name.upper()) for name in read_names(text)}
        found = read_back(text % names)
        if found.text % found.values != sentence(text % names):
            wrong.append(text)
    assert wrong == []
    assert len(refusals) > 500


def test_error_that_is_raised_is_known() -> None:
    error = TaskRefusedError(f"a task has a title of 1 to {MOST_TITLE} characters that can be printed", field="title")
    assert read_back(error.detail).values == {"most": str(MOST_TITLE)}


@pytest.mark.parametrize(
    ("value", "language", "written"),
    [
        ("10,000", "en", "10,000"),
        ("10,000", "ru", "10\N{NO-BREAK SPACE}000"),
        ("10,000", "bg", "10\N{NO-BREAK SPACE}000"),
        ("2026-11-22", "uk", "22 лист. 2026\N{NARROW NO-BREAK SPACE}р."),
        ("65535", "ru", "65535"),
        ("1,2,3", "ru", "1,2,3"),
        ("Marsh", "ru", "Marsh"),
    ],
)
def test_values_are_written_as_the_reader_does(value: str, language: Language, written: str) -> None:
    assert write_value(value, language, NullTranslations()) == written


def read_names(text: str) -> list[str]:
    """List the places of a text."""

    class Places(dict[str, str]):
        def __missing__(self, name: str) -> str:
            self[name] = name
            return name

    places = Places()
    assert text % places
    return list(places)
