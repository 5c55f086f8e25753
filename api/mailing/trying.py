"""A mailbox tried: whether its server can be reached and signed in to, and one message of a draft to one address.

A message that is tried goes to whoever asked for it and counts as nothing: no recipient, no timeline, no way out.
"""

from typing import Final

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from api.mailing.posting import opened, try_server
from api.mailing.writing import UNSUBSCRIBE_PATH, sign
from api.state import Service, read_clock
from crm.mailboxes.repository import put_problem
from crm.mailboxes.service import Open, open_mailbox
from crm.mailings.content.message import Addressee, Attached, Sender, make_content, make_letter, write_message
from crm.mailings.content.people import CARD_PLACES, Person, values_of
from crm.mailings.errors import MailingRefusedError
from crm.mailings.model import Mailing, Variant
from crm.mailings.preview import EXAMPLE
from crm.mailings.repository.people import load_people
from crm.mailings.repository.sending import list_attached
from crm.own_pages.service import PATH
from crm.recipients.model import Said, writable

WELL: Final = 400
"""A code below it says that all is well."""


def is_well(said: Said) -> bool:
    """Tell whether a server was reached and had nothing against it."""
    return said.code is not None and said.code < WELL


async def try_mailbox(service: Service, mailbox_id: int) -> Said:
    """Connect, sign in and tell the server's own words, which stay with the mailbox where something is wrong.

    Raises MailboxUnknownError, MailKeyError.
    """
    box = await service.database.run(open_mailbox, mailbox_id, key=service.settings.mail_key)
    said = await try_server(box.server)
    problem = None if is_well(said) else f"{said.code or ''} {said.text}".strip()
    await service.database.run(put_problem, mailbox_id, problem)
    return said


async def try_message(service: Service, mailing: Mailing, letter: str, address: str, party_id: int | None) -> Said:
    """Send one message of a mailing to an address, with a party's values or an example's.

    Raises MailingRefusedError, ContentRefusedError, MailboxUnknownError, MailKeyError.
    """
    to = writable(address)
    if to is None:
        raise MailingRefusedError("is no e-mail address", field="address")
    if mailing.details.mailbox_id is None:
        raise MailingRefusedError("must say from which mailbox", field="mailbox_id")
    variant = next((one for one in mailing.details.variants if one.letter == letter), mailing.details.variants[0])
    box, files, person = await service.database.run(_load, service, mailing, party_id)
    message = _write(service, variant, box, files, person, to=to, priority=mailing.details.priority)
    async with opened(box.server) as line:
        return await line.post(message, sender=box.details.address, recipient=to)


async def _load(
    connection: AsyncConnection, service: Service, mailing: Mailing, party_id: int | None
) -> tuple[Open, tuple[Attached, ...], Person]:
    box = await open_mailbox(connection, mailing.details.mailbox_id or 0, key=service.settings.mail_key)
    people = {} if party_id is None else await load_people(connection, [party_id], has_cards=True)
    return box, await list_attached(connection, mailing.id), people.get(party_id or 0, EXAMPLE)


def _write(
    service: Service,
    variant: Variant,
    box: Open,
    files: tuple[Attached, ...],
    person: Person,
    *,
    to: str,
    priority: int,
) -> bytes:
    content = make_content(subject=variant.subject, html=variant.html, text=variant.text)
    letter = make_letter(content, Sender(box.details.address, box.details.from_name, priority), files)
    now, url = read_clock(), f"{service.settings.public_url}{UNSUBSCRIBE_PATH}"
    places = content.places | CARD_PLACES
    person = structs.replace(person, page_url=f"{service.settings.public_url}{PATH}")
    values = values_of(person, unsubscribe_url=url, currency=service.currency, places=places)
    key = f"test.{now.timestamp():.6f}"
    return sign(write_message(letter, Addressee(person.name, to, key, values), at=now), box)
