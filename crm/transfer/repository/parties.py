"""The SQL of parties on their way in: which of them are here already, what they have, and new ones many at once."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

import msgspec
from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.model import PartyKind
from crm.parties.model import PartyDetails
from crm.parties.repository.addresses import PLACES_OF_SOURCE
from crm.transfer.model import By, Draft


class Kept(Struct, frozen=True):
    """A party that is here already, as far as a row may say something of it."""

    id: int
    version: int
    kind: PartyKind
    name: str
    legal_status: str
    birth_date: date | None
    note: str | None
    language: str | None
    contacts: frozenset[tuple[str, str]]
    addresses: frozenset[tuple[str, ...]]
    registrations: frozenset[tuple[str, str]]
    groups: frozenset[str]
    relations: frozenset[str]

    @property
    def details(self) -> PartyDetails:
        """What is said of it itself."""
        return PartyDetails(**{name: getattr(self, name) for name in PartyDetails.__struct_fields__})


class Match(Struct, frozen=True):
    """Parties that have what a row is known by; `is_merged` where the only one stands for itself no more."""

    ids: tuple[int, ...]
    is_merged: bool = False


_STANDS = "p.merged_into is null and p.erased_at is null"
_FIND = {
    "key": """select source_key as identity, array_agg(id) as ids, bool_or(merged_into is not null) as is_merged
        from party where source = :source and source_key = any(:identities) group by 1""",
    "phone": f"""select canonical as identity, array_agg(distinct p.id order by p.id) as ids, false as is_merged
        from party_contact c join party p on p.id = c.party_id and {_STANDS}
        where c.kind = 'phone' and c.canonical = any(:identities) group by 1""",
    "email": f"""select canonical as identity, array_agg(distinct p.id order by p.id) as ids, false as is_merged
        from party_contact c join party p on p.id = c.party_id and {_STANDS}
        where c.kind = 'email' and c.canonical = any(:identities) group by 1""",
    "registration": f"""select r.kind || ':' || canonical as identity, array_agg(distinct p.id order by p.id) as ids,
            false as is_merged
        from party_registration r join party p on p.id = r.party_id and {_STANDS}
        where canonical = any(:numbers) and r.kind || ':' || canonical = any(:identities) group by 1""",
}


async def find_matches(
    connection: AsyncConnection, by: By, identities: Collection[str], *, source: str
) -> dict[str, Match]:
    """Find the parties that rows speak of, by what they are known by."""
    values: dict[str, object] = {"identities": list(identities)}
    if by == "key":
        values["source"] = source
    if by == "registration":
        values["numbers"] = [identity.partition(":")[2] for identity in identities]
    rows = await connection.execute(text(_FIND[by]), values)
    return {row.identity: Match(tuple(row.ids), row.is_merged) for row in rows}


_ADDRESS_LINES = ", ".join(
    f"lower(coalesce(a.{column}, ''))" for column in ("line", "city", "region", "postal_code", "country")
)
_LOAD = f"""
select p.id, p.version, p.kind, p.name, s.code as legal_status, p.birth_date, p.note, p.language,
    (select coalesce(jsonb_agg(jsonb_build_array(c.kind, c.canonical)), '[]') from party_contact c
        where c.party_id = p.id) as contacts,
    (select coalesce(jsonb_agg(jsonb_build_array({_ADDRESS_LINES})), '[]') from party_address a
        where a.party_id = p.id) as addresses,
    (select coalesce(jsonb_agg(jsonb_build_array(r.kind, r.canonical)), '[]') from party_registration r
        where r.party_id = p.id) as registrations,
    (select coalesce(jsonb_agg(e.code), '[]') from party_group g join directory_entry e on e.id = g.group_id
        where g.party_id = p.id) as groups,
    (select coalesce(jsonb_agg(e.code), '[]') from party_relation r join directory_entry e on e.id = r.relation_id
        where r.party_id = p.id and r.other_party_id is null and (r.until is null or r.until >= :today)) as relations
from party p join directory_entry s on s.id = p.legal_status_id where p.id = any(:ids)
"""


async def load_kept(connection: AsyncConnection, ids: Collection[int], *, today: date) -> dict[int, Kept]:
    """Load parties with what they have."""
    rows = await connection.execute(text(_LOAD), {"ids": list(ids), "today": today})
    return {row.id: msgspec.convert(row, Kept, from_attributes=True) for row in rows}


class NewParty(Struct, frozen=True):
    """A party to be made: what it is, what it was made of, and whose number it has."""

    draft: Draft
    details: PartyDetails


_INSERT = """
with given as (
    select * from jsonb_to_recordset(cast(:rows as jsonb)) as r(place int, kind text, name text, legal_status text,
        birth_date date, note text, language text, key text) order by place
)
insert into party (kind, name, legal_status_id, birth_date, note, language, source, source_key, created_at, changed_at)
select g.kind, g.name, e.id, g.birth_date, g.note, g.language, case when g.key is null then null else :source end,
    g.key, :now, :now
from given g join directory_entry e on e.directory = 'legal_status' and e.code = g.legal_status order by g.place
returning id
"""
_INSERT_PARTS = {
    "addresses": """insert into party_address (party_id, position, country, region, city, postal_code, line)
        select party_id, position, country, region, city, postal_code, line
        from jsonb_to_recordset(cast(:rows as jsonb))
        as r(party_id bigint, position int, country text, region text, city text, postal_code text, line text)""",
    "contacts": """insert into party_contact (party_id, position, kind, value, canonical)
        select party_id, position, kind, value, canonical from jsonb_to_recordset(cast(:rows as jsonb))
        as r(party_id bigint, position int, kind text, value text, canonical text)""",
    "registrations": """insert into party_registration (party_id, kind, country, number, canonical, checked)
        select party_id, kind, country, number, canonical, checked from jsonb_to_recordset(cast(:rows as jsonb))
        as r(party_id bigint, kind text, country text, number text, canonical text, checked text)""",
    "groups": """insert into party_group (group_id, party_id)
        select e.id, r.party_id from jsonb_to_recordset(cast(:rows as jsonb)) as r(party_id bigint, code text)
        join directory_entry e on e.directory = 'group' and e.code = r.code""",
    "relations": """insert into party_relation (relation_id, party_id)
        select e.id, r.party_id from jsonb_to_recordset(cast(:rows as jsonb)) as r(party_id bigint, code text)
        join directory_entry e on e.directory = 'relation' and e.code = r.code""",
}


async def insert_parties(
    connection: AsyncConnection, parties: Sequence[NewParty], *, source: str | None, now: datetime
) -> list[int]:
    """Make parties with what they have but attributes; gives their identifiers in order.

    `source` is whose numbers their drafts have, None to leave them out.
    """
    rows = [
        {"place": place, **msgspec.to_builtins(one.details), "key": one.draft.key if source is not None else None}
        for place, one in enumerate(parties)
    ]
    values = {"rows": msgspec.json.encode(rows).decode(), "source": source or "", "now": now}
    ids = sorted((await connection.execute(text(_INSERT), values)).scalars())
    drafts = list(zip(ids, (one.draft for one in parties), strict=True))
    for name, parts in _parts(drafts).items():
        if parts:
            await connection.execute(text(_INSERT_PARTS[name]), {"rows": msgspec.json.encode(parts).decode()})
    return ids


def _parts(drafts: Sequence[tuple[int, Draft]]) -> dict[str, list[dict[str, object]]]:
    """Give the rows of what new parties have, behind the places that a source writes anew."""
    first = PLACES_OF_SOURCE + 1
    return {
        "addresses": [
            {"party_id": party_id, "position": first, **msgspec.to_builtins(draft.address)}
            for party_id, draft in drafts
            if draft.address is not None
        ],
        "contacts": [
            {"party_id": party_id, "position": position, **msgspec.to_builtins(contact)}
            for party_id, draft in drafts
            for position, contact in enumerate(draft.contacts, first)
        ],
        "registrations": [
            {"party_id": party_id, **msgspec.to_builtins(one)}
            for party_id, draft in drafts
            for one in draft.registrations
        ],
        "groups": [{"party_id": party_id, "code": code} for party_id, draft in drafts for code in draft.groups],
        "relations": [{"party_id": party_id, "code": code} for party_id, draft in drafts for code in draft.relations],
    }
