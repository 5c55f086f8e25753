"""The steps in which a mailing is written: how it goes, its message, who gets it, and a last look.

Key idea: each step is a form of its own that saves what it has and no more. While somebody types, the same form is sent
by itself now and then, and the page takes from the answer what it shows of the saving; so nothing is lost, and without
JavaScript the buttons do the same.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from litestar import MediaType, Response, get, post
from litestar.params import FromPath
from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.mailing.trying import is_well, try_message
from api.pages import forms
from api.pages.edge import act_of, service_of
from api.pages.forms import REFUSED, Form, Problem, WrongError, read_form, read_hours
from api.pages.mailing_words import ADVICE, LABELS, PRIORITIES, REASONS, STATES
from api.pages.mailings import PATH
from api.pages.party_choice import find_named_party
from api.pages.queries import choice, text, whole_number
from api.pages.renderer import HEADERS, POLICY, Call, database_of, page, redirect
from api.pages.words import mark
from crm.directories.model import Entry
from crm.directories.repository import list_entries
from crm.files.model import make_file
from crm.mailboxes.model import Mailbox
from crm.mailboxes.service import list_mailboxes
from crm.mailings import service as mailings
from crm.mailings.content.placeholders import PLACES, UNSUBSCRIBE_URL, UNSUBSCRIBE_WORD
from crm.mailings.model import LETTERS, WHOLE, Audience, Kind, Mailing, MailingDetails, Variant
from crm.mailings.preview import is_broken, look_over, preview
from crm.mailings.repository.choosing import Count
from crm.mailings.repository.mailings import KeptFile
from crm.parties.listing import load_names
from crm.recipients.model import Said
from loyalty.errors import LoyaltyError

STEPS = {
    "setup": mark("Kind and mailbox"),
    "message": mark("Message"),
    "recipients": mark("Recipients"),
    "check": mark("Check and send"),
}
_ORDER = tuple(STEPS)
_READ, _EDIT, _SEND = (dict(allows(right)) for right in ("mailings.read", "mailings.edit", "mailings.send"))
_FRAMED = {**HEADERS, "Content-Security-Policy": f"{POLICY}; frame-src 'self'"}
_ALONE = "default-src 'none'; img-src https:; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"
_LETTER = {**HEADERS, "Content-Security-Policy": _ALONE}
OWN_PLACES = tuple(name for name in PLACES if name not in {UNSUBSCRIBE_URL, UNSUBSCRIBE_WORD})


class Around(Struct, frozen=True):
    """What the steps of a mailing offer and show beside it."""

    kinds: list[Kind]
    boxes: list[Mailbox]
    groups: list[Entry]
    files: list[KeptFile]
    count: Count
    parties: dict[int, str]


@get("/mailings/{mailing_id:int}/{step:str}", opt=_EDIT)
async def show_step(request: Call, mailing_id: FromPath[int], step: FromPath[str]) -> Response[str]:
    """Show a step of a draft; what is no draft any more has no steps."""
    mailing = await database_of(request).run(mailings.load_mailing, mailing_id)
    if mailing.state != "draft" or step not in STEPS:
        return redirect(f"{PATH}/{mailing_id}")
    return await _show(request, mailing, step, Form(_fill(request, mailing)))


@post("/mailings/{mailing_id:int}/{step:str}", opt=_EDIT)
async def save_step(request: Call, mailing_id: FromPath[int], step: FromPath[str]) -> Response[str]:
    """Save a step, and go on where a button says so; or show it again with what is wrong."""
    form = await read_form(request)
    mailing = await database_of(request).run(mailings.load_mailing, mailing_id)
    if step not in STEPS:
        return redirect(f"{PATH}/{mailing_id}")
    details = await _read(request, form, mailing, step)
    seen = form.need("version", forms.count, 0)
    if not form.problems:
        try:
            mailing = await database_of(request).run(
                mailings.change_mailing, mailing_id, details, seen=seen, act=act_of(request)
            )
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "name")
    if form.problems:
        return await _show(request, mailing, step, form)
    go = form.text("go")
    if go in STEPS:
        return redirect(f"{PATH}/{mailing_id}/{go}")
    return await _show(request, mailing, step, Form(_fill(request, mailing)), is_saved=True)


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
        return Response(f"{error.field}: {error.detail}", media_type=MediaType.TEXT, headers=_LETTER)
    if not shown.html:
        return Response(shown.text, media_type=MediaType.TEXT, headers=_LETTER)
    return Response(shown.html, media_type=MediaType.HTML, headers=_LETTER)


@post("/mailings/{mailing_id:int}/files", opt=_EDIT)
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
        shown = Form(_fill(request, mailing))
        shown.problems.update(form.problems)
        return await _show(request, mailing, "message", shown)
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
    form = Form(_fill(request, mailing) | {"address": typed.text("address")})
    try:
        said = await try_message(service_of(request), mailing, "A", typed.text("address"), None)
    except LoyaltyError as error:
        form.refuse_by(error, LABELS, "address")
        return await _show(request, mailing, "check", form)
    return await _show(request, mailing, "check", form, said=said)


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
            seen=form.need("version", forms.count, 0),
            can_link=service.settings.can_link,
            act=act_of(request),
        )
    except LoyaltyError as error:
        shown = Form(_fill(request, mailing))
        shown.refuse_by(error, LABELS, "name")
        return await _show(request, mailing, "check", shown)
    return redirect(f"{PATH}/{mailing_id}")


def _fill(call: Call, mailing: Mailing) -> dict[str, str | list[str]]:
    details, zone = mailing.details, ZoneInfo(service_of(call).settings.timezone)
    shown: dict[str, str | list[str]] = {
        name: "" if value is None else str(value) for name, value in structs.asdict(details).items()
    }
    send_at = "" if details.send_at is None else f"{details.send_at.astimezone(zone):%Y-%m-%dT%H:%M}"
    since, until = details.window_from, details.window_until
    return shown | {
        "version": str(mailing.version),
        "send_at": send_at,
        "hours_from": f"{since:%H:%M}" if since else "",
        "hours_until": f"{until:%H:%M}" if until else "",
        "groups": [str(one) for one in details.audience.groups],
        "parties": [str(one) for one in details.audience.parties],
        **{name: [getattr(one, name) for one in details.variants] for name in ("subject", "html", "text")},
        "share": [str(one.share) for one in details.variants],
    }


async def _read(call: Call, form: Form, mailing: Mailing, step: str) -> MailingDetails:
    details = mailing.details
    if step == "setup":
        return _read_setup(call, form, details)
    if step == "message":
        return structs.replace(details, variants=_read_variants(form, details))
    if step == "recipients":
        return await _read_recipients(call, form, details)
    return details


def _read_setup(call: Call, form: Form, details: MailingDetails) -> MailingDetails:
    zone = ZoneInfo(service_of(call).settings.timezone)
    since, until = read_hours(form)
    return structs.replace(
        details,
        name=form.need("name", forms.short_text, details.name),
        kind_id=form.need("kind_id", forms.count, details.kind_id),
        mailbox_id=form.read("mailbox_id", forms.count, None),
        priority=form.need("priority", forms.one_of({"1": 1, "2": 2, "3": 3}), 2),
        rate_per_minute=form.read("rate_per_minute", forms.count, None),
        send_at=form.read("send_at", lambda typed: _moment(typed, zone), None),
        window_from=since,
        window_until=until,
    )


def _moment(typed: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=zone)
    except ValueError as error:
        raise WrongError(Problem(mark("A moment such as 2026-11-22T09:00."))) from error


def _read_variants(form: Form, details: MailingDetails) -> tuple[Variant, ...]:
    """Read the variants as they stand in the form; a new one takes its share from the first."""
    subjects, markups, plains = (form.texts(name) for name in ("subject", "html", "text"))
    kept = [
        Variant(LETTERS[place], WHOLE, subject, markup, plain)
        for place, (subject, markup, plain) in enumerate(zip(subjects, markups, plains, strict=False))
    ] or list(details.variants)
    if form.text("variant") == "more" and len(kept) < len(LETTERS):
        kept.append(structs.replace(kept[-1], letter=LETTERS[len(kept)]))
    if form.text("variant") == "less" and len(kept) > 1:
        kept.pop()
    shares = _shares(form, len(kept))
    return tuple(structs.replace(one, share=share) for one, share in zip(kept, shares, strict=True))


def _shares(form: Form, wanted: int) -> list[int]:
    typed = [int(one) if one.isascii() and one.isdigit() and len(one) <= 3 else 0 for one in form.texts("share")]  # noqa: PLR2004 # a percent
    even = [WHOLE // wanted + (WHOLE % wanted if place == 0 else 0) for place in range(wanted)]
    if len(typed) != wanted:
        return even
    if sum(typed) != WHOLE or 0 in typed:
        form.refuse("share", Problem(mark("Whole percents that make 100.")))
        return even
    return typed


async def _read_recipients(call: Call, form: Form, details: MailingDetails) -> MailingDetails:
    groups = tuple(int(one) for one in form.texts("groups") if one.isascii() and one.isdigit())
    parties = [int(one) for one in form.texts("parties") if one.isascii() and one.isdigit()]
    try:
        named = await database_of(call).run(find_named_party, form.text("party"))
    except WrongError as error:
        form.refuse("party", error.problem)
        named = None
    if named is not None and named not in parties:
        parties.append(named)
    control = form.text("control_percent") or "0"
    if not (control.isascii() and control.isdigit() and len(control) <= 2):  # noqa: PLR2004 # at most 50
        form.refuse("control_percent", Problem(mark("A whole percent from 0 to 50.")))
        control = "0"
    return structs.replace(details, audience=Audience(groups, tuple(parties)), control_percent=int(control))


async def _show(
    call: Call, mailing: Mailing, step: str, form: Form, *, is_saved: bool = False, said: Said | None = None
) -> Response[str]:
    service = service_of(call)
    around = await service.database.run(_load, mailing, timezone=service.settings.timezone)
    hints = look_over(mailing.details.variants)
    answer = page(
        call,
        f"mailing_{step}.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/{mailing.id}/{step}",
        step=step,
        steps=STEPS,
        before=_ORDER[max(_ORDER.index(step) - 1, 0)],
        behind=_ORDER[min(_ORDER.index(step) + 1, len(_ORDER) - 1)],
        mailing=mailing,
        form=form,
        labels=LABELS,
        states=STATES,
        priorities=PRIORITIES,
        reasons=REASONS,
        around=around,
        hints=hints,
        advice=ADVICE,
        can_send=not is_broken(hints) and mailing.details.mailbox_id is not None and around.count.going > 0,
        can_link=service.settings.can_link,
        places=OWN_PLACES,
        most=len(LETTERS),
        is_saved=is_saved,
        party=text(call, "party"),
        said=said,
        is_well=said is not None and is_well(said),
    )
    answer.headers.update(_FRAMED)
    return answer


async def _load(connection: AsyncConnection, mailing: Mailing, *, timezone: str) -> Around:
    return Around(
        await mailings.list_kinds(connection),
        [one for one in await list_mailboxes(connection) if one.archived_at is None],
        await list_entries(connection, "group"),
        await mailings.list_files(connection, mailing.id),
        await mailings.count_recipients(connection, mailing.id, timezone=timezone),
        await load_names(connection, mailing.details.audience.parties),
    )
