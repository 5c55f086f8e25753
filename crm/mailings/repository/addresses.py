"""The SQL of addresses beside a mailing's audience: put in, taken over from another mailing, and chosen among.

Key idea: they wait in a table of their own and become recipients as the mailing begins, by the same reasons as parties:
whoever opted out or is suppressed by then stays out. An address that is a party's stands for that party.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

from msgspec import Struct, json
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.repository.conditions import has_refused, is_suppressed, may_write
from crm.mailings.repository.choosing import (
    ADDRESS,
    CONTROL,
    Choosing,
    Count,
    LeftOut,
    draw,
    due_of,
    variant_of,
    zone_of,
)
from crm.mailings.tables import mailing_address
from crm.parties.tables import party
from crm.recipients.tables import mailing_recipient

Which = Literal["all", "delivered", "unopened"]

PORTION: Final = 20_000
_own = mailing_address.c


class Given(Struct, frozen=True):
    """An address of a row with what its other columns say, by place."""

    address: str
    given: Mapping[str, str] = {}


async def put_addresses(connection: AsyncConnection, mailing_id: int, rows: Sequence[Given], *, is_agreed: bool) -> int:
    """Put addresses to a mailing, each with the first party that has it; gives how many are new."""
    values = {
        "mailing": mailing_id,
        "addresses": [one.address for one in rows],
        "given": [json.encode(one.given).decode() if one.given else None for one in rows],
        "agreed": is_agreed,
    }
    return (await connection.execute(text(_PUT), values)).rowcount


async def copy_addresses(
    connection: AsyncConnection, mailing_id: int, *, source_id: int, which: Which, is_agreed: bool
) -> int:
    """Take recipients over from another mailing; gives how many are new."""
    values = {"mailing": mailing_id, "source": source_id, "agreed": is_agreed}
    return (await connection.execute(text(_COPY.format(which=_WHICH[which])), values)).rowcount


async def delete_addresses(connection: AsyncConnection, mailing_id: int) -> int:
    """Take all addresses beside the audience out again; tells how many there were."""
    return (await connection.execute(delete(mailing_address).where(_own.mailing_id == mailing_id))).rowcount


async def count_addresses(connection: AsyncConnection, mailing_id: int) -> int:
    """Count the addresses beside a mailing's audience."""
    query = select(func.count()).select_from(mailing_address).where(_own.mailing_id == mailing_id)
    return int((await connection.execute(query)).scalar_one())


async def count_fates(connection: AsyncConnection, choosing: Choosing) -> Count:
    """Count what would become of all addresses now."""
    fates = _fates(choosing, select(_own.id).where(_own.mailing_id == choosing.mailing_id)).subquery("fates")
    query = select(fates.c.fate, func.count()).group_by(fates.c.fate)
    counts: dict[str | None, int] = {row[0]: row[1] for row in await connection.execute(query)}
    named = sum(counts.values())
    going, control = counts.pop(None, 0), counts.pop(CONTROL, 0)
    return Count(named, counts, control, going)  # type: ignore[arg-type] # what is left are reasons


async def list_left_out(
    connection: AsyncConnection, choosing: Choosing, *, reason: str | None, after: int, most: int
) -> list[tuple[int, LeftOut]]:
    """List the next addresses that are left out, for a reason or for any, by their identifiers."""
    fates = _fates(choosing, select(_own.id).where(_own.mailing_id == choosing.mailing_id)).subquery("fates")
    query = (
        select(fates.c.id, fates.c.party_id, party.c.name, fates.c.address, fates.c.fate)
        .outerjoin_from(fates, party, party.c.id == fates.c.party_id)
        .where(fates.c.id > after, fates.c.fate != CONTROL)
    )
    if reason is not None:
        query = query.where(fates.c.fate == reason)
    rows = await connection.execute(query.order_by(fates.c.id).limit(most))
    return [(key, LeftOut(*row)) for key, *row in rows]


async def add_portion(connection: AsyncConnection, choosing: Choosing, *, now: datetime) -> bool:
    """Make recipients of the next addresses; False where none is left. Done twice it adds nobody twice."""
    waiting = select(_own.id).where(_own.mailing_id == choosing.mailing_id, not_(_own.is_chosen))
    ids = list((await connection.execute(waiting.order_by(_own.id).limit(PORTION))).scalars())
    if not ids:
        return False
    chosen = cast(ids, ARRAY(BigInteger))
    fates = _fates(choosing, select(func.unnest(chosen).label("id"))).subquery("fates")
    state = case((fates.c.fate.is_(None), "queued"), (fates.c.fate == CONTROL, CONTROL), else_="left_out")
    nowhere: ColumnElement[str | None] = literal(None, Text)
    zone = zone_of(fates.c.party_id) if choosing.window_from else nowhere
    rows = select(
        literal(choosing.mailing_id),
        fates.c.party_id,
        fates.c.address,
        func.split_part(fates.c.address, "@", 2),
        zone,
        fates.c.given,
        variant_of(choosing, fates.c.drawn_for),
        state,
        fates.c.fate,
        due_of(choosing, zone, now),
        literal(""),
        literal(0),
        literal(0),
    ).order_by(fates.c.id)
    who = ["mailing_id", "party_id", "address", "domain", "zone", "given"]
    columns = [*who, "variant_id", "state", "reason", "due_at", "occurrence", "tries", "doubts"]
    added = insert(mailing_recipient).from_select(columns, rows)
    await connection.execute(added.on_conflict_do_nothing())
    await connection.execute(update(mailing_address).where(_own.id == func.any(chosen)).values(is_chosen=True))
    return True


def _fates(choosing: Choosing, ids: Select[Any]) -> Select[Any]:
    """Tell the party and the fate of each address: a reason to be left out, held back, or None."""
    wanted, own = ids.subquery("wanted"), party.alias("own")
    party_id = func.coalesce(own.c.merged_into, own.c.id, type_=BigInteger)
    known = (
        select(
            _own.id, _own.address, _own.given, _own.is_agreed, party_id.label("party_id"),
            or_(own.c.archived_at.is_not(None), own.c.erased_at.is_not(None)).label("is_gone"),
            func.row_number().over(partition_by=party_id, order_by=_own.id).label("place"),
        )
        .join_from(mailing_address, wanted, wanted.c.id == _own.id)
        .outerjoin(own, own.c.id == _own.party_id)
        .cte("known_addresses")
    )  # fmt: skip
    kind, needs = literal(choosing.kind_id), literal(choosing.needs_consent)
    has_party, to = known.c.party_id.is_not(None), mailing_recipient.c
    there = exists().where(to.mailing_id == choosing.mailing_id, to.party_id == known.c.party_id, to.occurrence == "")
    is_again = and_(has_party, or_(known.c.place > 1, there))
    agreed = case((has_party, may_write(known.c.party_id, kind, needs)), else_=or_(not_(needs), known.c.is_agreed))
    drawn = draw(CONTROL, choosing.mailing_id, known.c.party_id)
    fate: ColumnElement[str | None] = case(
        (known.c.is_gone, "archived"),
        (not_(known.c.address.regexp_match(ADDRESS)), "wrong_address"),
        (is_suppressed(known.c.address), "suppressed"),
        (and_(has_party, has_refused(known.c.party_id, kind)), "unsubscribed"),
        (not_(agreed), "no_consent"),
        (is_again, "same_address"),
        (and_(has_party, drawn < choosing.control_percent), CONTROL),
        else_=literal(None, Text),
    )
    return select(
        known.c.id,
        known.c.address,
        known.c.given,
        case((not_(is_again), known.c.party_id)).label("party_id"),
        func.coalesce(cast(known.c.party_id, Text), func.concat("address ", known.c.id)).label("drawn_for"),
        fate.label("fate"),
    )


_PUT: Final = """
insert into mailing_address (mailing_id, address, party_id, given, is_agreed)
select :mailing, n.address, (
        select min(p.id) from party_contact c join party p on p.id = c.party_id and p.merged_into is null
        where c.kind = 'email' and c.canonical = n.address), cast(n.given as jsonb), :agreed
from unnest(cast(:addresses as text[]), cast(:given as text[])) as n(address, given)
on conflict do nothing
"""
_WHICH: Final[Mapping[Which, str]] = {
    "all": "r.state <> 'left_out'",
    "delivered": "r.state = 'sent' and r.bounced_at is null",
    "unopened": "r.state = 'sent' and r.bounced_at is null and r.opened_at is null and r.clicked_at is null",
}
_COPY: Final = """
insert into mailing_address (mailing_id, address, party_id, given, is_agreed)
select :mailing, r.address, r.party_id, r.given, :agreed from mailing_recipient r
where r.mailing_id = :source and r.domain <> '' and {which} order by r.id
on conflict do nothing
"""
