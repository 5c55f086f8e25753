"""What tracked letters load and link to: a picture of one dot, and the way on to what was linked.

A letter that is not tracked has neither. Whoever follows a link is led to an address of that very letter or nowhere,
and no consent is changed by it.
"""

from base64 import b64decode
from typing import Final

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.public import OPEN, key_of, say_unknown
from api.pages.renderer import HEADERS, Call, database_of
from api.state import read_clock
from crm.consents.links import read_tracking
from crm.mailings.repository.links import find_target, note_clicked, note_opened
from database.identifiers import MOST_ID

DOT: Final = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_UNSEEN: Final = {**HEADERS, "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
_SHOWN: Final = {**_UNSEEN, "Cross-Origin-Resource-Policy": "cross-origin"}


@get("/o/{token:str}", opt=OPEN, media_type="image/gif")
async def show_dot(request: Call, token: FromPath[str]) -> Response[bytes]:
    """Give the dot, and keep that a tracked letter was opened."""
    recipient_id = _read(request, token)
    if recipient_id is not None:
        await database_of(request).run(note_opened, recipient_id, now=read_clock())
    return Response(DOT, media_type="image/gif", headers=_SHOWN)


@get("/c/{token:str}/{link_id:int}", opt=OPEN)
async def follow(request: Call, token: FromPath[str], link_id: FromPath[int]) -> Response[str]:
    """Lead on to what a letter linked to, and keep that a tracked one's link was followed."""
    recipient_id, run = _read(request, token), database_of(request).run
    is_number = 0 < link_id <= MOST_ID
    url = await run(find_target, recipient_id, link_id) if recipient_id is not None and is_number else None
    if recipient_id is None or url is None:
        return say_unknown(request)
    await run(note_clicked, recipient_id, now=read_clock())
    return Redirect(url, status_code=302, headers=dict(_UNSEEN))


def _read(call: Call, token: str) -> int | None:
    key = key_of(call)
    return None if key is None else read_tracking(key, token)
