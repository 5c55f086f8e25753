"""What a till keeps so that it prices without the server: cards and catalogue, signed, changes only."""

from typing import Annotated

import msgspec
from litestar import Response, Router, get
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.guards import requires
from api.rest.calls import Call, service_of
from api.rest.problems import PROBLEMS
from api.state import read_clock
from database.identifiers import MOST_ID
from loyalty.cards.model import Catalogue
from loyalty.cards.rules import SeriesRules
from loyalty.cards.snapshot_repository import ChangedCard, Horizon, list_changed, load_horizon
from pos_adapter.protocol import JOURNAL_HEADER
from pos_adapter.snapshot.model import PAGE_CARDS, CardOwn, SnapshotCard, SnapshotPage
from pos_adapter.snapshot.sealing import SIGNATURE_HEADER, derive_key, hash_number, name_key, sign

LONGEST_CURSOR = 200


class _Place(Struct, frozen=True, array_like=True):
    """A cursor: under which key, in which database, up to which transaction, with which catalogue."""

    key_name: str
    origin: str
    transaction: int
    catalogue_version: int


@get("/v1/till-snapshot", responses=PROBLEMS)
async def get_till_snapshot(
    request: Call,
    since: Annotated[FromQuery[str], QueryParameter(max_length=LONGEST_CURSOR)] = "",
    after: Annotated[FromQuery[int], QueryParameter(ge=0, le=MOST_ID)] = 0,
) -> Response[bytes]:
    """Give a part of what changed since a cursor, everything without one; signed with a key of the till's token."""
    service, till = service_of(request), request.user
    await service.heard.note(service.database, till, request.headers.get(JOURNAL_HEADER, ""), now=read_clock())
    key = derive_key(request.headers["Authorization"].partition(" ")[2].strip())
    horizon, cards = await service.database.run(_look, since=since, after=after, key=key)
    catalogue = await service.catalogue.newest()
    known = _read_place(since, horizon, key)
    page = SnapshotPage(
        store=till.store or "",
        till=till.till or "",
        since=since,
        after=after,
        as_of=read_clock(),
        cursor=_write_place(_Place(name_key(key), horizon.origin, horizon.transaction, catalogue.version)),
        next=cards[-1].card_id if len(cards) == PAGE_CARDS else None,
        is_whole=known is None,
        catalogue=_for_till(catalogue, till.store or "") if _wants_catalogue(known, catalogue, after) else None,
        cards=[_seal_card(card, key) for card in cards],
    )
    body = msgspec.json.encode(page)
    return Response(body, media_type="application/json", headers={SIGNATURE_HEADER: sign(key, body)})


async def _look(
    connection: AsyncConnection, *, since: str, after: int, key: bytes
) -> tuple[Horizon, list[ChangedCard]]:
    """Look where we are, then what changed: what changes in between comes now, and again at the next look."""
    horizon = await load_horizon(connection)
    known = _read_place(since, horizon, key)
    first = 0 if known is None else known.transaction
    return horizon, await list_changed(connection, since=first, after=after, most=PAGE_CARDS)


def _read_place(since: str, horizon: Horizon, key: bytes) -> _Place | None:
    """Read a cursor; None where the till has to begin anew."""
    try:
        place = msgspec.json.decode(bytes.fromhex(since), type=_Place)
    except (ValueError, msgspec.MsgspecError):
        return None
    is_ours = place.key_name == name_key(key) and place.origin == horizon.origin
    return place if is_ours and place.transaction <= horizon.transaction else None


def _write_place(place: _Place) -> str:
    return msgspec.json.encode(place).hex()


def _wants_catalogue(known: _Place | None, catalogue: Catalogue, after: int) -> bool:
    return after == 0 and (known is None or known.catalogue_version != catalogue.version)


def _for_till(catalogue: Catalogue, store: str) -> Catalogue:
    """Leave out what prices no receipt: other stores, and the rules that change percents in the office."""
    series = {
        series_id: msgspec.structs.replace(series, rules=SeriesRules(receipt=series.rules.receipt))
        for series_id, series in catalogue.series.items()
    }
    stores = {code: known for code, known in catalogue.stores.items() if code == store}
    return msgspec.structs.replace(catalogue, series=series, stores=stores)


def _seal_card(card: ChangedCard, key: bytes) -> SnapshotCard:
    own = CardOwn(
        percent=card.own_percent,
        expires_on=card.own_expires_on,
        frozen_from=card.frozen_from,
        frozen_until=card.frozen_until,
        state_since=None if card.frozen_from is None else card.state_since,
    )
    return SnapshotCard(hash_number(key, card.number), card.series_id, card.state, None if own == CardOwn() else own)


router = Router("/", route_handlers=[get_till_snapshot], opt=dict(requires("till")), tags=["Tills"])
