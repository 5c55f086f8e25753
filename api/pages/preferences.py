"""The page behind the link of a letter: what the recipient gets, and how to get less, or nothing.

Key idea: the link is the recipient's word, so no session and no token of a form is asked for. A mail program's own
button posts `List-Unsubscribe=One-Click` (RFC 8058) and is obeyed at once; a GET, by whichever program, shows and does
nothing.
"""

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.mailing.public_words import words_of
from api.pages.forms import Form, read_form
from api.pages.public import FORM, OPEN, key_of, language_asked, public_page, say_unknown
from api.pages.renderer import Call, database_of
from api.state import read_clock
from crm.consents import preferences
from crm.consents.errors import LinkUnknownError
from crm.consents.kinds import load_kind
from crm.consents.links import read_recipient
from crm.consents.model import Kind
from crm.consents.preferences import Preferences
from crm.directories.model import LANGUAGES
from database.activity import Act

ONE_CLICK = ("List-Unsubscribe", "One-Click")


@get("/u/{token:str}", opt=OPEN)
async def show_preferences(request: Call, token: FromPath[str]) -> Response[str]:
    """Show what a recipient gets."""
    try:
        return await _show(request, _read(request, token), said="")
    except LinkUnknownError:
        return say_unknown(request)


@post("/u/{token:str}", opt=OPEN, status_code=200)
async def change_preferences(request: Call, token: FromPath[str]) -> Response[str]:
    """Do what a mail program's button or one of the page's own asks for, and show what holds now."""
    form = await read_form(request)
    try:
        recipient_id = _read(request, token)
        return await _show(request, recipient_id, said=await _do(request, recipient_id, form))
    except LinkUnknownError:
        return say_unknown(request)


async def _do(call: Call, recipient_id: int, form: Form) -> str:
    """Do what a form asks for; gives what is said of it."""
    run, act = database_of(call).run, Act(FORM, read_clock())
    name, value = ONE_CLICK
    if form.text(name) == value:
        await run(preferences.unsubscribe, recipient_id, source="one_click", act=act)
        return "refused"
    match form.text("act"):
        case "refuse":
            await run(preferences.unsubscribe, recipient_id, source="preferences", act=act)
            return "refused"
        case "nothing":
            await run(preferences.refuse_all, recipient_id, act=act)
            return "saved"
        case "choose":
            found = await run(preferences.load_preferences, recipient_id)
            wanted = [int(one) for one in form.texts("kinds") if one.isascii() and one.isdigit()]
            wording = words_of(_language(call, found)).wording.format(shop=found.writer.sender)
            await run(preferences.choose, recipient_id, wanted, wording=wording, act=act)
            return "saved"
    return ""


def _read(call: Call, token: str) -> int:
    """Read the recipient of a token. Raises LinkUnknownError."""
    key = key_of(call)
    recipient_id = None if key is None else read_recipient(key, token)
    if recipient_id is None:
        raise LinkUnknownError("the link is not whole")
    return recipient_id


async def _show(call: Call, recipient_id: int, *, said: str) -> Response[str]:
    found, kind = await database_of(call).run(_load, recipient_id)
    return public_page(
        call,
        "public_preferences.html",
        language=_language(call, found),
        shop=found.writer.sender,
        found=found,
        kind=kind,
        said=said,
        gets=any(one.kind.id == kind.id and one.gets for one in found.choices) and not found.is_off,
    )


async def _load(connection: AsyncConnection, recipient_id: int) -> tuple[Preferences, Kind]:
    found = await preferences.load_preferences(connection, recipient_id)
    return found, await load_kind(connection, found.writer.kind_id)


def _language(call: Call, found: Preferences) -> str:
    """Give the recipient's own language, else the one that the browser asks for."""
    own = found.writer.language
    return own if own in LANGUAGES else language_asked(call)
