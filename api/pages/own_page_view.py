"""What a customer's own page is filled with: its cards drawn as codes, its letters, everything in its words.

Key idea: what the code of a card holds stands under it in full, for a cashier keys it where a reader fails; everywhere
else a number is masked, and so are the phone and the address that the customer knows anyway.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from babel.numbers import format_currency
from litestar import Response
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import Language
from api.languages.catalogues import LOCALES
from api.languages.negotiation import LANGUAGES
from api.mailing.own_page_words import own_words_of
from api.pages.drawn_codes import Drawn, draw_card, draw_qr
from api.pages.party_words import LANGUAGES as NAMES
from api.pages.public import public_page
from api.pages.queries import link, place_link
from api.pages.renderer import Call, currency_of, modules_off_of
from api.pages.words import CARD_STATES
from crm.consents.preferences import OwnPreferences, load_own
from crm.consents.setting import find_sender
from crm.own_pages.reading import OwnPage, load_page
from crm.parties.contacts import KeptContact
from crm.shop.service import find_shop
from database.keyset import Place
from loyalty.cards.model import Series

_LEFT: Final = 4
_DOTS: Final = "···"


class OwnView(Struct, frozen=True):
    """A page as it was read: whose it is, which letters come, and the name of the shop."""

    page: OwnPage
    letters: OwnPreferences
    shop: str


class Codes(Struct, frozen=True):
    """A card's code as a till's reader expects it, and a QR code where that one is bars."""

    main: Drawn
    qr: Drawn | None


async def load_view(
    connection: AsyncConnection, party_id: int, series: Mapping[int, Series], *, at: datetime, place: Place | None
) -> OwnView:
    """Load a party's page as of a local moment. Raises PartyNotFoundError."""
    found = await load_page(connection, party_id, series, at=at, place=place)
    return OwnView(found, await load_own(connection, party_id), await name_shop(connection))


async def name_shop(connection: AsyncConnection) -> str:
    """Name the shop: as it writes to customers, else as its own data say; empty where neither says."""
    return await find_sender(connection) or (await find_shop(connection))[0].name


def show_view(
    call: Call, view: OwnView, *, root: str, language: Language, status: int, said: str, typed: str
) -> Response[str]:
    """Answer with a page; `said` is what is told first, `typed` what a refused correction said."""
    asked: dict[str, str] = {"language": language} if call.query_params.get("language") in LANGUAGES else {}
    receipts = view.page.receipts
    return public_page(
        call,
        "own_page.html",
        language=language,
        shop=view.shop,
        status=status,
        own=own_words_of(language),
        brand_icon="card",
        page=view.page,
        letters=None if "mailings" in modules_off_of(call) else view.letters,
        codes={one.card.card_id: _draw(one.card.number) for one in view.page.cards if one.is_usable},
        known=_known(view.page.contacts),
        states=CARD_STATES,
        amount=_writer(call, language),
        root=root,
        query=link("", asked),
        newer=place_link(root, asked, receipts.newer),
        older=place_link(root, asked, receipts.older),
        languages=NAMES,
        said=said,
        typed=typed,
    )


def _draw(number: str) -> Codes:
    main = draw_card(number)
    return Codes(main, draw_qr(number) if main.is_bars else None)


def _writer(call: Call, language: Language) -> Callable[[int], str]:
    """Give what writes minor units with their currency: `€12,480.35`."""
    currency, locale = currency_of(call), LOCALES[language]

    def write(minor: int) -> str:
        text: str = format_currency(Decimal(minor).scaleb(-currency.places), currency.code, locale=locale)
        return text.replace("-", "\N{MINUS SIGN}")

    return write


def _known(contacts: Iterable[KeptContact]) -> dict[str, list[str]]:
    """Give the ways of contact that a customer may want corrected, each as far as its owner knows it again."""
    kept = list(contacts)
    phones = [f"{_DOTS} {one.contact.canonical[-_LEFT:]}" for one in kept if one.contact.kind == "phone"]
    emails = [mask_address(one.contact.value) for one in kept if one.contact.kind == "email"]
    return {"phone": phones, "email": emails}


def mask_address(address: str) -> str:
    """Give an e-mail address as its owner knows it again: `a···@shop.example`."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}{_DOTS}@{domain}"
