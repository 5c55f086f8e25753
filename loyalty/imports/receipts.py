"""The use case of importing receipts: what they need is made first, then they go the way a till's receipts go.

Tills, the series and the cards of the customers, and the months' partitions come into being when a file first needs
them; what is there is left as it is.
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from database.activity import Act
from database.engine import Database
from database.partitions import ensure_months
from loyalty.cards.catalogue.repository import load_catalogue
from loyalty.cards.model import Catalogue, Series, SeriesSettings
from loyalty.cards.series import put_series
from loyalty.cards.service import make_cards_with_numbers
from loyalty.imports.building import Place, make_place, month_of, till_of
from loyalty.imports.drafts import Draft
from loyalty.imports.posting import Posted, Posting
from loyalty.imports.progress import Watch
from loyalty.imports.receipt_mapping import CardSettings, ReceiptMapping
from loyalty.imports.rejections import Rejection
from loyalty.installation import ensure_till
from loyalty.payment_cards import find_payment_cards
from loyalty.receipts.flights import Flights

CARDS_AT_ONCE = 1_000
MOST_MONTHS = 240
"""So many months, those with the most receipts, get partitions of their own; the others share the default one."""

_TEXTS = 65_536


class SeriesTakenError(Exception):
    """The mapping's series is there and makes other numbers."""


class Imported(Struct, frozen=True):
    """What became of a file's receipts."""

    posted: Posted
    cards_made: int


async def import_receipts(
    drafts: Sequence[Draft], mapping: ReceiptMapping, *, database: Database, flights: Flights, act: Act, watch: Watch
) -> Imported:
    """Import receipts; again changes nothing.

    Raises SeriesTakenError, UnavailableError, and LoyaltyError where the series cannot be made.
    """
    for till in sorted({till_of(draft.number, mapping.receipt.tills) for draft in drafts}):
        await database.run(ensure_till, store=mapping.receipt.store, till=till)
    if mapping.cards is not None:
        await _ensure_series(mapping.cards, database=database, act=act)
    catalogue = await database.run(load_catalogue)
    clean, rejections = _without_payment_cards(drafts, catalogue)
    place = make_place(mapping, catalogue, clean)
    made = 0
    if mapping.cards is not None:
        series = catalogue.find_series(mapping.cards.series)
        assert series is not None, "it was made before"
        made = await _ensure_cards(place, mapping.cards, series, database=database, act=act)
    await _ensure_months(clean, database)
    posted = await Posting(place, database=database, flights=flights, act=act, watch=watch).run(clean)
    return Imported(Posted(posted.new, posted.known, rejections + posted.rejections, posted.is_complete), made)


async def _ensure_series(cards: CardSettings, *, database: Database, act: Act) -> None:
    catalogue = await database.run(load_catalogue)
    if catalogue.find_series(cards.series) is None:
        settings = SeriesSettings(name=cards.name, kind="discount", number_template=cards.template)
        await database.run(put_series, cards.series, settings, act=act)


async def _ensure_cards(place: Place, cards: CardSettings, series: Series, *, database: Database, act: Act) -> int:
    numbers = list(place.card_numbers.values())
    if series.template is not None and any(series.template.counter(number) is None for number in numbers):
        raise SeriesTakenError(
            f"series {cards.series} is there and makes other numbers ({series.settings.number_template}) than the"
            f" mapping ({cards.template}): give the mapping another series"
        )
    made = 0
    for start in range(0, len(numbers), CARDS_AT_ONCE):
        portion = numbers[start : start + CARDS_AT_ONCE]
        made += len(await database.run(make_cards_with_numbers, cards.series, numbers=portion, act=act))
    return made


async def _ensure_months(drafts: Sequence[Draft], database: Database) -> None:
    """Make partitions in the role that owns the tables: the service's own may not."""
    months = Counter(month_of(draft) for draft in drafts if draft.kind != "adjustment")
    owner = Database(database.url, role=None)
    try:
        for month, _ in months.most_common(MOST_MONTHS):
            await owner.run(ensure_months, month, month)
    finally:
        await owner.close()


def _without_payment_cards(drafts: Sequence[Draft], catalogue: Catalogue) -> tuple[list[Draft], list[Rejection]]:
    """Leave out what speaks of a payment card, as the till API does: nothing of it is kept or written down."""

    @lru_cache(_TEXTS)
    def is_clean(text: str) -> bool:
        return not find_payment_cards(text, catalogue.own_prefixes)

    clean: list[Draft] = []
    rejections: list[Rejection] = []
    for draft in drafts:
        if is_clean(draft.number) and all(is_clean(line.sku) and is_clean(line.name or "") for line in draft.lines):
            clean.append(draft)
        else:
            rejections += draft.reject("its receipt holds what looks like a payment card's number", is_secret=True)
    return clean, rejections
