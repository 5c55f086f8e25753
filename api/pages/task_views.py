"""Saved lists of tasks: the address of a list under a name, a person's own or shared with everybody."""

from litestar import Response, get, post
from litestar.params import FromPath

from api.auth.rights import allows
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, read_form, told
from api.pages.queries import link
from api.pages.renderer import Call, database_of, page, principal_of, redirect
from api.pages.task_filters import FIELDS, read_wanted
from api.pages.tasks import PATH
from api.pages.words import mark
from crm.views.saving import change_view, delete_view, list_views, save_view
from loyalty.errors import LoyaltyError

VIEWS = "/tasks/views"
LABELS = {"name": mark("Name")}


@get(VIEWS, opt=dict(allows("tasks.read")))
async def show_task_views(request: Call) -> Response[str]:
    """Show the list that is to be saved, and those that the reader saved."""
    return await _show(request, read_wanted(request).address(PATH).partition("?")[2], Form({}))


@post(VIEWS, opt=dict(allows("tasks.read")))
async def save_task_view(request: Call) -> Response[str]:
    """Save a list under a name."""
    form = await read_form(request)
    query = _read_query(form)
    try:
        await database_of(request).run(
            save_view,
            PATH,
            _user_id(request),
            name=form.text("name"),
            query=query,
            shared=form.is_ticked("shared"),
            act=act_of(request),
        )
    except LoyaltyError as refusal:
        form.refuse_by(refusal, ("name",), "name")
        return await _show(request, query, form)
    return redirect(f"{PATH}?{query}" if query else PATH)


@post("/tasks/views/{view_id:int}", opt=dict(allows("tasks.read")))
async def change_task_view(request: Call, view_id: FromPath[int]) -> Response[str]:
    """Rename a saved list, share it, let it mean another list, or delete it."""
    form = await read_form(request)
    user_id, act, query = _user_id(request), act_of(request), _read_query(form)
    try:
        if form.is_ticked("delete"):
            await database_of(request).run(delete_view, view_id, user_id, act=act)
        else:
            await database_of(request).run(
                change_view,
                view_id,
                user_id,
                name=form.text("name"),
                shared=form.is_ticked("shared"),
                query=query if form.is_ticked("replace") else None,
                act=act,
            )
    except LoyaltyError as refusal:
        form.refuse(f"view-{view_id}", told(refusal.detail))
        return await _show(request, query, form)
    return redirect(f"{VIEWS}?{query}" if query else VIEWS)


def _read_query(form: Form) -> str:
    """Read the fields of a list from those that the form carried; others are left out."""
    return link("", {name: form.text(f"list.{name}") for name in FIELDS}).removeprefix("?")


def _user_id(call: Call) -> int:
    user_id = principal_of(call).user_id
    assert user_id is not None, "pages are for people"
    return user_id


async def _show(call: Call, query: str, form: Form) -> Response[str]:
    saved = await database_of(call).run(list_views, PATH, _user_id(call))
    fields = read_wanted(call).fields if call.method == "GET" else {name: form.text(f"list.{name}") for name in FIELDS}
    return page(
        call,
        "task_views.html",
        status=REFUSED if form.problems else 200,
        here=f"{VIEWS}?{query}" if query else VIEWS,
        query=query,
        fields_of_list={name: value for name, value in fields.items() if value},
        saved=[one for one in saved if one.is_own],
        form=form,
        labels=LABELS | {f"view-{one.id}": one.name for one in saved},
    )
