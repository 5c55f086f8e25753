"""The readers of a till, between their threads and the event loop.

The key idea: a reader's thread only hands over what it heard; everything else (states, arming, events) happens in the
thread of the event loop, so that nothing here needs a lock. No number is logged.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from msgspec.structs import replace

from devices.model import Event
from devices.opening import opener
from devices.transport import Condition, Reader
from pos_adapter.config import ReaderConfig
from pos_adapter.errors import ReaderUnknownError
from pos_adapter.events import CardRead, ReaderState, TillEvent
from pos_adapter.health import Armed, ReaderAnswer
from pos_adapter.readings import Occasion, till_event

log = structlog.get_logger()


class Readers:
    """The readers of one till, from `open` to `close`. `now` reads the till's clock, `new_uid` names events."""

    def __init__(
        self,
        configs: Sequence[ReaderConfig],
        publish: Callable[[TillEvent], None],
        *,
        now: Callable[[], datetime],
        new_uid: Callable[[], UUID],
    ) -> None:
        self._configs = {config.id: config for config in configs}
        self._publish = publish
        self._now = now
        self._new_uid = new_uid
        began_at = now()
        self._known = {config.id: ReaderAnswer(config.id, "absent", began_at, armed=None) for config in configs}
        self._open: dict[str, Reader] = {}

    def open(self) -> None:
        """Begin to hear all readers; belongs into the running event loop."""
        loop = asyncio.get_running_loop()

        def hear(reader_id: str, said: Event) -> None:
            loop.call_soon_threadsafe(self._hear, reader_id, said)

        def change(reader_id: str, condition: Condition) -> None:
            loop.call_soon_threadsafe(self._change, reader_id, condition)

        for config in self._configs.values():
            reader = Reader(
                config.id,
                port=config.port,
                profile=config.profile,
                on_event=hear,
                on_condition=change,
                line=config.line,
                open_line=opener(config.library),
            )
            reader.start()
            self._open[config.id] = reader

    async def close(self) -> None:
        """Let go of all ports, at the same time."""
        await asyncio.gather(*(asyncio.to_thread(reader.close) for reader in self._open.values()))

    def list_all(self) -> list[ReaderAnswer]:
        """List the readers in the order of till.toml, each with what came of all it sent."""
        return [self._counted(reader_id) for reader_id in self._known]

    def arm(self, reader_id: str, *, receipt_uid: UUID, ttl_seconds: int) -> ReaderAnswer:
        """Let the reader's next card be for one receipt, instead of one it was armed for. Raises ReaderUnknownError."""
        return self._set_armed(reader_id, Armed(receipt_uid, self._now() + timedelta(seconds=ttl_seconds)))

    def disarm(self, reader_id: str) -> ReaderAnswer:
        """Let the reader's cards be for no receipt. Raises ReaderUnknownError."""
        return self._set_armed(reader_id, None)

    def _set_armed(self, reader_id: str, armed: Armed | None) -> ReaderAnswer:
        self._known[reader_id] = replace(self._current(reader_id), armed=armed)
        return self._counted(reader_id)

    def _current(self, reader_id: str) -> ReaderAnswer:
        known = self._known.get(reader_id)
        if known is None:
            raise ReaderUnknownError(f"the readers of this till are: {', '.join(self._known) or 'none'}")
        if known.armed and known.armed.until <= self._now():
            return replace(known, armed=None)
        return known

    def _counted(self, reader_id: str) -> ReaderAnswer:
        reader = self._open.get(reader_id)
        return replace(self._current(reader_id), counts=dict(reader.counts) if reader else {})

    def _hear(self, reader_id: str, said: Event) -> None:
        armed = self._current(reader_id).armed
        occasion = Occasion(
            event_id=self._new_uid(),
            reader_id=reader_id,
            at=self._now(),
            receipt_uid=armed.receipt_uid if armed else None,
        )
        event = till_event(said, occasion, self._configs[reader_id].profile.own_prefixes)
        if event is None:
            return
        if isinstance(event, CardRead):
            self.disarm(reader_id)
        log.info("read", reader=reader_id, kind=event.name)
        self._publish(event)

    def _change(self, reader_id: str, condition: Condition) -> None:
        at = self._now()
        trouble = condition.trouble.words if condition.trouble else None
        known = self._current(reader_id)
        self._known[reader_id] = replace(known, state=condition.state, since=at, trouble=trouble)
        self._publish(
            ReaderState(event_id=self._new_uid(), reader_id=reader_id, state=condition.state, at=at, trouble=trouble)
        )
