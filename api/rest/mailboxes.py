"""Mailboxes: made, changed, tried and put away. Secrets go in and never come out."""

from datetime import datetime
from typing import Annotated

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct, structs

from api.auth.rights import allows
from api.mail.trying import try_incoming
from api.mailing.trying import is_well
from api.mailing.trying import try_mailbox as try_server
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.problems import PROBLEMS
from crm.mailboxes import service as mailboxes
from crm.mailboxes.model import Mailbox, MailboxDetails, Secrets, Security
from pos_adapter.protocol import Text, Wire

Version = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Secret = Annotated[str, Meta(max_length=10_000)]
_SETTINGS = dict(allows("settings.edit", module="mailings"))


class MailboxBody(Wire, frozen=True, kw_only=True):
    """A mailbox. A secret that is not given stays, an empty one is taken away; `dkim_secret` is a private key (PEM)."""

    name: Text
    address: Text
    from_name: Annotated[str, Meta(max_length=100)] = ""
    smtp_host: Text
    smtp_port: int = 465
    smtp_security: Security = "tls"
    smtp_login: Text | None = None
    smtp_secret: Secret | None = None
    imap_host: Text | None = None
    imap_port: int | None = None
    imap_security: Security | None = None
    imap_login: Text | None = None
    imap_secret: Secret | None = None
    imap_folder: Text = "INBOX"
    dkim_domain: Text | None = None
    dkim_selector: Text | None = None
    dkim_secret: Secret | None = None
    connections: int = 4
    messages_per_connection: int = 100
    messages_per_minute: int | None = None
    domain_per_minute: int | None = None
    version: Version | None = None


class ArchiveBody(Wire, frozen=True):
    """Whether a mailbox is put away."""

    is_archived: bool
    version: Version


class MailboxAnswer(Struct, frozen=True):
    """A mailbox; of its secrets, whether they are there."""

    mailbox_id: int
    details: MailboxDetails
    version: int
    changed_at: datetime
    archived_at: datetime | None
    problem: str | None
    imap_problem: str | None
    read_at: datetime | None
    has_smtp_secret: bool
    has_imap_secret: bool
    has_dkim_secret: bool


class MailboxesAnswer(Struct, frozen=True):
    """Mailboxes by name."""

    mailboxes: list[MailboxAnswer]


class TriedAnswer(Struct, frozen=True):
    """What the servers said, in their own words; `incoming_problem` is why incoming mail cannot be read."""

    is_well: bool
    code: int | None
    text: str
    incoming_problem: str | None


@get("/v1/mailboxes", opt=_SETTINGS, responses=PROBLEMS)
async def get_mailboxes(request: Call) -> MailboxesAnswer:
    """List mailboxes, those put away last."""
    found = await service_of(request).database.run(mailboxes.list_mailboxes)
    return MailboxesAnswer([_render(one) for one in found])


@post("/v1/mailboxes", opt=_SETTINGS, dto=Body, return_dto=None, responses=PROBLEMS)
async def make_mailbox(request: Call, data: JSONBody[MailboxBody]) -> MailboxAnswer:
    """Make a mailbox."""
    service, (details, secrets) = service_of(request), _read(data)
    made = await service.database.run(
        mailboxes.make_mailbox, details, secrets, key=service.settings.mail_key, act=act_of(request)
    )
    return _render(made)


@get("/v1/mailboxes/{mailbox_id:int}", opt=_SETTINGS, responses=PROBLEMS)
async def get_mailbox(request: Call, mailbox_id: FromPath[int]) -> MailboxAnswer:
    """Read a mailbox."""
    return _render(await service_of(request).database.run(mailboxes.load_mailbox, mailbox_id))


@put("/v1/mailboxes/{mailbox_id:int}", opt=_SETTINGS, dto=Body, return_dto=None, responses=PROBLEMS)
async def change_mailbox(request: Call, mailbox_id: FromPath[int], data: JSONBody[MailboxBody]) -> MailboxAnswer:
    """Change a mailbox from the version that was seen."""
    service, (details, secrets) = service_of(request), _read(data)
    changed = await service.database.run(
        mailboxes.change_mailbox,
        mailbox_id,
        details,
        secrets,
        seen=data.version or 0,
        key=service.settings.mail_key,
        act=act_of(request),
    )
    return _render(changed)


@put("/v1/mailboxes/{mailbox_id:int}/archived", opt=_SETTINGS, dto=Body, return_dto=None, responses=PROBLEMS)
async def archive_mailbox(request: Call, mailbox_id: FromPath[int], data: JSONBody[ArchiveBody]) -> MailboxAnswer:
    """Put a mailbox away, or take it up again."""
    changed = await service_of(request).database.run(
        mailboxes.archive_mailbox, mailbox_id, is_archived=data.is_archived, seen=data.version, act=act_of(request)
    )
    return _render(changed)


@post("/v1/mailboxes/{mailbox_id:int}/try", opt=_SETTINGS, status_code=200, responses=PROBLEMS)
async def try_mailbox(request: Call, mailbox_id: FromPath[int]) -> TriedAnswer:
    """Connect to the mail servers, sign in, and tell what they said."""
    said = await try_server(service_of(request), mailbox_id)
    wrong = await try_incoming(service_of(request), mailbox_id)
    return TriedAnswer(is_well(said) and wrong is None, said.code, said.text, wrong)


def _read(body: MailboxBody) -> tuple[MailboxDetails, Secrets]:
    given = structs.asdict(body)
    details = MailboxDetails(**{name: given[name] for name in MailboxDetails.__struct_fields__})
    return details, Secrets(**{name: given[name] for name in Secrets.__struct_fields__})


def _render(box: Mailbox) -> MailboxAnswer:
    return MailboxAnswer(box.id, **{name: getattr(box, name) for name in Mailbox.__struct_fields__ if name != "id"})


router = Router(
    "/",
    route_handlers=[get_mailboxes, make_mailbox, get_mailbox, change_mailbox, archive_mailbox, try_mailbox],
    tags=["Mailboxes"],
)
