"""Makes the data folder of a large company: parties with whatever is kept of them, and a journal behind them, by COPY.

Rows go in portions straight into the tables, as the product itself would have left them; figures of cards are not
proved by ledgers, for no page of parties reads those. Indexes are taken away meanwhile and made anew, so that a million
parties are there in minutes. One party, `BUSY`, has thousands of whatever a party may have.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg

from api.auth.passwords import hash_password
from api.auth.users import create_user
from api.commands.places import POSTGRES_FOLDER
from benchmarks.parties.people import Invented, chance, invent
from database.activity import Act
from database.embedded import running
from database.engine import Database
from database.migrate import migrate
from loyalty.cards.model import SeriesSettings
from loyalty.cards.series import put_series
from loyalty.installation import ensure_installation
from loyalty.money import Currency

LOGIN, PASSWORD = "bench", "correct horse battery staple"
"""The account that measures; the folder is nobody's."""

TODAY = date(2026, 11, 22)
LINES_AT_ONCE = 20_000
GROUPS = ("vip", "press", "lapsed", "wholesale", "newsletter")
NULL = "\\N"
BUSY = 4
"""The number of the party that has more of everything than any other."""

_START = datetime(2024, 11, 1, tzinfo=UTC)
_SECONDS = 2 * 365 * 86_400
_ACTS = ("party.changed", "contact.used", "note.added", "call.logged", "address.changed", "groups.changed")
Say = Callable[[str], None]
Lines = Iterable[str]


def make(folder: Path, *, parties: int, activities: int, say: Say) -> None:
    """Make the folder; it must be empty or not there."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # root's PostgreSQL runs under another account, which must be able to enter
    with running(folder / POSTGRES_FOLDER, say=say, settings={"max_wal_size": "8GB"}) as server:
        asyncio.run(_make(server.dsn, parties=parties, activities=activities, say=say))


async def _make(dsn: str, *, parties: int, activities: int, say: Say) -> None:
    await open_company(dsn)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_DIRECTORIES, list(GROUPS))
        entries = {row[0]: row[1] for row in await connection.fetch("select code, id from directory_entry")}
        for name, columns, lines in _tables(parties, entries):
            async with without_indexes(connection, name):
                await _copy(connection, name, columns, lines)
            say(f"{name} is in")
        await connection.execute(_FINISH)
        await connection.execute(_OF_BUSY.format(busy=BUSY))
        async with without_indexes(connection, "activity"):
            await connection.execute(
                _ACTIVITIES, _START, _SECONDS, activities, parties, list(_ACTS), BUSY, timeout=None
            )
        say("activity is in, analysing")
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


async def open_company(dsn: str) -> None:
    """Make the tables, the installation, two series of cards, and the account that measures."""
    await migrate(dsn)
    database = Database(dsn)
    act = Act("command", datetime.now(UTC))
    try:
        await database.run(ensure_installation, currency=Currency("EUR", 2), timezone="Europe/Sofia")
        await database.run(
            create_user, login=LOGIN, name="Bench", role="admin", password_hash=hash_password(PASSWORD), act=act
        )
        for code, percent in (("GOLD", 100_000), ("SILVER", 50_000)):
            settings = SeriesSettings(code.title(), "discount", f"29{percent // 50_000}%010^", percent=percent)
            await database.run(put_series, code, settings, act=act)
    finally:
        await database.close()


_DIRECTORIES = """
insert into directory_entry (directory, code, names, position)
select 'group', code, jsonb_build_object('en', initcap(code)), place
from unnest($1::text[]) with ordinality as g (code, place)
"""
_FINISH = """
insert into attribute (directory, code, names, kind, position) values
    ('party', 'size', '{"en": "Size"}', 'number', 1), ('party', 'since', '{"en": "Customer since"}', 'date', 2),
    ('party', 'slogan', '{"en": "Slogan"}', 'text', 3);
insert into attribute_value (attribute_id, record_id, number_value)
    select (select id from attribute where code = 'size'), id, id % 5000 from party where id % 5 < 2;
insert into attribute_value (attribute_id, record_id, date_value)
    select (select id from attribute where code = 'since'), id, date '2010-01-01' + (id % 5000)::int
    from party where id % 5 = 1;
insert into attribute_value (attribute_id, record_id, text_value)
    select (select id from attribute where code = 'slogan'), id, 'Slogan ' || id % 9973 from party where id % 10 = 3;
insert into card_number (number, card_id) select number, card_id from card;
insert into party_duplicate (first_id, second_id, reasons, strength, found_at)
select id, id + 1, '{name,city}', 5 + id % 7, now() from party where id % 50 = 7 and merged_into is null;
select setval(pg_get_serial_sequence('party', 'id'), (select max(id) from party));
select setval(pg_get_serial_sequence('contact_person', 'id'), (select max(id) from contact_person));
"""
_OF_BUSY = """
insert into contact_person (party_id, person_id, position)
select {busy}, id, id from party where id % 4 = 1 and id between {busy} + 2 and 1200;
insert into party_relation (party_id, relation_id, other_party_id)
select {busy}, (select min(id) from directory_entry where directory = 'relation'), id from party
where id between {busy} + 1 and 400;
insert into party_note (party_id, text, actor, at)
select {busy}, 'Said the same again, ' || n, 'user:bench', now() - n * interval '1 hour'
from generate_series(1, 3000) n;
insert into business_document (kind, number, date, party_id, status, total, created_at, changed_at)
select 'order', 'BUSY-' || n, current_date - n, {busy}, 'confirmed', n * 100, now(), now()
from generate_series(1, 5000) n;
insert into card (card_id, number, series_id, state, holder_id, turnover, created_at)
select m + n, '28' || lpad(n::text, 11, '0'), 1, 'active', {busy}, n, now()
from generate_series(1, 200) n, (select max(card_id) from card) c (m);
insert into card_number (number, card_id) select number, card_id from card
where holder_id = {busy} and number like '28%';
"""
_ACTIVITIES = """
insert into activity (at, actor, act, record, party_id, data)
select $1::timestamptz + floor(n * $2::float8 / $3) * interval '1 second', 'user:u' || n % 20,
    ($5::text[])[n % cardinality($5::text[]) + 1], 'party:' || party_id, party_id, '{"fields": ["name"]}'
from generate_series(0, $3::bigint - 1) n,
    lateral (select case when n % 50 = 0 then $6 else n * 7919 % $4::bigint + 1 end) p (party_id)
"""


def _tables(parties: int, entries: dict[str, int]) -> Iterator[tuple[str, tuple[str, ...], Lines]]:
    """Give each table with the columns and lines that are copied into it."""
    kept = ("id", "kind", "name", "legal_status_id", "birth_date", "created_at", "changed_at", "archived_at")
    yield "party", kept, (_party(one, entries) for one in map(invent, range(1, parties + 1)))
    contact = ("party_id", "position", "kind", "value", "canonical")
    yield "party_contact", contact, (line for one in map(invent, range(1, parties + 1)) for line in _contacts(one))
    address = ("party_id", "position", "country", "city", "postal_code", "line")
    yield "party_address", address, (_address(one) for one in map(invent, range(1, parties + 1)) if one.number % 10)
    yield "party_group", ("group_id", "party_id"), _groups(parties, entries)
    yield "party_relation", ("party_id", "relation_id", "since", "until"), _relations(parties, entries)
    yield "contact_person", ("id", "party_id", "person_id", "position"), _persons(parties)
    answers = ("contact_person_id", "responsibility_id")
    yield "contact_person_responsibility", answers, _answers(parties, entries)
    card = ("card_id", "number", "series_id", "state", "holder_id", "turnover", "purchases", "balance", "created_at")
    yield "card", card, _cards(parties)
    yield "card_day", ("card_id", "day", "turnover", "receipts"), _days(parties)
    yield "party_note", ("party_id", "text", "actor", "at"), _notes(parties)
    document = ("kind", "number", "date", "party_id", "status", "total", "created_at", "changed_at")
    yield "business_document", document, _documents(parties)


def _party(one: Invented, entries: dict[str, int]) -> str:
    rng = chance("party", one.number)
    made = _START + timedelta(seconds=one.number * _SECONDS // 1_000_003 % _SECONDS)
    changed = made + timedelta(seconds=rng.randrange(86_400 * 30))
    born = f"{rng.randrange(1940, 2008)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
    kind, status = ("person", "natural_person") if one.is_person else ("organisation", "limited_company")
    birth = born if one.is_person and one.number % 3 else NULL
    archived = changed.isoformat() if one.number % 50 == 0 else NULL  # one in fifty
    return _line(one.number, kind, one.name, entries[status], birth, made.isoformat(), changed.isoformat(), archived)


def _contacts(one: Invented) -> Iterator[str]:
    yield _line(one.number, 1, "phone", f"+{one.phone}", one.phone)
    if one.number % 2:
        yield _line(one.number, 2, "email", one.email, one.email)


def _address(one: Invented) -> str:
    return _line(one.number, 1, one.country, one.city, one.postal_code, f"{one.number % 300} Mill Lane")


def _groups(parties: int, entries: dict[str, int]) -> Lines:
    for first in range(1, parties, 7):
        yield _line(entries[GROUPS[first % len(GROUPS)]], first)
        yield _line(entries[GROUPS[(first + 1) % len(GROUPS)]], first + 1)


def _relations(parties: int, entries: dict[str, int]) -> Lines:
    kinds = ("customer", "customer", "customer", "supplier", "partner")
    for number in range(1, parties + 1, 3):
        until = "2026-01-01" if number % 11 == 0 else NULL
        yield _line(number, entries[kinds[number % len(kinds)]], "2024-01-01", until)


def _persons(parties: int) -> Lines:
    """Give two organisations of three the party behind them as a contact person."""
    return (_line(number // 4, number, number + 1, 1) for number in range(4, parties, 4) if number % 3)


def _answers(parties: int, entries: dict[str, int]) -> Lines:
    kinds = ("purchasing", "accounting", "sales")
    return (_line(number // 4, entries[kinds[number % len(kinds)]]) for number in range(4, parties, 4) if number % 3)


def _cards(parties: int) -> Lines:
    for number in range(1, parties + 1, 3):
        rng = chance("card", number)
        turnover, state = int(rng.paretovariate(1.2) * 1_000), "blocked" if number % 100 == 1 else "active"
        yield _line(number, f"29{number:011}", number % 2 + 1, state, number, turnover, 3, 0, "2025-01-01")


def _days(parties: int) -> Lines:
    for number in range(1, parties + 1, 3):
        rng = chance("days", number)
        days = {TODAY - timedelta(days=int(rng.paretovariate(0.7) * 5) % 700) for _ in range(rng.randrange(7))}
        yield from (_line(number, day, rng.randrange(100, 9_000), 1) for day in sorted(days))


def _notes(parties: int) -> Lines:
    words = ("bread", "invoice", "delivery", "Friday", "discount", "complaint", "хлеб", "счёт")
    for number in range(1, parties + 1, 10):
        text = f"Asked about {words[number // 10 % len(words)]} {number % 977}"
        yield _line(number, text, "user:bench", "2026-06-01")


def _documents(parties: int) -> Lines:
    kinds = (("order", "confirmed"), ("order", "done"), ("invoice", "issued"), ("delivery", "planned"))
    for number in range(1, parties + 1, 20):
        kind, status = kinds[number // 20 % len(kinds)]
        day = TODAY - timedelta(days=number % 400)
        yield _line(kind, f"{kind[:3].upper()}-{number:07}", day, number, status, number % 90_000, day, day)


def _line(*cells: object) -> str:
    return "\t".join(map(str, cells)) + "\n"


@asynccontextmanager
async def without_indexes(connection: asyncpg.Connection, table: str) -> AsyncIterator[None]:
    """Take away the indexes of a table that no constraint needs, and make them anew."""
    rows = await connection.fetch(_INDEXES, table)
    for name, _ in rows:
        await connection.execute(f"drop index {name}")
    yield
    await connection.execute("set maintenance_work_mem = '512MB'")
    for _, definition in rows:
        await connection.execute(definition.replace(" ON ONLY ", " ON "), timeout=None)


_INDEXES = """
select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i
where i.indrelid = $1::regclass and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
"""


async def _copy(connection: asyncpg.Connection, table: str, columns: tuple[str, ...], lines: Lines) -> None:
    await connection.copy_to_table(table, source=_portions(lines), columns=columns)


async def _portions(lines: Lines) -> AsyncIterator[bytes]:
    portion: list[str] = []
    for line in lines:
        portion.append(line)
        if len(portion) >= LINES_AT_ONCE:
            yield "".join(portion).encode()
            portion.clear()
    yield "".join(portion).encode()
