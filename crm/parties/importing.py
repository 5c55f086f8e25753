"""The use case of importing parties: what is new is made, what changed is changed, the rest is left alone.

The key idea: source and key are a party's identity, so that a file imported again changes nothing and one that was
stopped goes on. Names identify nobody.
"""

from collections.abc import Sequence

from msgspec import Struct, to_builtins
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.model import PartyRecord
from crm.parties.repository import importing as repository
from crm.parties.repository.importing import KeptParty
from database.activity import Act, record_activity
from database.engine import Database
from loyalty.imports.progress import Watch

PARTIES_AT_ONCE = 1_000


class ImportedParties(Struct, frozen=True):
    """How many parties are new, changed, and as they were; the rest of the file is not in yet."""

    new: int = 0
    changed: int = 0
    same: int = 0

    @property
    def done(self) -> int:
        """How many are in."""
        return self.new + self.changed + self.same


async def import_parties(
    records: Sequence[PartyRecord], source: str, *, database: Database, act: Act, watch: Watch
) -> ImportedParties:
    """Import parties in portions, each whole; ends after one where the watch says so."""
    total = ImportedParties()
    for start in range(0, len(records), PARTIES_AT_ONCE):
        if watch.is_stopped():
            break
        portion = records[start : start + PARTIES_AT_ONCE]
        done = await database.run(put_parties, source, portion, act=act)
        total = ImportedParties(total.new + done.new, total.changed + done.changed, total.same + done.same)
        watch.report(total.done, len(records))
    return total


async def put_parties(
    connection: AsyncConnection, source: str, records: Sequence[PartyRecord], *, act: Act
) -> ImportedParties:
    """Make or change some parties of a source in one transaction."""
    await repository.lock_source(connection, source)
    kept = await repository.find_parties(connection, source, [record.key for record in records])
    new = [record for record in records if record.key not in kept]
    changed = [
        (before, record)
        for record in records
        if (before := kept.get(record.key)) is not None and before.record != record and not before.is_merged
    ]
    if new:
        await repository.insert_parties(connection, source, new, now=act.at)
        await record_activity(
            connection, act=act, what="parties.imported", record=f"source:{source}", data={"count": len(new)}
        )
    if changed:
        await _change(connection, changed, act=act)
    return ImportedParties(len(new), len(changed), len(records) - len(new) - len(changed))


async def _change(connection: AsyncConnection, changed: Sequence[tuple[KeptParty, PartyRecord]], *, act: Act) -> None:
    """Change parties and keep their old and new values."""
    parties = [KeptParty(before.id, record) for before, record in changed]
    versions = await repository.change_parties(connection, parties, now=act.at)
    rows: list[dict[str, object]] = []
    for before, record in changed:
        old, new = _differences(before.record, record)
        row = {"party_id": before.id, "at": act.at, "actor": act.actor, "version": versions[before.id]}
        rows.append(row | {"what": "party.changed", "before": old, "after": new})
        data = {"fields": list(new)}
        party = f"party:{before.id}"
        await record_activity(connection, act=act, what="party.changed", record=party, party_id=before.id, data=data)
    await repository.insert_changes(connection, rows)


def _differences(before: PartyRecord, after: PartyRecord) -> tuple[dict[str, object], dict[str, object]]:
    """Give what changed, as it was and as it is."""
    old, new = to_builtins(before), to_builtins(after)
    fields = [name for name, value in old.items() if value != new[name]]
    return {name: old[name] for name in fields}, {name: new[name] for name in fields}
