"""Whom a survey calls, and who calls: a list of a saved view or of a filtered list's address, and shared out calls."""

import secrets
from urllib.parse import parse_qsl, urlsplit

from litestar import Response, post
from litestar.params import FromPath
from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows, holders_of
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import Form, Problem, read_form
from api.pages.party_list import PATH as PARTIES
from api.pages.party_list import context_of
from api.pages.queries import whole_number
from api.pages.renderer import Call, database_of, principal_of, redirect
from api.pages.survey_words import LABELS
from api.pages.surveys import PATH, show
from api.pages.words import mark
from crm.surveys.calling import Wanted, add_calls, entrust_calls, list_lists, preview_calls
from crm.surveys.repository.calls import Meant
from crm.views.address import parse_view
from crm.views.listing import load_words
from crm.views.model import ViewError
from crm.views.saving import list_views
from database.activity import Act
from loyalty.errors import LoyaltyError

SEEDS = 2**31
_NO_VIEW = Problem(mark("There is no such view any more."))
_NO_FILTER = Problem(mark("This is no address of a list of parties with filters that there are."))


@post("/surveys/{survey_id:int}/lists", opt=dict(allows("surveys.edit")))
async def make_call_list(request: Call, survey_id: FromPath[int]) -> Response[str]:
    """Plan calls of whom a filter finds; with `check` only count them."""
    form = await read_form(request)
    sample = form.read("sample", forms.count, None)
    seed = form.read("seed", forms.count, None)
    executors = _read_executors(form)
    query = await database_of(request).run(_read_query, request, form)
    if form.problems:
        return await show(request, survey_id, form)
    try:
        view = parse_view(parse_qsl(query, keep_blank_values=True))
        wanted = Wanted(view=view, query=query, sample=sample, seed=seed or 0, executors=executors)
        if form.is_ticked("check"):
            meant = await database_of(request).run(_preview, request, survey_id, wanted, is_seeded=seed is not None)
            return await show(request, survey_id, form, meant=meant)
        await database_of(request).run(
            _add, request, survey_id, wanted, is_seeded=seed is not None, act=act_of(request)
        )
    except ViewError:
        form.refuse("address" if form.text("address") else "view", _NO_FILTER)
        return await show(request, survey_id, form)
    except LoyaltyError as error:
        form.refuse_by(error, LABELS, "view")
        return await show(request, survey_id, form)
    return redirect(f"{PATH}/{survey_id}#lists")


@post("/surveys/{survey_id:int}/executors", opt=dict(allows("surveys.edit")))
async def share_out_calls(request: Call, survey_id: FromPath[int]) -> Response[str]:
    """Share the calls that are still to be made out evenly among those who are ticked."""
    form = await read_form(request)
    executors = _read_executors(form)
    if not form.problems:
        try:
            await database_of(request).run(
                entrust_calls, survey_id, executors, callers=holders_of("surveys.call"), act=act_of(request)
            )
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "executors")
    return await show(request, survey_id, form) if form.problems else redirect(f"{PATH}/{survey_id}#callers")


def _read_executors(form: Form) -> tuple[int, ...]:
    try:
        return tuple(whole_number(one) for one in form.texts("executors"))
    except ValueError:
        form.refuse("executors", Problem(mark("This is none of the choices.")))
        return ()


async def _read_query(connection: AsyncConnection, call: Call, form: Form) -> str:
    """Give the fields of the address that say who is meant: of what was typed, else of the view that was chosen."""
    if typed := form.text("address"):
        parts = urlsplit(typed)
        return parts.query or parts.path.removeprefix("?")
    if not form.text("view"):
        return ""
    views = await list_views(connection, PARTIES, principal_of(call).user_id or 0)
    chosen = {str(one.id): one.query for one in views}.get(form.text("view"))
    if chosen is None:
        form.refuse("view", _NO_VIEW)
    return chosen or ""


async def _preview(
    connection: AsyncConnection, call: Call, survey_id: int, wanted: Wanted, *, is_seeded: bool
) -> Meant:
    wanted = wanted if is_seeded else await _seed(connection, survey_id, wanted)
    return await preview_calls(connection, survey_id, wanted, context_of(call, await load_words(connection)))


async def _add(
    connection: AsyncConnection, call: Call, survey_id: int, wanted: Wanted, *, is_seeded: bool, act: Act
) -> None:
    wanted = wanted if is_seeded else await _seed(connection, survey_id, wanted)
    context = context_of(call, await load_words(connection))
    user_id = principal_of(call).user_id
    await add_calls(
        connection, survey_id, wanted, context, callers=holders_of("surveys.call"), user_id=user_id, act=act
    )


async def _seed(connection: AsyncConnection, survey_id: int, wanted: Wanted) -> Wanted:
    """Give a list the seed of the one before where nobody names one, so that samples of a survey grow."""
    before = await list_lists(connection, survey_id)
    return structs.replace(wanted, seed=before[0].seed if before else secrets.randbelow(SEEDS) + 1)
