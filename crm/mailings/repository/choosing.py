"""The SQL of choosing recipients: whom an audience names, who of them is left out and why, who is held back.

Key idea: one query decides for a portion of parties, and the same one counts for the page before anything is sent and
adds rows when it is. Portions are by the identifiers of parties, so however many there are, little is held at once; and
one that is repeated after a kill adds nobody twice. Who is in a segment is asked for each portion anew, so a portion is
large.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from functools import lru_cache
from typing import Any, Final

from babel.core import get_global
from msgspec import Struct
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Text,
    Time,
    and_,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    table,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.repository.conditions import has_refused, is_suppressed, may_write
from crm.mailings.model import WHOLE, Audience, Reason
from crm.mailings.tables import mailing_address
from crm.parties.tables import contact_person, party, party_address, party_contact, party_group
from crm.recipients.tables import mailing_recipient
from crm.views.model import Filter
from crm.views.repository.asking import is_among
from crm.views.repository.conditions import condition_of
from crm.views.repository.context import Context
from database.memory import SUMMED_ONCE

PORTION: Final = 20_000
ADDRESS: Final = r"^[^\s@<>()\[\]\\,;:\"]+@[^\s@<>()\[\]\\,;:\"]+$"
CONTROL: Final = "control"
_ONCE: Final = "materialized"
"""An address is looked up once, and not wherever a condition names it."""


class Choosing(Struct, frozen=True):
    """By what recipients of a mailing are chosen.

    `variants` are identifiers with their shares in percent, `members` tells of a party whether a segment has it.
    """

    mailing_id: int
    audience: Audience
    kind_id: int
    needs_consent: bool
    control_percent: int
    variants: tuple[tuple[int, int], ...]
    members: ColumnElement[bool] | None
    window_from: time | None
    window_until: time | None
    timezone: str


class Count(Struct, frozen=True):
    """What becomes of whom an audience names: how many are named, left out by the reason, held back, and written to."""

    named: int
    left_out: Mapping[Reason, int]
    control: int
    going: int


def add_counts(one: Count, other: Count) -> Count:
    """Add what becomes of some to what becomes of others."""
    left_out = Counter[Reason](one.left_out) + Counter[Reason](other.left_out)
    return Count(one.named + other.named, left_out, one.control + other.control, one.going + other.going)


class LeftOut(Struct, frozen=True):
    """Who is named and gets nothing, with the first reason that holds; no party for an address that is nobody's."""

    party_id: int | None
    party: str | None
    address: str
    reason: Reason


async def count_choice(connection: AsyncConnection, choosing: Choosing) -> Count:
    """Count what would become of all whom an audience names now."""
    await connection.execute(SUMMED_ONCE)
    fates = _fates(choosing, _named(choosing)).subquery("fates")
    query = select(fates.c.fate, func.count()).group_by(fates.c.fate)
    counts: dict[str | None, int] = {row[0]: row[1] for row in await connection.execute(query)}
    named = sum(counts.values())
    going, control = counts.pop(None, 0), counts.pop(CONTROL, 0)
    return Count(named, counts, control, going)  # type: ignore[arg-type] # what is left are reasons


async def list_left_out(
    connection: AsyncConnection, choosing: Choosing, *, reason: str | None, after: int, most: int
) -> list[tuple[int, LeftOut]]:
    """List the next parties that are left out, for a reason or for any, by their identifiers."""
    await connection.execute(SUMMED_ONCE)
    fates = _fates(choosing, _named(choosing)).subquery("fates")
    query = (
        select(fates.c.party_id, fates.c.party_id, party.c.name, fates.c.address, fates.c.fate)
        .join_from(fates, party, party.c.id == fates.c.party_id)
        .where(fates.c.party_id > after, fates.c.fate != CONTROL)
    )
    if reason is not None:
        query = query.where(fates.c.fate == reason)
    rows = await connection.execute(query.order_by(fates.c.party_id).limit(most))
    return [(key, LeftOut(*row)) for key, *row in rows]


async def list_was_left_out(
    connection: AsyncConnection, mailing_id: int, *, reason: str | None, after: int, most: int
) -> list[tuple[int, LeftOut]]:
    """List the next recipients that were left out when a mailing went out, for a reason or for any."""
    to = mailing_recipient.c
    query = (
        select(to.id, to.party_id, party.c.name, to.address, to.reason)
        .outerjoin_from(mailing_recipient, party, party.c.id == to.party_id)
        .where(to.mailing_id == mailing_id, to.state == "left_out", to.id > after)
    )
    if reason is not None:
        query = query.where(to.reason == reason)
    rows = await connection.execute(query.order_by(to.id).limit(most))
    return [(key, LeftOut(*row)) for key, *row in rows]


async def list_portion(connection: AsyncConnection, choosing: Choosing, *, after: int) -> list[int]:
    """List the next parties that an audience names, by their identifiers."""
    await connection.execute(SUMMED_ONCE)
    query = _named(choosing).where(party.c.id > after).order_by(party.c.id).limit(PORTION)
    return list((await connection.execute(query)).scalars())


async def list_around(connection: AsyncConnection, choosing: Choosing, party_id: int) -> list[int | None]:
    """List the last named party before an identifier, None where there is none, and the first two from it on."""
    query = _named(choosing)
    before = query.where(party.c.id < party_id).order_by(party.c.id.desc()).limit(1)
    behind = query.where(party.c.id >= party_id).order_by(party.c.id).limit(2)
    last = (await connection.execute(before)).scalar_one_or_none()
    return [last, *(await connection.execute(behind)).scalars()]


async def list_named(connection: AsyncConnection, choosing: Choosing, party_ids: Sequence[int]) -> list[int]:
    """List those of some parties whom an audience names."""
    await connection.execute(SUMMED_ONCE)
    query = _named(choosing).where(party.c.id == func.any(cast(list(party_ids), ARRAY(BigInteger))))
    return list((await connection.execute(query.order_by(party.c.id))).scalars())


async def add_recipients(
    connection: AsyncConnection, choosing: Choosing, party_ids: Sequence[int], *, occurrence: str = "", now: datetime
) -> None:
    """Add parties to the recipients of a mailing: to be written to, held back, or left out with the reason."""
    chosen = select(func.unnest(cast(list(party_ids), ARRAY(BigInteger))).label("id")).subquery("chosen")
    fates = _fates(choosing, select(chosen.c.id), occurrence).subquery("fates")
    state = case((fates.c.fate.is_(None), "queued"), (fates.c.fate == CONTROL, CONTROL), else_="left_out")
    nowhere: ColumnElement[str | None] = literal(None, Text)
    zone = zone_of(fates.c.party_id) if choosing.window_from else nowhere
    rows = select(
        literal(choosing.mailing_id),
        fates.c.party_id,
        fates.c.address,
        func.split_part(fates.c.address, "@", 2),
        zone,
        variant_of(choosing, fates.c.party_id),
        state,
        fates.c.fate,
        due_of(choosing, zone, now),
        literal(occurrence),
        literal(0),
        literal(0),
    ).order_by(fates.c.party_id)
    columns = ["mailing_id", "party_id", "address", "domain", "zone", "variant_id", "state", "reason", "due_at"]
    added = insert(mailing_recipient).from_select([*columns, "occurrence", "tries", "doubts"], rows)
    await connection.execute(added.on_conflict_do_nothing())


def members_of(audience: Audience, context: Context) -> ColumnElement[bool] | None:
    """Give what the segments of an audience ask of a party; None where it names none. Raises ViewError."""
    asked = Filter("segment", "any_of", tuple(map(str, audience.segments)))
    return condition_of(asked, context) if audience.segments else None


def _named(choosing: Choosing) -> Select[int]:
    """Give the parties that an audience names; what it does not name is not asked for, so that estimates are right."""
    audience = choosing.audience
    groups, parties = (cast(list(ids), ARRAY(BigInteger)) for ids in (audience.groups, audience.parties))
    parts: list[Select[int]] = []
    if audience.groups:
        parts.append(select(party_group.c.party_id).where(party_group.c.group_id == func.any(groups)))
    if audience.parties or not (audience.groups or audience.segments):
        parts.append(select(func.unnest(parties, type_=BigInteger)))
    if choosing.members is not None:
        parts.append(select(party.c.id).where(party.c.archived_at.is_(None), choosing.members))
    among = union_all(*parts) if len(parts) > 1 else parts[0]
    return select(party.c.id).where(party.c.merged_into.is_(None), is_among(among))


def _fates(choosing: Choosing, named: Select[int], occurrence: str = "") -> Select[Any]:
    """Tell the address and the fate of each named party: a reason to be left out, held back, or None.

    One letter goes to an address: to the party with the least identifier among those who may have it.
    """
    ids = named.subquery("named")
    address = (
        select(func.lower(party_contact.c.value))
        .where(party_contact.c.party_id == party.c.id, party_contact.c.kind == "email")
        .order_by(party_contact.c.pinned.desc(), party_contact.c.position)
        .limit(1)
        .scalar_subquery()
    )
    known = (
        select(party.c.id.label("party_id"), func.coalesce(address, "").label("address"), _gone().label("is_gone"))
        .join_from(ids, party, party.c.id == ids.c.id)
        .cte("known")
        .prefix_with(_ONCE)
    )
    kind, needs = literal(choosing.kind_id), literal(choosing.needs_consent)
    first: ColumnElement[str | None] = case(
        (known.c.is_gone, "archived"),
        (known.c.address == "", "no_address"),
        (not_(known.c.address.regexp_match(ADDRESS)), "wrong_address"),
        (is_suppressed(known.c.address), "suppressed"),
        (has_refused(known.c.party_id, kind), "unsubscribed"),
        (not_(may_write(known.c.party_id, kind, needs)), "no_consent"),
        else_=literal(None, Text),
    )
    judged = select(known.c.party_id, known.c.address, first.label("reason")).cte("judged").prefix_with(_ONCE)
    place = func.row_number().over(partition_by=(judged.c.address, judged.c.reason), order_by=judged.c.party_id)
    taken = exists().where(
        mailing_recipient.c.mailing_id == choosing.mailing_id,
        mailing_recipient.c.address == judged.c.address,
        mailing_recipient.c.occurrence == occurrence,
        mailing_recipient.c.state != "left_out",
    )
    beside = exists().where(
        mailing_address.c.mailing_id == choosing.mailing_id, mailing_address.c.address == judged.c.address
    )
    fate = case(
        (judged.c.reason.is_not(None), judged.c.reason),
        (or_(place > 1, taken, beside), "same_address"),
        (draw(CONTROL, choosing.mailing_id, judged.c.party_id) < choosing.control_percent, CONTROL),
        else_=literal(None, Text),
    )
    return select(judged.c.party_id, judged.c.address, fate.label("fate"))


def _gone() -> ColumnElement[bool]:
    return or_(party.c.archived_at.is_not(None), party.c.erased_at.is_not(None))


def variant_of(choosing: Choosing, party_id: ColumnElement[Any]) -> ColumnElement[int]:
    """Choose a variant by a number drawn from 0 to 99, which falls into the share of one of them."""
    number = draw("variant", choosing.mailing_id, party_id)
    upto, choices = 0, []
    for variant_id, share in choosing.variants:
        upto += share
        choices.append((number < upto, literal(variant_id, BigInteger)))
    assert upto == WHOLE, "shares make a whole"
    return case(*choices)


def draw(purpose: str, mailing_id: int, party_id: ColumnElement[Any]) -> ColumnElement[int]:
    """Draw a number from 0 to 99 for a party and a mailing; each time the same."""
    digest = func.sha256(func.convert_to(func.concat(f"{purpose}:{mailing_id}:", party_id), "UTF8"))
    high, middle, low = (func.get_byte(digest, place) for place in range(3))
    return func.mod(high * 65_536 + middle * 256 + low, WHOLE, type_=Integer)


def zone_of(party_id: ColumnElement[int]) -> ColumnElement[str | None]:
    """Tell a party's time zone: its own as a contact person, else the main one of the country of its first address."""
    own = (
        select(contact_person.c.timezone)
        .where(contact_person.c.person_id == party_id, contact_person.c.timezone.is_not(None))
        .order_by(contact_person.c.position)
        .limit(1)
        .scalar_subquery()
    )
    country = (
        select(party_address.c.country)
        .where(party_address.c.party_id == party_id, party_address.c.country.is_not(None))
        .order_by(party_address.c.position)
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(own, literal(_zones(), JSONB)[country].astext, type_=Text)


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    """Name the main time zone of each country."""
    zones: Mapping[str, Sequence[str]] = get_global("territory_zones")
    return {country: names[0] for country, names in zones.items() if names}


def due_of(choosing: Choosing, zone: ColumnElement[str | None], now: datetime) -> ColumnElement[datetime]:
    """Tell when a recipient's window is open: now, or when it begins on this day or the next.

    Not every server of PostgreSQL knows every zone; by one that it does not know, who sends looks at the clock again.
    """
    moment = literal(now, DateTime(timezone=True))
    if choosing.window_from is None or choosing.window_until is None:
        return moment
    known = select(column("name", Text)).select_from(table("pg_timezone_names"))
    where = case((zone.in_(known), zone), else_=choosing.timezone)
    local = func.timezone(where, moment)
    clock = cast(local, Time)
    since, until = literal(choosing.window_from, Time), literal(choosing.window_until, Time)
    days = func.make_interval(0, 0, 0, case((clock < since, 0), else_=1))
    start = func.date_trunc("day", local) + since + days
    return case((and_(clock >= since, clock < until), moment), else_=func.timezone(where, start))
