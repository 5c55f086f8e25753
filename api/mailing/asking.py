"""What a party is asked by letter, in its own language: the same words stand on the page behind its link."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from api.mailing.public_words import words_of
from crm.consents import asking
from crm.consents.model import Source
from crm.consents.setting import find_sender
from crm.parties.service import load_party
from database.activity import Act


async def ask(
    connection: AsyncConnection, party_id: int, kind_ids: Collection[int], *, source: Source, act: Act
) -> int:
    """Ask a party by a letter whether it wants kinds of mailings; gives the request.

    Raises what `crm.consents.asking.ask_party` raises.
    """
    party = await load_party(connection, party_id)
    shop = await find_sender(connection) or ""
    wording = words_of(party.details.language).wording.format(shop=shop)
    return await asking.ask_party(connection, party_id, kind_ids, wording=wording, source=source, act=act)
