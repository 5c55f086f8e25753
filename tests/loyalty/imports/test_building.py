from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from loyalty.imports.building import Place, build_adjustment, build_receipt, identify, till_of
from loyalty.imports.drafts import Draft
from loyalty.money import ONE_UNIT, Currency
from tests.loyalty.imports.sheets import SHOP, make_sheet, read_sheet


def make_drafts(folder: Path, *rows: str) -> tuple[dict[str, Draft], Place]:
    drafts, layout = read_sheet(make_sheet(folder, rows))
    place = Place(layout.mapping, ZoneInfo("Europe/London"), Currency("GBP", 2), {12_001: "2900000120013", 12_002: "-"})
    return {draft.number: draft for draft in drafts.receipts}, place


def test_identity_of_a_receipt_never_changes() -> None:
    assert str(identify("online_retail", "536365")) == "a045147a-4dcb-576e-bfb0-bfe18234685e"
    assert identify("online_retail", "536365") != identify("other", "536365")


def test_sale_has_its_customers_card_and_one_payment_of_its_total(tmp_path: Path) -> None:
    drafts, place = make_drafts(tmp_path, *SHOP)

    receipt = build_receipt(drafts["500001"], place)

    assert receipt.natural_key == ("online", "2", "", 1, "500001", "sale")
    assert (receipt.card, receipt.total) == ("2900000120013", 1550)
    assert [(payment.kind, payment.amount) for payment in receipt.payments] == [("other", 1550)]
    assert [line.goods.line for line in receipt.lines] == [1, 2, 3]


def test_time_is_local_to_the_store(tmp_path: Path) -> None:
    drafts, place = make_drafts(tmp_path, SHOP[3].replace("2011-03-02 11:00", "2011-07-01 00:30"))
    receipt = build_receipt(drafts["500002"], place)
    assert (receipt.closed_at.isoformat(), receipt.business_date.isoformat()) == (
        "2011-07-01T00:30:00+01:00",
        "2011-07-01",
    )


def test_return_is_turned_round_and_a_positive_line_in_it_was_taken_back(tmp_path: Path) -> None:
    rows = (SHOP[5], SHOP[5].replace("TEA,GREEN TEA,-1", "CUP,CUP,2"))
    drafts, place = make_drafts(tmp_path, *rows)

    receipt = build_receipt(drafts["C500004"], place)

    assert (receipt.kind, receipt.total) == ("return", -350)
    assert {line.goods.sku: (line.goods.quantity // ONE_UNIT, line.net) for line in receipt.lines} == {
        "TEA": (1, 350),
        "CUP": (-2, -700),
    }


def test_adjustment_is_a_document_with_its_own_sign(tmp_path: Path) -> None:
    drafts, place = make_drafts(tmp_path, SHOP[6])
    content = build_adjustment(drafts["A500005"], place)
    assert (content.kind, content.number, content.date.isoformat(), content.card, content.total) == (
        "adjustment",
        "A500005",
        "2011-04-04",
        None,
        -1106,
    )
    assert content.lines == [
        {"sku": "B", "name": "Adjust bad debt", "quantity": "1", "price": "-11.06", "net": "-11.06"}
    ]


@pytest.mark.parametrize(
    ("number", "till"), [("536365", "2"), ("536368", "1"), ("C536379", "4"), ("W/17-a", "2"), ("none", "1")]
)
def test_till_follows_from_the_number(number: str, till: str) -> None:
    assert till_of(number, 4) == till
