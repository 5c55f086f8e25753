"""What a letter may say, and how the tree of kinds is read."""

from datetime import date
from typing import Any  # fields of a letter are free in their values

import pytest

from crm.letters.errors import LetterRefusedError
from crm.letters.model import NO_TOPIC, Kind, Mail, arrange, branch, check_letter, next_number, path_of
from tests.crm.letters.post import TODAY, details


def kind(number: int, parent: int | None = None, position: int = 1) -> Kind:
    """Give a kind whose code is a letter of the alphabet."""
    names = {"en": f"Kind {number}"}
    return Kind(
        id=number,
        parent_id=parent,
        code="abcdefg"[number],
        names=names,
        position=position,
        version=1,
        is_archived=False,
    )


TREE = [kind(1, position=2), kind(2, 1, 2), kind(3, 1, 1), kind(4, 3), kind(5, position=1)]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"topic": " "}, "topic"),
        ({"topic": "x" * 201}, "topic"),
        ({"content": "x" * 100_001}, "content"),
        ({"number": "a\x07"}, "number"),
        ({"document_date": date(2026, 11, 23)}, "document_date"),
        ({"party_id": None}, "party_id"),
        ({"user_id": 1}, "user_id"),
        ({"flow": "outgoing", "person_id": 2}, "person_id"),
        ({"notified": tuple(range(1, 102))}, "notified"),
    ],
)
def test_letter_that_cannot_be_is_refused_by_its_field(said: dict[str, Any], field: str) -> None:
    """C77-68, C77-69, C77-71."""
    with pytest.raises(LetterRefusedError) as refused:
        check_letter(details(**said))
    assert refused.value.field == field


def test_document_may_be_earlier_than_its_registration() -> None:
    """C77-70, C77-71: two dates of their own."""
    clean = check_letter(details(document_date=date(2020, 1, 1), number=" 17 / B ", notified=(2, 1, 2)))
    assert (clean.document_date, clean.registered_on) == (date(2020, 1, 1), TODAY)
    assert (clean.number, clean.notified) == ("17 / B", (1, 2))


def test_tree_is_read_from_top_to_bottom_and_a_branch_out_of_it() -> None:
    """C77-72."""
    nodes = arrange(TREE)
    assert [(one.kind.code, one.depth, one.is_first, one.is_last) for one in nodes] == [
        ("f", 0, True, False),
        ("b", 0, False, True),
        ("d", 1, True, False),
        ("e", 2, True, True),
        ("c", 1, False, True),
    ]
    assert [one.code for one in branch(TREE, TREE[0])] == ["b", "d", "e", "c"]
    assert [one.code for one in path_of(TREE, "e")] == ["b", "d", "e"]
    assert path_of(TREE, "z") == []


def test_numbers_of_the_journal_begin_anew_each_year() -> None:
    assert next_number(None, 2027) == "2027-000001"
    assert next_number("2026-000017", 2026) == "2026-000018"


def test_email_without_a_subject_and_out_of_the_future_is_a_letter_still() -> None:
    mail = Mail(flow="incoming", topic=" \r\n\x07", text="Hello\0", on=date(2031, 1, 1), user_id=1)
    letter = check_letter(mail.letter(today=TODAY))
    assert (letter.topic, letter.content, letter.document_date) == (NO_TOPIC, "Hello", TODAY)
    assert (letter.user_id, letter.party_id, letter.medium) == (None, None, "email")
