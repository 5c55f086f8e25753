"""Percents that change at once when something is posted: by sums, or by the way where the way counts."""

import itertools
import random
from typing import Any  # JSON bodies are free in their values

import pytest

from loyalty.accounts.verify import verify_ledgers
from tests.api.rest.shop import Shop, ShopCard, make_line, make_receipt, make_return, new_uid

UP = [
    {"from": "0.00", "to": "100.00", "set": "1"},
    {"from": "100.00", "to": "200.00", "set": "3"},
    {"from": "200.00", "set": "4.35"},
]


async def make_rated(
    shop: Shop, *, entries: Any = UP, count: int = 1, code: str | None = None, **table: Any
) -> list[ShopCard]:
    code = await shop.put_series(code, discount_percent="0.50")
    rules = {"turnover": {"period": "lifetime", "at_posting": True, "entries": entries} | table}
    answer = await shop.admin.put(f"/v1/series/{code}/rules", json=rules)
    assert answer.status_code == 201, answer.text
    return [await shop.make_card(code) for _ in range(count)]


def sale(card: ShopCard, amount: str, day: str = "2026-11-10", hour: int = 12, **more: Any) -> dict[str, Any]:
    when = {"business_date": day, "closed_at": f"{day}T{hour:02d}:00:00+02:00"}
    return make_receipt(make_line(price=amount), card=card.ref, **(when | more))


def refund(of: dict[str, Any], hour: int, **more: Any) -> dict[str, Any]:
    when = {"business_date": of["business_date"], "closed_at": f"{of['business_date']}T{hour:02d}:00:00+02:00"}
    return make_return(of, *of["lines"], card=of["card"], **(when | more))


async def post(shop: Shop, *receipts: dict[str, Any]) -> list[str | None]:
    """Post receipts one by one; gives the percents of the answers."""
    found = []
    for receipt in receipts:
        answer = await shop.post(receipt)
        assert answer.status_code in {200, 201}, answer.text
        card = answer.json()["card"]
        found.append(None if card is None else card["discount_percent"])
    return found


async def percent_of(shop: Shop, card: ShopCard) -> str:
    return str((await shop.look_up(card))["discount_percent"])


@pytest.mark.parametrize("period", ["lifetime", "month"])
@pytest.mark.parametrize("downgrade", ["plain", "never"])
async def test_answer_to_a_receipt_has_the_percent_that_its_turnover_gives(
    shop: Shop, period: str, downgrade: str
) -> None:
    """PAP-25: at once, up with a sale and, plainly, down with its return."""
    (card,) = await make_rated(shop, period=period, downgrade=downgrade)
    big = sale(card, "150.00", hour=11)

    percents = await post(shop, sale(card, "60.00", hour=10), big, refund(big, 12))

    assert percents == ["1.00", "4.35", "1.00" if downgrade == "plain" else "4.35"]
    assert await percent_of(shop, card) == percents[-1]


async def test_repeated_receipt_changes_no_percent_and_is_answered_as_before(shop: Shop) -> None:
    (card,) = await make_rated(shop)
    first = sale(card, "60.00")
    assert await post(shop, first, sale(card, "150.00", hour=13), first) == ["1.00", "4.35", "1.00"]
    assert await percent_of(shop, card) == "4.35"


async def test_next_month_begins_anew_and_a_late_receipt_of_the_last_one_changes_nothing(shop: Shop) -> None:
    (card,) = await make_rated(shop, period="month")
    percents = await post(
        shop,
        sale(card, "250.00", "2026-10-31"),
        sale(card, "10.00", "2026-11-01"),
        sale(card, "900.00", "2026-10-30"),
    )
    assert percents == ["4.35", "1.00", "1.00"]


async def test_void_and_document_re_rate_as_well(shop: Shop) -> None:
    (card,) = await make_rated(shop)
    big = sale(card, "150.00")
    assert await post(shop, big) == ["3.00"]

    assert (await shop.void(big)).status_code == 200
    assert await percent_of(shop, card) == "0.50"

    url = f"/v1/documents/{new_uid()}"
    body = {"kind": "sale", "number": "D1", "date": "2026-11-05", "total": "300.00", "card": card.ref}
    assert (await shop.admin.put(url, json=body)).status_code == 201
    assert await percent_of(shop, card) == "4.35"
    assert (await shop.admin.delete(url)).status_code == 200
    assert await percent_of(shop, card) == "0.50"


async def test_change_is_kept_and_journalled_once_with_what_was_before(shop: Shop) -> None:
    (card,) = await make_rated(shop)
    big = sale(card, "150.00")
    await post(shop, big, sale(card, "1.00", hour=13))

    past = await shop.sql("select own_percent, cause from card_setting_past where card_id = $1", card.id)
    assert [tuple(row) for row in past] == [(None, f"posted:{big['receipt_uid']}")]
    acts = await shop.sql("select data from activity where act = 'card.rated' and card_id = $1", card.id)
    assert len(acts) == 1


async def test_card_moves_to_the_series_above_and_is_ruled_by_it_from_then_on(shop: Shop) -> None:
    gold = await shop.put_series(discount_percent="9.00")
    (card,) = await make_rated(shop, entries=[{"from": "100.00", "move_to": gold}])
    first = (await shop.look_up(card))["series"]["code"]

    assert await post(shop, sale(card, "99.00"), sale(card, "1.00", hour=13)) == ["0.50", "9.00"]

    assert (await shop.look_up(card))["series"]["code"] == gold
    (act,) = (await shop.admin.get(f"/v1/cards/{card.id}/history")).json()["acts"]
    assert (act["act"], act["data"]["old"]["series"], act["data"]["new"]["series"]) == ("card.rated", first, gold)


async def test_series_that_does_not_ask_for_it_waits_for_its_run(shop: Shop) -> None:
    (card,) = await make_rated(shop, at_posting=False)
    assert await post(shop, sale(card, "150.00")) == ["0.50"]


TABLES: list[dict[str, Any]] = [
    {},
    {"period": "month"},
    {"downgrade": "never"},
    {"downgrade": "one_step", "period": "week"},
    {"entries": UP[1:]},
]


@pytest.mark.parametrize("table", TABLES, ids=str)
async def test_any_order_and_repetition_of_the_same_documents_ends_in_the_same_percent(
    shop: Shop, rng: random.Random, table: dict[str, Any]
) -> None:
    """PAP-25, PAP-20: sales, returns with and without their sale, voids and documents, shuffled for each of six cards."""
    cards = await make_rated(shop, count=6, **table)
    days = rng.sample(range(1, 29), 14)
    plan = [(rng.choice([20, 60, 90, 130]), day, kind) for day, kind in zip(days, "ssssssrrrnnvdd", strict=True)]
    ended = []
    for number, card in enumerate(cards):
        acts = list(itertools.chain.from_iterable(_acts_of(shop, card, *one) for one in plan))
        if number:
            rng.shuffle(acts)
            acts += acts[:3]
        for act in acts:
            await act()
        found = await shop.look_up(card)
        ended.append((found["turnover"], found["discount_percent"]))

    assert len(set(ended)) == 1, ended
    assert (await shop.caller.service.database.run(verify_ledgers)).differences == []


def _acts_of(shop: Shop, card: ShopCard, amount: int, day: int, kind: str) -> list[Any]:
    """Give the acts of one thing that happened: a sale and what followed, each to be done in any order."""
    sold = sale(card, f"{amount}.00", f"2026-11-{day:02d}")
    if kind == "n":
        return [lambda: shop.post(sold | {"kind": "return"})]
    if kind == "d":
        uid = new_uid()
        body = {"kind": "sale", "number": "D", "date": sold["business_date"], "total": f"{amount}.00", "card": card.ref}
        return [
            lambda: shop.admin.put(f"/v1/documents/{uid}", json=body | {"version": 1}),
            lambda: shop.admin.put(f"/v1/documents/{uid}", json=body | {"version": 2, "total": "30.00"}),
        ]
    acts: list[Any] = [lambda: shop.post(sold)]
    void_uid, back = new_uid(), refund(sold, 16)
    if kind == "v":
        acts.append(lambda: shop.void(sold, void_uid))
    if kind == "r":
        acts.append(lambda: shop.post(back))
    return acts
