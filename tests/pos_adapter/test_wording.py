import json

import pytest

from pos_adapter.exchange import JSON, Answer
from pos_adapter.wording import Wording
from pos_adapter.words import WORDS, Language

LANGUAGES: tuple[Language, ...] = ("en", "ru", "uk", "bg")
LONGEST_SLIP = 32  # characters of a narrow slip


def answer(body: object) -> Answer:
    return Answer(200, body if isinstance(body, bytes) else json.dumps(body).encode(), JSON)


def messages(answer: Answer) -> list[tuple[str, str, str | None]]:
    return [(one["code"], one["cashier"], one["slip"]) for one in json.loads(answer.body)["messages"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_words_in_every_language(language: Language) -> None:
    texts = Wording(language).all()
    assert [text.code for text in texts] == list(WORDS)
    assert all(text.cashier.endswith(".") and len(text.slip or "") <= LONGEST_SLIP for text in texts)


@pytest.mark.parametrize(
    ("language", "slip"),
    [
        ("en", "Card blocked"),
        ("ru", "Карта заблокирована"),
        ("uk", "Картку заблоковано"),
        ("bg", "Картата е блокирана"),
    ],
)
def test_refusal_of_a_card_is_said_in_the_tills_language(language: Language, slip: str) -> None:
    said = Wording(language).explain_card(answer({"refusal": "blocked", "usable": False, "messages": []}))
    assert [(code, words) for code, _, words in messages(said)] == [("blocked", slip)]


def test_reasons_of_a_price_are_said_once_each() -> None:
    lines = [
        {"applied": [{"reason": "card_percent"}, {"reason": "rounding"}]},
        {"applied": [{"reason": "card_percent"}]},
    ]
    said = Wording("en").explain_price(answer({"card": {"refusal": None}, "lines": lines, "messages": []}))
    assert [code for code, *_ in messages(said)] == ["card_percent", "rounding"]


def test_problem_of_the_server_gets_words_too() -> None:
    said = Wording("en").explain_card(answer({"code": "card_unknown", "title": "Not Found"}))
    assert [code for code, *_ in messages(said)] == ["card_unknown"]


@pytest.mark.parametrize("body", [b"", b"[1]", b'{"refusal":  null}', b'{"refusal": "a new one"}'])
def test_answer_to_which_nothing_is_to_be_said_passes_byte_for_byte(body: bytes) -> None:
    said = Wording("en").explain_card(answer(body))
    assert said.body == body
