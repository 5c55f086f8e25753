"""Making cards on the page of a series: some at once, many by a job, or the card of one given number."""

from litestar import Response, post
from litestar.params import FromPath

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import Form, read_form
from api.pages.queries import link
from api.pages.renderer import Call, database_of, redirect
from api.pages.series import PATH, load_series, show_series_page
from loyalty.cards.generation import ask_for_cards
from loyalty.cards.model import Series
from loyalty.cards.service import MOST_AT_ONCE, make_card, make_cards
from loyalty.errors import LoyaltyError


@post("/series/{code:str}/cards", opt=dict(allows("cards.make")))
async def make_series_cards(request: Call, code: FromPath[str]) -> Response[str]:
    """Make cards and lead back to the series; what is wrong stands beside the field there."""
    series = await load_series(request, code)
    form = await read_form(request)
    made = await (_make_many(request, series, form) if series.template else _make_one(request, series, form))
    if form.problems:
        return await show_series_page(request, series, form)
    told = {"made": str(len(made)), "first": str(made[0][0])} if made else {}
    return redirect(f"{link(f'{PATH}/{series.code}', told)}#make")


async def _make_many(call: Call, series: Series, form: Form) -> list[tuple[int, str]]:
    """Make so many cards; none where a job makes them, which then stands on the page."""
    count = form.need("count", forms.count, 0)
    if not count:
        return []
    try:
        if count > MOST_AT_ONCE:
            await database_of(call).run(ask_for_cards, series.code, count=count, act=act_of(call))
            return []
        return await database_of(call).run(make_cards, series.code, count=count, act=act_of(call))
    except LoyaltyError as error:
        form.refuse_by(error, ["count"], "count")
        return []


async def _make_one(call: Call, series: Series, form: Form) -> list[tuple[int, str]]:
    number = form.need("number", forms.short_text, "")
    if not number:
        return []
    try:
        return [await database_of(call).run(make_card, series.code, number=number, act=act_of(call))]
    except LoyaltyError as error:
        form.refuse_by(error, ["number"], "number")
        return []
