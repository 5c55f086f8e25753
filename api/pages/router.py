"""Puts the pages together: their routes, what they need in the application's state, and their roles.

An application mounts `make_pages_router(assets)`, adds `pages_state(assets)` to its state, and answers errors outside
`/v1` with `api.pages.failures.answer_failure`. Pages also want `state.database`, `state.currency` and `state.settings`.
"""

from litestar import Router
from litestar.config.compression import CompressionConfig
from litestar.middleware import DefineMiddleware
from litestar.middleware.compression import CompressionMiddleware

from api.auth.guards import public, requires
from api.auth.passwords import PasswordChecks
from api.pages.account import enter, leave, set_theme, show_home, show_sign_in
from api.pages.assets import Assets, static_files
from api.pages.bands import show_bands
from api.pages.card import show_card, show_number
from api.pages.cards import search_cards, show_cards, show_search
from api.pages.receipts import show_receipt, show_receipts
from api.pages.renderer import Renderer, want_session

HANDLERS = (
    show_home,
    leave,
    set_theme,
    show_cards,
    search_cards,
    show_search,
    show_bands,
    show_card,
    show_number,
    show_receipts,
    show_receipt,
)


def make_pages_router(assets: Assets) -> Router:
    """Give the routes of all pages, for people who are signed in, and of the files they load, for everybody."""
    files = Router("/", route_handlers=[static_files(assets)], opt=public)
    doors = Router("/", route_handlers=[show_sign_in, enter], opt=public)
    pages = Router("/", route_handlers=list(HANDLERS), opt=requires("admin", "clerk"), before_request=want_session)
    compressed = DefineMiddleware(CompressionMiddleware, config=CompressionConfig(backend="gzip"))
    return Router("/", route_handlers=[files, doors, pages], middleware=[compressed], include_in_schema=False)


def pages_state(assets: Assets) -> dict[str, object]:
    """Give what pages need in the application's state beside the database."""
    return {"renderer": Renderer(assets), "password_checks": PasswordChecks()}
