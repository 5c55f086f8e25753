"""The SQL of rules of notifications."""

from collections.abc import Mapping
from typing import Final

from msgspec import convert
from sqlalchemy import Select, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.events.tables import event_kind
from crm.notifications.model import Rule
from crm.notifications.tables import notification_rule
from crm.tasks.tables import task_kind

MOST_RULES: Final = 100
"""The rules of a company, so that each round of the worker stays bounded."""

_rule = notification_rule.c


async def list_rules(connection: AsyncConnection, *, is_on: bool | None = None) -> list[Rule]:
    """List rules in the order in which they were made."""
    query = _rules().order_by(_rule.id).limit(MOST_RULES)
    rows = await connection.execute(query if is_on is None else query.where(_rule.is_on.is_(is_on)))
    return [convert(row, Rule, from_attributes=True) for row in rows]


async def find_rule(
    connection: AsyncConnection, rule_id: int, *, is_locked: bool = False, skips: bool = False
) -> Rule | None:
    """Find a rule; a locked one nobody else changes or runs meanwhile. With `skips` one that is locked is not found."""
    query = _rules().where(_rule.id == rule_id)
    if is_locked:
        query = query.with_for_update(of=notification_rule, skip_locked=skips)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else convert(row, Rule, from_attributes=True)


async def list_programs(connection: AsyncConnection) -> set[str]:
    """Give the programs that tell of their work; the code of each is the first word of its acts."""
    return set((await connection.execute(text("select code from feed_source"))).scalars())


async def find_kind_id(connection: AsyncConnection, listens: str, code: str) -> int | None:
    """Find the kind of events or tasks of a code."""
    table = event_kind if listens == "event" else task_kind
    return (await connection.execute(select(table.c.id).where(table.c.code == code))).scalar_one_or_none()


async def insert_rule(connection: AsyncConnection, values: Mapping[str, object]) -> int:
    """Add a rule and give its identifier."""
    made = await connection.execute(insert(notification_rule).values(values).returning(_rule.id))
    return int(made.scalar_one())


async def update_rule(connection: AsyncConnection, rule_id: int, values: Mapping[str, object]) -> None:
    """Write columns of a rule anew."""
    await connection.execute(update(notification_rule).where(_rule.id == rule_id).values(values))


async def delete_rule(connection: AsyncConnection, rule_id: int) -> None:
    """Delete a rule with the notices that it made."""
    await connection.execute(delete(notification_rule).where(_rule.id == rule_id))


def _rules() -> Select[*tuple[object, ...]]:
    columns = [column for column in _rule if column.name != "created_at"]
    event_code = select(event_kind.c.code).where(_rule.listens == "event", event_kind.c.id == _rule.kind_id)
    task_code = select(task_kind.c.code).where(_rule.listens == "task", task_kind.c.id == _rule.kind_id)
    return select(*columns, func.coalesce(event_code.scalar_subquery(), task_code.scalar_subquery()).label("kind"))
