"""The worked cases of rules by turnover, of bonuses and of replaced cards, through the API of the service."""

from typing import Any  # the cases are free in their shapes

import pytest

from api.jobs.working import do_queued_jobs
from loyalty.cards.model import Series, SeriesSettings
from loyalty.cards.rules import TurnoverEntry, TurnoverTable
from loyalty.money import Currency
from loyalty.tiers.thresholds import Bought, Standing, read_tiers, rerate
from tests.api.rest.shop import Shop, ShopCard, make_line, make_receipt, new_uid, refusal
from tests.golden.cases import CASES, Case

MONEY = Currency("EUR", 2).scale


async def _put_rules(shop: Shop, code: str, **rules: Any) -> None:
    answer = await shop.admin.put(f"/v1/series/{code}/rules", json=rules)
    assert answer.status_code == 201, answer.text


def _table(entries: list[Case], period: str = "lifetime", **more: Any) -> Case:
    told = [{"from": entry["from"], "to": entry["to"], "set": entry["pct"]} for entry in entries]
    return {"period": period, "entries": told} | more


async def _post(shop: Shop, card: ShopCard, kind: str, amount: str, day: str = "2026-10-10") -> None:
    when = {"business_date": day, "closed_at": f"{day}T12:00:00+02:00"}
    body = make_receipt(make_line(price=amount), kind={"receipt": "sale"}.get(kind, kind), card=card.ref, **when)
    assert (await shop.post(body)).status_code == 201


async def _run(shop: Shop, code: str, period: str) -> None:
    answer = await shop.admin.post(f"/v1/series/{code}/rule-runs", json={"period": period})
    assert answer.status_code == 202, answer.text
    await do_queued_jobs(shop.caller.service, is_stopped=lambda: False)


async def _percent(shop: Shop, card: ShopCard) -> str:
    return str((await shop.look_up(card))["discount_percent"])


def test_tier_goes_by_the_turnover_with_the_receipt_in_hand() -> None:
    case = CASES["P18"]
    names = [entry["tier"] for entry in case["given"]["rule"]]
    series = {place: Series(place, name, 1, SeriesSettings(name, "discount")) for place, name in enumerate(names)}
    entries = tuple(
        TurnoverEntry(
            MONEY.parse(entry["from"]), None if entry["to"] is None else MONEY.parse(entry["to"]), move_to=entry["tier"]
        )
        for entry in case["given"]["rule"]
    )
    tiers = read_tiers(TurnoverTable("lifetime", entries=entries), series[0], series)

    told = [
        rerate(tiers, Standing(0, None), Bought(MONEY.parse(one["turnover"]) + MONEY.parse(one["receipt"]), 1))
        for one in case["when"]["cases"]
    ]

    assert [names[standing.series_id] for standing in told] == case["expect"]["tiers"]


async def test_card_moves_to_the_tier_of_the_turnover_with_the_receipt_in_hand(shop: Shop) -> None:
    """PAP-25."""
    case = CASES["P18"]
    codes = {entry["tier"]: await shop.put_series() for entry in case["given"]["rule"]}
    entries: list[Case] = [
        {"from": one["from"], "to": one["to"], "move_to": codes[one["tier"]]}
        for one in case["given"]["rule"]
        if one["tier"] != "Bronze"
    ]
    await _put_rules(shop, codes["Bronze"], turnover={"period": "lifetime", "at_posting": True, "entries": entries})
    told = []

    for one in case["when"]["cases"]:
        card = await shop.make_card(codes["Bronze"])
        await _adjust(shop, card, one["turnover"])
        await _post(shop, card, "sale", one["receipt"])
        told.append((await shop.look_up(card))["series"]["code"])

    assert told == [codes[tier] for tier in case["expect"]["tiers"]]


async def _adjust(shop: Shop, card: ShopCard, amount: str) -> None:
    """Give a card the turnover that it had before; a table acts when it next buys."""
    body = {"ledger": "turnover", "amount": amount, "reason": "as agreed", "operation_uid": new_uid()}
    assert amount == "0.00" or (await shop.act(card, "adjust", **body)).status_code == 201


async def test_range_ends_where_the_next_begins_and_an_overlap_is_refused(shop: Shop) -> None:
    """PAP-25."""
    case = CASES["B18"]
    code, percents = await shop.put_series(), []
    shared = [dict(entry, to="10000.01") if entry["to"] else entry for entry in case["given"]["table"]]
    refused = await shop.admin.put(f"/v1/series/{code}/rules", json={"turnover": _table(shared)})
    await _put_rules(shop, code, turnover=_table(case["given"]["table"], at_posting=True))

    for turnover in case["when"]["turnovers"]:
        card = await shop.make_card(code)
        await _post(shop, card, "sale", turnover)
        percents.append(await _percent(shop, card))

    assert percents == [f"{percent}.00" for percent in case["expect"]["pct"]]
    assert (refusal(refused)[0], case["expect"]["overlapping_table"]) == (422, "refused")


@pytest.mark.parametrize(("downgrade", "expected"), [("never", "pct_ratchet"), ("plain", "pct_plain")])
async def test_returns_count_up_and_down_unless_the_series_never_lowers(
    shop: Shop, downgrade: str, expected: str
) -> None:
    case = CASES["B19"]
    card = await shop.make_card()
    await _put_rules(shop, card.series, turnover=_table(case["given"]["rule"], downgrade=downgrade, at_posting=True))
    told = []

    for day, (kind, amount) in enumerate(case["when"]["events"], 1):
        await _post(shop, card, kind, amount, f"2026-10-0{day}")
        told.append(((await shop.figures(card))[0], await _percent(shop, card)))

    wanted = [f"{percent}.00" for percent in case["expect"][expected]]
    assert told == list(zip(case["expect"]["turnover"], wanted, strict=True))


async def test_returns_count_inside_a_period(shop: Shop) -> None:
    case = CASES["B20"]
    card = await shop.make_card()
    await _put_rules(shop, card.series, turnover=_table(case["given"]["rule"], case["given"]["rule_period"]))
    for kind, amount in case["when"]["october"]:
        await _post(shop, card, kind, amount)

    await _run(shop, card.series, "2026-10")

    assert (await _percent(shop, card), (await shop.figures(card))[0]) == (
        f"{case['expect']['pct']}.00",
        case["expect"]["turnover"],
    )


async def test_each_period_has_its_own_turnover(shop: Shop) -> None:
    case = CASES["B21"]
    card, percents = await shop.make_card(), []
    await _put_rules(shop, card.series, turnover=_table(case["given"]["rule"], case["given"]["rule_period"]))
    await _post(shop, card, "sale", case["when"]["october"])
    await _post(shop, card, "sale", case["when"]["november"], "2026-11-10")

    for period in ("2026-10", "2026-11"):
        await _run(shop, card.series, period)
        percents.append(await _percent(shop, card))

    assert percents == [f"{percent}.00" for percent in case["expect"]["pct"]]


async def test_percent_stays_what_the_rule_says(shop: Shop) -> None:
    case = CASES["B24"]
    card = await shop.make_card(discount_percent=case["given"]["card"]["discount_pct"])
    entry = {"from": "0.00", "to": None, "pct": case["given"]["rule"]["set"]}
    await _put_rules(shop, card.series, turnover=_table([entry]))

    for _ in range(case["when"]["run"]):
        await _run(shop, card.series, "current")

    assert await _percent(shop, card) == case["expect"]["pct"]


async def test_lost_card_gives_its_turnover_percent_and_money(shop: Shop) -> None:
    case = CASES["B33"]
    given, expected = case["given"]["old"], case["expect"]
    series = await shop.put_series(kind="credit")
    old, new = await shop.make_card(series), await shop.make_card(series)
    await _post(shop, old, "sale", given["turnover"])
    await shop.top_up(old, given["balance"])
    await shop.admin.patch(f"/v1/cards/{old.id}", json={"discount_percent": given["discount_pct"]})

    await shop.act(old, "replace", by=new.ref, operation_uid=new_uid())

    before, after = await shop.look_up(old), await shop.look_up(new)
    assert {name: after[name] for name in ("turnover", "balance")} == {
        name: expected["new"][name] for name in ("turnover", "balance")
    }
    assert after["discount_percent"] == f"{expected['new']['discount_pct']}.00"
    assert [before[name] for name in ("turnover", "balance", "status")] == list(expected["old"].values())


async def test_rule_decides_on_the_sum_of_a_used_card_and_the_lost_one(shop: Shop) -> None:
    case = CASES["B34"]
    series = await shop.put_series()
    await _put_rules(shop, series, turnover=_table(case["given"]["rule"], at_posting=True))
    cards = {name: await shop.make_card(series) for name in ("old", "new")}
    for name, card in cards.items():
        await _post(shop, card, "sale", case["given"][name]["turnover"])
        assert await _percent(shop, card) == f"{case['given'][name]['discount_pct']}.00"

    await shop.act(cards["old"], "replace", by=cards["new"].ref, operation_uid=new_uid())

    told = ((await shop.figures(cards["new"]))[0], await _percent(shop, cards["new"]))
    assert told == (case["expect"]["new"]["turnover"], f"{case['expect']['new']['discount_pct']}.00")


@pytest.mark.parametrize("place", [0, 1])
async def test_bonus_is_given_once_for_a_period_and_tops_up_without_one(shop: Shop, place: int) -> None:
    case = CASES["B41"]
    asked = case["when"]["cases"][place]
    card = await shop.make_credit_card(asked["balance"])
    entries = [
        {"from": entry["from"], "to": entry["to"], "percent": entry["pct"]} for entry in case["given"]["bonus_rule"]
    ]
    await _put_rules(shop, card.series, bonus={"period": asked["period"], "entries": entries})
    await _post(shop, card, "sale", case["given"]["turnover"])

    for _ in range(asked["runs"]):
        await _run(shop, card.series, "2026-10" if asked["period"] else "current")

    assert (await shop.look_up(card))["balance"] == case["expect"]["balances"][place]
