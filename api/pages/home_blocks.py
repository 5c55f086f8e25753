"""What the first page is made of: blocks, each with the right that shows it and how it is filled.

Key idea: a block knows nothing of roles. Which of them stand first for whom is the one table `ORDERS`; a block whose
right somebody lacks is neither shown nor asked of the database. A block asks for few rows, never for a count.
"""

from collections.abc import Awaitable, Callable, Container, Mapping

from msgspec import Struct

from api.auth.model import Right, UserRole
from api.auth.rights import may
from api.auth.user_list import UserFilter, list_users
from api.pages.audit import show_acts
from api.pages.edge import newest_catalogue, today_of
from api.pages.first_steps import load_guide
from api.pages.jobs import watch
from api.pages.my_day import load_day
from api.pages.renderer import Call, database_of
from api.state import read_clock
from database.jobs import list_jobs
from database.journal import JournalFilter, list_journal
from loyalty.cards.listing import list_series
from loyalty.receipts.listing import ReceiptFilter, list_receipts

MOST_ROWS = 5


class Block(Struct, frozen=True):
    """A part of the first page: the right that shows it, its template `home_<name>.html`, and what fills that."""

    right: Right
    load: Callable[[Call], Awaitable[object]]


async def _nothing(_: Call) -> None:
    """Fill what needs no rows."""


async def _flagged(call: Call) -> object:
    """Give the newest receipts that carry a flag."""
    return (await database_of(call).run(list_receipts, ReceiptFilter(is_flagged=True))).rows[:MOST_ROWS]


async def _receipts(call: Call) -> object:
    """Give the newest receipts."""
    return (await database_of(call).run(list_receipts, ReceiptFilter())).rows[:MOST_ROWS]


async def _prices(call: Call) -> object:
    """Give the price lists that act today, the highest rank first."""
    today = today_of(call)
    lists = (await newest_catalogue(call)).price_lists.values()
    acting = [one for one in lists if (one.window.valid_from or today) <= today <= (one.window.valid_until or today)]
    return sorted(acting, key=lambda one: (-one.rank, one.name.casefold()))[:MOST_ROWS]


async def _series(call: Call) -> object:
    """Give the series by name."""
    return (await database_of(call).run(list_series))[:MOST_ROWS]


async def _jobs(call: Call) -> object:
    """Give the newest jobs."""
    return [watch(job) for job in await database_of(call).run(list_jobs, limit=MOST_ROWS)]


async def _journal(call: Call) -> object:
    """Give the newest acts, without people's data."""
    found = await database_of(call).run(list_journal, JournalFilter(), size=MOST_ROWS)
    return show_acts(call, found.rows, ())


async def _locked(call: Call) -> object:
    """Give the users whom wrong passwords locked out."""
    found = await database_of(call).run(list_users, UserFilter(state="locked"), place=None, now=read_clock())
    return found.rows[:MOST_ROWS]


BLOCKS: Mapping[str, Block] = {
    "guide": Block("settings.edit", load_guide),
    "day": Block("home", load_day),
    "find": Block("cards.read", _nothing),
    "flagged": Block("signals.read", _flagged),
    "receipts": Block("receipts.read", _receipts),
    "turnover": Block("reports.read", _nothing),
    "prices": Block("prices.read", _prices),
    "series": Block("cards.read", _series),
    "jobs": Block("jobs.read", _jobs),
    "journal": Block("audit.read", _journal),
    "locked": Block("users.edit", _locked),
}
ORDERS: Mapping[UserRole, tuple[str, ...]] = {
    "admin": ("guide", "day", "locked", "journal", "jobs", "flagged"),
    "director": ("guide", "day", "turnover", "flagged", "journal", "jobs"),
    "marketing_director": ("day", "turnover", "series", "prices", "journal"),
    "marketing": ("day", "turnover", "series", "jobs"),
    "sales": ("day", "find", "turnover", "receipts", "prices"),
    "purchasing": ("day", "prices", "turnover"),
    "call_taker": ("day", "find", "receipts", "prices"),
    "dispatcher": ("day", "receipts", "find"),
    "clerk": ("day", "find", "flagged", "jobs", "series"),
    "cashier_supervisor": ("day", "flagged", "receipts", "find"),
}
"""Which blocks stand on whose first page, and in which order."""


def blocks_of(role: UserRole, modules_off: Container[str] = ()) -> dict[str, Block]:
    """Give the blocks of a role's first page in their order; none that its rights do not show."""
    return {name: BLOCKS[name] for name in ORDERS[role] if may(role, BLOCKS[name].right, modules_off)}
