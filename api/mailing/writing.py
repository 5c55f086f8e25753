"""What messages of a mailing are made from: each variant's letter, made once and kept while its mailing is unchanged.

Key idea: a variant that cannot be made, for its text was broken by a change of ours or theirs, is a reason to pause its
mailing and never one to send something else.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import dkim
from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.links import sign_recipient, sign_tracking
from crm.mailboxes.service import Open
from crm.mailings.content.message import Addressee, Content, Letter, Sender, make_content, make_letter, write_message
from crm.mailings.content.people import CARD_PLACES, Person, values_of
from crm.mailings.content.placeholders import OURS, PAGE_URL
from crm.mailings.content.tracking import OPENED, links_of, place_of, track
from crm.mailings.repository.links import keep_links
from crm.mailings.repository.people import load_people
from crm.mailings.repository.sending import Going, load_going
from crm.own_pages.service import find_sealed, make_missing, unsealed_address
from crm.recipients.model import Claimed, message_name
from database.activity import Act
from loyalty.money import Currency

UNSUBSCRIBE_PATH = "/u/"
OPENED_PATH = "/o/"
CLICKED_PATH = "/c/"
_SIGNED = (b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type", b"list-unsubscribe",
    b"list-unsubscribe-post")  # fmt: skip


class Surroundings(Struct, frozen=True):
    """What every message needs beside its content: whose links, under which address, in which money.

    `page_key` unseals links to own pages, which are good for `page_days`; it is empty where there are none.
    """

    public_url: str
    link_key: bytes
    currency: Currency
    page_key: str = ""
    page_days: int | None = None

    def unsubscribe_url(self, recipient_id: int) -> str:
        """Give the address at which a recipient says no."""
        return f"{self.public_url}{UNSUBSCRIBE_PATH}{sign_recipient(self.link_key, recipient_id)}"

    def tracked_urls(self, recipient_id: int, link_ids: Collection[int]) -> dict[str, str]:
        """Give the addresses by which a tracked letter tells that it was opened and which link was followed."""
        token = sign_tracking(self.link_key, recipient_id)
        links = {place_of(one): f"{self.public_url}{CLICKED_PATH}{token}/{one}" for one in link_ids}
        return links | {OPENED: f"{self.public_url}{OPENED_PATH}{token}"}


class Made(Struct, frozen=True):
    """A mailing ready to be filled: the content and the letter of each variant, and the links that are tracked."""

    going: Going
    contents: Mapping[int, Content]
    letters: Mapping[int, Letter]
    places: frozenset[str]
    link_ids: tuple[int, ...] = ()


async def make(connection: AsyncConnection, mailing_id: int, mailbox: Open) -> Made:
    """Make the letters of a mailing. Raises ContentRefusedError."""
    going = await load_going(connection, mailing_id)
    contents = {
        variant: make_content(subject=said.subject, html=said.html, text=said.text)
        for variant, said in going.variants.items()
    }
    links: dict[str, int] = {}
    if going.is_tracked:
        urls = [url for content in contents.values() for url in links_of(content)]
        links = await keep_links(connection, mailing_id, list(dict.fromkeys(urls)))
        contents = {variant: track(content, links) for variant, content in contents.items()}
    sender = Sender(mailbox.details.address, mailbox.details.from_name, going.priority)
    letters = {variant: make_letter(content, sender, going.files) for variant, content in contents.items()}
    places = frozenset[str]().union(*(content.places for content in contents.values()))
    return Made(going, contents, letters, places, tuple(links.values()))


async def load_recipients_data(
    connection: AsyncConnection,
    claimed: Sequence[Claimed],
    places: frozenset[str],
    *,
    around: Surroundings,
    now: datetime,
) -> dict[int, Person]:
    """Load the data of the parties among those in hand that a text asks for, and links to own pages where it does."""
    ids = [one.party_id for one in claimed if one.party_id is not None]
    people = await load_people(connection, ids, has_cards=bool(places & CARD_PLACES)) if ids else {}
    if not people or PAGE_URL not in places or not around.page_key:
        return people
    act = Act(f"mailing:{claimed[0].mailing_id}", now)
    await make_missing(connection, sorted(people), key=around.page_key, days=around.page_days, act=act)
    sealed = await find_sealed(connection, sorted(people), now=now)
    urls = {one: unsealed_address(around.public_url, around.page_key, token) for one, token in sealed.items()}
    return {one: structs.replace(person, page_url=urls.get(one)) for one, person in people.items()}


def write(made: Made, to: Claimed, person: Person, *, around: Surroundings, at: datetime) -> bytes:
    """Write the message of a recipient; what an imported row gave goes before what is known of the party."""
    url = around.unsubscribe_url(to.id)
    given = {name: text for name, text in (to.given or {}).items() if text and name not in OURS}
    person = structs.replace(person, name=given.get("name", person.name))
    values = values_of(person, unsubscribe_url=url, currency=around.currency, places=made.places) | given
    if made.going.is_tracked:
        values |= around.tracked_urls(to.id, made.link_ids)
    key = message_name(to.mailing_id, to.id)
    addressee = Addressee(values.get("name", ""), to.address, key, values)
    return write_message(made.letters[to.variant_id], addressee, at=at)


def sign(message: bytes, mailbox: Open) -> bytes:
    """Sign a message with the mailbox's key (RFC 6376) where it has one."""
    details = mailbox.details
    if mailbox.dkim_key is None or details.dkim_domain is None or details.dkim_selector is None:
        return message
    domain, selector = details.dkim_domain.encode(), details.dkim_selector.encode()
    signature: bytes = dkim.sign(message, selector, domain, mailbox.dkim_key, include_headers=list(_SIGNED))
    return signature + message
