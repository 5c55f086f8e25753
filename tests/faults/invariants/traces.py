"""I10, I11, I12: what is left behind: no secret and nobody who was erased, and of each change the row that tells of it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import asyncpg

from tests.faults.invariants.evidence import Evidence

_TABLES: Final = """
    select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname = 'public' order by 1"""
_PIECE: Final = 1 << 22
_UNTOLD: Final = """
    select format('receipt %s: nothing tells that it came', k.uid) from receipt_key k
    where not exists (select from activity a where a.record = 'receipt:' || k.uid and a.act like 'receipt.%')
    union all
    select format('receipt %s: nothing tells that it was voided', k.uid) from receipt_key k where k.state = 'voided'
        and not exists (select from activity a where a.record = 'receipt:' || k.uid and a.act = 'receipt.voided')"""
_TOLD: Final = "select act, record, count(*) as times from activity group by act, record"
_SEALS: Final = """
    with found as (
        select (at at time zone 'UTC')::date as day, count(*) as acts, string_agg(sha256(convert_to(jsonb_build_array(id,
            (extract(epoch from at) * 1000000)::bigint, actor, act, record, card_id, data)::text, 'UTF8')), ''::bytea
            order by at, id) as rows
        from activity group by 1)
    select format('the acts of %s are not those that were sealed', s.day)
    from (select *, lag(hash) over (order by day) as before from activity_seal) s left join found f using (day)
    where s.acts <> coalesce(f.acts, 0) or s.hash <> sha256(coalesce(s.before, '') || coalesce(f.rows, ''))"""


async def no_secret_is_left(connection: asyncpg.Connection, evidence: Evidence) -> list[str]:
    """I10: numbers and tracks of banks' cards, tokens and passwords are in no table, log, journal or log of the database."""
    places = [file for file in [*evidence.files, *evidence.wal] if file not in evidence.own]
    problems = []
    for kind, words in evidence.secrets.items():
        found = await _search(connection, words, places)
        problems += [f"{kind} stands in {place}" for place in found]
    return problems


async def nobody_erased_is_left(connection: asyncpg.Connection, evidence: Evidence) -> list[str]:
    """I12: nothing of who was erased stands in a dump, a journal of a till or a log."""
    return [
        f"the erased person stands in {place}" for place in await _search(connection, evidence.erased, evidence.files)
    ]


async def changes_are_told(connection: asyncpg.Connection, evidence: Evidence) -> list[str]:
    """I11: each change has its row, and what a seal covers is what was sealed."""
    problems = [row[0] for query in (_UNTOLD, _SEALS) for row in await connection.fetch(query)]
    told = {(row["act"], row["record"]): row["times"] for row in await connection.fetch(_TOLD)}
    for act in sorted(set(evidence.acts)):
        done = evidence.acts.count(act)
        if told.get(act, 0) < done:
            problems.append(f"{act[0]} of {act[1]} was done {done} times and is told {told.get(act, 0)} times")
    if not await connection.fetchval("select count(*) from activity_seal"):
        problems.append("no day was sealed, so no seal was proven")
    return problems


async def _search(connection: asyncpg.Connection, words: Iterable[str], files: Iterable[Path]) -> list[str]:
    """Name the tables and files in which a word stands; a file is searched in pieces that overlap."""
    wanted = [word.encode() for word in words]
    found = []
    for (table,) in await connection.fetch(_TABLES):
        rest = bytearray()
        is_found = [False]

        async def look(data: bytes, rest: bytearray = rest, is_found: list[bool] = is_found) -> None:
            rest += data
            is_found[0] |= _has(bytes(rest), wanted)
            del rest[: -max(map(len, wanted), default=1)]

        await connection.copy_from_query(f"select * from {table}", output=look)
        found += [f"table {table}"] if is_found[0] else []
    found += [f"file {file.name}" for file in files if any(_has(piece, wanted) for piece in _pieces(file, wanted))]
    return found


def _has(data: bytes, words: list[bytes]) -> bool:
    return any(word in data for word in words)


def _pieces(file: Path, words: list[bytes]) -> Iterator[bytes]:
    overlap = max(map(len, words), default=1)
    rest = b""
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield rest + piece
            rest = piece[-overlap:]
