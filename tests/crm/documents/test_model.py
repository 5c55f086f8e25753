"""What documents come to, and what they may become."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.documents.errors import BusinessDocumentRefusedError
from crm.documents.model import FIRST, STEPS, Draft, Kind, Line, check_draft, shown_status, total_of
from loyalty.money import MOST_MINOR

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("quantity", "price", "places", "total"),
    [
        (1_000_000, 12_345, 2, 123),  # 1.2345
        (1_000_000, 12_350, 2, 124),  # 1.2350 is half, and goes up
        (500_000, 12_300, 2, 62),  # 0.615
        (3_000_000, 12_345, 0, 4),  # 3.7035
        (1, 10_000, 2, 0),  # a millionth of 1.00
    ],
)
def test_line_is_rounded_half_up_once(quantity: int, price: int, places: int, total: int) -> None:
    assert Line("Goods", quantity, price).total(places) == total


@given(st.lists(st.tuples(st.integers(1, 10**12), st.integers(0, 10**9)), max_size=20))
def test_total_is_the_sum_of_rounded_lines(cells: list[tuple[int, int]]) -> None:
    lines = [Line("Goods", quantity, price) for quantity, price in cells]
    assert total_of(lines, 2) == sum((2 * q * p // 10**8 + 1) // 2 for q, p in cells)


def test_every_status_of_a_kind_is_reached_from_its_first() -> None:
    for kind, steps in STEPS.items():
        reached, waiting = {FIRST[kind]}, [FIRST[kind]]
        while waiting:
            new = set(steps[waiting.pop()]) - reached
            reached |= new
            waiting += new
        assert reached == set(steps)


@pytest.mark.parametrize(
    ("kind", "status", "paid", "shown"),
    [
        ("invoice", "issued", 99, "issued"),
        ("invoice", "issued", 100, "paid"),
        ("invoice", "issued", 101, "paid"),
        ("invoice", "draft", 100, "draft"),
        ("invoice", "cancelled", 100, "cancelled"),
        ("order", "confirmed", 100, "confirmed"),
    ],
)
def test_only_an_issued_invoice_is_paid(kind: Kind, status: str, paid: int, shown: str) -> None:
    """BG-08."""
    assert shown_status(kind, status, total=100, paid=paid) == shown  # type: ignore[arg-type] # a case of a table


def test_document_refuses_more_than_it_can_hold() -> None:
    dear = Line("Goods", 10**15, 10**13)
    assert dear.total(2) > MOST_MINOR
    with pytest.raises(BusinessDocumentRefusedError) as refused:
        check_draft("order", Draft(date=DAY, lines=(dear,)), 2)
    assert refused.value.field == "lines"
