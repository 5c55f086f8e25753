"""Mailings: written, looked over, tried, begun and followed."""

from typing import Annotated

from litestar import Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.mailing.office import office_of
from api.mailing.trying import is_well, try_message
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.history import read_event_place, write_event_place
from api.rest.mailing_bodies import (
    CountAnswer,
    MailingAnswer,
    MailingBody,
    MailingsAnswer,
    PreviewAnswer,
    ProgressAnswer,
    RecipientsAnswer,
    SeenBody,
    TestAnswer,
    TestBody,
    read_mailing,
    render_count,
    render_mailing,
    render_progress,
)
from api.rest.mailing_results import LeftOutAnswer, ResultAnswer, render_result
from api.rest.problems import PROBLEMS
from crm.mailings import service as mailings
from crm.mailings.leaving_out import Spot, list_left_out, read_spot
from crm.mailings.model import Mailing, Variant
from crm.mailings.preview import look_over, preview
from crm.mailings.progress import load_progress
from crm.mailings.repository.recipients import list_recipients
from crm.mailings.results import DAYS, load_result
from database.keyset import Place
from pos_adapter.problems import BodyError

_READ, _EDIT, _SEND = (dict(allows(right)) for right in ("mailings.read", "mailings.edit", "mailings.send"))
EXAMPLE_LINK = "/u/example"


@get("/v1/mailings", opt=_READ, responses=PROBLEMS)
async def get_mailings(request: Call, after: FromQuery[str | None] = None) -> MailingsAnswer:
    """List mailings, the last changed first."""
    found = await service_of(request).database.run(mailings.list_mailings, place=read_event_place(after))
    last = None if found.older is None else write_event_place(found.rows[-1].changed_at, found.rows[-1].id)
    return MailingsAnswer(list(found.rows), last)


@post("/v1/mailings", opt=_EDIT, dto=Body, return_dto=None, responses=PROBLEMS)
async def make_mailing(request: Call, data: JSONBody[MailingBody]) -> MailingAnswer:
    """Make a draft."""
    made = await service_of(request).database.run(
        mailings.make_mailing, read_mailing(data), author_id=request.user.user_id, act=act_of(request)
    )
    return render_mailing(made)


@get("/v1/mailings/{mailing_id:int}", opt=_READ, responses=PROBLEMS)
async def get_mailing(request: Call, mailing_id: FromPath[int]) -> MailingAnswer:
    """Read a mailing."""
    return render_mailing(await service_of(request).database.run(mailings.load_mailing, mailing_id))


@put("/v1/mailings/{mailing_id:int}", opt=_EDIT, dto=Body, return_dto=None, responses=PROBLEMS)
async def change_mailing(request: Call, mailing_id: FromPath[int], data: JSONBody[MailingBody]) -> MailingAnswer:
    """Change a draft from the version that was seen."""
    changed = await service_of(request).database.run(
        mailings.change_mailing, mailing_id, read_mailing(data), seen=data.version or 0, act=act_of(request)
    )
    return render_mailing(changed)


@get("/v1/mailings/{mailing_id:int}/count", opt=_READ, responses=PROBLEMS)
async def count_recipients(request: Call, mailing_id: FromPath[int]) -> CountAnswer:
    """Count who would get it now, who is left out and why, and who is held back to compare."""
    service = service_of(request)
    return render_count(await service.database.run(mailings.count_recipients, mailing_id, office_of(service)))


@get("/v1/mailings/{mailing_id:int}/preview", opt=_READ, responses=PROBLEMS)
async def get_preview(
    request: Call, mailing_id: FromPath[int], variant: FromQuery[str] = "A", party_id: FromQuery[int | None] = None
) -> PreviewAnswer:
    """Show a variant as a party sees it, with what is to be looked at."""
    service = service_of(request)
    mailing = await service.database.run(mailings.load_mailing, mailing_id)
    shown = await service.database.run(
        preview,
        _variant(mailing, variant),
        party_id,
        currency=service.currency,
        url=service.settings.public_url + EXAMPLE_LINK,
    )
    hints = [f"{one.letter}: {one.advice} {one.detail}".strip() for one in look_over(mailing.details.variants)]
    return PreviewAnswer(shown.subject, shown.html, shown.text, hints)


@post("/v1/mailings/{mailing_id:int}/test", opt=_EDIT, dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def send_test(request: Call, mailing_id: FromPath[int], data: JSONBody[TestBody]) -> TestAnswer:
    """Send one message of a variant to an address, and tell what the mail server said."""
    service = service_of(request)
    mailing = await service.database.run(mailings.load_mailing, mailing_id)
    said = await try_message(service, mailing, data.variant, data.address, data.party_id)
    return TestAnswer(is_well(said), said.code, said.text)


@post("/v1/mailings/{mailing_id:int}/begin", opt=_SEND, dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def begin(request: Call, mailing_id: FromPath[int], data: JSONBody[SeenBody]) -> MailingAnswer:
    """Send a draft now, or when its time comes."""
    service = service_of(request)
    begun = await service.database.run(
        mailings.begin,
        mailing_id,
        office_of(service),
        seen=data.version,
        can_link=service.settings.can_link,
        act=act_of(request),
    )
    return render_mailing(begun)


@post("/v1/mailings/{mailing_id:int}/pause", opt=_SEND, status_code=200, responses=PROBLEMS)
async def pause(request: Call, mailing_id: FromPath[int]) -> MailingAnswer:
    """Hold a mailing: no message is begun from now on."""
    return render_mailing(await service_of(request).database.run(mailings.pause, mailing_id, act=act_of(request)))


@post("/v1/mailings/{mailing_id:int}/resume", opt=_SEND, status_code=200, responses=PROBLEMS)
async def resume(request: Call, mailing_id: FromPath[int]) -> MailingAnswer:
    """Go on with a paused mailing."""
    return render_mailing(await service_of(request).database.run(mailings.resume, mailing_id, act=act_of(request)))


@post("/v1/mailings/{mailing_id:int}/cancel", opt=_SEND, status_code=200, responses=PROBLEMS)
async def cancel(request: Call, mailing_id: FromPath[int]) -> MailingAnswer:
    """End a mailing for good."""
    return render_mailing(await service_of(request).database.run(mailings.cancel, mailing_id, act=act_of(request)))


@get("/v1/mailings/{mailing_id:int}/progress", opt=_READ, responses=PROBLEMS)
async def get_progress(request: Call, mailing_id: FromPath[int]) -> ProgressAnswer:
    """Read how far a mailing is, by the states of its recipients."""
    return render_progress(await service_of(request).database.run(load_progress, mailing_id))


@get("/v1/mailings/{mailing_id:int}/result", opt=_READ, responses=PROBLEMS)
async def get_result(request: Call, mailing_id: FromPath[int], days: FromQuery[int] = DAYS) -> ResultAnswer:
    """Read what came of a mailing in so many days: its letters by variant, and what was bought.

    The difference per head to who was held back comes with its 95 % confidence interval; without any there is none.
    """
    service = service_of(request)
    found = await service.database.run(load_result, mailing_id, office_of(service), days=days)
    return render_result(found, service.money)


@get("/v1/mailings/{mailing_id:int}/left-out", opt=_READ, responses=PROBLEMS)
async def get_left_out(
    request: Call, mailing_id: FromPath[int], reason: FromQuery[str | None] = None, after: FromQuery[str | None] = None
) -> LeftOutAnswer:
    """List who of those that a draft names would be left out now and why, or who was; page by page."""
    service = service_of(request)
    try:
        spot = Spot() if after is None else read_spot(after)
    except ValueError as error:
        raise BodyError("after", "must be the `next` of the page before") from error
    found = await service.database.run(list_left_out, mailing_id, office_of(service), reason=reason, after=spot)
    return LeftOutAnswer(found.rows, None if found.next is None else str(found.next))


@get("/v1/mailings/{mailing_id:int}/recipients", opt=_READ, responses=PROBLEMS)
async def get_recipients(
    request: Call,
    mailing_id: FromPath[int],
    in_state: Annotated[str | None, QueryParameter(name="state")] = None,
    reason: FromQuery[str | None] = None,
    after: FromQuery[int | None] = None,
) -> RecipientsAnswer:
    """List the recipients of a mailing with the state of each, all or those of one state or reason."""
    place = None if after is None else Place((after,))
    database = service_of(request).database
    return await database.run(_list_recipients, mailing_id, state=in_state, reason=reason, place=place)


async def _list_recipients(
    connection: AsyncConnection, mailing_id: int, *, state: str | None, reason: str | None, place: Place | None
) -> RecipientsAnswer:
    await mailings.load_mailing(connection, mailing_id)
    found = await list_recipients(connection, mailing_id, state=state, reason=reason, place=place)
    return RecipientsAnswer(list(found.rows), None if found.older is None else found.rows[-1].id)


def _variant(mailing: Mailing, letter: str) -> Variant:
    for one in mailing.details.variants:
        if one.letter == letter:
            return one
    raise BodyError("variant", "the mailing has no such variant")


router = Router(
    "/",
    route_handlers=[
        get_mailings,
        make_mailing,
        get_mailing,
        change_mailing,
        count_recipients,
        get_preview,
        send_test,
        begin,
        pause,
        resume,
        cancel,
        get_progress,
        get_result,
        get_left_out,
        get_recipients,
    ],
    tags=["Mailings"],
)
