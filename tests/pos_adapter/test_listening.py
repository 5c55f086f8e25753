import asyncio
import itertools
import socket
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from devices.simulator import SimulatedReader
from loyalty.numbering import ean_digit
from pos_adapter.event_stream import MOST_CLIENTS
from pos_adapter.protocol import MOST_BATCH
from tests.factories import make_receipt
from tests.pos_adapter.running import WAIT_SECONDS, Till, closed_port, running_till

BANK_CARD = "4111111111111111"

BATCHES_THAT_FILL_ALL_BUFFERS = 40

_counter = itertools.count(1)


def fresh(head: str) -> str:
    """Give an EAN-13 that no reader has seen: the same one again within its window would be passed over."""
    digits = f"{head}{next(_counter):0{12 - len(head)}d}"
    return digits + ean_digit(digits)


async def test_scanned_own_card_is_read_with_its_number(till: Till, scanner: SimulatedReader) -> None:
    card = fresh("290")
    async with till.events() as events:
        scanner.scan(card)
        name, event = await events.next()
    assert name == "card-read"
    assert event["card"] == {"number": card, "masked": f"··· {card[-4:]}"}
    assert (event["reader_id"], event["entry"], event["symbology"]) == ("scanner", "scanned", "ean13")
    life = datetime.fromisoformat(event["expires_at"]) - datetime.fromisoformat(event["read_at"])
    assert (life, event["receipt_uid"]) == (timedelta(seconds=5), None)


async def test_swiped_own_card_is_read_without_a_symbology(till: Till, stripe: SimulatedReader) -> None:
    number = fresh("999001")
    async with till.events() as events:
        stripe.swipe(track2=f"{number}=4912")
        name, event = await events.next()
    assert (name, event["entry"], event["symbology"]) == ("card-read", "swiped", None)
    assert event["card"] == {"number": number, "masked": f"··· {number[-4:]}"}


async def test_goods_at_the_same_scanner_are_a_code(till: Till, scanner: SimulatedReader) -> None:
    goods = fresh("400638")
    async with till.events() as events:
        scanner.scan(goods)
        name, event = await events.next()
    assert (name, event["data"], event["symbology"]) == ("code-read", goods, "ean13")


async def test_card_reaches_one_client_once_and_no_late_one(tmp_path: Path) -> None:
    cards = [fresh("290") for _ in range(4)]
    with (
        SimulatedReader(baud_rate=0) as scanner,
        running_till(tmp_path, closed_port(), readers={"scanner": (scanner.port, "scanner-cr")}) as till,
    ):
        async with AsyncExitStack() as stay:
            first = await stay.enter_async_context(till.events())
            async with till.events() as second:
                for card in cards[:2]:
                    scanner.scan(card)
                    assert (await first.next())[1]["card"]["number"] == card
                await stay.aclose()
                await asyncio.to_thread(till.wait_for, "listener_left")
                scanner.scan(cards[2])
                assert (await second.next())[1]["card"]["number"] == cards[2]
        await asyncio.to_thread(till.wait_for, "listener_left", times=2)
        async with till.events() as late:
            scanner.scan(cards[3])
            assert (await late.next())[1]["card"]["number"] == cards[3]


async def test_bank_card_is_refused_and_nowhere_to_be_found(till: Till, stripe: SimulatedReader) -> None:
    number = fresh("999001")
    async with till.events() as events:
        stripe.swipe(track1=f"B{BANK_CARD}^DOE/JANE^49121010000", track2=f"{BANK_CARD}=49121010000")
        name, event = await events.next()
        stripe.swipe(track2=f"{number}=4912")
        assert (await events.next())[0] == "card-read"
    assert (name, event["reason"], event["masked"]) == ("card-refused", "payment-card", "411111******1111")
    assert BANK_CARD not in events.raw
    assert BANK_CARD not in till.output
    assert "DOE" not in events.raw + till.output


async def test_own_number_is_in_no_log(till: Till, scanner: SimulatedReader) -> None:
    card = fresh("290")
    async with till.events() as events:
        scanner.scan(card)
        assert card in (await events.next())[1]["card"]["number"]
    till.wait_for("kind=card-read")
    assert card not in till.output


async def test_scan_that_cannot_be_used_is_an_error_with_its_reason(till: Till, stripe: SimulatedReader) -> None:
    async with till.events() as events:
        stripe.send(b";E?\r")
        name, event = await events.next()
    assert (name, event["reason"], event["track_errors"]) == ("reader-error", "unreadable", {"2": "read"})


async def test_unplugged_reader_is_told_and_a_replugged_one_is_heard_again(
    till: Till, scanner: SimulatedReader
) -> None:
    card = fresh("290")
    async with till.events() as events, till.client() as program:
        scanner.unplug()
        name, event = await events.next()
        assert (name, event["reader_id"], event["state"]) == ("reader-state", "scanner", "absent")
        assert (await program.get("/v1/readers")).json()["readers"][0]["state"] == "absent"
        assert (await program.get("/v1/health")).json()["status"] == "degraded"
        scanner.plug()
        assert (await events.next())[1]["state"] == "connected"
        scanner.scan(card)
        assert (await events.next())[0] == "card-read"


async def test_armed_reader_gives_one_card_to_its_receipt(till: Till, scanner: SimulatedReader) -> None:
    card = fresh("290")
    next_card = fresh("290")
    receipt_uid = str(uuid4())
    async with till.events() as events, till.client() as program:
        arming = {"receipt_uid": receipt_uid, "ttl_seconds": 60}
        armed = await program.post("/v1/readers/scanner/arm", json=arming)
        assert (armed.status_code, armed.json()["armed"]["receipt_uid"]) == (200, receipt_uid)
        scanner.scan(card)
        assert (await events.next())[1]["receipt_uid"] == receipt_uid
        scanner.scan(next_card)
        assert (await events.next())[1]["receipt_uid"] is None


async def test_disarmed_reader_gives_its_card_to_no_receipt(till: Till, scanner: SimulatedReader) -> None:
    card = fresh("290")
    async with till.events() as events, till.client() as program:
        arming = {"receipt_uid": str(uuid4()), "ttl_seconds": 60}
        await program.post("/v1/readers/scanner/arm", json=arming)
        disarmed = await program.post("/v1/readers/scanner/disarm")
        assert (disarmed.status_code, disarmed.json()["armed"]) == (200, None)
        scanner.scan(card)
        assert (await events.next())[1]["receipt_uid"] is None


async def test_unknown_reader_cannot_be_armed(till: Till) -> None:
    async with till.client() as program:
        answer = await program.post("/v1/readers/x/arm", json={"receipt_uid": str(uuid4()), "ttl_seconds": 60})
    assert (answer.status_code, answer.json()["code"]) == (404, "reader_unknown")


async def test_listeners_beyond_the_limit_are_told_to_come_later(till: Till) -> None:
    async with AsyncExitStack() as stack, till.client() as program:
        for _ in range(MOST_CLIENTS):
            await stack.enter_async_context(till.events())
        answer = await program.get("/v1/events")
    assert (answer.status_code, answer.json()["code"]) == (503, "too_many_listeners")
    assert answer.headers["Retry-After"]


async def test_listener_that_reads_nothing_is_dropped_and_its_cards_go_to_the_next(tmp_path: Path) -> None:
    waiting = {"receipts": [make_receipt() for _ in range(MOST_BATCH)]}
    with (
        SimulatedReader(baud_rate=0) as scanner,
        running_till(tmp_path, closed_port(), readers={"scanner": (scanner.port, "scanner-cr")}) as till,
        socket.create_connection(("127.0.0.1", till.port), WAIT_SECONDS) as deaf,
    ):
        asking = f"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {till.token}\r\n\r\n"
        deaf.sendall(asking.encode())
        assert deaf.recv(12) == b"HTTP/1.1 200"
        async with till.client() as program:
            for _ in range(BATCHES_THAT_FILL_ALL_BUFFERS):
                await program.post("/v1/receipts/batch", json=waiting)
        async with till.events() as events:
            till.wait_for("slow_listener_dropped")
            scanner.scan(card := fresh("290"))
            assert (await events.next("card-read"))[1]["card"]["number"] == card


async def test_many_cards_in_a_row_all_arrive_in_order(till: Till, scanner: SimulatedReader) -> None:
    numbers = [fresh("290") for _ in range(20)]
    async with till.events() as events:
        heard = []
        for number in numbers:
            await asyncio.to_thread(scanner.scan, number)
            heard.append((await events.next("code-read", "card-read"))[1]["card"]["number"])
    assert heard == numbers
