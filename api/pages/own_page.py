"""A customer's own page behind a secret link: the card for the till, what is on it, what was bought, which letters go.

Key idea: the token in the address is all that speaks for the customer, so nothing may carry it on: no referrer, no
index, no copy in a browser's store, and nothing foreign on the page. Wrong tokens are answered all alike and counted. A
right one is answered however many wrong ones came from the same place: a street of phones shares one address, and
nobody guesses 256 bits.
"""

from datetime import date
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import json

from api.auth.guards import public_of
from api.auth.model import Language
from api.languages.negotiation import LANGUAGES, PARAMETER, known_language
from api.mailing.own_page_words import own_words_of
from api.mailing.public_words import words_of
from api.pages.edge import newest_catalogue, today_of
from api.pages.forms import REFUSED, read_form
from api.pages.own_page_view import load_view, name_shop, show_view
from api.pages.public import BUSY, FORM, MISSING, key_of, language_asked, say, sender_of
from api.pages.queries import place
from api.pages.renderer import HEADERS, POLICY, Call, Renderer, database_of, modules_off_of, zone_of
from api.state import read_clock
from crm.consents.links import hash_sender
from crm.consents.preferences import choose_own
from crm.own_pages import service
from crm.own_pages.errors import AskedEnoughError, OwnPageRefusedError, OwnPageUnknownError
from crm.own_pages.service import PATH
from crm.parties.model import Party
from crm.parties.service import load_party
from database.activity import Act
from loyalty.errors import LoyaltyError

OPEN: Final = public_of("own_page")
PRIVATE: Final = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Content-Security-Policy": f"{POLICY}; manifest-src 'self'",
}
MANIFEST: Final = "application/manifest+json"
REFUSALS: Final = frozenset({"enough", "wrong_correction", "not_now"})
_SITE_BITS: Final = 64
"""Of an address of IPv6: the rest a provider leaves to its customer, who may take another for each try."""


@get("/my/{token:str}", opt=OPEN)
async def show_own_page(request: Call, token: FromPath[str]) -> Response[str]:
    """Show a customer's page."""
    party = await _find_party(request, token)
    return await _refuse(request) if party is None else await _show(request, token, party)


@post("/my/{token:str}/letters", opt=OPEN, status_code=200)
async def choose_own_letters(request: Call, token: FromPath[str]) -> Response[str]:
    """Let a customer choose which letters come, and show what holds now."""
    form, party = await read_form(request), await _find_party(request, token)
    if party is None or "mailings" in modules_off_of(request):
        return await _refuse(request)
    run, act = database_of(request).run, Act(FORM, read_clock())
    wanted = [int(one) for one in form.texts("kinds") if one.isascii() and one.isdigit()]
    wording = words_of(_language(request, party)).wording.format(shop=await run(name_shop))
    await run(choose_own, party.id, wanted, wording=wording, act=act)
    return await _show(request, token, party, said="saved")


@post("/my/{token:str}/correction", opt=OPEN, status_code=200)
async def ask_own_correction(request: Call, token: FromPath[str]) -> Response[str]:
    """Bring what a customer wants corrected to staff."""
    form, party = await read_form(request), await _find_party(request, token)
    if party is None:
        return await _refuse(request)
    typed, act = form.raw("correction"), Act(FORM, read_clock())
    try:
        await database_of(request).run(service.ask_correction, party.id, typed, today=today_of(request), act=act)
    except LoyaltyError as error:
        return await _show(request, token, party, said=_reason(error), typed=typed)
    return await _show(request, token, party, said="corrected")


@get("/my/{token:str}/manifest", opt=OPEN)
async def show_own_manifest(request: Call, token: FromPath[str]) -> Response[str]:
    """Say how a phone keeps the page beside its programs (W3C Web Application Manifest)."""
    party = await _find_party(request, token)
    if party is None:
        return await _refuse(request)
    renderer: Renderer = request.app.state["renderer"]
    language = _language(request, party)
    name = await database_of(request).run(name_shop) or own_words_of(language).title
    icon = {"src": renderer.asset_url("mark.svg"), "sizes": "any", "type": "image/svg+xml"}
    where = {"start_url": _root(token), "scope": _root(token), "display": "standalone"}
    text = json.encode({"name": name, "short_name": name, **where, "icons": [icon]}).decode()
    return _private(Response(text, media_type=MANIFEST, headers=HEADERS))


async def _find_party(call: Call, token: str) -> Party | None:
    """Find whose page a token opens."""
    run = database_of(call).run
    try:
        party_id = await run(service.open_page, token, today=today_of(call), now=read_clock())
    except OwnPageUnknownError:
        return None
    return await run(load_party, party_id)


async def _show(call: Call, token: str, party: Party, *, said: str = "", typed: str = "") -> Response[str]:
    catalogue = await newest_catalogue(call)
    at = read_clock().astimezone(zone_of(call))
    view = await database_of(call).run(load_view, party.id, catalogue.series, at=at, place=place(call, date, int))
    status = REFUSED if said in REFUSALS else 200
    language = _language(call, party)
    return _private(show_view(call, view, root=_root(token), language=language, status=status, said=said, typed=typed))


async def _refuse(call: Call) -> Response[str]:
    """Answer a wrong token: alike whether it never was one or is none any more, and shortly where they are many."""
    hashed = hash_sender(key_of(call) or b"", _site_of(sender_of(call)))
    language = language_asked(call)
    own = own_words_of(language)
    if await database_of(call).run(service.refuse, hashed, now=read_clock()):
        slow = _private(say(call, own.slow_title, own.slow, language=language, shop="", status=BUSY))
        slow.headers["Retry-After"] = str(int(service.REFUSALS_LAST.total_seconds()))
        return slow
    return _private(say(call, own.gone_title, own.gone, language=language, shop="", status=MISSING))


def _private(answer: Response[str]) -> Response[str]:
    """Let an answer tell nobody from where it came."""
    answer.headers.update(PRIVATE)
    return answer


def _language(call: Call, party: Party) -> Language:
    """Give the language that was chosen on the page, else the party's own, else the one that the browser asks for."""
    chosen = call.query_params.get(PARAMETER, "")
    own = chosen if chosen in LANGUAGES else party.language
    return known_language(own if own in LANGUAGES else language_asked(call))


def _reason(error: LoyaltyError) -> str:
    """Say by which words a correction is refused."""
    if isinstance(error, AskedEnoughError):
        return "enough"
    return "wrong_correction" if isinstance(error, OwnPageRefusedError) else "not_now"


def _root(token: str) -> str:
    return f"{PATH}{token}"


def _site_of(sender: str) -> str:
    """Give what stands for whoever sends: an address, of IPv6 the network that a customer is given."""
    try:
        address = ip_address(sender)
    except ValueError:
        return sender
    return str(ip_network(f"{address}/{_SITE_BITS}", strict=False)) if isinstance(address, IPv6Address) else sender


OWN_PAGE = (show_own_page, choose_own_letters, ask_own_correction, show_own_manifest)
