"""The worked cases of prices, shares, refunds and numbers, on the pure functions."""

from collections.abc import Iterable
from datetime import datetime, time
from pathlib import Path

import pytest

from loyalty.money import PERCENT, PRICE, QUANTITY, Currency, line_gross, share
from loyalty.numbering import TemplateError, read_template
from loyalty.pricing.calculate import calculate
from loyalty.pricing.model import Line, Priced, PriceList, PriceRules, Window
from loyalty.pricing.refunds import SoldLine, refund, refund_payments
from tests.golden.cases import CASES, NUMBERED, PRICED, RETURNED, RULED, RUN, SHARED, Case

MONEY = Currency("EUR", 2).scale
NOON = "2026-11-22T12:00:00"


def _make_lines(case: Case, manual: str | None = None) -> list[Line]:
    lines = []
    for line in case["lines"]:
        quantity, price = QUANTITY.parse(line["qty"]), PRICE.parse(line["price"])
        marks = {mark: line.get(mark, False) for mark in ("gift", "no_discount")}
        percent = None if manual is None else PERCENT.parse(manual)
        gross = line_gross(quantity, price, MONEY.places)
        lines.append(Line(line["line"], line["sku"], quantity, price, gross, manual_discount_percent=percent, **marks))
    return lines


def _make_rules(card: Case, *, dearer: bool = False) -> PriceRules:
    window = card.get("window", {})
    ends = [time.fromisoformat(window[end]) if window else None for end in ("from", "to")]
    times = Window(weekdays=(5,) if window.get("weekdays") else (), hours_from=ends[0], hours_until=ends[1])
    lists = card.get("price_lists") or ([{"rank": 0, **card["price_list"]}] if "price_list" in card else [])
    return PriceRules(
        source="CARD",
        percent=PERCENT.parse(card.get("discount_pct", "0")),
        price_lists=tuple(
            PriceList(str(place), "", entry["rank"], times, _quotations(entry)) for place, entry in enumerate(lists)
        ),
        price_list_choice="lowest" if card.get("pick") == "min" else "rank",
        percent_without_quotation=card.get("discount_if_no_quotation", False),
        dearer_quotations=dearer,
    )


def _quotations(entry: dict[str, str]) -> dict[str, int]:
    return {sku: PRICE.parse(price) for sku, price in entry.items() if sku != "rank"}


def _price(lines: Iterable[Line], rules: PriceRules | None, at: str = NOON) -> Priced:
    return calculate(list(lines), rules, at=datetime.fromisoformat(at), places=MONEY.places)


def test_every_case_is_run() -> None:
    assert sorted(RUN) == sorted(CASES)
    asked = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    alone = set(RUN) - {*PRICED, *RULED, *SHARED, *NUMBERED, *RETURNED}
    assert {name for name in alone if f'"{name}"' not in asked} == set()


@pytest.mark.parametrize("name", PRICED)
def test_receipt_is_priced_as_the_worked_case_says(name: str) -> None:
    """PAP-14, PAP-15."""
    case, expected = CASES[name], CASES[name]["expect"]

    priced = _price(_make_lines(case["when"]), _make_rules(case["given"]["card"]))

    shown = [
        {"line": line.line} | {part: MONEY.format(getattr(line, part)) for part in ("gross", "discount", "net")}
        for line in priced.lines
    ]
    assert shown == expected["lines"]
    assert {part: MONEY.format(getattr(priced, part)) for part in ("gross", "discount", "total")} == {
        part: expected[part] for part in ("gross", "discount", "total")
    }


@pytest.mark.parametrize("name", SHARED)
def test_amount_is_shared_as_the_worked_case_says(name: str) -> None:
    case = CASES[name]

    assert share(case["when"]["total"], case["given"]["weights"]) == case["expect"]["shares"]


def test_dearer_quotation_raises_the_price_only_where_asked() -> None:
    case = CASES["B14"]
    lines, card = _make_lines(case["when"]), case["given"]["card"]

    priced = [_price(lines, _make_rules(card, dearer=one["may_raise"])) for one in case["when"]["cases"]]

    assert [MONEY.format(one.total) for one in priced] == case["expect"]["totals"]


def test_night_window_belongs_to_the_day_on_which_it_began() -> None:
    case = CASES["B15"]
    lines, rules = _make_lines(case["when"]), _make_rules(case["given"]["card"])

    priced = [_price(lines, rules, step["at"]) for step in case["when"]["steps"]]

    assert [MONEY.format(one.total) for one in priced] == case["expect"]["totals"]


def test_percent_on_the_receipt_is_taken_on_what_the_one_on_the_line_left() -> None:
    """The receipt's percent is that of a card whose series lets it follow a manual discount."""
    case = CASES["P29"]
    totals = []
    for step in case["when"]["steps"]:
        rules = PriceRules("CARD", PERCENT.parse(step.get("receipt_pct", "0")), manual_with_percent=True)
        totals.append(MONEY.format(_price(_make_lines(case["when"], step["line_pct"]), rules).total))

    assert totals == case["expect"]["totals"]


def test_receipts_of_a_session_sum_to_its_total() -> None:
    case = CASES["P24"]
    rules = [
        None if "pct" not in one else PriceRules("CARD", PERCENT.parse(one["pct"])) for one in case["when"]["receipts"]
    ]

    totals = [_price(_make_lines(one), rule).total for one, rule in zip(case["when"]["receipts"], rules, strict=True)]

    assert [MONEY.format(total) for total in totals] == case["expect"]["receipt_totals"]
    assert MONEY.format(sum(totals)) == case["expect"]["session_total"]


@pytest.mark.parametrize("name", RETURNED)
def test_one_of_two_goods_is_given_back_at_its_own_share(name: str) -> None:
    case = CASES[name]
    sale = _price(_make_lines(case["when"]["sale"]), _make_rules(case["given"]["card"]))
    back = case["when"]["return"]["lines"][0]
    line = sale.lines[back["of_line"] - 1]

    due = refund(
        SoldLine(line.line, "A", line.quantity, line.price, line.discount, line.net), QUANTITY.parse(back["qty"])
    )

    assert (MONEY.format(sale.total), MONEY.format(due)) == (case["expect"]["paid"], case["expect"]["refund"])


def test_mixed_payment_goes_back_in_its_proportions() -> None:
    case = CASES["B39"]
    paid = [MONEY.parse(case["given"]["sale"][means]) for means in ("by_card", "cash")]

    back = refund_payments(paid, refunded_before=0, refund_now=MONEY.parse(case["when"]["return"]))

    assert [MONEY.format(part) for part in back] == [case["expect"]["to_card"], case["expect"]["cash"]]


@pytest.mark.parametrize("name", NUMBERED)
def test_numbers_are_made_as_the_worked_case_says(name: str) -> None:
    """PAP-23."""
    case = CASES[name]
    given, expected = case["given"], case["expect"]
    if name == "B05":
        with pytest.raises(TemplateError) as refused:
            read_template(given["template"])
        assert f"refused:{refused.value.code}" == expected["ours"]
        return
    templates = [read_template(text) for text in given.get("templates", [given.get("template")])]

    ranges = [[template.number(template.first), template.number(template.last)] for template in templates]

    assert ranges == expected.get("ranges", ranges)
    assert (templates[0].capacity, ranges[0]) == (
        expected.get("count", templates[0].capacity),
        [expected.get("first", ranges[0][0]), expected.get("last", ranges[0][1])],
    )
    assert templates[0].number(1) == expected.get("number", templates[0].number(1))
