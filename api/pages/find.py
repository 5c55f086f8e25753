"""One box that finds a party by its phone in any form, a name, an e-mail, a card, a document, a note.

A whole number never stands in an address: whatever has more digits than a card's number may show is searched for by
POST alone, a number that is a card's leads to the card by its identifier, and where only one thing fits it is opened.
The palette asks the same over the keyboard and gets the list alone.
"""

from litestar import Response, get, post
from litestar.exceptions import ClientException

from api.auth.rights import allows
from api.pages.edge import service_of, today_of
from api.pages.queries import link, text
from api.pages.renderer import Call, database_of, has, page, redirect
from api.pages.search import may_stand_in_address
from crm.search.model import MOST_TYPED, Found, Typed, read_typed
from crm.search.service import find_whole_number, search

PATH = "/search"


@post(PATH, opt=dict(allows("parties.read")), status_code=200)
async def find(request: Call) -> Response[str]:
    """Go to the one thing that fits what was typed, or show what does."""
    typed = await _read(request)
    if not typed.text:
        return redirect(PATH)
    card_id = await database_of(request).run(find_whole_number, typed) if has(request, "cards.read") else None
    if card_id is not None:
        return redirect(f"/cards/{card_id}")
    found = await _search(request, typed)
    only = _only_address(found)
    if only is not None:
        return redirect(only)
    if may_stand_in_address(typed.text):
        return redirect(link(PATH, {"find": typed.text}))
    return _show(request, "find.html", typed, found, here=PATH)


@get(PATH, opt=dict(allows("parties.read")))
async def show_found(request: Call) -> Response[str]:
    """Show what fits a name or a few digits; without either, the box alone."""
    typed = text(request, "find")
    if len(typed) > MOST_TYPED or not may_stand_in_address(typed):
        raise ClientException("a number does not stand in an address: type it into the search")
    read = read_typed(typed, service_of(request).settings.country)
    return _show(request, "find.html", read, await _search(request, read))


@post("/search/palette", opt=dict(allows("parties.read")), status_code=200)
async def find_for_palette(request: Call) -> Response[str]:
    """Give what fits as the options of the palette."""
    typed = await _read(request)
    return _show(request, "find_options.html", typed, await _search(request, typed), here=PATH)


async def _read(call: Call) -> Typed:
    return read_typed(str((await call.form()).get("find", "")), service_of(call).settings.country)


async def _search(call: Call, typed: Typed) -> Found:
    return await database_of(call).run(
        search,
        typed,
        today=today_of(call),
        with_cards=has(call, "cards.read"),
        with_documents=has(call, "business.read"),
        with_letters=has(call, "letters.read"),
        with_mail=has(call, "mail.read"),
    )


def _only_address(found: Found) -> str | None:
    """Give where the only thing that was found is; a party with its own cards is one thing."""
    if len(found.parties) == 1 and not (found.documents or found.letters or found.mail or found.notes):
        if all(row.holder_id == found.parties[0].id for row in found.cards):
            return f"/parties/{found.parties[0].id}"
    elif found.count == 1 and not found.parties and not found.notes:
        if found.letters:
            return f"/letters/{found.letters[0].id}"
        if found.mail:
            return f"/mail/{found.mail[0].id}"
        return f"/cards/{found.cards[0].card_id}" if found.cards else f"/business-documents/{found.documents[0].id}"
    return None


def _show(call: Call, template: str, typed: Typed, found: Found, *, here: str | None = None) -> Response[str]:
    return page(call, template, here=here, find=typed.text, found=found)
