"""The sender against a stand-in server that answers what the test says."""

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.factories import make_receipt
from tests.pos_adapter.running import Events, Server, Till, running_server, running_till

PROBLEM = {"title": "x", "status": 422, "code": "insufficient_funds", "detail": "y"}


def taken(receipt: dict[str, Any], state: str = "posted") -> tuple[int, bytes]:
    body = {"receipt_uid": receipt["receipt_uid"], "state": state, "card": None, "flags": []}
    return 201, json.dumps(body).encode()


async def hear(events: Events, receipt: dict[str, Any], state: str) -> None:
    while True:
        _, told = await events.next("receipt-state")
        if (told["receipt_uid"], told["state"]) == (receipt["receipt_uid"], state):
            return


def posted(server: Server) -> list[str]:
    """Give the receipts that came to the server, one by one and in batches, in their order."""
    single = [[json.loads(body)] for body in server.taken("/v1/receipts")]
    batches = [json.loads(body)["receipts"] for body in server.taken("/v1/receipts/batch")]
    return [receipt["receipt_uid"] for bundle in single + batches for receipt in bundle]


@pytest.mark.parametrize("status", [401, 429, 500, 503])
async def test_receipt_that_the_server_cannot_take_now_is_kept_and_sent_again(tmp_path: Path, status: int) -> None:
    """I3, I15."""
    receipt = make_receipt()
    with running_server() as server:
        server.retry_after = "0"
        server.answers["/v1/receipts"] = status, json.dumps(PROBLEM | {"status": status, "code": "busy"}).encode()
        with running_till(tmp_path, server.url) as till:
            async with till.events() as events, till.client() as program:
                kept = await program.post("/v1/receipts", json=receipt)
                server.answers["/v1/receipts"] = taken(receipt)
                await hear(events, receipt, "posted")
    assert (kept.status_code, kept.json()["state"]) == (202, "queued")
    assert set(posted(server)) == {receipt["receipt_uid"]}


async def test_receipt_at_which_the_server_fails_goes_behind_the_others(tmp_path: Path) -> None:
    """I14."""
    bad, good = make_receipt(), make_receipt()
    defect = PROBLEM | {"status": 500, "code": "internal_error"}
    with running_server() as server, running_till(tmp_path, server.url) as till:
        server.retry_after = "0"
        server.answers["/v1/receipts"] = 500, json.dumps(defect).encode()
        server.by_uid[good["receipt_uid"]] = taken(good)
        async with till.events() as events, till.client() as program:
            for receipt in (bad, good):
                assert (await program.post("/v1/receipts", json=receipt)).json()["state"] == "queued"
            await hear(events, good, "posted")
            journal = (await program.get("/v1/health")).json()["journal"]
            server.answers["/v1/receipts"] = taken(bad)
            await hear(events, bad, "posted")
    assert (journal["queued"], journal["rejected"]) == (1, 0)


async def test_receipts_arrive_in_the_order_of_the_journal_after_a_restart(tmp_path: Path) -> None:
    """I2, I3, I16."""
    receipts = [make_receipt() for _ in range(5)]
    with running_server() as server:
        server.stop()
        with running_till(tmp_path, server.url) as till:
            async with till.client() as program:
                answers = [await program.post("/v1/receipts", json=receipt) for receipt in receipts]
            till.process.kill()
        server.start()
        results = [{"receipt_uid": one["receipt_uid"], "status": 201, "state": "posted"} for one in receipts]
        server.answers["/v1/receipts/batch"] = 200, json.dumps({"results": results}).encode()
        with running_till(tmp_path, server.url) as till:
            async with till.events() as events, till.client() as program:
                while (await program.get("/v1/health")).json()["journal"]["queued"]:
                    await events.next("receipt-state")
    assert [answer.status_code for answer in answers] == [202] * 5
    assert posted(server) == [receipt["receipt_uid"] for receipt in receipts]
    [batch] = [json.loads(body)["receipts"] for body in server.taken("/v1/receipts/batch")]
    assert [(one["seq"], one["offline"]) for one in batch] == [(number, True) for number in range(1, 6)]


async def test_receipt_that_was_promised_is_not_refused_for_money_but_sent_as_offline(tmp_path: Path) -> None:
    """I3."""
    receipt = make_receipt()
    with running_server() as server, running_till(tmp_path, server.url) as till:
        server.answers["/v1/receipts"] = 422, json.dumps(PROBLEM).encode()
        server.delays["/v1/receipts"] = [2]
        server.offline_answer = taken(receipt)
        async with till.events() as events, till.client() as program:
            kept = await program.post("/v1/receipts", json=receipt)
            await hear(events, receipt, "posted")
    bodies = [json.loads(body) for body in server.taken("/v1/receipts")]
    assert (kept.status_code, [body.get("offline", False) for body in bodies]) == (202, [False, True])


async def test_refused_receipt_may_come_again_put_right_under_its_uuid(till: Till, server: Server) -> None:
    receipt = make_receipt()
    server.answers["/v1/receipts"] = 422, json.dumps(PROBLEM).encode()
    async with till.client() as program:
        refused = await program.post("/v1/receipts", json=receipt)
        server.answers["/v1/receipts"] = taken(receipt)
        again = await program.post("/v1/receipts", json=receipt | {"cashier": "6"})
    bodies = [json.loads(body) for body in server.taken("/v1/receipts")[-2:]]
    assert (refused.status_code, again.status_code) == (422, 201)
    assert bodies[0]["seq"] == bodies[1]["seq"]


async def test_void_that_the_server_refuses_is_told_as_it_came(till: Till, server: Server) -> None:
    path = f"/v1/receipts/{uuid4()}/void"
    problem = json.dumps(PROBLEM | {"status": 409, "code": "receipt_has_returns"}).encode()
    server.answers[path] = 409, problem
    async with till.client() as program:
        answer = await program.post(path, json={"void_uid": str(uuid4()), "reason": "wrong till"})
    assert (answer.status_code, answer.content) == (409, problem)


async def test_receipt_that_stands_twice_in_a_batch_is_sent_once_and_answered_twice(till: Till, server: Server) -> None:
    """I2."""
    receipt = make_receipt()
    server.by_uid[receipt["receipt_uid"]] = taken(receipt)
    results = [{"receipt_uid": receipt["receipt_uid"], "status": 201, "state": "posted"}]
    server.answers["/v1/receipts/batch"] = 200, json.dumps({"results": results}).encode()
    async with till.client() as program:
        answer = await program.post("/v1/receipts/batch", json={"receipts": [receipt, receipt]})
        again = await program.post("/v1/receipts/batch", json={"receipts": [receipt]})
    assert [one["state"] for one in answer.json()["results"]] == ["posted", "posted"]
    assert [one["status"] for one in again.json()["results"]] == [200]
    assert posted(server).count(receipt["receipt_uid"]) == 1


async def test_two_programs_with_one_receipt_are_told_the_same(till: Till, server: Server) -> None:
    """I2, I3."""
    receipt = make_receipt()
    server.by_uid[receipt["receipt_uid"]] = taken(receipt)
    async with till.client() as one, till.client() as two:
        answers = await asyncio.gather(*(program.post("/v1/receipts", json=receipt) for program in (one, two)))
    assert [answer.json()["state"] for answer in answers] == ["posted", "posted"]
    assert posted(server).count(receipt["receipt_uid"]) == 1
