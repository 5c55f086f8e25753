"""Parties with everything that hangs on them, as tests of duplicates and merges want them: plain SQL, no use case."""

from typing import Any  # a row is free in its values

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.phones import canonical_phone
from database.engine import Database


async def fetch(database: Database, statement: str, **values: object) -> list[tuple[Any, ...]]:
    """Run plain SQL and give its rows."""

    async def work(connection: AsyncConnection) -> list[tuple[Any, ...]]:
        found = await connection.execute(text(statement), values)
        return [tuple(row) for row in found] if found.returns_rows else []

    return await database.run(work)


async def add_party(database: Database, name: str, *, kind: str = "person", **more: Any) -> int:
    """Make a party; `phones`, `emails` and `cities` are lists, `numbers` registration numbers, the rest columns."""
    parts = {part: more.pop(part, ()) for part in ("phones", "emails", "cities", "numbers")}
    columns = "".join(f", {column}" for column in more)
    values = "".join(f", :{column}" for column in more)
    status = "natural_person" if kind == "person" else "limited_company"
    ((party_id,),) = await fetch(
        database,
        f"""insert into party (kind, name, legal_status_id, created_at, changed_at{columns})
        values (:kind, :name, (select id from directory_entry where code = :status), now(), now(){values}) returning id""",
        kind=kind,
        name=name,
        status=status,
        **more,
    )
    contacts = [("phone", phone, canonical_phone(phone, "BG")) for phone in parts["phones"]]
    contacts += [("email", email, email.lower()) for email in parts["emails"]]
    for position, (sort, value, canonical) in enumerate(contacts, 1):
        await fetch(
            database,
            "insert into party_contact (party_id, position, kind, value, canonical) values (:p, :n, :k, :v, :c)",
            p=party_id, n=position, k=sort, v=value, c=canonical,
        )  # fmt: skip
    for position, city in enumerate(parts["cities"], 1):
        await fetch(
            database,
            "insert into party_address (party_id, position, city, line) values (:p, :n, :c, '2 Rose St')",
            p=party_id, n=position, c=city,
        )  # fmt: skip
    for number in parts["numbers"]:
        await fetch(
            database,
            "insert into party_registration (party_id, kind, country, number, canonical, checked) "
            "values (:p, 'vat', 'BG', :n, :n, 'right')",
            p=party_id, n=number,
        )  # fmt: skip
    return int(party_id)


FULL = """
with status as (select id from directory_entry where code = 'customer'),
a as (insert into party_address (party_id, position, city, line) values ({p}, 21, 'Sofia', '{own}') returning id),
d as (insert into party_address (party_id, position, city, line) values ({p}, 22, 'Plovdiv', '1 Main St') returning id),
u as (insert into party_address_use (address_id, party_id, use, main) select id, {p}, 'tax', true from a),
c as (insert into party_contact (party_id, position, kind, value, canonical, uses) values
    ({p}, 21, 'phone', '0888 111 111', '359888111111', 2), ({p}, 22, 'email', '{own}' || '@x.bg', '{own}' || '@x.bg', 1)),
b as (insert into party_bank_account (party_id, bank, account, currency, main) values
    ({p}, 'Bank', 'BG80BNBG96611020345678', 'EUR', true), ({p}, 'Bank', '{own}', 'EUR', false)),
r as (insert into party_registration (party_id, kind, number, canonical, checked) values
    ({p}, 'vat', '1', '1', 'right'), ({p}, 'vat', '{own}', '{own}', 'right')),
rel as (insert into party_relation (party_id, relation_id, other_party_id) select {p}, id, {friend} from status),
rel2 as (insert into party_relation (party_id, relation_id, other_party_id, since)
    select {friend}, id, {p}, date '2020-01-01' + {p} from status),
rel3 as (insert into party_relation (party_id, relation_id, since) select {p}, id, date '2020-01-01' + {p} from status),
g as (insert into party_group (group_id, party_id)
    select id, {p} from directory_entry where directory = 'group' and (code = 'all' or code = '{own}')),
cp as (insert into contact_person (party_id, person_id, post, position) values ({p}, {friend}, 'buyer', 1),
    ({friend}, {p}, 'friend', {p}) returning id, party_id),
resp as (insert into contact_person_responsibility (contact_person_id, responsibility_id)
    select cp.id, e.id from cp, directory_entry e
    where e.directory = 'responsibility' and e.code = '{duty}' and cp.party_id = {p}),
n as (insert into party_note (party_id, text, actor, at) values ({p}, 'Note of ' || '{own}', 'test', now())),
f as (insert into party_file (party_id, name, media_type, hash, actor, at)
    values ({p}, '{own}' || '.txt', 'text/plain', sha256('text'), 'test', now())),
bd as (insert into business_document (kind, number, date, party_id, status, total, address_id, created_at, changed_at)
    select 'delivery', '{own}', '2026-11-01', {p}, 'planned', 100, id, now(), now() from d),
doc as (insert into document (uid, kind, number, date, status, party_id, total, lines, fingerprint, changed_at)
    values (gen_random_uuid(), 'order', '{own}', '2026-11-01', 'open', {p}, 100, '[]', sha256('x'), now())),
ml as (insert into mailing_recipient (mailing_id, party_id, address, domain, state, due_at)
    select id, {p}, '{own}' || '@x.bg', 'x.bg', 'sent', now() from mailing where name in ('all', '{own}')),
v as (insert into attribute_value (attribute_id, record_id, item, text_value)
    select id, {p}, 0, '{own}' from attribute where code in ('remark', 'only_' || '{own}'))
insert into attribute_value (attribute_id, record_id, item, reference_id)
    select id, {friend}, {p}, {p} from attribute where code = 'knows'
"""

DUMPED = (
    "party", "party_address", "party_address_use", "party_contact", "party_bank_account", "party_registration",
    "party_relation", "party_group", "contact_person", "contact_person_responsibility", "party_note", "party_file",
    "business_document", "document", "card", "attribute_value", "mailing_recipient",
)  # fmt: skip


async def prepare_words(database: Database) -> int:
    """Make groups, attributes, a file's content and a friend of everybody; gives the friend."""
    await fetch(
        database, "insert into file_content (hash, size, content, at) values (sha256('text'), 4, 'text', now())"
    )
    for position, code in enumerate(("all", "one", "two")):
        await fetch(
            database,
            "insert into directory_entry (directory, code, names, position) values ('group', :c, '{}', :n)",
            c=code, n=position,
        )  # fmt: skip
    for code in ("all", "one", "two"):
        made = "insert into mailing (name, kind_id, created_at, changed_at) values (:c, 1, now(), now())"
        await fetch(database, made, c=code)
    for code in ("remark", "only_one", "only_two"):
        await fetch(
            database,
            "insert into attribute (directory, code, names, kind, position) values ('party', :c, '{}', 'text', 1)",
            c=code,
        )
    await fetch(
        database,
        "insert into attribute (directory, code, names, kind, refers_to, position) "
        "values ('party', 'knows', '{}', 'reference', 'party', 1)",
    )
    return await add_party(database, "Friend of all", kind="organisation")


async def add_full_party(database: Database, name: str, *, own: str, duty: str, friend: int, **more: Any) -> int:
    """Make a party with all parts: some alike in every such party, some of its `own`."""
    party_id = await add_party(database, name, **more)
    await fetch(database, FULL.format(p=party_id, own=own, duty=duty, friend=friend))
    return party_id


async def dump(database: Database) -> dict[str, list[str]]:
    """Give all rows of what a merge moves, as text, without the counts of versions."""
    rows = {}
    for table in DUMPED:
        plain = "to_jsonb(t) - 'version' - 'changed_at'"
        rows[table] = [row for (row,) in await fetch(database, f"select ({plain})::text from {table} t order by 1")]
    return rows
