"""How an event ends: completed with a result, or cancelled for a reason, and either taken back."""

from datetime import datetime
from typing import Final

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.service import choose_entries
from crm.events.errors import EventRefusedError, EventStepRefusedError
from crm.events.keeping import keep_change, lock_event
from crm.events.model import MOST_TEXT, Event, Outcome
from database.activity import Act


class Result(Struct, frozen=True):
    """An outcome as it may be kept: the identifier of the directory's word, the text, and when it took place."""

    result_id: int | None
    text: str | None
    held_at: datetime | None


async def complete_event(
    connection: AsyncConnection, event_id: int, outcome: Outcome, *, user_id: int | None, act: Act
) -> Event:
    """Complete an event with its result, stamped with the time and the user; when it took place may lie before that.

    Completed again it gets another result and keeps its stamp, and when it took place unless that is said anew. Raises
    EventUnknownError, EventStepRefusedError, EventRefusedError, EntryRefusedError.
    """
    result = await check_outcome(connection, outcome)
    event = await lock_event(connection, event_id)
    if event.cancelled_at is not None:
        raise EventStepRefusedError("was cancelled: take that back first", field="state")
    return await close(connection, event, result, user_id=user_id, act=act)


async def close(connection: AsyncConnection, event: Event, result: Result, *, user_id: int | None, act: Act) -> Event:
    """Complete an event that is locked, or new, with a checked result. Raises EventRefusedError."""
    if result.held_at is not None and result.held_at > act.at:
        raise EventRefusedError("lies ahead", field="held_at")
    held_at = result.held_at or event.held_at or event.held_by(act.at)
    values: dict[str, object] = {"result_id": result.result_id, "result": result.text, "held_at": held_at}
    if event.completed_at is None:
        values |= {"completed_at": act.at, "completed_by": user_id}
    return await keep_change(connection, event, values, what="completed", act=act)


async def cancel_event(connection: AsyncConnection, event_id: int, reason: str, *, act: Act) -> Event:
    """Cancel an event: it stays, and neither reminds anybody nor takes up anybody's time any more.

    Raises EventUnknownError, EventStepRefusedError, EventRefusedError.
    """
    clean = reason.strip()
    if not 0 < len(clean) <= MOST_TEXT:
        raise EventRefusedError(f"has 1 to {MOST_TEXT:,} characters", field="reason")
    event = await lock_event(connection, event_id)
    if event.completed_at is not None or event.cancelled_at is not None:
        raise EventStepRefusedError("is over already", field="state")
    values = {"cancelled_at": act.at, "cancel_reason": clean}
    return await keep_change(connection, event, values, what="cancelled", act=act)


async def reopen_event(connection: AsyncConnection, event_id: int, *, act: Act) -> Event:
    """Take back that an event was completed or cancelled. Raises EventUnknownError, EventStepRefusedError."""
    event = await lock_event(connection, event_id)
    if event.completed_at is None and event.cancelled_at is None:
        raise EventStepRefusedError("is neither completed nor cancelled", field="state")
    return await keep_change(connection, event, _OPEN, what="reopened", act=act)


_OPEN: Final = dict.fromkeys(
    ("completed_at", "completed_by", "held_at", "result_id", "result", "cancelled_at", "cancel_reason")
)


async def check_outcome(connection: AsyncConnection, outcome: Outcome) -> Result:
    """Give an outcome as it may be kept. Raises EventRefusedError, EntryRefusedError."""
    text = (outcome.text or "").strip() or None
    if text is None and outcome.code is None:
        raise EventRefusedError("say how it ended", field="result")
    if text is not None and len(text) > MOST_TEXT:
        raise EventRefusedError(f"has at most {MOST_TEXT:,} characters", field="result")
    if outcome.code is None:
        return Result(None, text, outcome.held_at)
    entry = (await choose_entries(connection, "event_result", [outcome.code], field="result_code"))[0]
    return Result(entry.id, text, outcome.held_at)
