"""Use cases of rules of notifications: made, changed, switched on and off, deleted."""

from collections.abc import Collection

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.colleagues.repository import find_colleagues
from crm.directories.service import choose_entries
from crm.notifications.errors import RuleChangedError, RuleRefusedError, RuleUnknownError
from crm.notifications.model import Rule, RuleDraft, check_rule
from crm.notifications.repository import rules as repository
from crm.notifications.repository.rules import MOST_RULES
from database.activity import Act, record_activity
from database.identifiers import MOST_ID

list_rules = repository.list_rules


async def load_rule(connection: AsyncConnection, rule_id: int) -> Rule:
    """Load a rule. Raises RuleUnknownError."""
    found = await repository.find_rule(connection, rule_id) if 0 < rule_id <= MOST_ID else None
    if found is None:
        raise RuleUnknownError("there is no such rule of notifications")
    return found


async def make_rule(
    connection: AsyncConnection, draft: RuleDraft, *, roles: Collection[str], acts: Collection[str], act: Act
) -> Rule:
    """Make a rule, which listens from now on; `roles` are those that there are, `acts` what the product itself does.

    Raises RuleRefusedError, EntryRefusedError.
    """
    columns = await _check(connection, draft, roles, acts)
    if len(await list_rules(connection)) >= MOST_RULES:
        raise RuleRefusedError(f"there are at most {MOST_RULES} rules", field="name")
    rule_id = await repository.insert_rule(
        connection, columns | {"heard_at": act.at, "heard_id": 0, "version": 1, "created_at": act.at}
    )
    made = await load_rule(connection, rule_id)
    await _record(connection, made, "made", act=act)
    return made


async def change_rule(
    connection: AsyncConnection,
    rule_id: int,
    draft: RuleDraft,
    *,
    seen: int,
    roles: Collection[str],
    acts: Collection[str],
    act: Act,
) -> Rule:
    """Change a rule from the version that somebody saw; it listens anew from now on.

    To an act that it heard before it may go on listening, whatever became of its program.

    Raises RuleUnknownError, RuleChangedError, RuleRefusedError, EntryRefusedError.
    """
    before = await _lock(connection, rule_id)
    if before.version != seen:
        raise RuleChangedError("somebody else changed it meanwhile", field="version")
    columns = await _check(connection, draft, roles, {*acts, *map(_done, before.acts)})
    anew = {"version": before.version + 1, "heard_at": act.at, "heard_id": 0}
    await repository.update_rule(connection, rule_id, columns | anew)
    after = await load_rule(connection, rule_id)
    await _record(connection, after, "changed", act=act)
    return after


async def delete_rule(connection: AsyncConnection, rule_id: int, *, act: Act) -> None:
    """Delete a rule with its notices. Raises RuleUnknownError."""
    before = await _lock(connection, rule_id)
    await repository.delete_rule(connection, rule_id)
    await _record(connection, before, "deleted", act=act)


async def _lock(connection: AsyncConnection, rule_id: int) -> Rule:
    found = await repository.find_rule(connection, rule_id, is_locked=True) if 0 < rule_id <= MOST_ID else None
    if found is None:
        raise RuleUnknownError("there is no such rule of notifications")
    return found


async def _check(
    connection: AsyncConnection, draft: RuleDraft, roles: Collection[str], acts: Collection[str]
) -> dict[str, object]:
    clean = check_rule(draft)
    unknown = {one for one in map(_done, clean.acts) if one not in acts}
    if unknown and {one.partition(".")[0] for one in unknown} - await repository.list_programs(connection):
        raise RuleRefusedError("nothing does such an act: look into the journal for what it is called", field="acts")
    if set(clean.roles) - set(roles):
        raise RuleRefusedError("there is no such role", field="roles")
    if set(clean.users) - (await find_colleagues(connection, clean.users)).keys():
        raise RuleRefusedError("there is no such user", field="users")
    await choose_entries(connection, "department", clean.departments, field="departments", kept=clean.departments)
    kind_id = None if clean.kind is None else await repository.find_kind_id(connection, clean.listens, clean.kind)
    if clean.kind is not None and kind_id is None:
        raise RuleRefusedError("there is no such kind", field="kind")
    columns = structs.asdict(clean)
    del columns["kind"]
    return {name: list(value) if isinstance(value, tuple) else value for name, value in columns.items()} | {
        "kind_id": kind_id
    }


def _done(heard: str) -> str:
    """Give the act of what a rule hears, without the field."""
    return heard.partition(":")[0]


async def _record(connection: AsyncConnection, rule: Rule, what: str, *, act: Act) -> None:
    data = {"listens": rule.listens, "acts": list(rule.acts), "is_on": rule.is_on, "parts": list(rule.parts)}
    record = f"notification_rule:{rule.id}"
    await record_activity(connection, act=act, what=f"notification_rule.{what}", record=record, data=data)
