"""The use case of the search: what was typed is looked for in every way that it may be meant.

A card's number is found whole or by its first or last digits, as in the list of cards; nothing of what was typed is
kept or logged. The number of queries is bounded by the ways there are.
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.letters.listing import LetterHit, find_letters
from crm.mail.repository.listing import MailHit, find_mail
from crm.search import repository
from crm.search.model import MOST_PER_KIND, REASONS, DocumentHit, Found, NoteHit, PartyHit, Typed
from loyalty.cards.listing import CardRow, find_cards_by_digits, find_cards_of_holders
from loyalty.cards.repository import find_card_id
from loyalty.numbering import canonical

_ASKED = MOST_PER_KIND + 1


async def find_whole_number(connection: AsyncConnection, typed: Typed) -> int | None:
    """Find the card whose number was typed in full."""
    return None if typed.card_digits is None else await find_card_id(connection, canonical(typed.card_digits))


async def search(
    connection: AsyncConnection,
    typed: Typed,
    *,
    today: date,
    with_cards: bool,
    with_documents: bool,
    with_letters: bool = False,
    with_mail: bool = False,
) -> Found:
    """Look for what was typed among parties, cards, business documents, letters, mail and notes."""
    parties = await _find_parties(connection, typed)
    cards = await _find_cards(connection, typed, parties, today=today) if with_cards else []
    documents: list[DocumentHit] = []
    letters: list[LetterHit] = []
    mail: list[MailHit] = []
    notes: list[NoteHit] = []
    if with_documents and typed.number is not None:
        documents = await repository.find_documents(connection, typed.text, limit=_ASKED)
    if with_letters and typed.words:
        letters = await find_letters(connection, typed.text, limit=_ASKED)
    if with_mail and typed.words:
        mail = await find_mail(connection, typed.text, limit=_ASKED)
    if typed.words:
        notes = await repository.find_notes(connection, typed.tsquery, limit=_ASKED)
    counts = {"parties": len(parties), "cards": len(cards), "documents": len(documents)}
    counts |= {"letters": len(letters), "mail": len(mail), "notes": len(notes)}
    return Found(
        parties=tuple(parties[:MOST_PER_KIND]),
        cards=tuple(cards[:MOST_PER_KIND]),
        documents=tuple(documents[:MOST_PER_KIND]),
        letters=tuple(letters[:MOST_PER_KIND]),
        mail=tuple(mail[:MOST_PER_KIND]),
        notes=tuple(notes[:MOST_PER_KIND]),
        more=frozenset(name for name, count in counts.items() if count > MOST_PER_KIND),
    )


async def _find_parties(connection: AsyncConnection, typed: Typed) -> list[PartyHit]:
    hits: list[PartyHit] = []
    if typed.phone_ends:
        hits += await repository.find_by_phone(connection, typed.phone_ends, limit=_ASKED)
    if typed.number is not None:
        hits += await repository.find_by_registration(connection, typed.number, limit=_ASKED)
    if typed.email is not None:
        hits += await repository.find_by_email(connection, typed.email, limit=_ASKED)
    if typed.words:
        hits += await repository.find_by_name(connection, typed.tsquery, typed.text, limit=_ASKED)
    if typed.may_be_alike and len(hits) < MOST_PER_KIND:
        hits += await repository.find_alike(connection, typed.text, limit=_ASKED)
    if typed.words and len(hits) < MOST_PER_KIND:
        hits += await repository.find_by_address(connection, typed.tsquery, limit=_ASKED)
    return _surest(hits)


def _surest(hits: Iterable[PartyHit]) -> list[PartyHit]:
    """Give each party once, by the surest of its reasons; archived ones stand behind."""
    by_id: dict[int, PartyHit] = {}
    for hit in hits:
        by_id.setdefault(hit.id, hit)
    return sorted(by_id.values(), key=lambda hit: (hit.is_archived, REASONS.index(hit.reason)))


async def _find_cards(
    connection: AsyncConnection, typed: Typed, parties: Iterable[PartyHit], *, today: date
) -> list[CardRow]:
    """Find cards by digits, and those of the parties that were found by name or phone."""
    rows: list[CardRow] = []
    if typed.card_digits is not None:
        rows += await find_cards_by_digits(connection, typed.card_digits, today=today)
    holders = [hit.id for hit in parties if hit.reason in {"name", "phone", "alike"}][:MOST_PER_KIND]
    if holders:
        rows += await find_cards_of_holders(connection, holders, today=today)
    return list({row.card_id: row for row in rows}.values())
