"""Consent over the API: what parties agreed to, asking by letter, addresses that get nothing more, kinds, settings."""

from litestar import Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.mailing.asking import ask
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.consent_bodies import (
    AddressBody,
    AskBody,
    AskedAnswer,
    ConsentsAnswer,
    KindChange,
    KindMove,
    KindsAnswer,
    NewKind,
    ReleaseBody,
    SettingAnswer,
    SettingBody,
    SubscriptionBody,
    SubscriptionsAnswer,
    SuppressBody,
    SuppressionAnswer,
    render_choices,
    render_kind,
)
from api.rest.problems import PROBLEMS
from crm.consents import kinds, service, suppressing
from crm.consents.model import Said
from crm.consents.repository.requests import Setting
from crm.consents.setting import load_setting, save_setting
from crm.parties.service import load_party
from database.keyset import Place

_READ, _ACT, _LIST = (dict(allows(right)) for right in ("mailings.read", "mailings.consent", "mailings.suppress"))
_SETTINGS = dict(allows("settings.edit", module="mailings"))
_OF_PARTY = "/v1/parties/{party_id:int}"


@get(_OF_PARTY + "/subscriptions", opt=_READ, responses=PROBLEMS)
async def get_subscriptions(request: Call, party_id: FromPath[int]) -> SubscriptionsAnswer:
    """List what a party said to each kind of mailings."""
    return render_choices(await service_of(request).database.run(service.load_choices, party_id))


@put(_OF_PARTY + "/subscriptions/{kind_id:int}", opt=_ACT, dto=Body, return_dto=None, responses=PROBLEMS)
async def put_subscription(
    request: Call, party_id: FromPath[int], kind_id: FromPath[int], data: JSONBody[SubscriptionBody]
) -> SubscriptionsAnswer:
    """Keep a party's yes, with the words to which it was said, or its no to a kind of mailings."""
    run, said = service_of(request).database.run, Said("api", data.wording)
    do = service.give if data.state == "subscribed" else service.withdraw
    await run(do, party_id, [kind_id], said, act=act_of(request))
    return render_choices(await run(service.load_choices, party_id))


@post(_OF_PARTY + "/subscriptions/ask", opt=_ACT, dto=Body, return_dto=None, responses=PROBLEMS)
async def ask_party(request: Call, party_id: FromPath[int], data: JSONBody[AskBody]) -> AskedAnswer:
    """Ask a party by a letter with a link; only the link makes it a yes."""
    run = service_of(request).database.run
    return AskedAnswer(await run(ask, party_id, data.kind_ids, source="api", act=act_of(request)))


@get(_OF_PARTY + "/consents", opt=_READ, responses=PROBLEMS)
async def get_consents(request: Call, party_id: FromPath[int], after: FromQuery[int | None] = None) -> ConsentsAnswer:
    """List every act that led to what holds, the last first."""
    place = None if after is None else Place((after,))
    return await service_of(request).database.run(_list_consents, party_id, place=place)


async def _list_consents(connection: AsyncConnection, party_id: int, *, place: Place | None) -> ConsentsAnswer:
    await load_party(connection, party_id)
    found = await service.list_consents(connection, party_id, place=place)
    return ConsentsAnswer(list(found.rows), None if found.older is None else found.rows[-1].id)


@post("/v1/suppressions/lookup", opt=_LIST, dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def look_up(request: Call, data: JSONBody[AddressBody]) -> SuppressionAnswer:
    """Tell whether an address gets nothing more, and why."""
    return await _answer(request, data.address)


@post("/v1/suppressions", opt=_LIST, dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def suppress(request: Call, data: JSONBody[SuppressBody]) -> SuppressionAnswer:
    """Let an address get nothing more; one that is on the list keeps its reason."""
    await service_of(request).database.run(suppressing.suppress, data.address, data.reason, act=act_of(request))
    return await _answer(request, data.address)


@post("/v1/suppressions/release", opt=_LIST, dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def release(request: Call, data: JSONBody[ReleaseBody]) -> SuppressionAnswer:
    """Let an address get letters again, for a reason."""
    await service_of(request).database.run(suppressing.release, data.address, data.reason, act=act_of(request))
    return await _answer(request, data.address)


@get("/v1/mailing-kinds", opt=_READ, responses=PROBLEMS)
async def get_kinds(request: Call) -> KindsAnswer:
    """List the kinds of mailings, to which parties say yes or no."""
    return await service_of(request).database.run(_list_kinds)


@post("/v1/mailing-kinds", opt=_SETTINGS, dto=Body, return_dto=None, responses=PROBLEMS)
async def make_kind(request: Call, data: JSONBody[NewKind]) -> KindsAnswer:
    """Add a kind."""
    run = service_of(request).database.run
    await run(kinds.make_kind, data.code, data.read(), act=act_of(request))
    return await run(_list_kinds)


@put("/v1/mailing-kinds/{kind_id:int}", opt=_SETTINGS, dto=Body, return_dto=None, responses=PROBLEMS)
async def change_kind(request: Call, kind_id: FromPath[int], data: JSONBody[KindChange]) -> KindsAnswer:
    """Change a kind, put it away or take it out again."""
    run, act = service_of(request).database.run, act_of(request)
    await run(kinds.change_kind, kind_id, data.read(), is_archived=data.archived, seen=data.version, act=act)
    return await run(_list_kinds)


@post(
    "/v1/mailing-kinds/{kind_id:int}/move",
    opt=_SETTINGS,
    dto=Body,
    return_dto=None,
    status_code=200,
    responses=PROBLEMS,
)
async def move_kind(request: Call, kind_id: FromPath[int], data: JSONBody[KindMove]) -> KindsAnswer:
    """Move a kind among the others."""
    run = service_of(request).database.run
    await run(kinds.move_kind, kind_id, step=data.step, act=act_of(request))
    return await run(_list_kinds)


@get("/v1/consent-setting", opt=_SETTINGS, responses=PROBLEMS)
async def get_setting(request: Call) -> SettingAnswer:
    """Tell from which mailbox parties are asked, and whether the public form is open."""
    return _render(await service_of(request).database.run(load_setting))


@put("/v1/consent-setting", opt=_SETTINGS, dto=Body, return_dto=None, responses=PROBLEMS)
async def put_setting(request: Call, data: JSONBody[SettingBody]) -> SettingAnswer:
    """Say from which mailbox parties are asked, and whether the public form is open."""
    running = service_of(request)
    saved = await running.database.run(
        save_setting,
        mailbox_id=data.mailbox_id,
        is_form_open=data.is_form_open,
        can_link=running.settings.can_link,
        seen=data.version,
        act=act_of(request),
    )
    return _render(saved)


async def _answer(request: Call, address: str) -> SuppressionAnswer:
    found = await service_of(request).database.run(suppressing.look_up, address)
    return SuppressionAnswer(False) if found is None else SuppressionAnswer(True, found.reason, found.at)


async def _list_kinds(connection: AsyncConnection) -> KindsAnswer:
    return KindsAnswer([render_kind(one) for one in await kinds.list_kinds(connection)])


def _render(setting: Setting) -> SettingAnswer:
    return SettingAnswer(setting.mailbox_id, setting.is_form_open, setting.version)


router = Router(
    "/",
    route_handlers=[
        get_subscriptions,
        put_subscription,
        ask_party,
        get_consents,
        look_up,
        suppress,
        release,
        get_kinds,
        make_kind,
        change_kind,
        move_kind,
        get_setting,
        put_setting,
    ],
    tags=["Consent"],
)
