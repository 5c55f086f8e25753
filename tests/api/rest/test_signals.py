"""Signals over HTTP: listing, pages, dismissing, and who may."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.rest.shop import Shop, ShopCard, make_line, new_code, refusal


async def hop(shop: Shop, card: ShopCard, day: str = "2026-09-14") -> list[str]:
    """Use a card in two stores within five minutes; gives the receipts, newest first."""
    sales = []
    for store, minute in ((new_code(), "10"), (new_code(), "15")):
        closed = f"{day}T10:{minute}:00+02:00"
        sales.append(await shop.sell(card=card.ref, store=store, business_date=day, closed_at=closed))
    return [sale["receipt_uid"] for sale in reversed(sales)]


async def read(shop: Shop, **asked: str) -> list[dict[str, Any]]:
    """Read the first page of signals."""
    answer = await shop.admin.get("/v1/signals", params={"from": "2026-09-01", "to": "2026-09-30"} | asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["signals"]
    return found


async def test_card_in_two_stores_within_minutes_is_listed_with_its_receipts(shop: Shop) -> None:
    card = await shop.make_card()
    receipts = await hop(shop, card)

    (signal,) = [one for one in await read(shop, kind="distant_stores") if one["card_id"] == card.id]

    assert signal["receipts"] == receipts
    assert signal["reason"].endswith("within 5 min 0 s")
    assert (signal["masked"], signal["last_day"], signal["score"]) == ("··· " + card.number[-4:], "2026-09-14", 75)
    assert card.number not in str(signal)


async def test_minutes_of_the_setting_are_the_limit(shop: Shop) -> None:
    card = await shop.make_card()
    for store, minute in (("0007", "10"), ("0008", "21")):
        await shop.sell(card=card.ref, store=store, business_date="2026-09-14", closed_at=f"2026-09-14T10:{minute}:00Z")

    assert [one for one in await read(shop, kind="distant_stores") if one["card_id"] == card.id] == []


async def test_dismissed_signal_comes_again_with_a_newer_receipt_only(shop: Shop) -> None:
    card = await shop.make_card()
    await hop(shop, card)
    body = {"kind": "distant_stores", "card_id": card.id, "last_day": "2026-09-14", "reason": "two of one family"}

    answers = [await shop.admin.post("/v1/signals/dismissals", json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert [one for one in await read(shop) if one["card_id"] == card.id] == []
    assert len(await shop.sql("select * from activity where act = 'signal.dismissed' and card_id = $1", card.id)) == 1

    await hop(shop, card, "2026-09-15")
    assert [one["kind"] for one in await read(shop) if one["card_id"] == card.id] == ["distant_stores"]


async def test_sale_that_climbs_over_a_threshold_and_comes_back_is_told(shop: Shop) -> None:
    """The return of the next month counts for the month of the climb: that is how it is ridden."""
    series = await shop.put_series()
    entries = [{"from": "0.00", "to": "500.00", "set": "1"}, {"from": "500.00", "to": None, "set": "5"}]
    rules = {"turnover": {"period": "month", "entries": entries}}
    assert (await shop.admin.put(f"/v1/series/{series}/rules", json=rules)).status_code == 201
    rider, regular = await shop.make_card(series), await shop.make_card(series)
    behind = {}
    for card, price in ((rider, "600.00"), (regular, "400.00")):
        day = {"business_date": "2026-08-31", "closed_at": "2026-08-31T10:00:00Z"}
        sale = await shop.sell(make_line(price=price), card=card.ref, **day)
        day = {"business_date": "2026-09-01", "closed_at": "2026-09-01T10:00:00Z"}
        back = await shop.give_back(sale, make_line(price=price), **day)
        behind[card.id] = [back["receipt_uid"], sale["receipt_uid"]]

    told = [one for one in await read(shop, kind="threshold_riding") if one["card_id"] in behind]

    assert [(one["card_id"], one["receipts"]) for one in told] == [(rider.id, behind[rider.id])]
    assert "100 % of it came back a day later" in told[0]["reason"]


async def test_pages_go_on_behind_the_last_signal(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.rest.signals.PAGE_ROWS", 1)
    cards = [await shop.make_card() for _ in range(3)]
    for card in cards:
        await hop(shop, card, "2025-03-01")
    asked, found = {"from": "2025-03-01", "to": "2025-03-01"}, []
    for _ in cards:
        page = (await shop.admin.get("/v1/signals", params=asked)).json()
        found += [one["card_id"] for one in page["signals"]]
        asked["after"] = page["next"]

    assert sorted(found) == sorted(card.id for card in cards)
    assert page["next"] is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"from": "2026-09-02", "to": "2026-09-01"}, (422, "period_refused")),
        ({"from": "2026-01-01", "to": "2026-12-31"}, (422, "period_refused")),
        ({"from": "2026-09-01"}, (400, "invalid_body")),
        ({"from": "2026-09-01", "to": "2026-09-01", "kind": "luck"}, (400, "invalid_body")),
        ({"from": "2026-09-01", "to": "2026-09-01", "after": "x"}, (400, "invalid_body")),
    ],
)
async def test_period_and_kind_that_make_no_sense_are_refused(
    shop: Shop, asked: dict[str, str], expected: tuple[int, str]
) -> None:
    assert refusal(await shop.admin.get("/v1/signals", params=asked)) == expected


async def test_signals_are_for_the_back_office(shop: Shop) -> None:
    till, clerk = await shop.caller.as_role("till", store="0007", till="3"), await shop.caller.as_role("clerk")
    period = {"from": "2026-09-01", "to": "2026-09-01"}
    body = {"kind": "keyed", "store": str(uuid4()), "cashier": "5", "last_day": "2026-09-01", "reason": "scanner"}

    async def ask(caller: httpx.AsyncClient) -> list[int]:
        answers = [
            await caller.get("/v1/signals", params=period),
            await caller.post("/v1/signals/dismissals", json=body),
        ]
        return [answer.status_code for answer in answers]

    assert (await ask(till), await ask(clerk)) == ([403, 403], [200, 201])
