"""Staff's side of a customer's own page: the link is made and shown once, sent to the customer, and ended.

Key idea: one press on the profile makes the link and shows it as a QR code for the customer's phone; it is never shown
again, so whoever looks over a shoulder later sees only when it was made and whether it is used.
"""

from collections.abc import Mapping
from typing import Final

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.drawn_codes import draw_qr
from api.pages.edge import act_of, service_of
from api.pages.forms import REFUSED, read_form
from api.pages.panels import Panel, Viewed
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import mark
from api.state import read_clock
from crm.consents.repository.subscriptions import find_address
from crm.own_pages import service
from crm.own_pages.model import Link
from crm.parties.model import Party
from crm.parties.service import load_party
from loyalty.errors import LoyaltyError

_LINK: Final = "/parties/{party_id:int}/own-page"
_READ, _EDIT = (dict(allows(right)) for right in ("own_page.read", "own_page.edit"))
REFUSALS: Final[Mapping[str, str]] = {
    "own_page_unknown": mark("There is no link any more."),
    "party_archived": mark("The party is archived: take it out of the archive first."),
    "party_merged": mark("The party was merged into another: make the link there."),
    "party_erased": mark("The person was erased."),
}
"""What an act is refused for; anything else has to do with the letter."""
NOT_SENT: Final = mark(
    "No letter can go out: it takes an e-mail address that is not on the do-not-write list, and a mailbox under "
    "Settings, Subscriptions."
)


class LinkState(Struct, frozen=True):
    """The link of a party, None where it has none, and the address to which a letter would go."""

    link: Link | None
    address: str | None
    is_over: bool


async def _load_panel(connection: AsyncConnection, viewed: Viewed) -> LinkState:
    link = await service.find_link(connection, viewed.party.id)
    is_over = link is not None and link.is_over(viewed.now)
    return LinkState(link, await find_address(connection, viewed.party.id), is_over)


OWN_PAGE_PANEL: Mapping[str, Panel] = {
    "own_page": Panel("own_page", "own_page.read", mark("Own page"), "panel_own_page.html", _load_panel),
}


@get(_LINK, opt=_READ)
async def show_own_link(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Show whether a party has a link, since when, and whether it is used."""
    return await _show(request, party_id)


@post(_LINK, opt=_EDIT, status_code=200)
async def change_own_link(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Make a link and show it once, send it, or end it."""
    form, settings = await read_form(request), service_of(request).settings
    run, act = database_of(request).run, act_of(request)
    try:
        match form.text("act"):
            case "revoke":
                await run(service.revoke_link, party_id, act=act)
            case "send":
                key = settings.mail_key if settings.can_link else ""
                await run(service.send_link, party_id, key=key, days=settings.own_page_days, act=act)
            case _:
                token = await run(
                    service.make_link, party_id, key=settings.mail_key, days=settings.own_page_days, act=act
                )
                return await _show_once(request, party_id, token)
    except LoyaltyError as error:
        return await _show(request, party_id, wrong=REFUSALS.get(error.code, NOT_SENT))
    return redirect(f"/parties/{party_id}#panel-own_page")


async def _show(call: Call, party_id: int, *, wrong: str = "") -> Response[str]:
    party, link, address = await database_of(call).run(_load, party_id)
    state = LinkState(link, address, link is not None and link.is_over(read_clock()))
    return page(
        call,
        "own_link.html",
        status=REFUSED if wrong else 200,
        here=f"/parties/{party_id}/own-page",
        party=party,
        data=state,
        wrong=wrong,
    )


async def _load(connection: AsyncConnection, party_id: int) -> tuple[Party, Link | None, str | None]:
    party = await load_party(connection, party_id)
    return party, await service.find_link(connection, party_id), await find_address(connection, party_id)


async def _show_once(call: Call, party_id: int, token: str) -> Response[str]:
    address = service.address_of(public_url_of(call), token)
    party = await database_of(call).run(load_party, party_id)
    return page(
        call,
        "own_link_made.html",
        here=f"/parties/{party_id}",
        party=party,
        address=address,
        code=draw_qr(address),
        days=service_of(call).settings.own_page_days,
    )


def public_url_of(call: Call) -> str:
    """Give the address under which customers reach the service; where none is set, the one that staff use."""
    return service_of(call).settings.public_url or str(call.base_url).rstrip("/")


OWN_LINK: Final = (show_own_link, change_own_link)
