"""Bank cards at a real till: through readers of every profile and through every call that takes a number."""

import os
import random
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import asyncpg
import pytest
from msgspec.structs import replace

from api.app import make_app
from api.auth.tokens import create_token
from api.settings import Settings
from api.state import Service
from devices.decoder import Decoder
from devices.model import ReaderProfile
from devices.profiles import READY_PROFILES
from devices.sending import send_code, send_stripe, send_tag
from devices.simulator import SimulatedReader
from pos_adapter.config import MOST_READERS
from pos_adapter.event_stream import EventStream
from pos_adapter.readings import Occasion, till_event
from tests.conftest import ACT
from tests.devices.bank_cards import find_any, published_numbers, shapes, shows_a_number, texts_of, windows_of
from tests.factories import make_calculation, make_line, make_receipt
from tests.pos_adapter.running import Till, running_till, serving

COUNT: Final = int(os.environ.get("TEST_BANK_CARDS", "30"))
NUMBERS: Final = published_numbers(COUNT, random.Random(20261122))
OWN: Final = "999001"
WAIT_SECONDS: Final = 600
NAMES: Final = list(READY_PROFILES)
GROUPS: Final = [NAMES[place : place + MOST_READERS] for place in range(0, len(NAMES), MOST_READERS)]
NOW: Final = datetime(2026, 11, 22, 10, 15, 2, tzinfo=UTC)


@pytest.mark.parametrize("name", NAMES)
def test_events_that_wait_for_a_program_hold_no_bank_card(name: str) -> None:
    """I10: whatever can be reached from the ring of readings shows no more than first 6 and last 4."""
    profile = replace(READY_PROFILES[name], own_prefixes=(OWN,))
    decoder, stream = Decoder(profile), EventStream(lambda: 0)
    for place, number in enumerate(published_numbers(1_000, random.Random(20261122))):
        events = decoder.feed(next(shapes(number, profile)), place * 20_000) + decoder.tick(place * 20_000 + 10_000)
        for said in events:
            event = till_event(said, Occasion(uuid4(), "reader", NOW), (OWN,))
            if event is not None:
                stream.publish(event)
        assert not any(shows_a_number(text, number) for text in texts_of(stream))


@pytest.fixture
async def shop(
    settings: Settings, database_url: str, service: Service, tmp_path: Path
) -> AsyncIterator[Callable[[ExitStack, dict[str, SimulatedReader], str], Till]]:
    """Give what starts a till with some readers at a real server, in a folder of its own."""
    token = await service.database.run(create_token, role="till", store="0007", till="3", act=ACT)
    with serving(make_app(settings, database_url)) as server:

        def start(stack: ExitStack, devices: dict[str, SimulatedReader], folder: str) -> Till:
            (tmp_path / folder).mkdir()
            readers = {name: (device.port, name) for name, device in devices.items()}
            return stack.enter_context(running_till(tmp_path / folder, server, readers=readers, token=token))

        yield start


async def test_bank_cards_at_a_till_leave_no_trace(
    shop: Callable[[ExitStack, dict[str, SimulatedReader], str], Till],
    database_url: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """I10: not in logs, events, files of the till, its journal, or any table of the server."""
    told = ""
    for place, names in enumerate(GROUPS):
        with ExitStack() as stack:
            devices = {name: stack.enter_context(SimulatedReader(baud_rate=0)) for name in names}
            till = shop(stack, devices, f"till-{place}")
            told += await _swipe_at_all(till, devices)
            refused = await _type_in(till)
        told += till.output
        assert refused == {(422, "payment_card_refused")}
    logged = capfd.readouterr()
    told += logged.out + logged.err + _files(tmp_path)
    windows = windows_of(NUMBERS)
    assert find_any(NUMBERS[0], windows)
    assert find_any(told + await _dump(database_url), windows) == []


async def _swipe_at_all(till: Till, devices: dict[str, SimulatedReader]) -> str:
    """Send every number by every reader, then an own card; give all events that came, once those of the own cards did."""
    async with till.events() as events:
        threads = [threading.Thread(target=_swipe, args=item) for item in devices.items()]
        for thread in threads:
            thread.start()
        waited_for = set(devices)
        while waited_for:
            name, event = await events.next()
            if name not in {"card-read", "code-read"}:
                continue
            if OWN in str(event.get("card", event.get("data"))) or "39D1" in str(event.get("card")):
                waited_for.discard(event["reader_id"])
        for thread in threads:
            thread.join(WAIT_SECONDS)
        return events.raw


def _swipe(name: str, device: SimulatedReader) -> None:
    profile = replace(READY_PROFILES[name], own_prefixes=(OWN,))
    pause = threading.Event()
    for number in NUMBERS:
        device.send(next(shapes(number, profile)))
        device.heard(0)
        # Readings that end by silence need it; the others are only kept from filling the line.
        pause.wait(2 * profile.idle_ms / 1000 if profile.framing in {"idle", "track-cr"} else 0.002)
    pause.wait(2 * profile.stale_ms / 1000)
    device.send(_own(profile))


def _own(profile: ReaderProfile) -> bytes:
    match profile.kind:
        case "msr":
            return send_stripe([None, f"{OWN}0000000010"], profile)
        case "barcode":
            return send_code(f"{OWN}0000000010", "code128", profile)
        case "rfid":
            return send_tag("00000039D1", profile)


async def _type_in(till: Till) -> set[tuple[int, str]]:
    """Make every call that takes a number with every bank card; give the answers."""
    answers = set()
    async with till.client() as program:
        for number in NUMBERS:
            for path, body in _calls(number):
                answer = await program.post(path, json=body)
                answers.add((answer.status_code, answer.json().get("code")))
    return answers


def _calls(number: str) -> Iterator[tuple[str, object]]:
    yield "/v1/cards/lookup", {"number": number}
    yield "/v1/cards/lookup", {"raw": f"%B{number}^DOE/JANE^49121011234567890?;{number}=49121011234567890?"}
    yield "/v1/receipts/calculate", make_calculation(make_line(), card={"number": number})
    yield "/v1/receipts", make_receipt(make_line(), card={"number": number, "entry": "swiped"})
    yield "/v1/receipts", make_receipt(make_line(name=f"card {number}"))
    yield (
        "/v1/holds",
        {"hold_uid": str(uuid4()), "card": {"number": number}, "amount": "1.00", "receipt_uid": str(uuid4())},
    )


def _files(folder: Path) -> str:
    """Give all that stands in the files of a folder: settings, tokens, the journal and what belongs to it."""
    return "".join(path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file())


async def _dump(url: str) -> str:
    """Give every row of every table as text."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch("select oid::regclass::text as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")  # fmt: skip
        rows = [await connection.fetch(f"select t::text from {table['name']} t") for table in tables]
        assert any(rows)
        return "\n".join(str(row[0]) for found in rows for row in found)
    finally:
        await connection.close()
