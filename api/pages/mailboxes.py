"""Mailboxes on pages: a list, and the form of one, which can be tried. A secret is typed in and never shown again."""

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import structs

from api.auth.rights import allows
from api.mail.trying import try_incoming
from api.mailing.trying import is_well, try_mailbox
from api.pages import forms
from api.pages.edge import act_of, service_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.mailing_words import LABELS, SECURITIES
from api.pages.renderer import Call, database_of, page, redirect
from crm.mailboxes import service as mailboxes
from crm.mailboxes.model import Mailbox, MailboxDetails, Secrets
from crm.recipients.model import Said
from loyalty.errors import LoyaltyError

PATH = "/settings/mailboxes"
NEW = f"{PATH}/new"
INBOX = "INBOX"
_SETTINGS = dict(allows("settings.edit", module="mailings"))
_NUMBERS = (
    "smtp_port",
    "imap_port",
    "connections",
    "messages_per_connection",
    "messages_per_minute",
    "domain_per_minute",
)
_TEXTS = (
    "name",
    "address",
    "from_name",
    "smtp_host",
    "smtp_security",
    "smtp_login",
    "imap_host",
    "imap_security",
    "imap_login",
    "dkim_domain",
    "dkim_selector",
)
_NEEDED = frozenset({"name", "address", "from_name", "smtp_host", "smtp_security"})
"""Texts that are empty where they are not given; the others are not there then."""


@get(PATH, opt=_SETTINGS)
async def show_mailboxes(request: Call) -> Response[str]:
    """List mailboxes."""
    return page(request, "mailboxes.html", boxes=await database_of(request).run(mailboxes.list_mailboxes))


@get(NEW, opt=_SETTINGS)
async def show_new_mailbox(request: Call) -> Response[str]:
    """Show the form of a new mailbox."""
    blank = MailboxDetails(name="", address="", smtp_host="")
    return _show(request, Form(_fill(blank)), None)


@post(NEW, opt=_SETTINGS)
async def make_new_mailbox(request: Call) -> Response[str]:
    """Make a mailbox, or show the form again with what is wrong."""
    form = await read_form(request)
    details, secrets = _read(form, MailboxDetails(name="", address="", smtp_host=""))
    if not form.problems:
        key = service_of(request).settings.mail_key
        try:
            made = await database_of(request).run(
                mailboxes.make_mailbox, details, secrets, key=key, act=act_of(request)
            )
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "smtp_secret" if error.code == "mail_key" else "name")
        else:
            return redirect(f"{PATH}/{made.id}")
    return _show(request, form, None)


@get("/settings/mailboxes/{mailbox_id:int}", opt=_SETTINGS)
async def show_mailbox(request: Call, mailbox_id: FromPath[int]) -> Response[str]:
    """Show a mailbox in its form."""
    box = await database_of(request).run(mailboxes.load_mailbox, mailbox_id)
    return _show(request, Form(_fill(box.details) | {"version": str(box.version)}), box)


@post("/settings/mailboxes/{mailbox_id:int}", opt=_SETTINGS)
async def save_mailbox(request: Call, mailbox_id: FromPath[int]) -> Response[str]:
    """Save a mailbox, or show the form again with what is wrong."""
    form = await read_form(request)
    box = await database_of(request).run(mailboxes.load_mailbox, mailbox_id)
    details, secrets = _read(form, box.details)
    seen = form.need("version", forms.count, 0)
    if not form.problems:
        key = service_of(request).settings.mail_key
        try:
            await database_of(request).run(
                mailboxes.change_mailbox, mailbox_id, details, secrets, seen=seen, key=key, act=act_of(request)
            )
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "smtp_secret" if error.code == "mail_key" else "name")
    return _show(request, form, box) if form.problems else redirect(f"{PATH}/{mailbox_id}")


@post("/settings/mailboxes/{mailbox_id:int}/try", opt=_SETTINGS)
async def try_one(request: Call, mailbox_id: FromPath[int]) -> Response[str]:
    """Connect to the mail servers as they are kept, and show what they said."""
    box = await database_of(request).run(mailboxes.load_mailbox, mailbox_id)
    form = Form(_fill(box.details) | {"version": str(box.version)})
    try:
        said = await try_mailbox(service_of(request), mailbox_id)
        wrong = await try_incoming(service_of(request), mailbox_id)
    except LoyaltyError as error:
        form.refuse_by(error, LABELS, "smtp_secret")
        return _show(request, form, box)
    return _show(request, form, box, said=said, wrong=wrong)


@post("/settings/mailboxes/{mailbox_id:int}/archive", opt=_SETTINGS)
async def archive_one(request: Call, mailbox_id: FromPath[int]) -> Response[str]:
    """Put a mailbox away, or take it up again."""
    form = await read_form(request)
    box = await database_of(request).run(mailboxes.load_mailbox, mailbox_id)
    await database_of(request).run(
        mailboxes.archive_mailbox,
        mailbox_id,
        is_archived=box.archived_at is None,
        seen=form.need("version", forms.count, 0),
        act=act_of(request),
    )
    return redirect(f"{PATH}/{mailbox_id}")


def _fill(details: MailboxDetails) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in structs.asdict(details).items()}


def _read(form: Form, before: MailboxDetails) -> tuple[MailboxDetails, Secrets]:
    """Read what the form has. Without a server for incoming mail nothing else of that is kept."""
    numbers = {name: form.read(name, forms.count, None) for name in _NUMBERS}
    texts = {name: form.text(name) if name in _NEEDED else form.text(name) or None for name in _TEXTS}
    for name in ("name", "address", "smtp_host", "smtp_port", "connections", "messages_per_connection"):
        form.need(name, str, "")
    form.need("smtp_security", forms.one_of(SECURITIES), "")
    if texts["imap_host"] is not None:
        form.need("imap_port", str, "")
        form.need("imap_security", forms.one_of(SECURITIES), "")
    if form.problems:
        return before, Secrets()
    texts["imap_folder"] = form.text("imap_folder") or INBOX
    if texts["imap_host"] is None:
        texts |= {"imap_security": None, "imap_login": None, "imap_folder": INBOX}
        numbers["imap_port"] = None
    typed = {name: form.raw(name).strip() or None for name in ("smtp_secret", "imap_secret", "dkim_secret")}
    if form.is_ticked("no_secret"):
        typed["smtp_secret"] = ""
    if form.is_ticked("no_imap_secret") or (texts["imap_host"] is None and before.imap_host is not None):
        typed["imap_secret"] = ""
    if texts["dkim_domain"] is None and not typed["dkim_secret"] and before.dkim_domain is not None:
        typed["dkim_secret"] = ""
    return structs.replace(before, **numbers, **texts), Secrets(**typed)


def _show(
    call: Call, form: Form, box: Mailbox | None, *, said: Said | None = None, wrong: str | None = None
) -> Response[str]:
    return page(
        call,
        "mailbox.html",
        status=REFUSED if form.problems else 200,
        here=NEW if box is None else f"{PATH}/{box.id}",
        form=form,
        box=box,
        labels=LABELS,
        securities=SECURITIES,
        said=said,
        wrong=wrong,
        is_well=said is not None and is_well(said),
        has_key=bool(service_of(call).settings.mail_key),
    )
