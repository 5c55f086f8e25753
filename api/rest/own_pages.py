"""Links to customers' own pages: made, sent and ended. The address is told once, when it is made."""

from datetime import datetime

from litestar import Router, delete, get, post
from litestar.params import FromPath
from msgspec import Struct

from api.auth.rights import allows
from api.rest.calls import Call, act_of, service_of
from api.rest.problems import PROBLEMS
from crm.own_pages import service as own_pages
from crm.own_pages.model import Link

_EDIT = dict(allows("own_page.edit"))


class MadeLink(Struct, frozen=True):
    """The address of a page, told this once, and until when it is good; null is for ever."""

    url: str
    expires_at: datetime | None


class LinkAnswer(Struct, frozen=True):
    """The state of a link: `opened_on` is the last day on which its page was opened."""

    made_at: datetime
    made_by: str
    expires_at: datetime | None
    opened_on: str | None
    sent_at: datetime | None
    is_waiting: bool


@get("/", opt=dict(allows("own_page.read")), responses=PROBLEMS)
async def get_link(request: Call, party_id: FromPath[int]) -> LinkAnswer:
    """Tell when a party's link was made and by whom, and when its page was last opened; 404 where there is none."""
    return _render(await service_of(request).database.run(own_pages.load_link, party_id))


@post("/", opt=_EDIT, responses=PROBLEMS)
async def make_link(request: Call, party_id: FromPath[int]) -> MadeLink:
    """Make a party's link; the one that it had leads nowhere from now on."""
    running, act = service_of(request), act_of(request)
    settings, run = running.settings, running.database.run
    token = await run(own_pages.make_link, party_id, key=settings.mail_key, days=settings.own_page_days, act=act)
    link = await run(own_pages.load_link, party_id)
    base = settings.public_url or str(request.base_url).rstrip("/")
    return MadeLink(own_pages.address_of(base, token), link.expires_at)


@post("/letter", opt=_EDIT, status_code=200, responses=PROBLEMS)
async def send_link(request: Call, party_id: FromPath[int]) -> LinkAnswer:
    """Send a party its link to the e-mail address at which it is written to; one that has none gets one."""
    running, act = service_of(request), act_of(request)
    settings, run = running.settings, running.database.run
    key = settings.mail_key if settings.can_link else ""
    await run(own_pages.send_link, party_id, key=key, days=settings.own_page_days, act=act)
    return _render(await run(own_pages.load_link, party_id))


@delete("/", opt=_EDIT, responses=PROBLEMS)
async def end_link(request: Call, party_id: FromPath[int]) -> None:
    """End a party's link at once; 404 where there is none."""
    await service_of(request).database.run(own_pages.revoke_link, party_id, act=act_of(request))


def _render(link: Link) -> LinkAnswer:
    return LinkAnswer(
        made_at=link.made_at,
        made_by=link.actor,
        expires_at=link.expires_at,
        opened_on=None if link.opened_on is None else link.opened_on.isoformat(),
        sent_at=link.letter_sent_at,
        is_waiting=link.letter_due_at is not None,
    )


router = Router(
    "/v1/parties/{party_id:int}/own-page",
    route_handlers=[get_link, make_link, send_link, end_link],
    tags=["Parties"],
)
