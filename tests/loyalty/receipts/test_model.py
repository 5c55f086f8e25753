from random import Random
from typing import Any  # JSON bodies are free in their values

from hypothesis import given
from hypothesis import strategies as st

from loyalty.receipts.model import fingerprint
from tests.factories import make_line, make_receipt
from tests.loyalty.receipts.posting import read_receipt

LINES = [make_line(number, price=f"{number}.00", name=f"Goods {number}") for number in range(1, 6)]
PAYMENTS = [
    {"kind": kind, "amount": amount} for kind, amount in (("cash", "10.00"), ("cash", "2.00"), ("other", "3.00"))
]
BASE = make_receipt(*LINES, total="15.00", payments=PAYMENTS)
UNMEANT = st.fixed_dictionaries(
    {},
    optional={
        "receipt_uid": st.uuids().map(str),
        "offline": st.booleans(),
        "seq": st.integers(0, 9),
        "calculation_id": st.sampled_from(["a", "b"]),
        "status": st.sampled_from(["complete", "suspended"]),
    },
)


def _print_of(body: dict[str, Any]) -> bytes:
    return fingerprint(read_receipt(body))


@given(UNMEANT, st.randoms(use_true_random=False))
def test_meaning_knows_no_order_and_no_way_of_sending(unmeant: dict[str, Any], random: Random) -> None:
    lines, payments = LINES.copy(), PAYMENTS.copy()
    random.shuffle(lines)
    random.shuffle(payments)
    renamed = [line | {"name": "other", "group": "7", "gift": random.random() < 0.5} for line in lines]

    assert _print_of(BASE | unmeant | {"lines": renamed, "payments": payments}) == _print_of(BASE)


@given(st.sampled_from(["sku", "quantity", "price", "discount", "net", "original_line", "line"]), st.integers(0, 4))
def test_every_meant_field_of_every_line_counts(field: str, index: int) -> None:
    other = {
        "sku": "X",
        "quantity": "9",
        "price": "9.99",
        "discount": "0.01",
        "net": "9.99",
        "original_line": 1,
        "line": 99,
    }
    lines = LINES.copy()
    lines[index] = lines[index] | {field: other[field]}

    assert _print_of(BASE | {"lines": lines}) != _print_of(BASE)


def test_fields_do_not_run_into_each_other() -> None:
    receipts = [
        {"store": "1", "till": "23"}, {"store": "12", "till": "3"}, {"store": "1", "till": "2", "till_instance": "3"},
        {"number": "1", "cashier": "12"}, {"number": "11", "cashier": "2"},
    ]  # fmt: skip

    assert len({_print_of(BASE | receipt) for receipt in receipts}) == len(receipts)


def test_meaning_is_the_same_for_ever() -> None:
    """A fingerprint is kept with every receipt: if this changes, repeats of old receipts become conflicts."""
    body = {
        "receipt_uid": "4b1d1f9e-28e6-4d0e-b9a7-6d93e9e9b1f5", "kind": "return", "store": "0007", "till": "3",
        "till_instance": "a", "shift": 118, "number": "57", "business_date": "2026-11-22",
        "closed_at": "2026-11-22T10:15:02.5+02:00", "cashier": "5", "card": {"number": "036000291452"},
        "lines": [{"line": 1, "sku": "A", "quantity": "0.756", "price": "12.90", "discount": "0.98", "net": "8.77"}],
        "payments": [{"kind": "card", "amount": "8.77", "card": {"number": "2900000000018"}}], "total": "8.77",
        "original": {"store": "0007", "till": "3", "shift": 117, "number": "12"},
    }  # fmt: skip

    assert _print_of(body).hex() == "bf6be1fee898de738c0833e5e422b0fca43b82814b6f82bb43d1248e157a2e53"
