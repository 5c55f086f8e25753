"""The steps in which a mailing is written: how it goes, its message, who gets it, and a last look.

Key idea: each step is a form of its own that saves what it has and no more. While somebody types, the same form is sent
by itself now and then, and the page takes from the answer what it shows of the saving; so nothing is lost, and without
JavaScript the buttons do the same.
"""

from collections.abc import Mapping, Sequence

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.mailing.office import office_of
from api.mailing.trying import is_well
from api.pages import forms
from api.pages.edge import act_of, service_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.mailing_reading import fill_step, read_step
from api.pages.mailing_words import ADVICE, LABELS, PRIORITIES, REASONS, STATES, TRIGGERS
from api.pages.mailings import PATH
from api.pages.queries import choice, whole_number
from api.pages.renderer import HEADERS, POLICY, Call, database_of, page, redirect
from api.pages.words import mark
from crm.consents.model import Kind
from crm.directories.model import Entry
from crm.directories.repository import list_entries
from crm.mailboxes.model import Mailbox
from crm.mailboxes.service import list_mailboxes
from crm.mailings import service as mailings
from crm.mailings.content.placeholders import PLACES, UNSUBSCRIBE_URL, UNSUBSCRIBE_WORD
from crm.mailings.errors import ContentRefusedError, MailingRefusedError
from crm.mailings.model import LETTERS, Mailing, Variant
from crm.mailings.preview import Hint, is_broken, look_over, preview
from crm.mailings.repository.addresses import Which, count_addresses
from crm.mailings.repository.choosing import Count
from crm.mailings.repository.mailings import KeptFile, MailingRow
from crm.mailings.repository.templates import Template
from crm.mailings.service import Neighbours, Office
from crm.mailings.templates import list_templates
from crm.parties.listing import load_names
from crm.recipients.model import Said
from crm.segments.model import Segment
from crm.segments.service import list_segments
from loyalty.errors import LoyaltyError
from loyalty.money import Currency

STEPS = {
    "setup": mark("Kind and mailbox"),
    "message": mark("Message"),
    "recipients": mark("Recipients"),
    "check": mark("Check and send"),
}
_ORDER = tuple(STEPS)
_COPIED = frozenset({"sending", "paused", "sent", "cancelled", "running"})
WHICH: Mapping[Which, str] = {
    "all": mark("All to whom it was to go"),
    "delivered": mark("Only who got it"),
    "unopened": mark("Only who got it and did not open it"),
}
_COUNTED = frozenset({"recipients", "check"})
_EDIT = dict(allows("mailings.edit"))
FRAMED = {**HEADERS, "Content-Security-Policy": f"{POLICY}; frame-src 'self'"}
OWN_PLACES = tuple(name for name in PLACES if name not in {UNSUBSCRIBE_URL, UNSUBSCRIBE_WORD})


class Around(Struct, frozen=True):
    """What the steps of a mailing offer and show beside it; `wrong` says why nobody can be counted."""

    kinds: list[Kind]
    boxes: list[Mailbox]
    groups: list[Entry]
    segments: list[Segment]
    files: list[KeptFile]
    templates: list[Template]
    parties: dict[int, str]
    count: Count
    seen_by: Neighbours
    subjects: list[str]
    wrong: MailingRefusedError | None
    beside: int
    others: list[MailingRow]


@get("/mailings/{mailing_id:int}/{step:str}", opt=_EDIT)
async def show_step(request: Call, mailing_id: FromPath[int], step: FromPath[str]) -> Response[str]:
    """Show a step of a draft; what is no draft any more has no steps."""
    mailing = await database_of(request).run(mailings.load_mailing, mailing_id)
    if mailing.state != "draft" or step not in STEPS:
        return redirect(f"{PATH}/{mailing_id}")
    return await show(request, mailing, step, Form(fill_step(request, mailing)))


@post("/mailings/{mailing_id:int}/{step:str}", opt=_EDIT)
async def save_step(request: Call, mailing_id: FromPath[int], step: FromPath[str]) -> Response[str]:
    """Save a step, and go on where a button says so; or show it again with what is wrong."""
    form = await read_form(request)
    mailing = await database_of(request).run(mailings.load_mailing, mailing_id)
    if step not in STEPS:
        return redirect(f"{PATH}/{mailing_id}")
    details = await read_step(request, form, mailing, step)
    seen = form.need("version", forms.count, 0)
    if not form.problems:
        try:
            mailing = await database_of(request).run(
                mailings.change_mailing, mailing_id, details, seen=seen, act=act_of(request)
            )
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "name")
    if form.problems:
        return await show(request, mailing, step, form)
    go = form.text("go")
    if go in STEPS:
        return redirect(f"{PATH}/{mailing_id}/{go}")
    return await show(request, mailing, step, Form(fill_step(request, mailing)), is_saved=True)


async def show(
    call: Call, mailing: Mailing, step: str, form: Form, *, is_saved: bool = False, said: Said | None = None
) -> Response[str]:
    """Show a step with a form as it was filled or sent; `said` is what a mail server said to a test."""
    service = service_of(call)
    seen_by = choice(call, "as", whole_number)
    around = await service.database.run(
        _load,
        mailing,
        office_of(service),
        is_counted=step in _COUNTED,
        seen_by=seen_by,
        currency=service.currency,
    )
    if around.wrong is not None and not form.problems:
        form.refuse_by(around.wrong, LABELS, "audience")
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
        triggers=TRIGGERS,
        reasons=REASONS,
        around=around,
        hints=hints,
        advice=ADVICE,
        can_send=_can_send(mailing, hints, around.count),
        can_link=service.settings.can_link,
        places=OWN_PLACES,
        which=WHICH,
        most=len(LETTERS),
        is_saved=is_saved,
        said=said,
        is_well=said is not None and is_well(said),
    )
    answer.headers.update(FRAMED)
    return answer


def _can_send(mailing: Mailing, hints: Sequence[Hint], count: Count) -> bool:
    """Tell whether nothing is missing; a mailing that sends itself need not have anybody yet."""
    has_somebody = count.going > 0 or mailing.details.trigger is not None
    return not is_broken(hints) and mailing.details.mailbox_id is not None and has_somebody


async def _load(
    connection: AsyncConnection,
    mailing: Mailing,
    office: Office,
    *,
    is_counted: bool,
    seen_by: int | None,
    currency: Currency,
) -> Around:
    count, neighbours, wrong = Count(0, {}, 0, 0), Neighbours(), None
    listed = await mailings.list_mailings(connection)
    try:
        if seen_by is not None:
            neighbours = await mailings.find_neighbours(connection, mailing.id, office, seen_by)
        count = await mailings.count_recipients(connection, mailing.id, office) if is_counted else count
    except MailingRefusedError as error:
        wrong = error
    return Around(
        await mailings.list_kinds(connection),
        [one for one in await list_mailboxes(connection) if one.archived_at is None],
        await list_entries(connection, "group"),
        await list_segments(connection),
        await mailings.list_files(connection, mailing.id),
        await list_templates(connection),
        await load_names(connection, mailing.details.audience.parties),
        count,
        neighbours,
        [await _subject(connection, one, neighbours.party_id, currency) for one in mailing.details.variants],
        wrong,
        await count_addresses(connection, mailing.id) if is_counted else 0,
        [one for one in listed.rows if one.state in _COPIED],
    )


async def _subject(connection: AsyncConnection, variant: Variant, party_id: int | None, currency: Currency) -> str:
    """Show the subject as a party sees it; as it was typed where the variant cannot be filled."""
    try:
        return (await preview(connection, variant, party_id, currency=currency, url="")).subject
    except ContentRefusedError:
        return variant.subject
