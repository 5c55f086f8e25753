"""Enrolments: a code for a new till, and what the till gets for it."""

from datetime import datetime

from litestar import Router, delete, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from api.auth.enrolments import count_try, open_enrolment, redeem, revoke_enrolment
from api.auth.errors import EnrolmentRefusedError, TokenUnknownError
from api.auth.guards import public
from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.problems import PROBLEMS
from api.state import read_clock
from database.identifiers import MOST_ID
from pos_adapter.enrolling import Enrolled
from pos_adapter.protocol import EnrolmentRequest, Redemption


class EnrolmentCode(Struct, frozen=True):
    """A code that is good once and until then; it cannot be shown again."""

    enrolment_id: int
    code: str
    expires_at: datetime


@post("/", dto=Body, return_dto=None, opt=dict(allows("settings.edit")), responses=PROBLEMS)
async def make_enrolment(request: Call, data: JSONBody[EnrolmentRequest]) -> EnrolmentCode:
    """Make a code with which a till is set up: `tallycard till init --server URL --code CODE`."""
    database = service_of(request).database
    made = await database.run(open_enrolment, store=data.store, till=data.till, act=act_of(request))
    return EnrolmentCode(made.id, made.text, made.expires_at)


@delete("/{enrolment_id:int}", status_code=204, opt=dict(allows("settings.edit")), responses=PROBLEMS)
async def end_enrolment(request: Call, enrolment_id: FromPath[int]) -> None:
    """End a code that nobody used yet."""
    database = service_of(request).database
    if enrolment_id > MOST_ID or not await database.run(revoke_enrolment, enrolment_id, act=act_of(request)):
        raise TokenUnknownError("no code that is open has this identifier")


@post("/redeem", dto=Body, return_dto=None, opt=dict(public), responses=PROBLEMS)
async def redeem_enrolment(request: Call, data: JSONBody[Redemption]) -> Enrolled:
    """Give a till its token for its code; five wrong tries end a code, and all refusals are alike."""
    service, now = service_of(request), read_clock()
    number = await service.database.run(count_try, data.code, now=now)
    redeemed = None if number is None else await service.database.run(redeem, number, data.code, now=now)
    if redeemed is None:
        raise EnrolmentRefusedError(
            "the code is wrong, was used, or its time is over: ask the back office for a new one"
        )
    prefixes = sorted((await service.catalogue.newest()).own_prefixes)
    return Enrolled(redeemed.token, redeemed.store, redeemed.till, prefixes)


router = Router("/v1/enrolments", route_handlers=[make_enrolment, end_enrolment, redeem_enrolment], tags=["Tills"])
