"""The first page: what somebody of the reader's role looks at first, and the acts that they begin most."""

from collections.abc import Mapping

from litestar import Response, get
from msgspec import Struct

from api.auth.model import Right, UserRole
from api.auth.rights import allows
from api.pages.audit_words import NAMES
from api.pages.first_steps import TITLES
from api.pages.home_blocks import blocks_of
from api.pages.renderer import Call, has, modules_off_of, page, principal_of
from api.pages.words import mark
from crm.shop.model import STEPS


class Start(Struct, frozen=True):
    """An act that people begin from the first page."""

    right: Right
    href: str
    icon: str
    text: str


STARTS = (
    Start("cards.make", "/series", "plus", mark("Make cards")),
    Start("prices.edit", "/price-lists", "percent", mark("Change prices")),
    Start("signals.dismiss", "/signals", "flag", mark("Look through signals")),
    Start("settings.edit", "/settings/tills", "register", mark("Set up a till")),
    Start("users.edit", "/settings/new-user", "person", mark("Let somebody in")),
)


@get("/", opt=dict(allows("home")))
async def show_home(request: Call) -> Response[str]:
    """Show the blocks of the reader's role."""
    role = principal_of(request).role
    assert role != "till", "tills have no pages"
    return await _show(request, role)


async def _show(call: Call, role: UserRole) -> Response[str]:
    filled: Mapping[str, object] = {
        name: await block.load(call) for name, block in blocks_of(role, modules_off_of(call)).items()
    }
    starts = [start for start in STARTS if has(call, start.right)]
    return page(call, "home.html", blocks=filled, starts=starts, names=NAMES, guide_steps=STEPS, guide_titles=TITLES)
