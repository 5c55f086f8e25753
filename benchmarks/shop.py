"""A shop to measure on: stores, tills with tokens, a series with a percent, and as many invented cards as asked for.

Key idea: what a person or program would make through the service is made by the service's own use cases; only the
cards, a million of them, go straight into its tables, and into the comparators' tables with the same numbers.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from api.auth.tokens import create_token
from api.settings import load_settings
from benchmarks.bodies import CARD_DIGITS, CARD_PREFIX, PERCENT, Till
from database.activity import Act
from database.embedded import Server, database_dsn
from database.engine import Database
from database.migrate import migrate
from loyalty.cards.model import SeriesSettings
from loyalty.cards.series import put_series
from loyalty.installation import ensure_installation

STORES = 8
TILLS_PER_STORE = 8
FILL_SECONDS = 1_800
SQL = Path(__file__).parent / "sql"

_NUMBERS = """
insert into {schema}.card_number (number, card_id)
select $2 || lpad(g::text, $3, '0'), g from generate_series(1, $1::bigint) g
"""
_CARDS = """
insert into {schema}.card (card_id, number, series_id, state)
select card_id, number, $1, 'active' from {schema}.card_number
"""
_PLAIN_CARDS = "insert into plain.card (id, number) select card_id, number from card_number"


def make_shop(server: Server, name: str, cards: int) -> list[Till]:
    """Make a database with a shop of so many cards and all comparators in it; give its tills with their tokens."""
    return asyncio.run(asyncio.wait_for(_make_shop(server, name, cards), FILL_SECONDS))


async def _make_shop(server: Server, name: str, cards: int) -> list[Till]:
    await _execute(server.dsn, f"create database {name}")
    url = database_dsn(server, name)
    await migrate(url)
    database = Database(url)
    try:
        tills, series_id = await _make_service_side(database)
    finally:
        await database.close()
    await _execute(url, (SQL / "plain.sql").read_text(), (SQL / "full.sql").read_text())
    await _make_cards(url, series_id, cards)
    return tills


async def _make_service_side(database: Database) -> tuple[list[Till], int]:
    act = Act("benchmark", datetime.now(UTC))
    settings = load_settings({})
    await database.run(ensure_installation, currency=settings.currency, timezone=settings.timezone)
    template = f"{CARD_PREFIX}%0{CARD_DIGITS}"
    series = SeriesSettings(name="Benchmark", kind="discount", number_template=template, percent=PERCENT)
    made, _ = await database.run(put_series, "BENCH", series, act=act)
    tills = []
    for place in range(STORES * TILLS_PER_STORE):
        store, till = f"{place % STORES + 1:04}", str(place // STORES + 1)
        token = await database.run(create_token, role="till", store=store, till=till, act=act)
        tills.append(Till(store, till, token))
    return tills, made.id


async def _make_cards(url: str, series_id: int, cards: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        for schema in ("public", "hand"):
            await connection.execute(_NUMBERS.format(schema=schema), cards, CARD_PREFIX, CARD_DIGITS)
            await connection.execute(_CARDS.format(schema=schema), series_id)
        await connection.execute("select setval('card_id_seq', $1)", cards)
        await connection.execute("update series set last_counter = $1", cards)
        await connection.execute(_PLAIN_CARDS)
        await connection.execute("vacuum analyze")
        await connection.execute("checkpoint")
    finally:
        await connection.close()


async def _execute(url: str, *scripts: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for script in scripts:
            await connection.execute(script)
    finally:
        await connection.close()
