"""More recipients of a draft over the API: addresses with values of their own, and those of another mailing."""

from typing import Annotated

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.rest.bodies import Body, Identifier
from api.rest.calls import Call, act_of, service_of
from api.rest.problems import PROBLEMS
from crm.mailings import gathering
from crm.mailings.content.placeholders import MOST_VALUE, is_own
from crm.mailings.importing import MEANINGS
from crm.mailings.repository.addresses import Given, Which, count_addresses
from crm.mailings.service import load_mailing
from crm.recipients.model import writable
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Text, Wire

_READ, _EDIT = (dict(allows(right)) for right in ("mailings.read", "mailings.edit"))
_PATH = "/v1/mailings/{mailing_id:int}/addresses"
Values = Annotated[dict[str, Annotated[str, Meta(max_length=MOST_VALUE)]], Meta(max_length=50)]


class AddressRow(Wire, frozen=True):
    """An address, and what fills places of its letter, such as `{"name": "Anna", "own_gift": "a cup"}`."""

    address: Text
    given: Values | None = None


class AddressesBody(Wire, frozen=True):
    """Addresses beside the audience; `is_agreed` says that whoever is no party agreed to the mailing's kind."""

    rows: Annotated[list[AddressRow], Meta(min_length=1, max_length=gathering.MOST_AT_ONCE)]
    is_agreed: bool = False


class CopyBody(Wire, frozen=True):
    """Which recipients of which other mailing."""

    mailing_id: Identifier
    which: Which = "all"


class PutAnswer(Struct, frozen=True):
    """How many addresses are new, and how many there are beside the audience now."""

    new: int
    addresses: int


@get(_PATH, opt=_READ, responses=PROBLEMS)
async def get_addresses(request: Call, mailing_id: FromPath[int]) -> PutAnswer:
    """Count the addresses beside a mailing's audience."""
    return await _answer(request, mailing_id, 0)


@post(_PATH, opt=_EDIT, dto=Body, return_dto=None, responses=PROBLEMS)
async def put_addresses(request: Call, mailing_id: FromPath[int], data: JSONBody[AddressesBody]) -> PutAnswer:
    """Put addresses to a draft; one that is there stays as it is."""
    rows = [_read(at, one) for at, one in enumerate(data.rows)]
    new = await service_of(request).database.run(
        gathering.put_addresses, mailing_id, rows, is_agreed=data.is_agreed, act=act_of(request)
    )
    return await _answer(request, mailing_id, new)


@post("/v1/mailings/{mailing_id:int}/copy", opt=_EDIT, dto=Body, return_dto=None, responses=PROBLEMS)
async def copy_recipients(request: Call, mailing_id: FromPath[int], data: JSONBody[CopyBody]) -> PutAnswer:
    """Take recipients of another mailing over: all, only who got it, or only who did not open it."""
    new = await service_of(request).database.run(
        gathering.copy_recipients, mailing_id, data.mailing_id, data.which, act=act_of(request)
    )
    return await _answer(request, mailing_id, new)


@post(_PATH + "/clear", opt=_EDIT, status_code=200, responses=PROBLEMS)
async def clear_addresses(request: Call, mailing_id: FromPath[int]) -> PutAnswer:
    """Take all addresses beside a draft's audience out again."""
    await service_of(request).database.run(gathering.take_out, mailing_id, act=act_of(request))
    return await _answer(request, mailing_id, 0)


def _read(at: int, row: AddressRow) -> Given:
    """Read a row. Raises BodyError."""
    address = row.address.strip().lower()
    if writable(address) is None:
        raise BodyError(f"rows[{at}].address", "is no e-mail address such as name@shop.example")
    given = row.given or {}
    if any(name not in MEANINGS and not is_own(name) for name in given):
        raise BodyError(f"rows[{at}].given", "fills a place that no letter has")
    return Given(address, given)


async def _answer(request: Call, mailing_id: int, new: int) -> PutAnswer:
    return await service_of(request).database.run(_count, mailing_id, new)


async def _count(connection: AsyncConnection, mailing_id: int, new: int) -> PutAnswer:
    await load_mailing(connection, mailing_id)
    return PutAnswer(new, await count_addresses(connection, mailing_id))


router = Router("/", route_handlers=[get_addresses, put_addresses, copy_recipients, clear_addresses], tags=["Mailings"])
