"""Columns and order of the list of parties: chosen on one page, carried by the address; and its saved lists."""

from urllib.parse import parse_qsl, urlencode

from litestar import Response, get

from api.auth.rights import allows
from api.pages.party_list import PATH, address_of_view, read_view, reader_of
from api.pages.party_list_filters import Text
from api.pages.party_list_words import COLUMN_NAMES
from api.pages.renderer import Call, database_of, page
from api.pages.saved_views import Listing, saved_view_routes
from api.pages.words import mark
from crm.views.address import parse_view, print_view
from crm.views.listing import Words, load_words
from crm.views.model import COLUMNS, SORTS, ViewError

WAYS = {"": mark("Rising"), "-": mark("Falling")}


@get("/parties/view", opt=dict(allows("parties.read")))
async def show_view(request: Call) -> Response[str]:
    """Show the columns and the order of a list."""
    view = read_view(request)
    words = await database_of(request).run(load_words)
    names = _names(request, words)
    columns = [*(one for one in view.columns if one in names), *(one for one in names if one not in view.columns)]
    return page(
        request,
        "party_view.html",
        view=view,
        filters=[field for field in print_view(view) if field[0] == "where"],
        back=address_of_view(view),
        columns=[(one, names[one]) for one in columns if one != "name"],
        sorts=[(one, names[one]) for one in [*SORTS, *words.attributes]],
        ways=WAYS,
    )


def _clean(query: str) -> str:
    """Give of a query what the list understands; one that means nothing is the plain list."""
    try:
        return urlencode(print_view(parse_view(parse_qsl(query.removeprefix("?"), keep_blank_values=True))))
    except (ViewError, ValueError):
        return ""


def _names(call: Call, words: Words) -> dict[str, Text]:
    reader = reader_of(call, words)
    plain = {name: Text(COLUMN_NAMES[name], is_marked=True) for name in ("name", *COLUMNS)}
    return plain | {name: Text(one.name(reader.language)) for name, one in words.attributes.items()}


PARTY_VIEWS = (show_view, *saved_view_routes(Listing(PATH, "parties.read", mark("Parties"), _clean)))
