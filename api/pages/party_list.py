"""The list of people and organisations: filters, columns, order, saved views, and the way to acts on many.

The address carries the whole list. What a person adds comes as a form by GET and is answered by the address that the
list has then, so that an address is the same however it was reached, and pages work without scripts.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from litestar import Response, get
from litestar.exceptions import ClientException
from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.forms import REFUSED, Form
from api.pages.party_list_filters import Chip, Reader
from api.pages.party_list_inputs import Input, list_inputs, list_offers, read_new_filter
from api.pages.party_list_table import make_table
from api.pages.queries import text
from api.pages.renderer import Call, currency_of, database_of, formats_of, page, principal_of, redirect, zone_of
from api.state import read_clock
from crm.attributes.repository import load_names as load_records
from crm.parties.listing import load_names
from crm.views.address import parse_view, print_view
from crm.views.listing import PartyPage, Words, list_parties, load_words
from crm.views.model import Filter, View, ViewError
from crm.views.places import parse_place, print_place
from crm.views.repository.columns import PartyRow
from crm.views.repository.context import Context
from crm.views.repository.pages import MOST_SEEN, ListPlace
from crm.views.repository.saved import SavedView
from crm.views.saving import list_views
from database.identifiers import MOST_ID

PATH = "/parties"
MOST_FIELDS = 100


class ShownChip(Struct, frozen=True):
    """A chosen filter and the address of the list without it."""

    chip: Chip
    without: str


class Shown(Struct, frozen=True):
    """What the page shows; `listed` is None for a view that means nothing any more, which `wrong` says why."""

    words: Words
    view: View
    listed: PartyPage | None
    wrong: str | None
    saved: list[SavedView]
    party_names: dict[int, str]
    referred: dict[tuple[str, int], str]


@get(PATH, opt=dict(allows("parties.read")))
async def show_parties(request: Call) -> Response[str]:
    """Show a page of the list, or ask for what a new filter needs."""
    view = read_view(request)
    typed = text(request, "find")
    if "column" in request.query_params:
        return redirect(address_of_view(view))
    if typed:
        return redirect(address_of_view(view.with_filter(Filter("name", "has", (typed,)))))
    adding = _read_adding(request)
    shown = await database_of(request).run(_load, request, view, is_listed=adding is None)
    reader = reader_of(request, shown.words)
    if adding is None:
        return _show(request, shown, reader, None, ())
    form = Form({name: request.query_params.getall(name, []) for name in ("first", "second", "third")})
    try:
        inputs = list_inputs(reader, adding)
        asked = not inputs or "sent" in request.query_params
        one = read_new_filter(reader, form, adding) if asked else None
    except ViewError as error:
        raise ClientException(str(error)) from error
    if one is not None:
        return redirect(address_of_view(view.with_filter(one)))
    return _show(request, shown, reader, form, inputs, adding=adding)


def read_view(call: Call) -> View:
    """Read the view of an address. Raises ClientException."""
    fields = list(call.query_params.multi_items())
    if len(fields) > MOST_FIELDS:
        raise ClientException("the address has too many fields")
    chosen = [str(value) for name, value in fields if name == "column"]
    try:
        view = parse_view((name, str(value)) for name, value in fields)
    except ViewError as error:
        raise ClientException(str(error)) from error
    if chosen:  # the form of columns and order, whose first column is an empty one
        view = structs.replace(view, columns=tuple(dict.fromkeys(column for column in chosen if column)))
        order, way = str(call.query_params.get("order", view.sort)), call.query_params.get("way")
        view = structs.replace(view, sort=order, is_descending=way == "-")
    return view


def address_of_view(view: View, path: str = PATH, **more: str) -> str:
    """Give the address of a view."""
    fields = [*print_view(view), *more.items()]
    return f"{path}?{urlencode(fields)}" if fields else path


def reader_of(call: Call, words: Words) -> Reader:
    """Give how who calls sees filters."""
    session = call.auth
    return Reader(words, "en" if session is None else session.language, formats_of(call))


def context_of(call: Call, words: Words) -> Context:
    """Give what the SQL of views needs."""
    return words.context(now=read_clock(), zone=zone_of(call), money=currency_of(call).scale)


def _read_adding(call: Call) -> Filter | None:
    """Read which filter is to be added, still without operands."""
    field, point, operator = text(call, "add").rpartition(".")
    return Filter(field, operator) if point else None


async def _load(connection: AsyncConnection, call: Call, view: View, *, is_listed: bool) -> Shown:
    words = await load_words(connection)
    user_id = principal_of(call).user_id
    saved = [] if user_id is None else await list_views(connection, PATH, user_id)
    listed, wrong = None, None
    if is_listed:
        try:
            place = _read_place(call, view, words)
            listed = await list_parties(connection, view, context_of(call, words), place=place)
        except ViewError as error:
            wrong = str(error)
    named = [int(one.operands[0]) for one in view.filters if one.field == "contact_of" and _is_id(one.operands)]
    names = await load_names(connection, named)
    referred = {} if listed is None else await load_referred(connection, words, view, listed.rows)
    return Shown(words, view, listed, wrong, saved, names, referred)


def _is_id(operands: Sequence[str]) -> bool:
    return len(operands) == 1 and operands[0].isascii() and operands[0].isdigit() and int(operands[0]) <= MOST_ID


def _read_place(call: Call, view: View, words: Words) -> ListPlace | None:
    for name in ("back", "on"):
        if name in call.query_params:
            return parse_place(call.query_params[name], view, words.attributes, is_back=name == "back")
    return None


async def load_referred(
    connection: AsyncConnection, words: Words, view: View, rows: Sequence[PartyRow]
) -> dict[tuple[str, int], str]:
    """Load the names of what attributes in columns refer to."""
    shown = [words.attributes[column] for column in view.columns if column in words.attributes]
    names: dict[tuple[str, int], str] = {}
    for target in ("party", "user"):
        meant = [one.id for one in shown if one.refers_to == target]
        ids = {value for row in rows for one in meant if isinstance(value := row.attributes.get(one), int)}
        found = await load_records(connection, target, ids) if ids else {}
        names |= {(target, referred_id): name for referred_id, name in found.items()}
    return names


def _show(
    call: Call,
    shown: Shown,
    reader: Reader,
    form: Form | None,
    inputs: Sequence[Input],
    *,
    adding: Filter | None = None,
) -> Response[str]:
    view, listed = shown.view, shown.listed
    is_wrong = shown.wrong is not None or (form is not None and form.problems)
    return page(
        call,
        "party_list.html",
        status=REFUSED if is_wrong else 200,
        here=address_of_view(view),
        view=view,
        address=address_of_view,
        carried=print_view(view),
        listed=listed,
        many=MOST_SEEN,
        wrong=shown.wrong,
        chips=[_chip(reader, view, one, shown) for one in view.filters],
        adding=None if adding is None else Adding(adding, reader.chip(adding, {}), tuple(inputs)),
        form=form,
        offers=list_offers(reader),
        saved=shown.saved,
        back=_place_address(view, "back", None if listed is None else listed.back),
        on=_place_address(view, "on", None if listed is None else listed.on),
        query=urlencode(print_view(view)),
        table=None if listed is None else make_table(reader, view, listed.rows, shown.referred),
    )


class Adding(Struct, frozen=True):
    """A filter that is being added: what it says so far, and the fields that it asks for."""

    filter: Filter
    chip: Chip
    inputs: tuple[Input, ...]


def _chip(reader: Reader, view: View, one: Filter, shown: Shown) -> ShownChip:
    return ShownChip(reader.chip(one, shown.party_names), address_of_view(view.without(one)))


def _place_address(view: View, name: str, place: ListPlace | None) -> str | None:
    return None if place is None else address_of_view(view, **{name: print_place(place)})
