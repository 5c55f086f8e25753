"""The till's own page for trying readers, prices and receipts, at the agent's address.

The key idea: static files and nothing else; the page calls the same API as any program, with the token that its user
gives it, so that who may not call the till sees a page that can do nothing. It loads nothing from anywhere else and
runs no script that stands in a page.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from litestar import Response, get
from litestar.datastructures import ResponseHeader
from litestar.handlers import HTTPRouteHandler

from pos_adapter.gate import NEEDS_NO_TOKEN

FOLDER: Final = Path(__file__).parent / "static"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = [
    ResponseHeader(name="Content-Security-Policy", value=POLICY),
    ResponseHeader(name="X-Content-Type-Options", value="nosniff"),
    ResponseHeader(name="Referrer-Policy", value="no-referrer"),
]


def _file(path: str, name: str, media_type: str) -> HTTPRouteHandler:
    """Give the handler of one file, read once."""
    content = (FOLDER / name).read_bytes()

    @get(path, opt={NEEDS_NO_TOKEN: True}, media_type=media_type, response_headers=_HEADERS, name=name)
    async def send() -> Response[bytes]:
        return Response(content, media_type=media_type)

    return send


PAGE: Final[Sequence[HTTPRouteHandler]] = (
    _file("/", "till.html", "text/html; charset=utf-8"),
    _file("/till.js", "till.js", "text/javascript; charset=utf-8"),
    _file("/till.css", "till.css", "text/css; charset=utf-8"),
    _file("/mark.svg", "mark.svg", "image/svg+xml"),
)
