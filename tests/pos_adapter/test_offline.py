"""What a till does when the server has gone: a real server on a real database that is stopped and started again."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any  # JSON bodies are free in their values
from uuid import uuid4

import pytest

from api.settings import Settings
from api.state import Service
from tests.factories import make_calculation, make_line, make_receipt
from tests.pos_adapter.hostile import BEHAVIOURS, hostile_server
from tests.pos_adapter.running import Till
from tests.pos_adapter.shop import Shop, know_snapshot, running_shop

ANSWER_SECONDS = 1.5
COMPARED = ("card", "lines", "gross", "discount", "total")


@pytest.fixture
async def shop(settings: Settings, database_url: str, service: Service) -> AsyncIterator[Shop]:
    async with running_shop(settings, database_url, service) as shop:
        yield shop


async def test_price_offline_is_the_price_online(shop: Shop, tmp_path: Path) -> None:
    gold, blocked = (await shop.make_cards("GOLD", 2, discount_percent="10.00"))[:2]
    await shop.admin("POST", f"/v1/cards/{blocked['card_id']}/block", reason="lost")
    lines = [make_line(1, price="12.90", quantity="0.756"), make_line(2, price="3.333", quantity="3")]
    asked = [
        make_calculation(*lines, card={"number": gold["number"]}),
        make_calculation(*lines, card={"number": blocked["number"]}),
        make_calculation(*lines),
    ]
    with shop.till(tmp_path) as till:
        await know_snapshot(till)
        async with till.client() as program:
            online = [(await program.post("/v1/receipts/calculate", json=body)).json() for body in asked]
            shop.stop()
            offline = [(await program.post("/v1/receipts/calculate", json=body)).json() for body in asked]
    assert [answer["mode"] for answer in online + offline] == ["online"] * 3 + ["offline"] * 3
    assert [[answer[part] for part in COMPARED] for answer in offline] == [
        [answer[part] for part in COMPARED] for answer in online
    ]
    assert [answer["card"] and answer["card"]["refusal"] for answer in offline] == [None, "blocked", None]
    assert [message["code"] for message in offline[0]["messages"]] == ["offline", "card_percent"]


async def test_card_is_looked_up_offline_without_its_balances(shop: Shop, tmp_path: Path) -> None:
    [card] = await shop.make_cards("GOLD", discount_percent="4.355")
    number = card["number"]
    with shop.till(tmp_path) as till:
        await know_snapshot(till)
        shop.stop()
        async with till.client() as program:
            found = await program.post("/v1/cards/lookup", json={"number": number})
            typed = await program.post("/v1/cards/lookup", json={"raw": f";{number}=?\r"})
            unknown = await program.post("/v1/cards/lookup", json={"number": "2904000000000"})
            by_phone = await program.post("/v1/cards/lookup", json={"phone": "+359888123456"})
    shown = found.json()
    assert (shown["discount_percent"], shown["usable"], shown["status"]) == ("4.355", True, "active")
    assert (shown["mode"], shown["balance"], shown["turnover"], shown["holder"]) == ("offline", None, None, None)
    assert typed.json()["masked"] == shown["masked"]
    assert (unknown.status_code, unknown.json()["code"]) == (404, "card_unknown")
    assert (by_phone.status_code, by_phone.json()["code"]) == (503, "server_unreachable")


async def test_receipts_are_safe_offline_and_arrive_once_when_the_server_is_back(shop: Shop, tmp_path: Path) -> None:
    """I2, I3, I14."""
    [card] = await shop.make_cards("GOLD")
    receipts = [make_receipt(card={"number": card["number"]}) for _ in range(3)]
    with shop.till(tmp_path) as till:
        await know_snapshot(till)
        async with till.events() as events, till.client() as program:
            online = await program.post("/v1/receipts", json=receipts[0])
            shop.stop()
            kept = [await program.post("/v1/receipts", json=receipt) for receipt in receipts[1:]]
            waiting = await program.get(f"/v1/receipts/{receipts[1]['receipt_uid']}")
            shop.start()
            for receipt in receipts[1:]:
                await _hear(events, receipt["receipt_uid"], "posted")
            again = await program.post("/v1/receipts", json=receipts[1])
            stored = [(await program.get(f"/v1/receipts/{one['receipt_uid']}")).json() for one in receipts]
            known = (await program.post("/v1/cards/lookup", json={"number": card["number"]})).json()
            journal = (await program.get("/v1/health")).json()["journal"]
    assert online.status_code == 201
    assert [(answer.status_code, answer.json()["state"]) for answer in kept] == [(202, "queued")] * 2
    assert [message["code"] for message in kept[0].json()["messages"]] == ["queued"]
    assert (waiting.json()["state"], waiting.json()["card"]["masked"][-4:]) == ("queued", card["number"][-4:])
    assert (again.status_code, again.json()["state"]) == (200, "posted")
    assert [(one["seq"], one["offline"]) for one in stored] == [(1, False), (2, True), (3, True)]
    assert len({one["till_instance"] for one in stored}) == 1
    assert (known["purchases"], known["turnover"]) == (3, "30.00")
    assert journal == {"queued": 0, "oldest_at": None, "rejected": 0}


async def test_poison_receipt_is_set_aside_and_those_behind_it_arrive(shop: Shop, tmp_path: Path) -> None:
    [card] = await shop.make_cards("GOLD")
    poison = make_receipt(make_line(top_up=True), card={"number": card["number"]})
    good = make_receipt()
    with shop.till(tmp_path) as till:
        await know_snapshot(till)
        async with till.events() as events, till.client() as program:
            shop.stop()
            answers = [await program.post("/v1/receipts", json=receipt) for receipt in (poison, good)]
            shop.start()
            await _hear(events, poison["receipt_uid"], "rejected")
            await _hear(events, good["receipt_uid"], "posted")
            health = (await program.get("/v1/health")).json()
            kept = (await program.get(f"/v1/receipts/{poison['receipt_uid']}")).json()
            again = await program.post("/v1/receipts", json=poison)
    assert [answer.status_code for answer in answers] == [202, 202]
    assert (health["status"], health["journal"]["rejected"], health["journal"]["queued"]) == ("degraded", 1, 0)
    assert (kept["state"], kept["problem"]["status"]) == ("rejected", 422)
    assert (again.status_code, again.json()["state"], again.json()["problem"]["status"]) == (202, "rejected", 422)


async def test_void_offline_follows_its_receipt(shop: Shop, tmp_path: Path) -> None:
    receipt = make_receipt()
    voiding = {"void_uid": str(uuid4()), "reason": "wrong till"}
    path = f"/v1/receipts/{receipt['receipt_uid']}/void"
    with shop.till(tmp_path) as till:
        await know_snapshot(till)
        async with till.events() as events, till.client() as program:
            shop.stop()
            await program.post("/v1/receipts", json=receipt)
            voided, again = [await program.post(path, json=voiding) for _ in range(2)]
            other = await program.post(path, json=voiding | {"void_uid": str(uuid4())})
            shop.start()
            await _hear(events, receipt["receipt_uid"], "voided")
    assert [(answer.status_code, answer.json()["state"]) for answer in (voided, again)] == [(202, "queued")] * 2
    assert (other.status_code, other.json()["code"]) == (409, "already_voided")


async def test_receipt_that_does_not_add_up_is_refused_offline_too(shop: Shop, tmp_path: Path) -> None:
    with shop.till(tmp_path) as till:
        await know_snapshot(till)
        shop.stop()
        async with till.client() as program:
            unbalanced = await program.post("/v1/receipts", json=make_receipt(make_line(net="9.99")))
            too_exact = await program.post("/v1/receipts", json=make_receipt(total="10.001"))
            right = await program.post("/v1/receipts", json=make_receipt())
    assert (unbalanced.status_code, unbalanced.json()["code"]) == (422, "receipt_unbalanced")
    assert (too_exact.status_code, too_exact.json()["errors"][0]["field"]) == (400, "payments[0].amount")
    assert right.status_code == 202


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
async def test_till_answers_in_time_whatever_the_server_does(shop: Shop, tmp_path: Path, behaviour: str) -> None:
    """I3, I15; the program's own limit is the promise of 1.5 s."""
    [card] = await shop.make_cards("GOLD")
    receipt = make_receipt(card={"number": card["number"]})
    voiding = {"void_uid": str(uuid4()), "reason": "wrong till"}
    hold = {"hold_uid": str(uuid4()), "card": {"number": card["number"]}, "amount": "1.00", "receipt_uid": str(uuid4())}
    calls: list[tuple[str, Any, int]] = [
        ("/v1/cards/lookup", {"number": card["number"]}, 200),
        ("/v1/receipts/calculate", make_calculation(make_line(), card={"number": card["number"]}), 200),
        ("/v1/receipts", receipt, 202),
        (f"/v1/receipts/{receipt['receipt_uid']}/void", voiding, 202),
        ("/v1/receipts/batch", {"receipts": [make_receipt()]}, 200),
        ("/v1/holds", hold, 503),
    ]
    with shop.till(tmp_path) as till:
        await know_snapshot(till)
        shop.stop()
        with hostile_server(shop.url, behaviour):
            async with till.client() as program:
                program.timeout = ANSWER_SECONDS
                for path, body, status in calls:
                    answer = await program.post(path, json=body)
                    assert answer.status_code == status, (path, answer.text)
                journal = (await program.get("/v1/health")).json()["journal"]
    assert (journal["queued"], journal["rejected"]) == (3, 0)


async def test_card_that_is_blocked_is_known_blocked_at_the_next_look(shop: Shop, tmp_path: Path) -> None:
    [card] = await shop.make_cards("GOLD")
    with shop.till(tmp_path) as till:
        await know_snapshot(till)
        shop.stop()
        shop.start()
        await shop.admin("POST", f"/v1/cards/{card['card_id']}/block", reason="lost")
    with shop.till(tmp_path) as till:
        async with till.client() as program:
            await _wait_for_cursor(till)
            shop.stop()
            found = (await program.post("/v1/cards/lookup", json={"number": card["number"]})).json()
    assert (found["usable"], found["refusal"]) == (False, "blocked")


async def _wait_for_cursor(till: Till) -> None:
    at = await know_snapshot(till)
    if "snapshot_fetched" not in till.output:
        await know_snapshot(till, since=at)


async def _hear(events: object, receipt_uid: str, state: str) -> None:
    while True:
        _, told = await events.next("receipt-state")  # type: ignore[attr-defined] # Events of a running till
        if (told["receipt_uid"], told["state"]) == (receipt_uid, state):
            return


CREDIT = '[offline_credit]\nper_receipt = "20.00"\nper_card = "30.00"\nper_till = "45.00"\n'


def hold_of(number: str, amount: str, receipt_uid: str | None = None) -> dict[str, Any]:
    return {
        "hold_uid": str(uuid4()),
        "card": {"number": number},
        "amount": amount,
        "receipt_uid": receipt_uid or str(uuid4()),
    }


async def test_money_is_held_offline_within_the_allowances_alone(shop: Shop, tmp_path: Path) -> None:
    """I5."""
    one, two, blocked = await shop.make_cards("PURSE", 3, kind="credit", credit_limit="0.00")
    [discount] = await shop.make_cards("GOLD")
    await shop.admin("POST", f"/v1/cards/{blocked['card_id']}/block", reason="lost")
    asked = [
        hold_of(one["number"], "20.00"),
        hold_of(one["number"], "20.01"),  # more than one receipt may
        hold_of(one["number"], "10.01"),  # more than is left of the card
        hold_of(two["number"], "20.00"),
        hold_of(one["number"], "5.01"),  # more than is left of the till
        hold_of(one["number"], "5.00"),
        hold_of(blocked["number"], "1.00"),
        hold_of(discount["number"], "1.00"),
    ]
    with shop.till(tmp_path, CREDIT) as till:
        await know_snapshot(till)
        shop.stop()
        async with till.client() as program:
            held = [await program.post("/v1/holds", json=body) for body in asked]
            again = await program.post("/v1/holds", json=asked[0])
            other = await program.post("/v1/holds", json=asked[0] | {"amount": "19.00"})
            released = await program.delete(f"/v1/holds/{asked[0]['hold_uid']}")
            after = await program.post("/v1/holds", json=hold_of(one["number"], "20.00"))
    refused = (503, "offline_credit_refused")
    assert [(answer.status_code, answer.json().get("code")) for answer in held] == [
        (201, None), refused, refused, (201, None), refused, (201, None), (422, "card_not_usable"), refused,
    ]  # fmt: skip
    assert held[0].json()["available"] == "0.00"
    assert (again.status_code, again.json(), other.status_code) == (200, held[0].json(), 409)
    assert (released.status_code, after.status_code) == (200, 201)


async def test_receipt_that_was_paid_offline_overdraws_by_its_hold_and_is_flagged(shop: Shop, tmp_path: Path) -> None:
    """I5."""
    [card] = await shop.make_cards("PURSE", kind="credit", credit_limit="0.00")
    paid = make_receipt(make_line(price="20.00"), card={"number": card["number"]})
    hold = hold_of(card["number"], "20.00", paid["receipt_uid"])
    payment = {"kind": "card", "amount": "20.00", "card": {"number": card["number"]}, "hold_uid": hold["hold_uid"]}
    with shop.till(tmp_path, CREDIT) as till:
        await know_snapshot(till)
        async with till.events() as events, till.client() as program:
            shop.stop()
            held = await program.post("/v1/holds", json=hold)
            kept = await program.post("/v1/receipts", json=paid | {"payments": [payment]})
            shop.start()
            await _hear(events, paid["receipt_uid"], "posted")
            stored = (await program.get(f"/v1/receipts/{paid['receipt_uid']}")).json()
            refused = await program.post("/v1/holds", json=hold_of(card["number"], "0.01"))
    assert (held.status_code, kept.status_code) == (201, 202)
    assert (stored["flags"], stored["figures"]["balance"]) == (["offline_overdraft"], "-20.00")
    assert refused.status_code == 422


async def test_money_that_the_till_granted_is_not_refused_when_the_server_is_back(shop: Shop, tmp_path: Path) -> None:
    """I5."""
    [card] = await shop.make_cards("PURSE", kind="credit", credit_limit="0.00")
    paid = make_receipt(make_line(price="20.00"))
    hold = hold_of(card["number"], "20.00", paid["receipt_uid"])
    payment = {"kind": "card", "amount": "20.00", "card": {"number": card["number"]}}
    with shop.till(tmp_path, CREDIT) as till:
        await know_snapshot(till)
        async with till.events() as events, till.client() as program:
            shop.stop()
            held = await program.post("/v1/holds", json=hold)
            shop.start()
            while (await events.next("link-state"))[1]["state"] != "online":
                pass
            unheld = await program.post("/v1/receipts", json=paid | {"payments": [payment]})
            payment["hold_uid"] = hold["hold_uid"]
            posted = await program.post("/v1/receipts", json=paid | {"payments": [payment]})
    assert held.status_code == 201
    assert (unheld.status_code, unheld.json()["code"]) == (422, "insufficient_funds")
    assert (posted.status_code, posted.json()["flags"]) == (201, ["offline_overdraft"])
