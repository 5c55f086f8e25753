import json

import pytest

from pos_adapter.batches import sift_batch
from pos_adapter.problems import BodyError
from tests.factories import make_receipt

BANK_CARD = "4111111111111111"
OWN = ("290",)


def batch(*receipts: object) -> bytes:
    return json.dumps({"receipts": receipts}).encode()


def test_receipts_in_which_all_is_right_pass_byte_for_byte() -> None:
    receipts = [make_receipt(), make_receipt()]
    sifted = sift_batch(batch(*receipts) + b"\n", OWN)
    assert [body for body, _ in sifted.passed.values()] == [json.dumps(receipt).encode() for receipt in receipts]
    assert sifted.refused == {}


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        ('{"receipt_uid": 1}', 400, "receipt_uid"),
        ("[]", 400, ""),
        (json.dumps(make_receipt(kind="gift")), 400, "kind"),
        (json.dumps(make_receipt(card={"number": BANK_CARD})), 422, None),
    ],
)
def test_wrong_receipt_stays_and_is_told_at_its_place(wrong: str, status: int, field: str | None) -> None:
    first, last = make_receipt(), make_receipt()
    body = b'{"receipts": [%s, %s, %s]}' % (json.dumps(first).encode(), wrong.encode(), json.dumps(last).encode())
    sifted = sift_batch(body, OWN)
    assert {place: json.loads(body) for place, (body, _) in sifted.passed.items()} == {0: first, 2: last}
    [(place, told)] = sifted.refused.items()
    assert told.problem is not None
    assert (place, told.status, told.problem.status) == (1, status, status)
    assert [error["field"] for error in told.problem.errors] == ([] if field is None else [field])


def test_number_of_a_bank_card_is_nowhere_in_what_is_left() -> None:
    sifted = sift_batch(batch(make_receipt(), make_receipt(number=BANK_CARD)), OWN)
    assert BANK_CARD not in str(sifted)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"receipts": 1}', "receipts"),
        (b"{}", "receipts"),
        (b'{"receipts": [], "more": 1}', "more"),
        (b'{"receipts": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}", ""),
    ],
)
def test_batch_that_is_wrong_as_a_whole_is_refused_as_a_whole(body: bytes, field: str) -> None:
    with pytest.raises(BodyError) as caught:
        sift_batch(body, OWN)
    assert caught.value.field == field


@pytest.mark.parametrize("unstorable", ["\0"])
def test_text_that_cannot_be_stored_refuses_only_its_own_receipt(unstorable: str) -> None:
    sifted = sift_batch(batch(make_receipt(), make_receipt(cashier=unstorable)), OWN)

    assert [(place, result.status) for place, result in sifted.refused.items()] == [(1, 400)]
