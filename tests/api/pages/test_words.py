"""Every code that the service can set has its words."""

from typing import get_args

import pytest

from api.auth.model import Theme, UserRole
from api.pages import flag_words, words
from loyalty.accounts.listing import LedgerName
from loyalty.cards.model import CardKind, CardState, Refusal
from loyalty.receipts.model import FLAGS, PaymentKind, ReceiptKind, ReceiptState
from pos_adapter.protocol import Entry


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (words.CARD_STATES, get_args(CardState)),
        (words.CARD_KINDS, get_args(CardKind)),
        (words.REFUSALS, get_args(Refusal)),
        (words.RECEIPT_KINDS, get_args(ReceiptKind)),
        (words.RECEIPT_STATES, get_args(ReceiptState)),
        (words.STATE_NOTES, set(get_args(ReceiptState)) - {"posted"}),
        (words.PAYMENTS, get_args(PaymentKind)),
        (words.ENTRIES, get_args(Entry)),
        (words.LEDGERS, get_args(LedgerName)),
        (words.ROLES, get_args(UserRole)),
        (words.THEMES, get_args(Theme)),
        (flag_words.FLAGS, FLAGS),
    ],
)
def test_every_code_has_its_words_and_no_word_is_left_over(table: dict[str, object], codes: tuple[str, ...]) -> None:
    assert set(table) == set(codes)


def test_every_flag_has_two_words_for_a_list() -> None:
    assert all(told.short for told in flag_words.FLAGS.values())


@pytest.mark.parametrize(
    ("actor", "name"),
    [("user:nora", "nora"), ("till:0007/3", "till 0007/3"), ("command", "command"), ("token:12", "token 12")],
)
def test_who_acted_is_named_as_a_person_would(actor: str, name: str) -> None:
    assert words.actor(actor) == name


def test_marks_of_a_line_are_named_together() -> None:
    assert words.marks(0) == []
    assert words.marks(1 | 8) == ["no discount on it", "money for the card"]
