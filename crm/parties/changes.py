"""How every change of a party is kept, and how one who changes what somebody else just changed is told.

Key idea: whatever changes about a party, itself or one of its parts, makes its next version. The journal keeps who did
what for ever and names fields alone; old and new values stand in `party_change`, from which they can be erased. Since a
change remembers its version, the state that an editor saw can be told from what was changed after it: so only the same
part stands against a change, never another one.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.changes import Values, refuse_clash
from crm.parties.errors import PartyChangedError
from crm.parties.model import Party
from crm.parties.repository.parties import insert_change, list_old_values, next_version
from database.activity import Act, record_activity


async def record_change(
    connection: AsyncConnection,
    party_id: int,
    what: str,
    *,
    before: Values | None,
    after: Values | None,
    act: Act,
    part_id: int | None = None,
) -> int:
    """Make a party's next version of a change just done, and give it; None before is something new, after removed.

    `what` is `party.changed`, `address.added` and the like.
    """
    old, new = before or {}, after or {}
    fields = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    version = await next_version(connection, party_id, now=act.at)
    await insert_change(
        connection,
        {
            "party_id": party_id,
            "at": act.at,
            "actor": act.actor,
            "version": version,
            "what": what,
            "part_id": part_id,
            "before": None if before is None else {name: old.get(name) for name in fields},
            "after": None if after is None else {name: new.get(name) for name in fields},
        },
    )
    data = {"fields": fields} if part_id is None else {"fields": fields, "part": part_id}
    await record_activity(connection, act=act, what=what, record=f"party:{party_id}", party_id=party_id, data=data)
    return version


async def refuse_stale(
    connection: AsyncConnection,
    party: Party,
    *,
    seen: int,
    about: str,
    yours: Values,
    theirs: Values,
    part_id: int | None = None,
) -> None:
    """Refuse to put `yours` over what somebody else changed after the version that was `seen`.

    `about` is the first word of its changes, `party` or the name of a part. Raises PartyChangedError.
    """
    if seen == party.version:
        return
    replaced = await list_old_values(connection, party.id, since=seen, about=about, part_id=part_id)
    refuse_clash(PartyChangedError, replaced, yours=yours, theirs=theirs, seen=seen, version=party.version)
