"""The SQL of duplicates: found for many parties by one statement, kept as pairs, listed by their strength.

Key idea: candidates come from indexes alone - the same canonical phone or e-mail, registration number, birth date, or a
name alike by its trigrams - and only then two parties are compared. What more than MOST_SHARING parties have in common,
such as the phone of an office, says nothing and is passed over before it multiplies.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.merging.model import WEIGHTS, Lookalike, Pair, order_reasons

MOST_SHARING = 20
LEAST_PHONE_DIGITS = 7
NAME_SIMILARITY = "0.6"
MOST_ALIKE = 1_000
"""So many parties of a like name are compared with one, so that a name that half a country has stays affordable."""
_BOUNDS = {"sharing": MOST_SHARING, "digits": LEAST_PHONE_DIGITS, "alike": MOST_ALIKE}

_LIVING = "{0}.merged_into is null and {0}.erased_at is null"

_FIND = f"""
with portion as materialized (
    select id, kind, name, birth_date from party p where id = any(:ids) and {_LIVING.format("p")}
), alike as materialized (
    select p.id as one, o.id as other from portion p cross join lateral (
        select o.id from party o where o.name % p.name and o.id <> p.id limit :alike
    ) o
), hit as (
    select p.id as one, o.party_id as other, c.kind as reason
    from portion p
    join party_contact c on c.party_id = p.id
        and (c.kind = 'email' or c.kind = 'phone' and length(c.canonical) >= :digits) and c.canonical <> ''
    join party_contact o on o.kind = c.kind and o.canonical = c.canonical and o.party_id <> p.id
    where (select count(*) from (select from party_contact s
        where s.kind = c.kind and s.canonical = c.canonical limit :sharing + 1) s) <= :sharing
    union all
    select p.id, o.party_id, 'registration'
    from portion p
    join party_registration r on r.party_id = p.id and r.canonical <> ''
    join party_registration o on o.canonical = r.canonical and o.kind = r.kind and o.party_id <> p.id
        and coalesce(o.country, r.country) is not distinct from coalesce(r.country, o.country)
    where (select count(*) from (select from party_registration s
        where s.canonical = r.canonical and s.kind = r.kind limit :sharing + 1) s) <= :sharing
    union all
    select p.id, o.id, 'name'
    from portion p
    join party o on o.birth_date = p.birth_date and o.id <> p.id and similarity(o.name, p.name) >= {NAME_SIMILARITY}
    union all
    select one, other, 'name' from alike
    join party_address a on a.party_id = one
    join party_address b on b.party_id = other and lower(b.city) = lower(a.city)
), pair as (
    select least(one, other) as first_id, greatest(one, other) as second_id, array_agg(distinct reason) as reasons
    from hit where :both or other > one group by 1, 2
), judged as (
    select pair.first_id, pair.second_id, array(
        select unnest(pair.reasons)
        union select 'name' where similarity(a.name, b.name) >= {NAME_SIMILARITY}
        union select 'birth_date' where a.birth_date = b.birth_date
        union select 'city' where exists (
            select from party_address x join party_address y on lower(y.city) = lower(x.city)
            where x.party_id = a.id and y.party_id = b.id)
    ) as reasons
    from pair join party a on a.id = first_id join party b on b.id = second_id
    where a.kind = b.kind and {_LIVING.format("a")} and {_LIVING.format("b")}
)
insert into party_duplicate as kept (first_id, second_id, reasons, strength, found_at)
select first_id, second_id, reasons,
    (select sum(value::int) from jsonb_each_text(cast(:weights as jsonb)) where key = any(reasons)), :now
from judged order by first_id, second_id
on conflict (first_id, second_id) do update
    set reasons = excluded.reasons, strength = excluded.strength, found_at = excluded.found_at
"""


async def find_pairs(connection: AsyncConnection, ids: Sequence[int], *, is_both_ways: bool, now: datetime) -> int:
    """Find and keep the pairs of some parties; with `is_both_ways` also those with parties of a lower number.

    Gives how many were found. A pair that was dismissed stays dismissed.
    """
    await connection.execute(
        text("select set_config('pg_trgm.similarity_threshold', :least, true)"), {"least": NAME_SIMILARITY}
    )
    values = {"ids": list(ids), "both": is_both_ways, "now": now, "weights": json.encode(WEIGHTS).decode(), **_BOUNDS}
    return (await connection.execute(text(_FIND), values)).rowcount


async def forget_stale_pairs(
    connection: AsyncConnection, ids: Sequence[int], *, is_both_ways: bool, now: datetime
) -> int:
    """Forget the pairs of some parties that were not found now; those that a person dismissed stay dismissed."""
    mine = "(first_id = any(:ids) or second_id = any(:ids))" if is_both_ways else "first_id = any(:ids)"
    query = f"delete from party_duplicate where {mine} and found_at <> :now and dismissed_at is null"
    return (await connection.execute(text(query), {"ids": list(ids), "now": now})).rowcount


_CHANGED = "and (cast(:since as timestamptz) is null or changed_at >= :since)"


async def list_party_ids(connection: AsyncConnection, *, after: int, since: datetime | None, limit: int) -> list[int]:
    """List the next parties that may have duplicates, in order; of those changed since a moment if one is given."""
    living = _LIVING.format("p")
    query = f"select id from party p where id > :after and {living} {_CHANGED} order by id limit :limit"
    return list((await connection.execute(text(query), {"after": after, "since": since, "limit": limit})).scalars())


async def count_parties(connection: AsyncConnection, *, since: datetime | None) -> int:
    """Count the parties that may have duplicates, as `list_party_ids` lists them."""
    query = f"select count(*) from party p where {_LIVING.format('p')} {_CHANGED}"
    return int((await connection.execute(text(query), {"since": since})).scalar_one())


async def find_last_search(connection: AsyncConnection, kind: str) -> datetime | None:
    """Give when the last search that came to its end was begun."""
    query = "select max(started_at) from job where kind = :kind and state = 'done'"
    begun: datetime | None = (await connection.execute(text(query), {"kind": kind})).scalar_one()
    return begun


_COLUMNS = """d.first_id, d.second_id, a.name as first_name, b.name as second_name, d.reasons, d.strength, d.found_at,
    d.dismissed_at, d.dismissed_by"""
_FROM = f"""party_duplicate d join party a on a.id = d.first_id and {_LIVING.format("a")}
    join party b on b.id = d.second_id and {_LIVING.format("b")}"""


async def list_pairs(
    connection: AsyncConnection, *, after: tuple[int, int, int] | None, is_dismissed: bool, limit: int
) -> list[Pair]:
    """List pairs, the strongest first, those behind one that is named by strength and both numbers."""
    state = "d.dismissed_at is not null" if is_dismissed else "d.dismissed_at is null"
    behind = "" if after is None else "and (d.strength, d.first_id, d.second_id) < (:strength, :first, :second)"
    query = f"""select {_COLUMNS} from {_FROM} where {state} {behind}
        order by d.strength desc, d.first_id desc, d.second_id desc limit :limit"""
    values: dict[str, object] = {"limit": limit}
    if after is not None:
        values |= dict(zip(("strength", "first", "second"), after, strict=True))
    rows = (await connection.execute(text(query), values)).mappings()
    return [Pair(**dict(row) | {"reasons": order_reasons(row["reasons"])}) for row in rows]


async def list_lookalikes(connection: AsyncConnection, party_id: int, *, limit: int) -> list[Lookalike]:
    """List the parties that one looks like and nobody dismissed, the strongest pair first."""
    query = f"""select case when d.first_id = :id then d.second_id else d.first_id end as party_id,
            case when d.first_id = :id then b.name else a.name end as name, d.reasons, d.strength
        from {_FROM} where :id in (d.first_id, d.second_id) and d.dismissed_at is null
        order by d.strength desc, party_id limit :limit"""
    rows = (await connection.execute(text(query), {"id": party_id, "limit": limit})).mappings()
    return [Lookalike(**dict(row) | {"reasons": order_reasons(row["reasons"])}) for row in rows]


async def mark_pair(
    connection: AsyncConnection, first_id: int, second_id: int, *, at: datetime | None, actor: str | None
) -> bool:
    """Dismiss a pair, or with None take that back; tells whether there is such a pair."""
    query = """update party_duplicate set dismissed_at = :at, dismissed_by = :actor
        where first_id = :first and second_id = :second"""
    values = {"first": first_id, "second": second_id, "at": at, "actor": actor}
    return (await connection.execute(text(query), values)).rowcount == 1
