"""The same act on many parties: those that were ticked, or all of a filter. Chosen, previewed, then done by a job.

Key idea: which parties are meant stands in the address, by the same fields as in the list, and goes along as hidden
fields. The preview is the change itself, tried and rolled back, so it shows what will come and who refuses.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.attribute_values import YES_NO, ValuesForm, field_of, read_given
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, read_form, told
from api.pages.party_list import PATH, context_of, reader_of
from api.pages.queries import whole_number
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import mark
from crm.attributes.model import Attribute, read_value
from crm.attributes.repository import list_users
from crm.attributes.service import RecordValues
from crm.views.acts import BulkAct, BulkChange
from crm.views.address import parse_view
from crm.views.bulk import Asked, Meant, Preview, ask_for_change, ask_for_undo, preview_change
from crm.views.listing import Words, load_words
from crm.views.model import ViewError
from loyalty.errors import LoyaltyError

CHANGE = "/parties/change"
SELECTING = ("which", "party", "where")
MOST_TICKED = 1_000


class ActForm(Struct, frozen=True):
    """What may be done to many parties: its name, and what it needs."""

    title: str
    needs: str | None = None
    is_dangerous: bool = False


ACT_FORMS: Mapping[BulkAct, ActForm] = {
    "add_to_group": ActForm(mark("Add to a group"), "group"),
    "remove_from_group": ActForm(mark("Take out of a group"), "group"),
    "set_attribute": ActForm(mark("Set an attribute"), "attribute"),
    "archive": ActForm(mark("Archive"), is_dangerous=True),
    "unarchive": ActForm(mark("Take out of the archive")),
}
LABELS: Mapping[str, str] = {
    "act": mark("What is done"),
    "group": mark("Group"),
    "attribute": mark("Attribute"),
    "party": mark("Parties"),
}
_ACTS: dict[str, BulkAct] = {act: act for act in ACT_FORMS}
_NONE_TICKED = Problem(mark("No party is chosen: tick some in the list, or filter it and take all."))
_UNKNOWN = Problem(mark("The filter names something that is not there any more."))
_NO_ACT = Problem(mark("This is none of the choices."))


class _Step(Struct, frozen=True):
    """What a request says: which parties, by which words, and the change as far as it is known."""

    form: Form
    words: Words
    meant: Meant | None
    act: BulkAct | None
    attribute: Attribute | None = None
    preview: Preview | None = None


@get(CHANGE, opt=dict(allows("parties.bulk")))
async def show_change(request: Call) -> Response[str]:
    """Ask what is to be done to the chosen parties, and for what the chosen act needs."""
    query = request.query_params
    form = Form({name: query.getall(name, []) for name in (*SELECTING, "act", "attribute")})
    step = await _read_step(request, form)
    if form.text("act") and step.act is None:
        form.refuse("act", _NO_ACT)
    return await _show(request, step)


@post(CHANGE, opt=dict(allows("parties.bulk")), status_code=200)
async def preview_or_do(request: Call) -> Response[str]:
    """Show what the change would do; with `confirmed`, put it into the queue and lead to its job."""
    form = await read_form(request)
    step = await _read_step(request, form)
    database = database_of(request)
    change = await database.run(_read_change, step)
    if step.meant is None or change is None or form.problems:
        return await _show(request, step)
    asked, context = Asked(step.meant, change), context_of(request, step.words)
    try:
        if form.is_ticked("confirmed"):
            return redirect(f"/jobs/{await database.run(ask_for_change, asked, context, act=act_of(request))}")
        preview = await database.run(preview_change, asked, context, act=act_of(request))
    except ViewError:
        form.refuse("party", _UNKNOWN)
        return await _show(request, step)
    except LoyaltyError as refusal:
        form.refuse("party", told(refusal.detail))
        return await _show(request, step)
    return await _show(request, step, preview)


@post("/parties/changes/{job_id:int}/undo", opt=dict(allows("parties.bulk")))
async def undo_change(request: Call, job_id: FromPath[int]) -> Response[str]:
    """Take a change of many parties back by another job."""
    try:
        undoing = await database_of(request).run(ask_for_undo, job_id, act=act_of(request))
    except LoyaltyError:
        return redirect(f"/jobs/{job_id}")
    return redirect(f"/jobs/{undoing}")


async def _read_step(call: Call, form: Form) -> _Step:
    words = await database_of(call).run(load_words)
    meant = None
    try:
        meant = read_meant(form)
    except (ViewError, ValueError):
        form.refuse("party", _UNKNOWN)
    if meant is None:
        form.refuse("party", _NONE_TICKED)
    act = _ACTS.get(form.text("act"))
    attribute = words.attributes.get(form.text("attribute")) if act == "set_attribute" else None
    return _Step(form, words, meant, act, attribute)


def read_meant(form: Form) -> Meant | None:
    """Read which parties are meant, by the fields of the list. Raises ViewError, ValueError for what is not known."""
    if form.text("which") == "all":
        filters = parse_view(("where", text) for text in form.texts("where") if text).filters
        return Meant(filters) if filters else None
    ticked = tuple(sorted({whole_number(party_id) for party_id in form.texts("party") if party_id}))
    return Meant(party_ids=ticked[:MOST_TICKED]) if ticked else None


async def _read_change(connection: AsyncConnection, step: _Step) -> BulkChange | None:
    form, act = step.form, step.act
    if act is None:
        form.refuse("act", _NO_ACT)
        return None
    if ACT_FORMS[act].needs == "group":
        groups = {one.code: one.code for one in step.words.entries_of("group")}
        return BulkChange(act, group=form.need("group", forms.one_of(groups), ""))
    if act != "set_attribute":
        return BulkChange(act)
    if step.attribute is None:
        form.refuse("attribute", _NO_ACT)
        return None
    given = await read_given(connection, form, step.attribute)
    try:
        read_value(step.attribute, given)
    except LoyaltyError as refusal:
        form.refuse(field_of(step.attribute), told(refusal.detail))
    return BulkChange(act, attribute=form.text("attribute"), value=given)


async def _show(call: Call, step: _Step, preview: Preview | None = None) -> Response[str]:
    form, reader = step.form, reader_of(call, step.words)
    values = None
    if step.attribute is not None:
        record = RecordValues(0, (step.attribute,), {})
        users = await database_of(call).run(list_users) if step.attribute.refers_to == "user" else {}
        values = ValuesForm(record, form, users)
    chosen = {name: texts for name in SELECTING if (texts := [text for text in form.texts(name) if text])}
    filters = () if step.meant is None else step.meant.filters
    return page(
        call,
        "party_change.html",
        status=REFUSED if form.problems else 200,
        here=CHANGE,
        form=form,
        labels=LABELS if step.attribute is None else {**LABELS, field_of(step.attribute): step.attribute.name("en")},
        kinds=ACT_FORMS,
        kind=None if step.act is None else ACT_FORMS[step.act],
        chosen=chosen,
        chips=[reader.chip(one, {}) for one in filters],
        back=f"{PATH}?{urlencode([('where', text) for text in chosen.get('where', [])])}",
        groups={one.code: one.name(reader.language) for one in step.words.entries_of("group") if not one.is_archived},
        attributes={name: one.name(reader.language) for name, one in step.words.attributes.items()},
        attribute=step.attribute,
        values=values,
        field=None if step.attribute is None else field_of(step.attribute),
        yes_no=YES_NO,
        preview=preview,
    )
