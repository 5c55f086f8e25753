"""What the back office asks about tills."""

from datetime import date, timedelta

from litestar import Router, get
from litestar.params import FromQuery
from msgspec import Struct

from api.auth.rights import allows
from api.rest.calls import Call, service_of
from api.rest.problems import PROBLEMS
from api.state import read_clock
from loyalty.receipts.gaps import Gap, list_gaps

DAYS = 35


class GapList(Struct, frozen=True):
    """Numbers of receipts that tills gave and the server does not have, the newest first."""

    gaps: list[Gap]


@get("/v1/tills/gaps", responses=PROBLEMS)
async def get_gaps(request: Call, since: FromQuery[date | None] = None) -> GapList:
    """List holes in the sequences of tills since a day, of the last 35 days if none is named."""
    first = since or read_clock().date() - timedelta(days=DAYS)
    return GapList(await service_of(request).database.run(list_gaps, since=first))


router = Router("/", route_handlers=[get_gaps], opt=dict(allows("signals.read")), tags=["Tills"])
