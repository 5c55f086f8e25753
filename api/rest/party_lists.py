"""The list of parties as the back office has it: by filters, ordered, with the columns that one asks for.

The fields are those of the address of the page: whoever has the address of a list asks for the same over the API.
"""

from collections.abc import Callable, Mapping
from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.rest.calls import Call, context_of, service_of
from api.rest.problems import PROBLEMS
from crm.attributes.model import Given, write_value
from crm.directories.model import PartyKind
from crm.parties.births import write_birth_date
from crm.views.address import parse_view
from crm.views.listing import PartyPage, Words, list_parties, load_words
from crm.views.model import MOST_COLUMNS, MOST_FILTERS, View, ViewError
from crm.views.places import MOST_LENGTH, parse_place, print_place
from crm.views.repository.columns import PartyRow
from loyalty.money import Scale, format_percent
from pos_adapter.problems import BodyError

MOST_NAMES_LENGTH = 82 * MOST_COLUMNS
"""So long are the names of all columns that a list may have."""

Filters = Annotated[list[str] | None, QueryParameter(max_items=MOST_FILTERS)]


class ListedPartyAnswer(Struct, frozen=True):
    """A party and its columns by name: words by their codes, amounts and percents as decimals, days by ISO 8601."""

    party_id: int
    kind: PartyKind
    name: str
    columns: dict[str, Given]


class PartyListAnswer(Struct, frozen=True):
    """Parties in the order of the list; `next` is what to give as `after` for those behind."""

    parties: list[ListedPartyAnswer]
    next: str | None


@get("/v1/party-list", opt=dict(allows("parties.read")), responses=PROBLEMS)
async def get_party_list(
    request: Call,
    where: Filters = None,
    sort: Annotated[str, QueryParameter(max_length=MOST_NAMES_LENGTH)] = "name",
    columns: Annotated[str | None, QueryParameter(max_length=MOST_NAMES_LENGTH)] = None,
    after: Annotated[str | None, QueryParameter(max_length=MOST_LENGTH)] = None,
) -> PartyListAnswer:
    """List parties of which all filters hold, page by page.

    A filter is `city~is~Sofia` or, of an attribute, `party.size~is~large`; `sort` is name, created, changed, turnover
    or an attribute, with a minus before it the other way round; `columns` are names with commas between them.
    """
    given = [("where", one) for one in where or ()] + [("sort", sort)]
    try:
        view = parse_view([*given, *([] if columns is None else [("columns", columns)])])
        return await service_of(request).database.run(_list, request, view, after=after)
    except ViewError as error:
        raise BodyError("where", str(error)) from error


async def _list(connection: AsyncConnection, call: Call, view: View, *, after: str | None) -> PartyListAnswer:
    service, words = service_of(call), await load_words(connection)
    place = None if after is None else parse_place(after, view, words.attributes, is_back=False)
    page = await list_parties(connection, view, context_of(call, words), place=place)
    return _render(page, view, words, service.money)


def _render(page: PartyPage, view: View, words: Words, money: Scale) -> PartyListAnswer:
    writers = {name: _writer(name, words, money) for name in view.columns}
    parties = [
        ListedPartyAnswer(row.id, row.kind, row.name, {name: write(row) for name, write in writers.items()})
        for row in page.rows
    ]
    return PartyListAnswer(parties, None if page.on is None else print_place(page.on))


def _writer(name: str, words: Words, money: Scale) -> Callable[[PartyRow], Given]:
    attribute = words.attributes.get(name)
    if attribute is not None:
        return lambda row: write_value(attribute, row.attributes.get(attribute.id))
    codes = {one.id: one.code for one in words.entries}
    special: Mapping[str, Callable[[PartyRow], Given]] = {
        "legal_status": lambda row: codes[row.legal_status_id],
        "relations": lambda row: [codes[one] for one in row.relations],
        "groups": lambda row: [codes[one] for one in row.groups],
        "birth_date": lambda row: None if row.birth_date is None else write_birth_date(row.birth_date),
        "created": lambda row: row.created_at.isoformat(),
        "changed": lambda row: row.changed_at.isoformat(),
        "last_purchase": lambda row: None if row.last_purchase is None else row.last_purchase.isoformat(),
        "percent": lambda row: None if row.percent is None else format_percent(row.percent),
        "turnover": lambda row: None if row.turnover is None else money.format(row.turnover),
        "balance": lambda row: None if row.balance is None else money.format(row.balance),
    }
    return special.get(name) or (lambda row: getattr(row, name))


router = Router("/", route_handlers=[get_party_list], tags=["parties"])
