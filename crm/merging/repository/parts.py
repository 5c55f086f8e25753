"""What follows a party when it is merged, as one table of parts, and the SQL that moves them there and back.

Key idea: each part is rows of one table that name a party in a column. Moving them is one statement, which gives the
keys of what it moved and what else of them it changed; moving them back is another that needs nothing but those. Rows
that the kept party has alike already (`stays`) are left with the merged one. New tables of parties get a line here.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct, json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.repository.addresses import PLACES_OF_SOURCE

Moved = list[dict[str, object]]


class Part(Struct, frozen=True):
    """Rows that name a party: their table, the column, and the key that tells one of them from the others.

    `stays` is true of a row `t` that is left where it is; `changes` gives what else changes as the row moves, with the
    type of each column, so that the old value can be put back.
    """

    table: str
    column: str = "party_id"
    key: str = "t.id"
    stays: str = "false"
    changes: Mapping[str, tuple[str, str]] = {}


def _alike(table: str, *conditions: str) -> str:
    """Say that the kept party has a row like `t`."""
    return f"exists (select from {table} k where k.party_id = :kept and {' and '.join(conditions)})"


def _same(*columns: str) -> str:
    return " and ".join(f"k.{column} is not distinct from t.{column}" for column in columns)


def _behind(table: str) -> tuple[str, str]:
    """Put a row behind those that the kept party has, and behind the places that an import writes anew."""
    last = f"(select coalesce(max(position), 0) from {table} where party_id = :kept)"
    return (f"t.position + greatest({last}, {PLACES_OF_SOURCE})", "int")


def _unless_main(table: str, *conditions: str) -> tuple[str, str]:
    """Keep a row the main one unless the kept party has another main one."""
    return (f"t.main and not {_alike(table, 'k.main', *conditions)}", "boolean")


_SAME_ADDRESS = " and ".join(
    f"lower(coalesce(k.{column}, '')) = lower(coalesce(t.{column}, ''))"
    for column in ("country", "region", "city", "postal_code", "line")
)
_IN_DOCUMENT = "exists (select from business_document d where d.address_id = t.id)"
_OF_KEPT = "exists (select from party_address a where a.id = t.address_id and a.party_id = :kept)"
_OF_PARTIES = "exists (select from attribute a where a.id = t.attribute_id and a.refers_to = 'party')"

PARTS: Mapping[str, Part] = {
    "address": Part(
        "party_address",
        stays=f"{_alike('party_address', _SAME_ADDRESS)} and not {_IN_DOCUMENT}",
        changes={"position": _behind("party_address")},
    ),
    "address_use": Part(
        "party_address_use",
        key="(t.address_id || '/' || t.use)",
        stays=f"not {_OF_KEPT}",
        changes={"main": _unless_main("party_address_use", "k.use = t.use")},
    ),
    "contact": Part(
        "party_contact",
        stays=_alike("party_contact", _same("kind", "canonical")),
        changes={"position": _behind("party_contact")},
    ),
    "bank_account": Part(
        "party_bank_account",
        stays=_alike("party_bank_account", _same("account", "currency")),
        changes={"main": _unless_main("party_bank_account")},
    ),
    "registration": Part(
        "party_registration", stays=_alike("party_registration", _same("kind", "canonical", "country"))
    ),
    "relation": Part(
        "party_relation",
        stays="t.other_party_id = :kept or "
        + _alike("party_relation", _same("relation_id", "other_party_id", "since")),
    ),
    "related": Part(
        "party_relation",
        column="other_party_id",
        stays="t.party_id = :kept or exists (select from party_relation k where k.other_party_id = :kept and "
        f"{_same('party_id', 'relation_id', 'since')})",
    ),
    "group": Part("party_group", key="t.group_id", stays=_alike("party_group", "k.group_id = t.group_id")),
    "contact_person": Part(
        "contact_person",
        stays=f"t.person_id = :kept or {_alike('contact_person', 'k.person_id = t.person_id')}",
        changes={"position": _behind("contact_person")},
    ),
    "contact_of": Part(
        "contact_person",
        column="person_id",
        stays="t.party_id = :kept or exists "
        "(select from contact_person k where k.person_id = :kept and k.party_id = t.party_id)",
    ),
    "note": Part("party_note"),
    "file": Part("party_file"),
    "business_document": Part("business_document"),
    "business_person": Part("business_document", column="person_id"),
    "document": Part("document", key="t.uid"),
    "event": Part("event"),
    "event_person": Part(
        "event_person",
        column="person_id",
        key="t.event_id",
        stays="exists (select from event_person k where k.person_id = :kept and k.event_id = t.event_id)",
    ),
    "survey_call": Part("survey_call", key="t.event_id", stays=_alike("survey_call", "k.project_id = t.project_id")),
    "card": Part("card", column="holder_id", key="t.card_id"),
    "attribute_reference": Part(
        "attribute_value",
        column="reference_id",
        key="(t.attribute_id || '/' || t.record_id || '/' || t.item)",
        stays=f"not {_OF_PARTIES}",
    ),
    "project": Part("project"),
    "letter": Part("letter"),
    "letter_person": Part("letter", column="person_id"),
    "mail": Part("mail_message"),
    "mailing_letter": Part("mailing_recipient", stays=_alike("mailing_recipient", _same("mailing_id", "occurrence"))),
    "task": Part("task"),
    "task_person": Part("task", column="person_id"),
    "feed_entry": Part("feed_entry"),
    "subscription": Part("subscription", key="t.kind_id", stays=_alike("subscription", "k.kind_id = t.kind_id")),
    "subscription_request": Part("subscription_request"),
    "merged": Part("party", column="merged_into"),
}
"""In the order in which they move."""


async def move_parts(connection: AsyncConnection, *, kept: int, merged: int) -> dict[str, Moved]:
    """Put what belongs to the merged party under the kept one; gives what was moved, by part."""
    moved: dict[str, Moved] = {}
    for name, part in PARTS.items():
        rows = (await connection.execute(text(_move(part)), {"kept": kept, "merged": merged})).scalar_one()
        if rows:
            moved[name] = rows
    return moved


def _move(part: Part) -> str:
    old = "".join(f", '{column}', t.{column}" for column in part.changes)
    sets = "".join(f", {column} = {value}" for column, (value, _) in part.changes.items())
    return f"""
        with moving as (
            select {part.key}::text as key, jsonb_build_object('key', {part.key}::text{old}) as old
            from {part.table} t where t.{part.column} = :merged and ({part.stays}) is not true
        ), moved as (
            update {part.table} t set {part.column} = :kept{sets}
            from moving where t.{part.column} = :merged and {part.key}::text = moving.key
        )
        select coalesce(jsonb_agg(old order by key), '[]') from moving"""


async def move_part_back(
    connection: AsyncConnection, name: str, rows: Moved, *, kept: int, merged: int
) -> Sequence[str]:
    """Put moved rows of a part back where they still are as they were put; gives the keys of those that are not."""
    part = PARTS[name]
    sets = "".join(f", {column} = m.{column}" for column in part.changes)
    types = "".join(f", {column} {kind}" for column, (_, kind) in part.changes.items())
    statement = f"""
        update {part.table} t set {part.column} = :merged{sets}
        from jsonb_to_recordset(cast(:rows as jsonb)) as m(key text{types})
        where t.{part.column} = :kept and {part.key}::text = m.key returning m.key"""
    values = {"kept": kept, "merged": merged, "rows": json.encode(rows).decode()}
    back = set((await connection.execute(text(statement), values)).scalars())
    return [str(row["key"]) for row in rows if row["key"] not in back]
