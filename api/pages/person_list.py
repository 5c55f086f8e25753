"""The list of contact persons: who answers for purchasing at whom, and who can be reached now."""

from litestar import Response, get
from litestar.exceptions import ClientException
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.party_list import context_of, reader_of
from api.pages.queries import link, text
from api.pages.renderer import Call, database_of, page
from crm.views.listing import Words, load_words
from crm.views.model import View, ViewError
from crm.views.persons import PersonPage, list_persons
from crm.views.places import parse_place, print_place
from crm.views.repository.pages import ListPlace
from crm.views.repository.persons import PersonSelection

PATH = "/persons"
FILTERS = ("find", "at", "responsibility", "reachable")


class _Shown(Struct, frozen=True):
    words: Words
    listed: PersonPage


@get(PATH, opt=dict(allows("parties.read")))
async def show_persons(request: Call) -> Response[str]:
    """List contact persons by name, by whom they speak for, what they answer for, and whether they can be reached."""
    chosen = {name: text(request, name) for name in FILTERS}
    shown = await database_of(request).run(_load, request, chosen)
    reader = reader_of(request, shown.words)
    names = {one.id: one.name(reader.language) for one in shown.words.entries_of("responsibility")}
    return page(
        request,
        "person_list.html",
        chosen=chosen,
        is_filtered=any(chosen.values()),
        responsibilities={one.code: names[one.id] for one in shown.words.entries_of("responsibility")},
        names=names,
        rows=shown.listed.rows,
        back=_address(chosen, "back", shown.listed.back),
        on=_address(chosen, "on", shown.listed.on),
    )


async def _load(connection: AsyncConnection, call: Call, chosen: dict[str, str]) -> _Shown:
    words = await load_words(connection)
    code = chosen["responsibility"]
    entry = next((one for one in words.entries_of("responsibility") if one.code == code), None)
    if code and entry is None:
        raise ClientException("responsibility is none that this page knows")
    selection = PersonSelection(
        words=chosen["find"],
        party_words=chosen["at"],
        responsibility_id=None if entry is None else entry.id,
        is_reachable=bool(chosen["reachable"]),
    )
    return _Shown(words, await list_persons(connection, selection, context_of(call, words), place=_read_place(call)))


def _read_place(call: Call) -> ListPlace | None:
    for name in ("back", "on"):
        if name in call.query_params:
            try:
                place = parse_place(call.query_params[name], View(), {}, is_back=name == "back")
            except ViewError as error:
                raise ClientException(str(error)) from error
            if place.key is not None:
                return place
    return None


def _address(chosen: dict[str, str], name: str, place: ListPlace | None) -> str | None:
    return None if place is None else link(PATH, chosen | {name: print_place(place)})
