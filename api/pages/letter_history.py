"""The history of a letter: every change of a field with what it was and what it is."""

from collections.abc import Mapping, Sequence

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.letter_around import Named, load_named, speaker_of
from api.pages.letter_words import FIELDS
from api.pages.renderer import Call, database_of, language_of, page
from api.pages.shown_changes import tell_changes
from crm.attributes.model import Directory
from crm.attributes.repository import list_attributes
from crm.changes import Change
from crm.letters.changes import MOST_CHANGES, list_changes
from crm.letters.keeping import load_letter
from crm.letters.kinds import list_kinds
from crm.letters.model import Letter

_SETS: tuple[Directory, ...] = ("letter",)


class _Shown(Struct, frozen=True):
    letter: Letter
    changes: Sequence[Change]
    named: Named
    attributes: Mapping[str, Mapping[str, str]]


@get("/letters/{letter_id:int}/history", opt=dict(allows("letters.read")))
async def show_letter_history(request: Call, letter_id: FromPath[int]) -> Response[str]:
    """Show what was changed about a letter."""
    shown = await database_of(request).run(_load, letter_id)
    say, language = speaker_of(request, shown.named), language_of(request)
    names = {code: one.get(language) or next(iter(one.values())) for code, one in shown.attributes.items()}
    changes = tell_changes(shown.changes, FIELDS, say, names=names)
    return page(request, "letter_history.html", letter=shown.letter, changes=changes, most=MOST_CHANGES)


async def _load(connection: AsyncConnection, letter_id: int) -> _Shown:
    letter = await load_letter(connection, letter_id)
    changes = await list_changes(connection, letter_id, limit=MOST_CHANGES)
    values = [side for one in changes for side in (one.before, one.after)]
    attributes = await list_attributes(connection, _SETS, with_archived=True)
    return _Shown(
        letter,
        changes,
        await load_named(connection, await list_kinds(connection), values),
        {one.code: one.names for one in attributes},
    )
