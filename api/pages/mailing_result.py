"""The result of a mailing on a page: its letters from meant to clicked, and what they brought; and as a file."""

from collections.abc import Iterator

from litestar import Response, get
from litestar.params import FromPath

from api.auth.rights import allows
from api.mailing.office import office_of
from api.pages.downloads import Cell, answer_table, headings
from api.pages.edge import service_of
from api.pages.intervals import draw_intervals
from api.pages.mailing_words import STATES
from api.pages.mailings import PATH
from api.pages.queries import choice, whole_number
from api.pages.renderer import Call, currency_of, page, say_of
from crm.mailings.lift import CONFIDENCE_PERCENT, FEWEST_HEADS, Lift, Spent
from crm.mailings.repository.results import Funnel
from crm.mailings.results import DAYS, MOST_DAYS, Result, load_result
from loyalty.money import Scale

HEADER = headings(
    "group", "meant", "sent", "opened", "clicked", "replied", "bounced", "refused", "unsubscribed", "heads",
    "bought", "turnover", "per_head", "more_per_head", "more_per_head_from", "more_per_head_to",
)  # fmt: skip
SPANS = (7, 14, 30, 60, 90)
_READ = dict(allows("mailings.read"))


@get("/mailings/{mailing_id:int}/result", opt=_READ)
async def show_result(request: Call, mailing_id: FromPath[int]) -> Response[str]:
    """Show what came of a mailing in so many days."""
    found = await _load(request, mailing_id)
    lifts = [one.lift for one in found.compared if one.lift is not None]
    return page(
        request,
        "mailing_result.html",
        here=f"{PATH}/{mailing_id}/result",
        result=found,
        mailing=found.mailing,
        states=STATES,
        plot=draw_intervals([(one.difference, one.low, one.high) for one in lifts]) if lifts else None,
        together=_sum(found.funnels),
        spans=sorted({*SPANS, found.days}),
        most_days=MOST_DAYS,
        fewest=FEWEST_HEADS,
        confidence=CONFIDENCE_PERCENT,
    )


@get("/mailings/{mailing_id:int}/result/{ending:str}", opt=_READ)
async def export_result(request: Call, mailing_id: FromPath[int], ending: FromPath[str]) -> Response[bytes]:
    """Give what came of a mailing as a file: a row for all together, for each variant and for who was held back."""
    found = await _load(request, mailing_id)
    rows = list(_rows(found, currency_of(request).scale))
    return answer_table(f"mailing-{mailing_id}-{found.days}-days", ending, [*map(say_of(request), HEADER)], rows)


async def _load(call: Call, mailing_id: int) -> Result:
    service, days = service_of(call), choice(call, "days", whole_number)
    return await service.database.run(load_result, mailing_id, office_of(service), days=days or DAYS)


def _sum(funnels: list[Funnel]) -> Funnel:
    names = [name for name in Funnel.__struct_fields__ if name != "letter"]
    return Funnel("", *(sum(getattr(one, name) for one in funnels) for name in names))


def _rows(found: Result, money: Scale) -> Iterator[list[Cell]]:
    funnels = {one.letter: one for one in found.funnels}
    for one in found.compared:
        funnel = _sum(found.funnels) if one.letter is None else funnels[one.letter]
        letters: list[Cell] = [getattr(funnel, name) for name in Funnel.__struct_fields__ if name != "letter"]
        yield [one.letter or "all", *letters, *_money(one.spent, one.lift, money)]
    yield ["held back", *[None] * (len(Funnel.__struct_fields__) - 1), *_money(found.held_back, None, money)]


def _money(spent: Spent, lift: Lift | None, money: Scale) -> list[Cell]:
    more = (None, None, None) if lift is None else (lift.difference, lift.low, lift.high)
    told = [None if one is None else money.format(one) for one in more]
    return [spent.heads, spent.buyers, money.format(spent.total), money.format(spent.per_head), *told]
