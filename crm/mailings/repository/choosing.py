"""The SQL of choosing recipients: whom an audience names, who of them is left out and why, who is held back.

Key idea: one query decides for a portion of parties, and the same one counts for the page before anything is sent and
adds rows when it is. Portions are by the identifiers of parties, so however many there are, little is held at once; and
one that is repeated after a kill adds nobody twice.
"""

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
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.repository import has_refused, is_suppressed, may_write
from crm.mailings.model import WHOLE, Audience, Reason
from crm.parties.tables import contact_person, party, party_address, party_contact, party_group
from crm.recipients.tables import mailing_recipient

PORTION: Final = 2_000
_ADDRESS: Final = r"^[^\s@<>()\[\]\\,;:\"]+@[^\s@<>()\[\]\\,;:\"]+$"
_CONTROL: Final = "control"
_ONCE: Final = "materialized"
"""An address is looked up once, and not wherever a condition names it."""


class Choosing(Struct, frozen=True):
    """By what recipients of a mailing are chosen; `variants` are identifiers with their shares in percent."""

    mailing_id: int
    audience: Audience
    kind_id: int
    needs_consent: bool
    control_percent: int
    variants: tuple[tuple[int, int], ...]
    window_from: time | None
    window_until: time | None
    timezone: str


class Count(Struct, frozen=True):
    """What becomes of whom an audience names: how many are named, left out by the reason, held back, and written to."""

    named: int
    left_out: Mapping[Reason, int]
    control: int
    going: int


async def count_choice(connection: AsyncConnection, choosing: Choosing) -> Count:
    """Count what would become of all whom an audience names now."""
    fates = _fates(choosing, _named(choosing.audience)).subquery("fates")
    query = select(fates.c.fate, func.count()).group_by(fates.c.fate)
    counts: dict[str | None, int] = {row[0]: row[1] for row in await connection.execute(query)}
    named = sum(counts.values())
    going, control = counts.pop(None, 0), counts.pop(_CONTROL, 0)
    return Count(named, counts, control, going)  # type: ignore[arg-type] # what is left are reasons


async def list_portion(connection: AsyncConnection, audience: Audience, *, after: int) -> list[int]:
    """List the next parties that an audience names, by their identifiers."""
    query = _named(audience).where(party.c.id > after).order_by(party.c.id).limit(PORTION)
    return list((await connection.execute(query)).scalars())


async def find_last(connection: AsyncConnection, mailing_id: int) -> int:
    """Give the last party that a mailing has as a recipient; 0 where there is none."""
    kept = mailing_recipient.c
    query = select(func.coalesce(func.max(kept.party_id), 0)).where(kept.mailing_id == mailing_id)
    return int((await connection.execute(query)).scalar_one())


async def add_recipients(
    connection: AsyncConnection, choosing: Choosing, party_ids: Sequence[int], *, now: datetime
) -> None:
    """Add parties to the recipients of a mailing: to be written to, held back, or left out with the reason."""
    chosen = select(func.unnest(cast(list(party_ids), ARRAY(BigInteger))).label("id")).subquery("chosen")
    fates = _fates(choosing, select(chosen.c.id)).subquery("fates")
    state = case((fates.c.fate.is_(None), "queued"), (fates.c.fate == _CONTROL, _CONTROL), else_="left_out")
    nowhere: ColumnElement[str | None] = literal(None, Text)
    zone = _zone(fates.c.party_id) if choosing.window_from else nowhere
    rows = select(
        literal(choosing.mailing_id),
        fates.c.party_id,
        fates.c.address,
        func.split_part(fates.c.address, "@", 2),
        zone,
        _variant(choosing, fates.c.party_id),
        state,
        fates.c.fate,
        _due(choosing, zone, now),
        literal(""),
        literal(0),
        literal(0),
    ).order_by(fates.c.party_id)
    columns = ["mailing_id", "party_id", "address", "domain", "zone", "variant_id", "state", "reason", "due_at"]
    added = insert(mailing_recipient).from_select([*columns, "occurrence", "tries", "doubts"], rows)
    await connection.execute(added)


def _named(audience: Audience) -> Select[int]:
    groups, parties = (cast(list(ids), ARRAY(BigInteger)) for ids in (audience.groups, audience.parties))
    in_group = exists().where(party_group.c.party_id == party.c.id, party_group.c.group_id == func.any(groups))
    return select(party.c.id).where(party.c.merged_into.is_(None), or_(party.c.id == func.any(parties), in_group))


def _fates(choosing: Choosing, named: Select[int]) -> Select[Any]:
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
        (not_(known.c.address.regexp_match(_ADDRESS)), "wrong_address"),
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
        mailing_recipient.c.state != "left_out",
    )
    fate = case(
        (judged.c.reason.is_not(None), judged.c.reason),
        (or_(place > 1, taken), "same_address"),
        (_bucket(_CONTROL, choosing.mailing_id, judged.c.party_id) < choosing.control_percent, _CONTROL),
        else_=literal(None, Text),
    )
    return select(judged.c.party_id, judged.c.address, fate.label("fate"))


def _gone() -> ColumnElement[bool]:
    return or_(party.c.archived_at.is_not(None), party.c.erased_at.is_not(None))


def _variant(choosing: Choosing, party_id: ColumnElement[int]) -> ColumnElement[int]:
    """Choose a variant by a number drawn from 0 to 99, which falls into the share of one of them."""
    number = _bucket("variant", choosing.mailing_id, party_id)
    upto, choices = 0, []
    for variant_id, share in choosing.variants:
        upto += share
        choices.append((number < upto, literal(variant_id, BigInteger)))
    assert upto == WHOLE, "shares make a whole"
    return case(*choices)


def _bucket(purpose: str, mailing_id: int, party_id: ColumnElement[int]) -> ColumnElement[int]:
    digest = func.sha256(func.convert_to(func.concat(f"{purpose}:{mailing_id}:", party_id), "UTF8"))
    high, middle, low = (func.get_byte(digest, place) for place in range(3))
    return func.mod(high * 65_536 + middle * 256 + low, WHOLE, type_=Integer)


def _zone(party_id: ColumnElement[int]) -> ColumnElement[str | None]:
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


def _due(choosing: Choosing, zone: ColumnElement[str | None], now: datetime) -> ColumnElement[datetime]:
    """Tell when a recipient's window is open: now, or when it begins on this day or the next."""
    moment = literal(now, DateTime(timezone=True))
    if choosing.window_from is None or choosing.window_until is None:
        return moment
    where = func.coalesce(zone, choosing.timezone)
    local = func.timezone(where, moment)
    clock = cast(local, Time)
    since, until = literal(choosing.window_from, Time), literal(choosing.window_until, Time)
    days = func.make_interval(0, 0, 0, case((clock < since, 0), else_=1))
    start = func.date_trunc("day", local) + since + days
    return case((and_(clock >= since, clock < until), moment), else_=func.timezone(where, start))
