import json
from typing import Any
from uuid import uuid4

import pytest

from pos_adapter.protocol import MOST_BODY_BYTES
from tests.factories import make_calculation, make_line, make_receipt
from tests.pos_adapter.running import SERVER_TOKEN, Server, Till

BANK_CARD = "4111111111111111"


def posted(receipt: dict[str, Any], state: str = "posted") -> bytes:
    """Give the server's answer to a receipt."""
    return json.dumps({"receipt_uid": receipt["receipt_uid"], "state": state, "card": None, "flags": []}).encode()


def batch_of(*receipts: dict[str, Any], state: str = "posted") -> bytes:
    """Give the server's answer to a batch."""
    results = [{"receipt_uid": one["receipt_uid"], "status": 201, "state": state, "problem": None} for one in receipts]
    return json.dumps({"results": results}).encode()


def body_of(**fields: object) -> bytes:
    """Give a body as no library would write it, to see that it is not written anew."""
    return json.dumps(fields, indent=3).encode() + b"\n"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/cards/lookup", body_of(number="2900000000018")),
        ("/v1/receipts/calculate", body_of(**make_calculation(make_line()))),
        (
            "/v1/holds",
            body_of(hold_uid=str(uuid4()), card={"number": "2900000000018"}, amount="5.00", receipt_uid=str(uuid4())),
        ),
    ],
)
async def test_body_goes_on_byte_for_byte_with_the_tokens_of_the_till(
    till: Till, server: Server, path: str, body: bytes
) -> None:
    server.answers[path] = 201, b'{"state":  "posted"}'
    async with till.client() as program:
        answer = await program.post(path, content=body)
    method, _, headers, came = next(request for request in reversed(server.requests) if request[1] == path)
    assert (method, came, headers["authorization"]) == ("POST", body, f"Bearer {SERVER_TOKEN}")
    assert (answer.status_code, answer.content) == (201, b'{"state":  "posted"}')


async def test_receipt_goes_on_as_it_was_written_with_the_name_of_the_till_and_a_number(
    till: Till, server: Server
) -> None:
    receipt = make_receipt(make_line(price="12.9000", net="12.90"))
    server.answers["/v1/receipts"] = 201, posted(receipt)
    async with till.client() as program:
        answer = await program.post("/v1/receipts", content=body_of(**receipt))
    came = json.loads(server.taken("/v1/receipts")[-1])
    assert answer.content == posted(receipt)
    assert (len(came.pop("till_instance")), came.pop("seq") > 0, came) == (36, True, receipt)


async def test_receipt_is_asked_for_at_the_server(till: Till, server: Server) -> None:
    path = f"/v1/receipts/{uuid4()}"
    server.answers[path] = 200, b'{"state":"posted"}'
    async with till.client() as program:
        answer = await program.get(path)
    assert (answer.status_code, answer.json()) == (200, {"state": "posted"})


async def test_hold_is_released_at_the_server(till: Till, server: Server) -> None:
    path = f"/v1/holds/{uuid4()}"
    server.answers[path] = 200, b'{"available":"5.00"}'
    async with till.client() as program:
        answer = await program.delete(path)
    assert (answer.status_code, answer.json()) == (200, {"available": "5.00"})
    assert server.requests[-1][:2] == ("DELETE", path)


async def test_refusal_of_the_server_is_passed_on_as_it_came(till: Till, server: Server) -> None:
    problem = b'{"title": "x", "status": 422, "code": "insufficient_funds", "detail": "y"}'
    server.answers["/v1/receipts"] = 422, problem
    async with till.client() as program:
        answer = await program.post("/v1/receipts", json=make_receipt())
        journal = (await program.get("/v1/health")).json()["journal"]
    assert (journal["queued"], journal["rejected"]) == (0, 0)
    assert (answer.status_code, answer.content) == (422, problem)
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "body", "field", "reason"),
    [
        ("/v1/cards/lookup", {"numbers": "1"}, "numbers", "is not a known field"),
        ("/v1/receipts/calculate", make_calculation(lines=[]), "lines", "must have at least 1 element"),
        ("/v1/receipts", make_receipt(lines=[make_calculation(make_line())["lines"][0]]), "lines[0].net", "is missing"),
        ("/v1/receipts", make_receipt() | {"total": 12.9}, "total", "must be text, not a number"),
        ("/v1/receipts", make_receipt(cashier="\0"), "cashier", "contains the character U+0000"),
        ("/v1/receipts/batch", {"receipts": [{}] * 1001}, "receipts", "must have at most 1000 elements"),
        ("/v1/receipts/6a0ff192-7854-4aa3-bb90-8d8d033b9a34/void", {"reason": "x"}, "void_uid", "is missing"),
        ("/v1/holds", {"amount": "5.00"}, "hold_uid", "is missing"),
        (
            "/v1/readers/scanner/arm",
            {"receipt_uid": str(uuid4()), "ttl_seconds": 0},
            "ttl_seconds",
            "must be at least 1",
        ),
    ],
)
async def test_wrong_body_is_refused_at_the_till_with_field_and_reason(
    till: Till, server: Server, path: str, body: dict[str, object], field: str, reason: str
) -> None:
    before = len(server.taken(path))
    async with till.client() as program:
        answer = await program.post(path, json=body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"] == [{"field": field, "reason": reason}]
    assert len(server.taken(path)) == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/cards/lookup", json.dumps({"number": BANK_CARD})),
        ("/v1/cards/lookup", json.dumps({"raw": f";{BANK_CARD}=49121010000?"})),
        ("/v1/cards/lookup", json.dumps({"raw": "%B4000000000000001^DOE/JANE^49121010000?"})),
        ("/v1/cards/lookup", json.dumps({"number": BANK_CARD}).replace("4", "\\u0034")),
        (
            "/v1/receipts/calculate",
            json.dumps(make_calculation(make_line(), cashier=f"paid by {BANK_CARD[:4]} {BANK_CARD[4:8]} 1111 1111")),
        ),
        ("/v1/receipts", json.dumps(make_receipt(card={"number": BANK_CARD}))),
    ],
)
async def test_bank_card_goes_no_further_than_the_till(till: Till, server: Server, path: str, body: str) -> None:
    before = len(server.taken(path))
    async with till.client() as program:
        answer = await program.post(path, content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "payment_card_refused")
    assert len(server.taken(path)) == before
    assert BANK_CARD not in answer.text + till.output
    assert "DOE" not in answer.text + till.output


async def test_own_card_that_looks_like_a_bank_card_goes_on(till: Till, server: Server) -> None:
    body = json.dumps({"number": "9990010000000010"}).encode()
    async with till.client() as program:
        answer = await program.post("/v1/cards/lookup", content=body)
    assert answer.is_success
    assert server.taken("/v1/cards/lookup")[-1] == body


async def test_wrong_receipts_of_a_batch_stay_and_the_rest_goes(till: Till, server: Server) -> None:
    good, bad = [make_receipt() for _ in range(2)], make_receipt(card={"number": BANK_CARD})
    server.answers["/v1/receipts/batch"] = 200, batch_of(*good)
    async with till.client() as program:
        answer = await program.post("/v1/receipts/batch", json={"receipts": [good[0], bad, {}, good[1]]})
    told = answer.json()["results"]
    assert [result["status"] for result in told] == [201, 422, 400, 201]
    assert [told[0]["receipt_uid"], told[3]["receipt_uid"]] == [one["receipt_uid"] for one in good]
    assert (told[1]["receipt_uid"], told[1]["problem"]["code"]) == (bad["receipt_uid"], "payment_card_refused")
    assert told[2]["problem"]["errors"] == [{"field": "receipt_uid", "reason": "is missing"}]
    sent = json.loads(server.taken("/v1/receipts/batch")[-1])["receipts"]
    assert [one["receipt_uid"] for one in sent] == [one["receipt_uid"] for one in good]


async def test_batch_of_wrong_receipts_alone_asks_the_server_nothing(till: Till, server: Server) -> None:
    before = len(server.taken("/v1/receipts/batch"))
    async with till.client() as program:
        answer = await program.post("/v1/receipts/batch", json={"receipts": [{}]})
    assert (answer.status_code, answer.json()["results"][0]["status"]) == (200, 400)
    assert len(server.taken("/v1/receipts/batch")) == before


async def test_what_became_of_receipts_is_told_as_events(till: Till, server: Server) -> None:
    receipts = [make_receipt() for _ in range(3)]
    server.answers["/v1/receipts"] = 201, posted(receipts[0])
    server.answers["/v1/receipts/batch"] = 200, batch_of(*receipts[1:], state="parked")
    async with till.events() as events, till.client() as program:
        await program.post("/v1/receipts", json=receipts[0])
        await program.post("/v1/receipts/batch", json={"receipts": receipts[1:]})
        told = [(await events.next("receipt-state"))[1] for _ in receipts]
    assert [(event["receipt_uid"], event["state"]) for event in told] == [
        (receipt["receipt_uid"], state) for receipt, state in zip(receipts, ["posted", "parked", "parked"], strict=True)
    ]


async def test_body_over_four_mebibytes_is_413(till: Till) -> None:
    async with till.client() as program:
        answer = await program.post("/v1/receipts", content=b" " * (MOST_BODY_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_address_that_is_not_there_and_wrong_method_are_problems(till: Till) -> None:
    async with till.client() as program:
        missing, wrong = await program.get("/v1/nothing"), await program.delete("/v1/receipts")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong.headers["Content-Type"] == "application/problem+json"


async def test_health_says_what_is_known_and_needs_no_token(till: Till) -> None:
    async with till.client(Authorization="") as program:
        health = (await program.get("/v1/health")).json()
    assert (health["status"], health["api_level"]) == ("ok", 1)
    assert health["journal"] == {"queued": 0, "oldest_at": None, "rejected": 0}
    assert [(reader["id"], reader["state"]) for reader in health["readers"]] == [
        ("scanner", "connected"), ("stripe", "connected"),
    ]  # fmt: skip
    assert health["snapshot_at"] is None
    assert health["server_seen_at"] is not None
    assert abs(health["clock_offset_ms"]) < 5_000
