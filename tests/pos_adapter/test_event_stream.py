import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from pos_adapter.event_stream import (
    MOST_CLIENTS,
    MOST_WAITING_NOTICES,
    MOST_WAITING_READINGS,
    Client,
    EventStream,
    TooManyClientsError,
)
from pos_adapter.events import CodeRead, LinkState, encode

NOW = datetime(2026, 11, 22, 10, 15, 2, tzinfo=UTC)


class Clock:
    """Milliseconds that pass only when told."""

    def __init__(self) -> None:
        self.ms = 1_000

    def __call__(self) -> int:
        """Read it."""
        return self.ms


def reading(data: str = "2000000000015") -> CodeRead:
    return CodeRead(uuid4(), "scanner", data, "ean13", read_at=NOW, expires_at=NOW)


def notice() -> LinkState:
    return LinkState(uuid4(), "online", NOW)


async def end(stream: EventStream, *clients: Client) -> list[bytes]:
    """Close the stream and give what the clients could still have taken before."""
    waits = [asyncio.create_task(client.next_message()) for client in clients]
    await asyncio.sleep(0)
    stream.close()
    return [message for message in await asyncio.gather(*waits) if message is not None]


async def test_reading_is_taken_once_by_the_client_connected_longest() -> None:
    stream = EventStream(Clock())
    first, second = stream.connect(), stream.connect()
    event = reading()
    stream.publish(event)
    assert await first.next_message() == encode(event)
    assert await end(stream, first, second) == []


async def test_reading_published_while_the_client_waits_wakes_it() -> None:
    stream = EventStream(Clock())
    waiting = asyncio.create_task(stream.connect().next_message())
    await asyncio.sleep(0)
    event = reading()
    stream.publish(event)
    assert await waiting == encode(event)


async def test_reading_of_less_than_five_seconds_waits_for_a_client() -> None:
    clock = Clock()
    stream = EventStream(clock)
    event = reading()
    stream.publish(event)
    clock.ms += 4_999
    assert await stream.connect().next_message() == encode(event)


async def test_reading_of_five_seconds_is_given_to_nobody() -> None:
    clock = Clock()
    stream = EventStream(clock)
    stream.publish(reading())
    clock.ms += 5_000
    fresh = reading()
    stream.publish(fresh)
    client = stream.connect()
    assert await client.next_message() == encode(fresh)
    assert await end(stream, client) == []


async def test_reading_that_the_first_client_left_goes_to_the_next() -> None:
    stream = EventStream(Clock())
    first, second = stream.connect(), stream.connect()
    waiting = asyncio.create_task(second.next_message())
    await asyncio.sleep(0)
    event = reading()
    stream.publish(event)
    stream.disconnect(first)
    assert await waiting == encode(event)


async def test_reading_that_could_not_be_sent_goes_to_the_next_before_all_others() -> None:
    stream = EventStream(Clock())
    stuck, other = stream.connect(), stream.connect()
    events = [reading(), reading()]
    for event in events:
        stream.publish(event)
    assert await stuck.next_message() == encode(events[0])
    stream.disconnect(stuck)
    assert [await other.next_message() for _ in events] == [encode(event) for event in events]


async def test_reading_that_was_sent_is_not_given_again() -> None:
    stream = EventStream(Clock())
    first, other = stream.connect(), stream.connect()
    stream.publish(reading())
    await first.next_message()
    waiting = asyncio.create_task(first.next_message())
    await asyncio.sleep(0)
    stream.disconnect(first)
    assert await waiting is None
    assert await end(stream, other) == []


async def test_reading_that_could_not_be_sent_is_not_given_when_it_is_old() -> None:
    clock = Clock()
    stream = EventStream(clock)
    stuck, other = stream.connect(), stream.connect()
    stream.publish(reading())
    await stuck.next_message()
    clock.ms += 5_000
    stream.disconnect(stuck)
    assert await end(stream, other) == []


async def test_cancelled_wait_takes_nothing() -> None:
    stream = EventStream(Clock())
    client = stream.connect()
    waiting = asyncio.create_task(client.next_message())
    await asyncio.sleep(0)
    event = reading()
    stream.publish(event)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await client.next_message() == encode(event)


async def test_only_the_youngest_readings_wait_for_a_client() -> None:
    stream = EventStream(Clock())
    events = [reading(str(number)) for number in range(MOST_WAITING_READINGS + 1)]
    for event in events:
        stream.publish(event)
    client = stream.connect()
    assert [await client.next_message() for _ in events[1:]] == [encode(event) for event in events[1:]]


async def test_notice_reaches_every_client() -> None:
    stream = EventStream(Clock())
    clients = stream.connect(), stream.connect()
    event = notice()
    stream.publish(event)
    assert [await client.next_message() for client in clients] == [encode(event)] * 2


async def test_notice_reaches_no_late_client() -> None:
    stream = EventStream(Clock())
    stream.publish(notice())
    assert await end(stream, stream.connect()) == []


async def test_client_that_reads_no_notices_is_closed_and_loses_its_readings() -> None:
    stream = EventStream(Clock())
    slow, other = stream.connect(), stream.connect()
    for _ in range(MOST_WAITING_NOTICES + 1):
        stream.publish(notice())
        await other.next_message()
    event = reading()
    stream.publish(event)
    assert await slow.next_message() is None
    assert await other.next_message() == encode(event)


async def test_clients_beyond_the_limit_are_refused_until_one_leaves() -> None:
    stream = EventStream(Clock())
    clients = [stream.connect() for _ in range(MOST_CLIENTS)]
    with pytest.raises(TooManyClientsError):
        stream.connect()
    stream.disconnect(clients[0])
    assert not stream.connect().is_closed


async def test_closed_stream_ends_the_clients_it_has_and_those_to_come() -> None:
    stream = EventStream(Clock())
    assert await end(stream, stream.connect()) == []
    assert await stream.connect().next_message() is None


def test_event_goes_over_the_wire_as_id_name_and_one_line_of_json() -> None:
    event = LinkState(UUID("6f1b1d1e-0000-4000-8000-000000000000"), "offline", NOW)
    assert encode(event) == (
        b"id: 6f1b1d1e-0000-4000-8000-000000000000\nevent: link-state\n"
        b'data: {"event_id":"6f1b1d1e-0000-4000-8000-000000000000","state":"offline","at":"2026-11-22T10:15:02Z"}\n\n'
    )
