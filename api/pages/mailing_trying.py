"""What is tried of a draft and put to it: how one recipient sees it, a letter to oneself, files, and the sending."""

from litestar import MediaType, Response, get, post
from litestar.params import FromPath

from api.auth.rights import allows
from api.mailing.office import office_of
from api.mailing.trying import try_message
from api.pages import forms
from api.pages.edge import act_of, service_of
from api.pages.forms import Form, read_form
from api.pages.mailing_reading import fill_step
from api.pages.mailing_steps import show
from api.pages.mailing_words import LABELS
from api.pages.mailings import PATH
from api.pages.queries import choice, whole_number
from api.pages.renderer import HEADERS, Call, database_of, redirect
from api.uploads import MOST_UPLOAD_BYTES
from crm.files.model import make_file
from crm.mailings import service as mailings
from crm.mailings.preview import preview
from loyalty.errors import LoyaltyError

_READ, _EDIT, _SEND = (dict(allows(right)) for right in ("mailings.read", "mailings.edit", "mailings.send"))
_ALONE = "default-src 'none'; img-src https:; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"
LETTER = {**HEADERS, "Content-Security-Policy": _ALONE}


@get("/mailings/{mailing_id:int}/preview/{letter:str}", opt=_READ)
async def show_preview(request: Call, mailing_id: FromPath[int], letter: FromPath[str]) -> Response[str]:
    """Show the letter of a variant as a party sees it, in a frame in which nothing runs."""
    service = service_of(request)
    mailing = await service.database.run(mailings.load_mailing, mailing_id)
    variant = next((one for one in mailing.details.variants if one.letter == letter), mailing.details.variants[0])
    party_id = choice(request, "party", whole_number)
    try:
        shown = await service.database.run(
            preview, variant, party_id, currency=service.currency, url=f"{service.settings.public_url}/u/example"
        )
    except LoyaltyError as error:
        return Response(f"{error.field}: {error.detail}", media_type=MediaType.TEXT, headers=LETTER)
    if not shown.html:
        return Response(shown.text, media_type=MediaType.TEXT, headers=LETTER)
    return Response(shown.html, media_type=MediaType.HTML, headers=LETTER)


@post("/mailings/{mailing_id:int}/files", opt=_EDIT, request_max_body_size=MOST_UPLOAD_BYTES)
async def attach_file(request: Call, mailing_id: FromPath[int]) -> Response[str]:
    """Let a file go with every message."""
    form = await read_form(request)
    mailing = await database_of(request).run(mailings.load_mailing, mailing_id)
    sent = form.files.get("file")
    if sent is None or not sent.filename:
        form.refuse("file", forms.EMPTY)
    else:
        try:
            content = await sent.read(mailings.MOST_FILE_BYTES + 1)
            file = make_file(sent.filename, content, most_bytes=mailings.MOST_FILE_BYTES)
            await database_of(request).run(mailings.add_file, mailing_id, file, act=act_of(request))
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "file")
    if form.problems:
        shown = Form(fill_step(request, mailing))
        shown.problems.update(form.problems)
        return await show(request, mailing, "message", shown)
    return redirect(f"{PATH}/{mailing_id}/message")


@post("/mailings/{mailing_id:int}/files/{file_id:int}/remove", opt=_EDIT)
async def detach_file(request: Call, mailing_id: FromPath[int], file_id: FromPath[int]) -> Response[str]:
    """Take a file out again."""
    await database_of(request).run(mailings.remove_file, mailing_id, file_id, act=act_of(request))
    return redirect(f"{PATH}/{mailing_id}/message")


@post("/mailings/{mailing_id:int}/test", opt=_EDIT)
async def send_test_message(request: Call, mailing_id: FromPath[int]) -> Response[str]:
    """Send one message to an address, and show what the mail server said."""
    typed = await read_form(request)
    mailing = await database_of(request).run(mailings.load_mailing, mailing_id)
    form = Form(fill_step(request, mailing) | {"address": typed.text("address")})
    try:
        said = await try_message(service_of(request), mailing, "A", typed.text("address"), None)
    except LoyaltyError as error:
        form.refuse_by(error, LABELS, "address")
        return await show(request, mailing, "check", form)
    return await show(request, mailing, "check", form, said=said)


@post("/mailings/{mailing_id:int}/begin", opt=_SEND)
async def begin_mailing(request: Call, mailing_id: FromPath[int]) -> Response[str]:
    """Send a draft now, or when its time comes; or say what is missing."""
    form = await read_form(request)
    service = service_of(request)
    mailing = await service.database.run(mailings.load_mailing, mailing_id)
    try:
        await service.database.run(
            mailings.begin,
            mailing_id,
            office_of(service),
            seen=form.need("version", forms.count, 0),
            can_link=service.settings.can_link,
            act=act_of(request),
        )
    except LoyaltyError as error:
        shown = Form(fill_step(request, mailing))
        shown.refuse_by(error, LABELS, "name")
        return await show(request, mailing, "check", shown)
    return redirect(f"{PATH}/{mailing_id}")
