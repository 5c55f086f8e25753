"""The page of what a party agreed to, kind by kind, with every act that led there; and the settings of being asked."""

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.mailing.asking import ask
from api.pages import forms
from api.pages.account import local_path
from api.pages.consent_words import CONSENT_ACTS, HOWS, LABELS, SILENT, SOURCES, STATES
from api.pages.edge import act_of, service_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.queries import choice, whole_number
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import actor
from crm.consents import service
from crm.consents.model import Choice, Consent, Said
from crm.consents.setting import find_sender, load_setting, save_setting
from crm.mailboxes.service import list_mailboxes
from crm.parties.model import Party
from crm.parties.service import load_party
from database.keyset import Page, Place
from loyalty.errors import LoyaltyError

PATH = "/parties/{party_id:int}/subscriptions"
SETTINGS = "/settings/subscriptions"
_READ, _ACT = (dict(allows(right)) for right in ("mailings.read", "mailings.consent"))
_SETTINGS = dict(allows("settings.edit", module="mailings"))


class Shown(Struct, frozen=True):
    """What the page shows of a party."""

    party: Party
    choices: list[Choice]
    consents: Page[Consent]
    can_ask: bool


@get(PATH, opt=_READ)
async def show_subscriptions(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Show what a party gets, and what it said, the last first."""
    return await _show(request, party_id, Form({}))


@post(PATH, opt=_ACT)
async def save_subscription(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Write down a yes or a no that was told, or ask by letter; and lead back to where the button stood."""
    form = await read_form(request)
    kind_id = form.need("kind_id", forms.count, 0)
    act, run = act_of(request), database_of(request).run
    try:
        match form.text("act"):
            case "ask":
                await run(ask, party_id, [kind_id], source="page", act=act)
            case "refuse":
                await run(service.withdraw, party_id, [kind_id], Said("page"), act=act)
            case _:
                how = form.need("wording", forms.one_of({one: one for one in HOWS}), "")
                if not form.problems:
                    await run(service.give, party_id, [kind_id], Said("page", how), act=act)
    except LoyaltyError as error:
        form.refuse_by(error, LABELS, "kind_id")
    if form.problems:
        return await _show(request, party_id, form)
    return redirect(local_path(form.text("next") or f"/parties/{party_id}/subscriptions"))


@get(SETTINGS, opt=_SETTINGS)
async def show_subscription_settings(request: Call) -> Response[str]:
    """Show from which mailbox customers are asked, and whether they may ask by themselves."""
    setting = await database_of(request).run(load_setting)
    typed = {"mailbox_id": str(setting.mailbox_id or ""), "is_form_open": "yes" if setting.is_form_open else ""}
    return await _show_settings(request, Form(typed | {"version": str(setting.version)}))


@post(SETTINGS, opt=_SETTINGS)
async def save_subscription_settings(request: Call) -> Response[str]:
    """Keep them, or show them again with what is wrong."""
    form = await read_form(request)
    mailbox_id = form.read("mailbox_id", forms.count, None)
    seen = form.need("version", forms.count, 0)
    if not form.problems:
        try:
            await database_of(request).run(
                save_setting,
                mailbox_id=mailbox_id,
                is_form_open=form.is_ticked("is_form_open"),
                can_link=service_of(request).settings.can_link,
                seen=seen,
                act=act_of(request),
            )
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "mailbox_id")
    return await _show_settings(request, form) if form.problems else redirect(SETTINGS)


async def _show(call: Call, party_id: int, form: Form) -> Response[str]:
    before = choice(call, "before", whole_number)
    shown = await database_of(call).run(_load, party_id, place=None if before is None else Place((before,)))
    return page(
        call,
        "subscriptions.html",
        status=REFUSED if form.problems else 200,
        here=f"/parties/{party_id}/subscriptions",
        shown=shown,
        kinds={one.kind.id: one.kind for one in shown.choices},
        form=form,
        labels=LABELS,
        states=STATES,
        silent=SILENT,
        acts=CONSENT_ACTS,
        sources=SOURCES,
        hows=HOWS,
        actor=actor,
    )


async def _load(connection: AsyncConnection, party_id: int, *, place: Place | None) -> Shown:
    party = await load_party(connection, party_id)
    choices = await service.list_choices(connection, party_id)
    consents = await service.list_consents(connection, party_id, place=place)
    return Shown(party, choices, consents, await find_sender(connection) is not None)


async def _show_settings(call: Call, form: Form) -> Response[str]:
    boxes = await database_of(call).run(list_mailboxes)
    settings = service_of(call).settings
    return page(
        call,
        "subscription_settings.html",
        status=REFUSED if form.problems else 200,
        here=SETTINGS,
        form=form,
        labels=LABELS,
        boxes=[one for one in boxes if one.archived_at is None],
        can_link=settings.can_link,
        url=f"{settings.public_url}/subscribe",
    )
