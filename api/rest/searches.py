"""One search over parties, cards, business documents, letters and notes, as the search box of the pages asks it.

What is looked for comes in a body, for a card's number never stands in an address.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from litestar import Router, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from api.auth.rights import allows, may
from api.rest.bodies import Body, Numbers
from api.rest.calls import Call, service_of
from api.rest.problems import PROBLEMS
from api.state import read_clock
from crm.search.model import MOST_TYPED, Found, Reason, read_typed
from crm.search.service import find_whole_number, search
from loyalty.cards.listing import CardRow
from loyalty.cards.model import CardState
from loyalty.money import Scale


class Search(Numbers, frozen=True):
    """What is looked for, as a person types it."""

    text: Annotated[str, Meta(min_length=1, max_length=MOST_TYPED)]


class PartyFound(Struct, frozen=True):
    """A party, why it was found, and what of it fits."""

    party_id: int
    name: str
    kind: Literal["person", "organisation"]
    is_archived: bool
    reason: Reason
    detail: str | None


class CardFound(Struct, frozen=True):
    """A card by its masked number."""

    card_id: int
    masked: str
    status: CardState
    holder_id: int | None
    turnover: str


class BusinessDocumentFound(Struct, frozen=True):
    """A business document by its number."""

    document_id: int
    kind: str
    number: str
    date: date
    party: str


class LetterFound(Struct, frozen=True):
    """A letter by a word of its topic, numbers, text or party."""

    letter_id: int
    number: str
    topic: str
    registered_on: date
    party: str | None
    is_archived: bool


class MailFound(Struct, frozen=True):
    """A message by words of its subject, sender or text."""

    mail_id: int
    subject: str
    sender: str
    at: datetime
    party: str | None


class NoteFound(Struct, frozen=True):
    """The beginning of a note, and whose it is."""

    note_id: int
    party_id: int
    party: str
    text: str


class SearchAnswer(Struct, frozen=True):
    """What was found, a few of each kind, the best first; `more` names the kinds that have more.

    `card_id` is that of the card whose whole number was given.
    """

    card_id: int | None
    parties: list[PartyFound]
    cards: list[CardFound]
    documents: list[BusinessDocumentFound]
    letters: list[LetterFound]
    mail: list[MailFound]
    notes: list[NoteFound]
    more: list[str]


@post("/v1/search", dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def find(request: Call, data: JSONBody[Search]) -> SearchAnswer:
    """Find parties by name, even misspelt, phone in any form, e-mail or number; cards, documents, letters, notes."""
    service, role = service_of(request), request.user.role
    typed = read_typed(data.text, service.settings.country)
    with_cards = may(role, "cards.read")
    with_documents = may(role, "business.read", service.settings.modules_off)
    card_id = await service.database.run(find_whole_number, typed) if with_cards else None
    today = read_clock().astimezone((await service.catalogue.at_least()).zone("")).date()
    found = await service.database.run(
        search,
        typed,
        today=today,
        with_cards=with_cards,
        with_documents=with_documents,
        with_letters=may(role, "letters.read", service.settings.modules_off),
        with_mail=may(role, "mail.read", service.settings.modules_off),
    )
    return _render(found, card_id, service.money)


def _render(found: Found, card_id: int | None, money: Scale) -> SearchAnswer:
    return SearchAnswer(
        card_id=card_id,
        parties=[
            PartyFound(hit.id, hit.name, hit.kind, hit.is_archived, hit.reason, hit.detail) for hit in found.parties
        ],
        cards=[_card(row, money) for row in found.cards],
        documents=[
            BusinessDocumentFound(hit.id, hit.kind, hit.number, hit.date, hit.party_name) for hit in found.documents
        ],
        letters=[
            LetterFound(hit.id, hit.number, hit.topic, hit.registered_on, hit.party, hit.is_archived)
            for hit in found.letters
        ],
        mail=[MailFound(hit.id, hit.subject, hit.sender, hit.at, hit.party) for hit in found.mail],
        notes=[NoteFound(hit.id, hit.party_id, hit.party_name, hit.text) for hit in found.notes],
        more=sorted(found.more),
    )


def _card(row: CardRow, money: Scale) -> CardFound:
    return CardFound(row.card_id, row.masked, row.state, row.holder_id, money.format(row.turnover))


router = Router("/", route_handlers=[find], opt=dict(allows("parties.read")), tags=["Search"])
