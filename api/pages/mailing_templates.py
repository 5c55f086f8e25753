"""Templates of letters on pages: a list, the form of one with how it is seen, and their use in a draft."""

from litestar import MediaType, Response, get, post
from litestar.params import FromPath

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of, service_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.mailing_steps import FRAMED, OWN_PLACES
from api.pages.mailing_trying import LETTER
from api.pages.mailing_words import LABELS
from api.pages.renderer import Call, database_of, page, redirect
from crm.mailings.model import Variant
from crm.mailings.preview import preview
from crm.mailings.repository.templates import Template
from crm.mailings.templates import (
    TemplateDetails,
    archive_template,
    change_template,
    list_templates,
    load_template,
    make_template,
    use_template,
)
from loyalty.errors import LoyaltyError

PATH = "/mailings/templates"
NEW = f"{PATH}/new"
_READ, _EDIT = (dict(allows(right)) for right in ("mailings.read", "mailings.edit"))


@get(PATH, opt=_READ)
async def show_templates(request: Call) -> Response[str]:
    """List the templates in use, or those in the archive."""
    is_archived = "archived" in request.query_params
    rows = await database_of(request).run(list_templates, is_archived=is_archived)
    return page(request, "mailing_templates.html", rows=rows, is_archived=is_archived)


@get(NEW, opt=_EDIT)
async def show_new_template(request: Call) -> Response[str]:
    """Show the form of a new template."""
    return _show(request, Form({}), None)


@post(NEW, opt=_EDIT)
async def make_new_template(request: Call) -> Response[str]:
    """Keep a new template, or show the form again with what is wrong."""
    form = await read_form(request)
    try:
        made = await database_of(request).run(make_template, _read(form), act=act_of(request))
    except LoyaltyError as error:
        form.refuse_by(error, LABELS, "name")
        return _show(request, form, None)
    return redirect(f"{PATH}/{made.id}")


@get("/mailings/templates/{template_id:int}", opt=_READ)
async def show_template(request: Call, template_id: FromPath[int]) -> Response[str]:
    """Show a template in its form."""
    template = await database_of(request).run(load_template, template_id)
    return _show(request, Form(_fill(template)), template)


@post("/mailings/templates/{template_id:int}", opt=_EDIT)
async def save_template(request: Call, template_id: FromPath[int]) -> Response[str]:
    """Save a template, or show the form again with what is wrong."""
    form = await read_form(request)
    template = await database_of(request).run(load_template, template_id)
    seen = form.need("version", forms.count, 0)
    try:
        await database_of(request).run(change_template, template_id, _read(form), seen=seen, act=act_of(request))
    except LoyaltyError as error:
        form.refuse_by(error, LABELS, "name")
        return _show(request, form, template)
    return redirect(f"{PATH}/{template_id}")


@get("/mailings/templates/{template_id:int}/preview", opt=_READ)
async def show_template_preview(request: Call, template_id: FromPath[int]) -> Response[str]:
    """Show the letter of a template as an invented customer sees it, in a frame in which nothing runs."""
    service = service_of(request)
    kept = await service.database.run(load_template, template_id)
    variant = Variant(subject=kept.subject, html=kept.html, text=kept.text)
    url = f"{service.settings.public_url}/u/example"
    shown = await service.database.run(preview, variant, None, currency=service.currency, url=url)
    media_type = MediaType.HTML if shown.html else MediaType.TEXT
    return Response(shown.html or shown.text, media_type=media_type, headers=LETTER)


@post("/mailings/templates/{template_id:int}/archive", opt=_EDIT)
async def archive_one_template(request: Call, template_id: FromPath[int]) -> Response[str]:
    """Put a template away, or take it up again."""
    form = await read_form(request)
    is_archived = not form.is_ticked("restore")
    await database_of(request).run(archive_template, template_id, is_archived=is_archived, act=act_of(request))
    return redirect(PATH)


@post("/mailings/{mailing_id:int}/template", opt=_EDIT)
async def fill_from_template(request: Call, mailing_id: FromPath[int]) -> Response[str]:
    """Let a variant of a draft say what a template says."""
    form = await read_form(request)
    await database_of(request).run(
        use_template,
        mailing_id,
        form.need("template_id", forms.count, 0),
        letter=form.text("letter") or "A",
        seen=form.need("version", forms.count, 0),
        act=act_of(request),
    )
    return redirect(f"/mailings/{mailing_id}/message")


def _read(form: Form) -> TemplateDetails:
    return TemplateDetails(form.text("name"), form.text("subject"), form.raw("html"), form.raw("text"))


def _fill(template: Template) -> dict[str, str]:
    shown = {name: getattr(template, name) for name in ("name", "subject", "html", "text")}
    return {**shown, "version": str(template.version)}


def _show(call: Call, form: Form, template: Template | None) -> Response[str]:
    answer = page(
        call,
        "mailing_template.html",
        status=REFUSED if form.problems else 200,
        here=NEW if template is None else f"{PATH}/{template.id}",
        form=form,
        kept=template,
        labels=LABELS,
        places=OWN_PLACES,
    )
    answer.headers.update(FRAMED)
    return answer
