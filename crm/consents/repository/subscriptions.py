"""The SQL of what holds between parties and kinds of mailings, of the acts that led there, of whose an address is."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct, convert
from sqlalchemy import insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.model import Consent, ConsentAct, Said, State, Subscription
from crm.consents.tables import consent, subscription
from crm.parties.tables import party, party_contact
from database.activity import Act
from database.keyset import Page, Place, read_page

PAGE_ROWS: Final = 50
MOST_SHARING: Final = 20
"""Parties that share one address; a family or an office, not a mistake of an import."""


class Writer(Struct, frozen=True):
    """Who stands behind a recipient's link: its party where it has one, which letter of which kind it came with.

    `sender` is from whom the letter came, as the recipient saw it.
    """

    recipient_id: int
    party_id: int | None
    is_erased: bool
    address: str
    language: str | None
    mailing_id: int
    kind_id: int
    is_tracked: bool
    sender: str


async def list_subscriptions(connection: AsyncConnection, party_id: int) -> list[Subscription]:
    """List what holds between a party and each kind to which it said something."""
    kept = subscription.c
    query = select(kept.kind_id, kept.state, kept.changed_at).where(kept.party_id == party_id).order_by(kept.kind_id)
    return [Subscription(*row) for row in await connection.execute(query)]


async def put_states(connection: AsyncConnection, party_id: int, states: Mapping[int, State], *, now: datetime) -> None:
    """Write what holds from now on between a party and kinds."""
    rows = [
        {"party_id": party_id, "kind_id": kind_id, "state": state, "changed_at": now}
        for kind_id, state in states.items()
    ]
    put = upsert(subscription).values(rows)
    anew = {"state": put.excluded.state, "changed_at": put.excluded.changed_at}
    await connection.execute(put.on_conflict_do_update(index_elements=["party_id", "kind_id"], set_=anew))


async def give_many(
    connection: AsyncConnection, wanted: Sequence[tuple[int, int]], said: Said, *, act: Act
) -> list[tuple[int, int]]:
    """Keep yeses of parties to kinds, but where one said no or yes before; gives those that are new."""
    parties, kinds = [list(ids) for ids in zip(*wanted, strict=True)]
    values = {"parties": parties, "kinds": kinds, "source": said.source, "wording": said.wording}
    rows = await connection.execute(text(_GIVE), values | {"actor": act.actor, "now": act.at})
    return [(row.party_id, row.kind_id) for row in rows]


async def restore_states(
    connection: AsyncConnection, party_id: int, states: Mapping[str, State], *, since: datetime
) -> list[str]:
    """Put back what a party had said to kinds where nothing was said since a moment; gives the others."""
    lost = []
    for kind_id, state in states.items():
        mine = update(subscription).where(subscription.c.party_id == party_id, subscription.c.kind_id == int(kind_id))
        back = await connection.execute(mine.where(subscription.c.changed_at == since).values(state=state))
        lost += [] if back.rowcount else [kind_id]
    return lost


async def insert_consents(
    connection: AsyncConnection, party_id: int | None, acts: Mapping[int, ConsentAct], said: Said, *, act: Act
) -> None:
    """Add an act for each kind; of nobody known where the party is only asked for yet."""
    shared = {"party_id": party_id, "actor": act.actor, "at": act.at}
    shared |= {"source": said.source, "wording": said.wording, "recipient_id": said.recipient_id}
    await connection.execute(insert(consent).values([shared | {"kind_id": one, "act": acts[one]} for one in acts]))


async def list_consents(connection: AsyncConnection, party_id: int, *, place: Place | None = None) -> Page[Consent]:
    """List the acts of a party and of those merged into it, the last one first."""
    own = select(party.c.id).where(or_(party.c.id == party_id, party.c.merged_into == party_id))
    kept = consent.c
    query = select(*(kept[name] for name in Consent.__struct_fields__)).where(kept.party_id.in_(own))
    return await read_page(connection, query, keys=(kept.id,), place=place, size=PAGE_ROWS, row_type=Consent)


async def list_parties_of(connection: AsyncConnection, address: str) -> list[int]:
    """List the parties that stand for themselves and have an e-mail address, in the order of their identifiers."""
    query = (
        select(party.c.id)
        .distinct()
        .join_from(party_contact, party, party.c.id == party_contact.c.party_id)
        .where(party_contact.c.kind == "email", party_contact.c.canonical == address.casefold())
        .where(party.c.merged_into.is_(None), party.c.erased_at.is_(None))
        .order_by(party.c.id)
        .limit(MOST_SHARING)
    )
    return list((await connection.execute(query)).scalars())


async def find_address(connection: AsyncConnection, party_id: int) -> str | None:
    """Find the e-mail address at which a party is written to."""
    kept = party_contact.c
    query = select(kept.canonical).where(kept.party_id == party_id, kept.kind == "email")
    query = query.order_by(kept.pinned.desc(), kept.position).limit(1)
    return (await connection.execute(query)).scalar_one_or_none()


async def find_writer(connection: AsyncConnection, recipient_id: int) -> Writer | None:
    """Find who stands behind a recipient; a party that was merged is the one that it became."""
    row = (await connection.execute(text(_WRITER), {"id": recipient_id})).one_or_none()
    return None if row is None else convert(row, Writer, from_attributes=True)


async def stop_recipients(
    connection: AsyncConnection, party_ids: Collection[int], kind_ids: Collection[int], *, address: str | None
) -> int:
    """Let recipients who wait for letters of some kinds get none: those of parties, and those at an address."""
    values = {"parties": list(party_ids), "kinds": list(kind_ids), "address": address}
    return (await connection.execute(text(_STOP), values)).rowcount


_GIVE: Final = """
with put as (
    insert into subscription as s (party_id, kind_id, state, changed_at)
    select distinct party_id, kind_id, 'subscribed', cast(:now as timestamptz)
    from unnest(cast(:parties as bigint[]), cast(:kinds as bigint[])) as wanted(party_id, kind_id)
    on conflict (party_id, kind_id) do update set state = 'subscribed', changed_at = cast(:now as timestamptz)
        where s.state = 'pending'
    returning s.party_id, s.kind_id
)
insert into consent (party_id, kind_id, act, source, wording, actor, at)
select party_id, kind_id, 'given', :source, :wording, :actor, cast(:now as timestamptz) from put
returning party_id, kind_id
"""
_WRITER: Final = """
select r.id as recipient_id, coalesce(p.merged_into, p.id) as party_id, coalesce(q.erased_at, p.erased_at) is not null
    as is_erased, r.address, q.language, m.id as mailing_id, m.kind_id, m.is_tracked,
    coalesce(nullif(b.from_name, ''), b.address, '') as sender
from mailing_recipient r join mailing m on m.id = r.mailing_id left join mailbox b on b.id = m.mailbox_id
left join party p on p.id = r.party_id left join party q on q.id = coalesce(p.merged_into, p.id)
where r.id = :id
"""
_STOP: Final = """
update mailing_recipient r set state = 'unsubscribed', reason = 'unsubscribed'
from mailing m where m.id = r.mailing_id and m.kind_id = any(cast(:kinds as bigint[]))
    and m.state in ('scheduled', 'preparing', 'sending', 'paused', 'running') and r.state in ('queued', 'deferred')
    and (r.party_id = any(cast(:parties as bigint[])) or r.address = cast(:address as text))
"""
