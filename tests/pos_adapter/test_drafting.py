import json
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from loyalty.errors import ReceiptUnbalancedError
from loyalty.money import Currency
from pos_adapter.drafting import body_to_send, draft_receipt, draft_void
from pos_adapter.journal.model import Draft, Entry
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Posting
from tests.factories import make_line, make_receipt

EUR = Currency("EUR", 2)


def draft_of(receipt: dict[str, Any], *, instance: str = "till-a", currency: Currency | None = EUR) -> Draft:
    body = json.dumps(receipt).encode()
    posting = msgspec.json.decode(body, type=Posting)
    return draft_receipt(body, posting, till_instance=instance, currency=currency)


def sent(draft: Draft, *, seq: int | None = 7, is_offline: bool = False, is_granted: bool = False) -> dict[str, Any]:
    entry = Entry(
        1, draft.kind, draft.uid, draft.receipt_uid, "queued", draft.body, seq,
        is_suspended=False, was_promised=False, is_granted=is_granted, attempts=0, status=None, answer=None,
    )  # fmt: skip
    told: dict[str, Any] = json.loads(body_to_send(entry, is_offline=is_offline))
    return told


def test_till_adds_its_name_the_number_and_the_mark_and_changes_nothing_else() -> None:
    receipt = make_receipt(make_line(price="12.9000", net="12.90"))
    draft = draft_of(receipt)
    assert sent(draft) == receipt | {"till_instance": "till-a", "seq": 7}
    for marked in (sent(draft, is_offline=True), sent(draft, is_granted=True)):
        assert marked == receipt | {"till_instance": "till-a", "seq": 7, "offline": True}


def test_what_the_program_says_of_itself_is_kept() -> None:
    draft = draft_of(make_receipt(till_instance="own", seq=3, offline=True))
    assert draft.has_seq
    told = sent(draft, seq=None, is_offline=True)
    assert (told["till_instance"], told["seq"], told["offline"]) == ("own", 3, True)


@pytest.mark.parametrize("nothing", [{"seq": None}, {"offline": None}, {"offline": False}, {"till_instance": None}])
def test_what_says_nothing_is_as_if_it_were_not_there(nothing: dict[str, Any]) -> None:
    receipt = make_receipt()
    assert sent(draft_of(receipt | nothing), is_offline=True) == sent(draft_of(receipt), is_offline=True)


def test_meaning_is_the_servers_and_does_not_need_the_currency() -> None:
    receipt = make_receipt(make_line(price="10.00"))
    same = receipt | {"total": "10", "closed_at": "2026-11-22T08:15:02Z", "offline": True, "seq": 9}
    meanings = {draft_of(one, currency=currency).meaning for one in (receipt, same) for currency in (EUR, None)}
    assert len(meanings) == 1
    assert draft_of(receipt | {"cashier": "6"}).meaning not in meanings
    assert draft_of(receipt, instance="till-b").meaning not in meanings


def test_receipt_is_checked_as_the_server_does_once_the_currency_is_known() -> None:
    unbalanced, too_exact = make_receipt(make_line(net="9.99")), make_receipt(total="10.001")
    with pytest.raises(ReceiptUnbalancedError):
        draft_of(unbalanced)
    with pytest.raises(BodyError):
        draft_of(too_exact)
    assert draft_of(unbalanced, currency=None).kind == "receipt"


def test_holds_are_those_that_all_money_of_cards_is_paid_from() -> None:
    held = {"kind": "card", "amount": "4.00", "card": {"number": "2900000000018"}, "hold_uid": str(uuid4())}
    cash, points = {"kind": "cash", "amount": "6.00"}, {"kind": "points", "amount": "6.00", "card": held["card"]}
    paid = [
        draft_of(make_receipt(payments=payments)).hold_uids
        for payments in ([held, cash], [held, points], [held | {"amount": "10.00", "hold_uid": None}])
    ]
    assert [[str(uid) for uid in uids] for uids in paid] == [[held["hold_uid"]], [], []]
    assert draft_of(make_receipt()).hold_uids == ()


def test_void_means_its_receipt_whatever_its_reason() -> None:
    void_uid, receipt_uid = uuid4(), uuid4()
    one, two = (draft_void(body, void_uid, receipt_uid) for body in (b'{"reason":"a"}', b'{"reason":"b"}'))
    assert (one.meaning, one.natural_key) == (two.meaning, None)
