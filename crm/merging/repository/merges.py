"""The SQL of merges themselves: the two parties, their attributes, and what is kept of a merge."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.merging.model import Merge, Snapshot
from crm.parties.tables import party, party_merge

Values = dict[str, dict[str, list[dict[str, object]]]]


async def put_into(connection: AsyncConnection, party_id: int, kept_id: int | None) -> None:
    """Say into which party another one was merged; None for one that stands for itself."""
    await connection.execute(update(party).where(party.c.id == party_id).values(merged_into=kept_id))


async def lock_cards(connection: AsyncConnection, holder_id: int) -> None:
    """Lock the cards of a holder, in the order of their numbers."""
    query = text("select card_id from card where holder_id = :holder order by card_id for no key update")
    await connection.execute(query, {"holder": holder_id})


async def add_uses(connection: AsyncConnection, *, kept: int, merged: int) -> list[dict[str, int]]:
    """Add how often the merged party's ways of contact were used to those that the kept one has alike."""
    statement = text("""
        update party_contact k set uses = k.uses + t.uses from party_contact t
        where k.party_id = :kept and t.party_id = :merged and t.kind = k.kind and t.canonical = k.canonical
            and t.uses > 0
        returning k.id, t.uses""")
    rows = await connection.execute(statement, {"kept": kept, "merged": merged})
    return [{"id": row.id, "uses": row.uses} for row in rows]


async def take_uses(connection: AsyncConnection, uses: Sequence[dict[str, int]]) -> None:
    """Take added uses off again."""
    statement = text("update party_contact set uses = greatest(0, uses - :added) where id = :contact_id")
    if uses:
        await connection.execute(statement, [{"contact_id": one["id"], "added": one["uses"]} for one in uses])


async def add_responsibilities(connection: AsyncConnection, *, kept: int, merged: int) -> list[dict[str, int]]:
    """Give contact persons that both parties have what they answer for at the merged one; gives what was added."""
    statement = text("""
        insert into contact_person_responsibility (contact_person_id, responsibility_id)
        select k.id, r.responsibility_id
        from contact_person t join contact_person_responsibility r on r.contact_person_id = t.id
        join contact_person k on k.party_id = :kept and k.person_id = t.person_id
            or k.person_id = :kept and k.party_id = t.party_id
        where :merged in (t.party_id, t.person_id)
        on conflict do nothing returning contact_person_id, responsibility_id""")
    rows = await connection.execute(statement, {"kept": kept, "merged": merged})
    return [dict(row) for row in rows.mappings()]


async def take_responsibilities(connection: AsyncConnection, added: Sequence[dict[str, int]]) -> None:
    """Take added responsibilities off again."""
    statement = text("""delete from contact_person_responsibility
        where contact_person_id = :contact_person_id and responsibility_id = :responsibility_id""")
    if added:
        await connection.execute(statement, list(added))


async def find_values(connection: AsyncConnection, *, kept: int, merged: int) -> Values:
    """Give the attribute values of two parties as plain rows, by attribute and `kept` or `merged`."""
    statement = text("""
        select v.attribute_id::text as attribute, v.record_id,
            jsonb_agg(to_jsonb(v) - 'record_id' - 'attribute_id' order by v.item) as rows
        from attribute_value v join attribute a on a.id = v.attribute_id and a.directory in ('party', 'person')
        where v.record_id in (:kept, :merged) group by 1, 2""")
    values: Values = {}
    for row in await connection.execute(statement, {"kept": kept, "merged": merged}):
        side = "kept" if row.record_id == kept else "merged"
        values.setdefault(row.attribute, {"kept": [], "merged": []})[side] = row.rows
    return values


async def swap_values(connection: AsyncConnection, attributes: Collection[int], *, kept: int, merged: int) -> None:
    """Let two parties change places with the values of some attributes; by way of numbers that no party has."""
    away = text("""update attribute_value set record_id = -record_id
        where attribute_id = any(:attributes) and record_id in (:kept, :merged)""")
    back = text("""update attribute_value set record_id = case -record_id when :kept then :merged else :kept end
        where attribute_id = any(:attributes) and record_id in (-cast(:kept as bigint), -cast(:merged as bigint))""")
    for statement in (away, back):
        await connection.execute(statement, {"attributes": list(attributes), "kept": kept, "merged": merged})


async def keep_merge(
    connection: AsyncConnection, *, kept: int, merged: int, snapshot: Snapshot, actor: str, now: datetime
) -> int:
    """Keep what a merge did; gives its identifier."""
    values = {"kept_id": kept, "merged_id": merged, "at": now, "actor": actor}
    made = insert(party_merge).values(values | {"before": msgspec.to_builtins(snapshot)}).returning(party_merge.c.id)
    return int((await connection.execute(made)).scalar_one())


async def find_merge(connection: AsyncConnection, merge_id: int, *, is_locked: bool = False) -> Merge | None:
    """Find a merge, and lock it if asked to."""
    query = select(party_merge).where(party_merge.c.id == merge_id)
    row = (await connection.execute(query.with_for_update() if is_locked else query)).one_or_none()
    return None if row is None else msgspec.convert(row, Merge, from_attributes=True)


async def list_merges(connection: AsyncConnection, *, before: int | None, limit: int) -> list[Merge]:
    """List merges, the newest first, those before one of them."""
    query = select(party_merge).order_by(party_merge.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(party_merge.c.id < before)
    return [msgspec.convert(row, Merge, from_attributes=True) for row in await connection.execute(query)]


async def end_merge(connection: AsyncConnection, merge_id: int, *, now: datetime) -> None:
    """Say that a merge was taken back."""
    query = update(party_merge).where(party_merge.c.id == bindparam("merge_id")).values(undone_at=now)
    await connection.execute(query, {"merge_id": merge_id})
