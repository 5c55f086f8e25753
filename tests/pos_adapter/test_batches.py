import json
from typing import Any

import pytest
from msgspec import DecodeError

from pos_adapter.batches import merge_results, sift_batch
from pos_adapter.problems import BodyError
from tests.factories import make_receipt

BANK_CARD = "4111111111111111"
OWN = ("290",)


def batch(*receipts: object) -> bytes:
    return json.dumps({"receipts": receipts}).encode()


def results(*receipts: dict[str, Any]) -> bytes:  # Any: JSON
    told = [{"receipt_uid": receipt["receipt_uid"], "status": 201, "state": "posted"} for receipt in receipts]
    return json.dumps({"results": told}).encode()


def test_batch_in_which_all_is_right_stays_byte_for_byte() -> None:
    body = batch(make_receipt(), make_receipt()) + b"\n"
    sifted = sift_batch(body, OWN)
    assert (sifted.body, sifted.refused, sifted.is_empty) == (body, {}, False)
    assert merge_results(sifted, b"anything") == b"anything"


def test_empty_batch_is_the_servers_to_answer() -> None:
    assert not sift_batch(batch(), OWN).is_empty


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
    assert json.loads(sifted.body) == {"receipts": [first, last]}
    told = json.loads(merge_results(sifted, results(first, last)))["results"]
    assert [result["status"] for result in told] == [201, status, 201]
    assert [told[0]["receipt_uid"], told[2]["receipt_uid"]] == [first["receipt_uid"], last["receipt_uid"]]
    assert [error["field"] for error in told[1]["problem"].get("errors", [])] == ([] if field is None else [field])


def test_number_of_a_bank_card_is_nowhere_in_what_is_left() -> None:
    sifted = sift_batch(batch(make_receipt(), make_receipt(number=BANK_CARD)), OWN)
    assert BANK_CARD.encode() not in sifted.body + merge_results(sifted, results(make_receipt()))


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


@pytest.mark.parametrize("answer", [b"", b"[]", b'{"results": 1}'])
def test_answer_without_results_cannot_be_merged(answer: bytes) -> None:
    with pytest.raises(DecodeError):
        merge_results(sift_batch(batch(make_receipt(), {}), OWN), answer)
