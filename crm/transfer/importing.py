"""The use case of taking parties in: what is new is made, what a row says beyond what is kept is added, the rest stays.

Key idea: a row never takes anything away. Fields that it fills are written, ways of contact, addresses, registrations,
groups and relations that it names are added, and an empty cell says nothing. So a file taken in twice changes nothing,
and one that was stopped goes on. New parties are made many at once; one that is here already is changed by the very use
cases that a page uses, which keep old and new values.

Each row is in whole or not at all, and one that stays out never keeps another out.
"""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes import repository as attributes
from crm.attributes.model import Attribute, Given, Value, read_value, write_value
from crm.attributes.service import set_values
from crm.consents.kinds import list_kinds
from crm.consents.model import Said
from crm.consents.service import give_many
from crm.directories.service import list_entries
from crm.parties.model import Party, PartyDetails, Relation, WrongNumbers
from crm.parties.parts import ADDRESSES, CONTACTS, REGISTRATIONS, add_part
from crm.parties.relating import add_relation, list_groups, put_groups
from crm.parties.service import change_party, load_party
from crm.transfer.model import Draft, Mapping
from crm.transfer.repository import parties as repository
from crm.transfer.repository.parties import Kept, Match, NewParty
from crm.transfer.rows import Known, details_of
from database.activity import Act, record_activity
from database.locks import lock_name
from loyalty.errors import LoyaltyError

WORDING: Final = "a file said that they agreed"
Outcome = Literal["new", "changed", "same", "rejected"]


class Result(Struct, frozen=True):
    """What became of a row: of which party, what it changes by name, or why it stays out."""

    line: int
    outcome: Outcome
    party_id: int | None = None
    changes: tuple[str, ...] = ()
    reason: str = ""


async def load_known(connection: AsyncConnection, mapping: Mapping, *, wrong_numbers: WrongNumbers, act: Act) -> Known:
    """Load what rows are read by."""
    return Known(
        mapping=mapping,
        statuses=await list_entries(connection, "legal_status"),
        relations=await list_entries(connection, "relation"),
        groups=await list_entries(connection, "group"),
        kinds=await list_kinds(connection),
        attributes={one.code: one for one in await attributes.list_attributes(connection, ("party", "person"))},
        wrong_numbers=wrong_numbers,
        today=act.at.date(),
    )


async def put_drafts(connection: AsyncConnection, drafts: Sequence[Draft], known: Known, *, act: Act) -> list[Result]:
    """Take rows in, in one transaction; gives what became of each, in their order."""
    await lock_name(connection, "parties.import")
    mapping = known.mapping
    identities = {draft.line: draft.identity(mapping.by) or "" for draft in drafts}
    matches = await repository.find_matches(connection, mapping.by, set(identities.values()), source=mapping.source)
    ids = {match.ids[0] for match in matches.values() if len(match.ids) == 1 and not match.is_merged}
    kept = await repository.load_kept(connection, ids, today=known.today)
    values = await attributes.load_values(connection, list(known.attributes.values()), ids)
    results: dict[int, Result] = {}
    new: list[Draft] = []
    for draft in drafts:
        match = matches.get(identities[draft.line])
        if match is None:
            new.append(draft)
        elif (settled := _settle(draft, match)) is not None:
            results[draft.line] = settled
        else:
            party_id = match.ids[0]
            results[draft.line] = await _put_one(
                connection, draft, kept[party_id], values.get(party_id, {}), known, act=act
            )
    results |= {result.line: result for result in await _make(connection, new, known, act=act)}
    await _subscribe(connection, drafts, results, act=act)
    return [results[draft.line] for draft in drafts]


async def _subscribe(
    connection: AsyncConnection, drafts: Sequence[Draft], results: dict[int, Result], *, act: Act
) -> None:
    """Keep the yeses of rows that are in, all at once; a no that somebody said stands, and a yes is kept once."""
    said = {draft.line: draft.mailings for draft in drafts if draft.mailings}
    taken = {line: result for line, result in results.items() if line in said and result.outcome != "rejected"}
    wanted = [(result.party_id, kind) for line, result in taken.items() for kind in said[line] if result.party_id]
    if not wanted:
        return
    given = await give_many(connection, wanted, Said("import", WORDING), act=act)
    for line, result in taken.items():
        if result.outcome == "same" and result.party_id in given:
            results[line] = structs.replace(result, outcome="changed", changes=("mailings",))
        elif result.outcome == "changed" and result.party_id in given:
            results[line] = structs.replace(result, changes=(*result.changes, "mailings"))


def _settle(draft: Draft, match: Match) -> Result | None:
    """Give the result of a row that needs no closer look."""
    if len(match.ids) > 1:
        several = ", ".join(map(str, match.ids[:5]))
        return Result(draft.line, "rejected", reason=f"several parties have what it is known by: {several}")
    if match.is_merged:  # a person decided what counts
        return Result(draft.line, "same", match.ids[0])
    return None


async def _put_one(
    connection: AsyncConnection,
    draft: Draft,
    kept: Kept,
    values: Dictionary[int, Value],
    known: Known,
    *,
    act: Act,
) -> Result:
    """Give a party what a row says beyond what is kept; what refuses a part of it keeps the whole row out."""
    missing = _missing(draft, kept, values, known)
    if not missing:
        return Result(draft.line, "same", kept.id)
    nested = await connection.begin_nested()
    try:
        await _add(connection, missing, kept, act=act)
    except LoyaltyError as refusal:
        await nested.rollback()
        return Result(draft.line, "rejected", kept.id, reason=f"{refusal.field or 'party'} {refusal.detail}")
    await nested.commit()
    return Result(draft.line, "changed", kept.id, changes=missing.names)


class _Missing(Struct, frozen=True):
    """What a row says that a party has not."""

    names: tuple[str, ...]
    details: PartyDetails
    draft: Draft

    def __bool__(self) -> bool:
        return bool(self.names)


def _missing(draft: Draft, kept: Kept, values: Dictionary[int, Value], known: Known) -> _Missing:
    said = ("name", "kind", "legal_status", "birth_date", "note", "language")
    given = {name: value for name in said if (value := getattr(draft, name)) is not None}
    fields = {name: value for name, value in given.items() if value != getattr(kept, name)}
    address = draft.address
    if address is not None:
        lines = (address.line, address.city, address.region, address.postal_code, address.country)
        address = None if tuple((line or "").lower() for line in lines) in kept.addresses else address
    left = Draft(
        line=draft.line,
        address=address,
        contacts=tuple(one for one in draft.contacts if (one.kind, one.canonical) not in kept.contacts),
        registrations=tuple(one for one in draft.registrations if (one.kind, one.canonical) not in kept.registrations),
        groups=tuple(code for code in draft.groups if code not in kept.groups),
        relations=tuple(code for code in draft.relations if code not in kept.relations),
        attributes=_other_values(draft.attributes, values, known.attributes),
    )
    parts = ("address", "contacts", "registrations", "groups", "relations")
    names = (*fields, *(part for part in parts if getattr(left, part)), *left.attributes)
    return _Missing(names, structs.replace(kept.details, **fields), left)


def _other_values(
    given: Dictionary[str, Given], values: Dictionary[int, Value], known: Dictionary[str, Attribute]
) -> dict[str, Given]:
    """Give what a row says of attributes and is not said yet; both as they go over the wire."""
    plain = {code: write_value(known[code], read_value(known[code], value)) for code, value in given.items()}
    return {
        code: value for code, value in plain.items() if value != write_value(known[code], values.get(known[code].id))
    }


async def _add(connection: AsyncConnection, missing: _Missing, kept: Kept, *, act: Act) -> None:
    draft = missing.draft
    party = await load_party(connection, kept.id)
    if missing.details != party.details:
        party = await change_party(connection, kept.id, missing.details, seen=party.version, act=act)
    if draft.address is not None:
        await add_part(connection, ADDRESSES, kept.id, draft.address, act=act)
    for contact in draft.contacts:
        await add_part(connection, CONTACTS, kept.id, contact, act=act)
    for registration in draft.registrations:
        await add_part(connection, REGISTRATIONS, kept.id, registration, act=act)
    for code in draft.relations:
        await add_relation(connection, kept.id, Relation(relation=code), act=act)
    if draft.groups:
        await _add_groups(connection, party, draft.groups, act=act)
    if draft.attributes:
        await set_values(connection, "party", kept.id, draft.attributes, act=act)


async def _add_groups(connection: AsyncConnection, party: Party, codes: Sequence[str], *, act: Act) -> None:
    has = await list_groups(connection, party.id)
    seen = (await load_party(connection, party.id)).version
    await put_groups(connection, party.id, [*has, *codes], seen=seen, act=act)


async def _make(connection: AsyncConnection, drafts: Sequence[Draft], known: Known, *, act: Act) -> list[Result]:
    """Make the parties that are not here yet."""
    refused = await _refuse(connection, drafts, known)
    new = [NewParty(draft, details_of(draft, known)) for draft in drafts if draft.line not in refused]
    made: list[Result] = []
    if new:
        source = known.mapping.source if known.mapping.by == "key" else None
        ids = await repository.insert_parties(connection, new, source=source, now=act.at)
        await _give_values(connection, dict(zip(ids, (one.draft for one in new), strict=True)), known)
        made = [Result(one.draft.line, "new", party_id) for party_id, one in zip(ids, new, strict=True)]
        data = {"count": len(new), "first": ids[0], "last": ids[-1]}
        record = f"source:{known.mapping.source}"
        await record_activity(connection, act=act, what="parties.imported", record=record, data=data)
    return made + [Result(line, "rejected", reason=reason) for line, reason in refused.items()]


async def _refuse(connection: AsyncConnection, drafts: Sequence[Draft], known: Known) -> dict[int, str]:
    """Say which new parties cannot have the attributes that their rows give them, and why."""
    wanted: dict[str, set[int]] = {"party": set(), "user": set()}
    for draft in drafts:
        for code, value in draft.attributes.items():
            target = known.attributes[code].refers_to
            if target is not None and isinstance(value, int):
                wanted[target].add(value)
    there = {
        "party": await attributes.load_names(connection, "party", wanted["party"]),
        "user": await attributes.load_names(connection, "user", wanted["user"]),
    }
    refused: dict[int, str] = {}
    for draft in drafts:
        for code, value in draft.attributes.items():
            one = known.attributes[code]
            if one.directory == "person" and details_of(draft, known).kind != "person":
                refused[draft.line] = f"{code} is said of people only"
            elif one.refers_to is not None and isinstance(value, int) and value not in there[one.refers_to]:
                refused[draft.line] = f"{code} leads to no {one.refers_to}"
    return refused


async def _give_values(connection: AsyncConnection, drafts: Dictionary[int, Draft], known: Known) -> None:
    """Give new parties their attributes, all that say the same at once."""
    owners: dict[tuple[str, Value], list[int]] = {}
    for party_id, draft in drafts.items():
        for code, given in draft.attributes.items():
            value = read_value(known.attributes[code], given)
            if value is not None:
                owners.setdefault((code, value), []).append(party_id)
    for (code, value), ids in owners.items():
        await attributes.replace_values(connection, [(known.attributes[code], value)], ids)
