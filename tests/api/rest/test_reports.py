"""Reports over the API: points, discounts and turnover through returns, voids, replacements and expiry; and refusals."""

from datetime import date
from typing import Any  # JSON bodies are free in their values
from uuid import uuid4

import pytest

from loyalty.accounts.points import expire_points
from loyalty.accounts.verify import verify_ledgers
from tests.api.rest.shop import Shop, ShopCard, make_line, make_receipt, new_uid, refusal
from tests.conftest import ACT

DAY = {"since": "2026-11-01", "until": "2026-11-30"}


async def _report(shop: Shop, report_id: str, **asked: Any) -> dict[str, Any]:
    answer = await shop.admin.get(f"/v1/reports/{report_id}", params=DAY | asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _figures(shop: Shop, report_id: str, **asked: Any) -> dict[str, Any]:
    """Give the sums of a report by column."""
    found = await _report(shop, report_id, **asked)
    return dict(zip([one["code"] for one in found["columns"]], found["totals"], strict=True))


async def _earning_card(shop: Shop) -> ShopCard:
    return await shop.make_card(kind="bonus", points={"per_money": "1", "value": "1.00", "lifetime": "P1M"})


def _points(card: ShopCard, points: str, cash: str) -> list[dict[str, Any]]:
    return [{"kind": "points", "amount": points, "card": card.ref}, {"kind": "cash", "amount": cash}]


async def test_points_are_told_apart_and_end_as_the_ledger_says(shop: Shop) -> None:
    card = await _earning_card(shop)
    await shop.sell(make_line(price="100.00"), card=card.ref)
    await shop.sell(make_line(price="50.00"), card=card.ref, payments=_points(card, "20.00", "30.00"))
    body = {"ledger": "points", "amount": "7", "reason": "as agreed", "operation_uid": new_uid()}
    assert (await shop.act(card, "adjust", **body)).status_code == 201

    found = await _figures(shop, "points", series=card.series, by="none")

    entries = await shop.sql("select amount from ledger where card_id = $1 and account = 'points'", card.id)
    assert found == {"opening": "0", "earned": "130", "spent": "-20", "expired": "0", "adjusted": "7", "closing": "117"}
    assert sum(row["amount"] for row in entries) == 117


async def test_points_of_returns_and_voids_are_less_earned_and_less_spent(shop: Shop) -> None:
    card = await _earning_card(shop)
    await shop.sell(make_line(price="100.00"), card=card.ref)
    paid = await shop.sell(make_line(price="40.00"), card=card.ref, payments=_points(card, "20.00", "20.00"))
    await shop.give_back(
        paid,
        make_line(price="40.00", quantity="0.5", net="20.00"),
        total="20.00",
        card=card.ref,
        payments=_points(card, "10.00", "10.00"),
    )
    voided = await shop.sell(make_line(price="8.00"), card=card.ref, payments=_points(card, "3.00", "5.00"))
    assert (await shop.void(voided)).status_code == 200

    found = await _figures(shop, "points", series=card.series, by="none")

    assert found == {"opening": "0", "earned": "110", "spent": "-10", "expired": "0", "adjusted": "0", "closing": "100"}


async def test_points_that_expired_are_told_on_the_day_they_were_taken(shop: Shop) -> None:
    card = await _earning_card(shop)
    await shop.sell(make_line(price="100.00"), card=card.ref)
    run = shop.caller.service.database.run
    await run(expire_points, [card.id], today=date(2027, 2, 1), uid=uuid4(), act=ACT)

    before = await _figures(shop, "points", series=card.series, by="series")
    after = await _figures(shop, "points", series=card.series, since="2026-12-01", until="2027-03-01", step="month")

    assert (before["opening"], before["earned"], before["closing"]) == ("0", "100", "100")
    assert (after["opening"], after["expired"], after["closing"]) == ("100", "-100", "0")


async def test_replaced_card_counts_with_its_successor(shop: Shop) -> None:
    old = await _earning_card(shop)
    new = await shop.make_card(old.series)
    await shop.sell(make_line(price="30.00"), card=old.ref)
    assert (await shop.act(old, "replace", by=new.ref, operation_uid=new_uid())).status_code == 201
    await shop.sell(make_line(price="5.00"), card=new.ref)

    points = await _figures(shop, "points", series=old.series)
    by_store, by_series = [await _figures(shop, "turnover", series=old.series, by=by) for by in ("store", "series")]

    assert (points["opening"], points["earned"], points["adjusted"], points["closing"]) == ("0", "35", "0", "35")
    assert by_store == by_series == {"turnover": "35.00", "purchases": "2", "mean": "17.50"}


async def test_return_lies_on_its_own_day_and_a_void_on_that_of_its_sale(shop: Shop) -> None:
    card = await shop.make_card()
    sale = await shop.sell(make_line(price="10.00", quantity="2", net="20.00"), card=card.ref)
    day = {"business_date": "2026-11-25", "closed_at": "2026-11-25T10:00:00+02:00"}
    await shop.give_back(sale, make_line(price="10.00"), card=card.ref, **day)
    await shop.void(await shop.sell(make_line(price="7.00"), card=card.ref))

    by_store = await _report(shop, "turnover", series=card.series, by="store", step="day")
    by_series = await _report(shop, "turnover", series=card.series, by="series", step="day")

    days = [("2026-11-22", "20.00"), ("2026-11-25", "-10.00")]
    for found in (by_store, by_series):
        assert [(row["keys"][0], row["values"][0]) for row in found["rows"]] == days
        assert found["totals"] == ["10.00", "1", "10.00"]


async def test_discounts_say_why(shop: Shop) -> None:
    prices = await shop.put_list(SKU2="6.00")
    card = await shop.make_card(discount_percent="10", price_lists=[prices], percent_without_quotation=True)
    lines = [
        make_line(1, price="10.00", discount="1.00", net="9.00"),
        make_line(2, price="8.00", discount="2.00", net="6.00"),
        make_line(3, price="4.00", discount="1.00", net="3.00", manual_discount_percent="25"),
        make_line(4, price="5.00", no_discount=True),
    ]
    await shop.sell(*lines, total="23.00", card=card.ref)

    found = await _report(shop, "discounts", series=card.series)

    assert [(row["keys"], row["values"]) for row in found["rows"]] == [
        (["quotation"], ["2.00", "8.00", "25.00", "1"]),
        (["manual"], ["1.00", "4.00", "25.00", "1"]),
        (["percent"], ["1.00", "10.00", "10.00", "1"]),
        (["none"], ["0.00", "5.00", "0.00", "1"]),
    ]
    assert found["totals"] == ["4.00", "27.00", "14.81", "4"]


async def test_receipt_rule_is_told_from_the_percent(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="10")
    rule = {"from": "50.00", "percent": "20"}
    answer = await shop.admin.put(f"/v1/series/{card.series}/rules", json={"receipt": [rule]})
    assert answer.status_code in {200, 201}, answer.text
    await shop.sell(make_line(price="10.00", discount="1.00", net="9.00"), card=card.ref)
    await shop.sell(make_line(price="100.00", discount="20.00", net="80.00"), card=card.ref)

    found = await _report(shop, "discounts", series=card.series)

    assert [(row["keys"][0], row["values"][0]) for row in found["rows"]] == [
        ("receipt_rule", "20.00"),
        ("percent", "1.00"),
    ]


async def test_report_groups_by_an_attribute_that_was_made_here(shop: Shop) -> None:
    club = {"directory": "card", "kind": "choice", "names": {"en": "Club"}, "choices": [{"names": {"en": "Rowing"}}]}
    made = await shop.admin.post("/v1/attributes", json=club)
    assert made.status_code == 201, made.text
    card = await shop.make_card()
    other = await shop.make_card(card.series)
    assert (
        await shop.admin.patch(f"/v1/cards/{card.id}/attributes", json={"values": {"club": "rowing"}})
    ).status_code == 200
    await shop.sell(card=card.ref)
    await shop.sell(make_line(price="3.00"), card=other.ref)

    found = await _report(shop, "turnover", series=card.series, by="card.club")
    narrowed = await _figures(shop, "turnover", series=card.series, by="none", where="card.club~is~rowing")

    assert [(row["names"], row["values"][0]) for row in found["rows"]] == [(["Rowing"], "10.00"), ([None], "3.00")]
    assert narrowed["turnover"] == "10.00"


async def test_sums_agree_with_the_books_that_verify_proves(shop: Shop) -> None:
    await shop.sell(card=(await shop.make_card()).ref)
    verified = await shop.caller.service.database.run(verify_ledgers)
    assert verified.differences == []
    [row] = await shop.sql(
        "select coalesce(sum(amount) filter (where account = 'turnover' and business_date >= '2020-01-01'), 0) as t,"
        " coalesce(sum(amount) filter (where account = 'points'), 0) as p,"
        " coalesce(sum(amount) filter (where account = 'money'), 0) as b"
        " from ledger where business_date <= '2029-12-01'"
    )

    ever = {"since": "2020-01-01", "until": "2029-12-01", "by": "none"}
    turnover = await _figures(shop, "turnover", **ever)
    points = await _figures(shop, "points", **ever)
    balances = await _figures(shop, "balances", **ever)

    assert (turnover["turnover"], points["closing"]) == (f"{row['t'] / 100:.2f}", str(row["p"]))
    assert balances["closing"] == f"{row['b'] / 100:.2f}"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"period": "someday"}, "period"),
        ({"period": "days", "days": "0"}, "days"),
        ({"since": "2026-11-31"}, "since"),
        ({"until": "2026-10-31"}, "until"),
        ({"until": "2099-10-31"}, "until"),
        ({"by": "colour"}, "by"),
        ({"by": "party.nothing"}, "by"),
        ({"step": "hour"}, "step"),
        ({"series": "NONE"}, "series"),
        ({"store": "NONE"}, "store"),
        ({"where": "name"}, "where"),
        ({"where": "colour~is~red"}, "where"),
        ({"where": "card.colour~is~red"}, "where"),
    ],
)
async def test_what_means_nothing_is_refused_with_its_field(shop: Shop, asked: dict[str, str], field: str) -> None:
    answer = await shop.admin.get("/v1/reports/turnover", params=DAY | asked)

    assert refusal(answer) == (422, "report_refused")
    assert answer.json()["errors"][0]["field"] == field


async def test_report_that_is_none_is_not_found(shop: Shop) -> None:
    assert refusal(await shop.admin.get("/v1/reports/nothing")) == (404, "report_unknown")
    listed = (await shop.admin.get("/v1/reports")).json()["reports"]
    assert {"turnover", "points", "task-times"} <= {one["id"] for one in listed}


async def test_every_report_answers_on_an_empty_day(shop: Shop) -> None:
    for one in (await shop.admin.get("/v1/reports")).json()["reports"]:
        for by in one["groups"] or ["none"]:
            answer = await shop.admin.get(
                f"/v1/reports/{one['id']}",
                params={"since": "1999-01-01", "by": by, "step": "day"} if one["groups"] else {"since": "1999-01-01"},
            )
            assert answer.status_code == 200, (one["id"], by, answer.text)
    assert (await shop.post(make_receipt())).status_code == 201
