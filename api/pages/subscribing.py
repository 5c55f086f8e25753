"""Pages on which anybody asks for letters, and on which whoever owns the address confirms it.

Key idea: the answer to a form is the same whoever's the address is, known or not, on the list or not. What happened is
said in a letter to it, and nowhere else.
"""

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.mailing.public_words import Words, words_of
from api.pages.edge import service_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.party_words import LANGUAGES as LANGUAGE_NAMES
from api.pages.public import (
    BUSY,
    FORM,
    MISSING,
    OPEN,
    key_of,
    language_asked,
    public_page,
    say,
    say_unknown,
    sender_of,
)
from api.pages.renderer import Call, database_of
from api.state import read_clock
from crm.consents import asking
from crm.consents.asking import Application
from crm.consents.errors import ConsentRefusedError, LinkExpiredError, LinkUnknownError, TooManyRequestsError
from crm.consents.kinds import list_kinds, list_offered
from crm.consents.links import hash_sender, read_request
from crm.consents.model import Kind
from crm.consents.repository.requests import Request
from crm.consents.setting import find_sender, load_setting
from crm.directories.model import LANGUAGES
from database.activity import Act

PATH = "/subscribe"


@get(PATH, opt=OPEN)
async def show_subscribe(request: Call) -> Response[str]:
    """Show the form, in the language that is asked for."""
    return await _show(request, Form({}), language_asked(request))


@post(PATH, opt=OPEN, status_code=200)
async def subscribe(request: Call) -> Response[str]:
    """Take a request in, and say what is next; the same for every address."""
    form = await read_form(request)
    language = form.text("language") if form.text("language") in LANGUAGES else language_asked(request)
    words, shop, key = words_of(language), await database_of(request).run(find_sender), key_of(request)
    if shop is None or key is None:
        return _closed(request, language)
    application = Application(
        name=form.text("name"),
        address=form.text("address"),
        language=language,
        kind_ids=tuple(int(one) for one in form.texts("kinds") if one.isascii() and one.isdigit()),
        wording=words.wording.format(shop=shop),
        sender=hash_sender(key, sender_of(request)),
    )
    try:
        await database_of(request).run(asking.apply, application, act=Act(FORM, read_clock()))
    except TooManyRequestsError:
        return say(request, words.problem, words.too_many, language=language, shop=shop, status=BUSY)
    except ConsentRefusedError as error:
        return await _show(request, form, language, wrong=error)
    return say(request, words.asked_title, words.asked, language=language, shop=shop)


@get("/confirm/{token:str}", opt=OPEN)
async def show_confirm(request: Call, token: FromPath[str]) -> Response[str]:
    """Show what was asked for, with the button that confirms it; opening the page confirms nothing."""
    try:
        found, kinds, shop = await database_of(request).run(_load, _read(request, token))
    except LinkUnknownError:
        return say_unknown(request)
    if found.confirmed_at is None and found.expires_at <= read_clock():
        return _expired(request, found, shop)
    return _show_request(request, found, kinds, shop)


@post("/confirm/{token:str}", opt=OPEN, status_code=200)
async def confirm(request: Call, token: FromPath[str]) -> Response[str]:
    """Keep the yes."""
    try:
        request_id = _read(request, token)
        found, kinds, shop = await database_of(request).run(_load, request_id)
        wording = words_of(found.language).wording.format(shop=shop)
        found = await database_of(request).run(asking.confirm, request_id, wording=wording, act=Act(FORM, read_clock()))
    except LinkUnknownError:
        return say_unknown(request)
    except LinkExpiredError:
        return _expired(request, found, shop)
    return _show_request(request, found, kinds, shop)


def _read(call: Call, token: str) -> int:
    """Read the request of a token. Raises LinkUnknownError."""
    key = key_of(call)
    request_id = None if key is None else read_request(key, token)
    if request_id is None:
        raise LinkUnknownError("the link is not whole")
    return request_id


async def _load(connection: AsyncConnection, request_id: int) -> tuple[Request, list[Kind], str]:
    found = await asking.find_request(connection, request_id)
    kinds = [one for one in await list_kinds(connection) if one.id in found.kind_ids]
    return found, kinds, await find_sender(connection) or ""


def _show_request(call: Call, found: Request, kinds: list[Kind], shop: str) -> Response[str]:
    return public_page(call, "public_confirm.html", language=found.language, shop=shop, found=found, kinds=kinds)


def _expired(call: Call, found: Request, shop: str) -> Response[str]:
    words = words_of(found.language)
    return say(call, words.expired_title, words.expired, language=found.language, shop=shop, status=REFUSED, href=PATH)


def _closed(call: Call, language: str) -> Response[str]:
    words = words_of(language)
    return say(call, words.closed_title, words.closed, language=language, shop="", status=MISSING)


async def _show(call: Call, form: Form, language: str, *, wrong: ConsentRefusedError | None = None) -> Response[str]:
    shop, is_open, kinds = await database_of(call).run(_load_form)
    if shop is None or not is_open or not service_of(call).settings.can_link:
        return _closed(call, language)
    words = words_of(language)
    return public_page(
        call,
        "public_subscribe.html",
        language=language,
        shop=shop,
        status=REFUSED if wrong else 200,
        form=form,
        kinds=kinds,
        wrong={} if wrong is None else {wrong.field: _wrong(words, wrong.field)},
        languages=LANGUAGE_NAMES,
    )


async def _load_form(connection: AsyncConnection) -> tuple[str | None, bool, list[Kind]]:
    is_open = (await load_setting(connection)).is_form_open
    return await find_sender(connection), is_open, await list_offered(connection)


def _wrong(words: Words, field: str | None) -> str:
    """Say what is wrong with a field."""
    return {"name": words.wrong_name, "address": words.wrong_address}.get(field or "", words.wrong_kinds)
