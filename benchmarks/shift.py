"""A till's whole shift as SQL written by hand posts it: copied in, then a handful of statements over all of it.

Key idea: the least that any program must do to bring so many receipts into the same tables, safe to be sent again.
"""

import asyncio
import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from random import Random
from uuid import UUID

import asyncpg
from msgspec import Struct

from benchmarks.bodies import LINES, NUMBERS, SHIFTS, card_number

RECEIPTS = 10_000
RUN_SECONDS = 300
SQL = (Path(__file__).parent / "sql" / "shift.sql").read_text()
_INCOMING = """
create temporary table incoming (n int primary key, uid uuid, store text, till text, shift int, number text,
    business_date date, closed_at timestamptz, card_number text collate "C", total bigint,
    payments jsonb) on commit drop;
create temporary table incoming_line (n int, line int, sku text, name text, quantity bigint, price bigint,
    discount bigint, net bigint, item_group text) on commit drop;
"""
_NET = 2_900


class Shift(Struct, frozen=True):
    """A shift as text for COPY: its receipts, and the lines of all of them."""

    receipts: bytes
    lines: bytes


def make_shift(rng: Random, *, cards: int, receipts: int = RECEIPTS) -> Shift:
    """Make a shift of one till whose receipts have twenty lines each."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    shift, first = rng.randrange(SHIFTS), rng.randrange(NUMBERS // 2)
    total = LINES * _NET
    heads, lines = [], []
    for n in range(receipts):
        uid = UUID(int=rng.getrandbits(128), version=4)
        card = card_number(rng.randrange(cards) + 1)
        payments = f'[{{"kind": "cash", "amount": {total}}}]'
        heads.append(f"{n}\t{uid}\t0001\t1\t{shift}\t{first + n}\t{now[:10]}\t{now}\t{card}\t{total}\t{payments}\n")
        lines += [
            f"{n}\t{line}\t{1_000 + line}\tSemi-skimmed milk 1 l\t1500000\t19990\t99\t{_NET}\t12\n"
            for line in range(1, LINES + 1)
        ]
    return Shift("".join(heads).encode(), "".join(lines).encode())


def post_shift(dsn: str, shift: Shift) -> float:
    """Post a shift in one transaction; give the seconds from the first byte to the commit."""
    return asyncio.run(asyncio.wait_for(_post_shift(dsn, shift), RUN_SECONDS))


async def _post_shift(dsn: str, shift: Shift) -> float:
    connection = await asyncpg.connect(dsn)
    try:
        begin = time.perf_counter()
        async with connection.transaction():
            await connection.execute(_INCOMING)
            await connection.copy_to_table("incoming", source=BytesIO(shift.receipts))
            await connection.copy_to_table("incoming_line", source=BytesIO(shift.lines))
            await connection.execute("analyze incoming")
            await connection.execute(SQL)
        return time.perf_counter() - begin
    finally:
        await connection.close()
