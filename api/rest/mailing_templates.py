"""Templates of letters: kept, changed, put away, and used in a draft."""

from datetime import datetime
from typing import Annotated

from litestar import Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from api.auth.rights import allows
from api.rest.bodies import Body, Identifier
from api.rest.calls import Call, act_of, service_of
from api.rest.mailing_bodies import Content, MailingAnswer, Version, render_mailing
from api.rest.problems import PROBLEMS
from crm.mailings import templates
from crm.mailings.model import Letter
from crm.mailings.repository.templates import Template
from crm.mailings.templates import TemplateDetails
from pos_adapter.protocol import Text, Wire

_READ, _EDIT = (dict(allows(right)) for right in ("mailings.read", "mailings.edit"))


class TemplateBody(Wire, frozen=True, kw_only=True):
    """A template; `version` is the one that was seen, where one is changed."""

    name: Text
    subject: Annotated[str, Meta(max_length=200)] = ""
    html: Content = ""
    text: Content = ""
    version: Version | None = None

    def read(self) -> TemplateDetails:
        """Read what is said of the template."""
        return TemplateDetails(self.name, self.subject, self.html, self.text)


class UseBody(Wire, frozen=True, kw_only=True):
    """Which template a variant of a draft says from now on, and the version of the mailing that was seen."""

    template_id: Identifier
    variant: Letter = "A"
    version: Version


class TemplateAnswer(Struct, frozen=True):
    """A template as it stands."""

    template_id: int
    name: str
    subject: str
    html: str
    text: str
    version: int
    changed_at: datetime
    archived_at: datetime | None


class TemplatesAnswer(Struct, frozen=True):
    """Templates by name."""

    templates: list[TemplateAnswer]


@get("/v1/mailing-templates", opt=_READ, responses=PROBLEMS)
async def get_templates(request: Call, archived: FromQuery[bool] = False) -> TemplatesAnswer:  # noqa: FBT002 # by name
    """List templates, those in use or those in the archive."""
    found = await service_of(request).database.run(templates.list_templates, is_archived=archived)
    return TemplatesAnswer([_render(one) for one in found])


@post("/v1/mailing-templates", opt=_EDIT, dto=Body, return_dto=None, responses=PROBLEMS)
async def make_template(request: Call, data: JSONBody[TemplateBody]) -> TemplateAnswer:
    """Keep a letter as a template."""
    run = service_of(request).database.run
    return _render(await run(templates.make_template, data.read(), act=act_of(request)))


@get("/v1/mailing-templates/{template_id:int}", opt=_READ, responses=PROBLEMS)
async def get_template(request: Call, template_id: FromPath[int]) -> TemplateAnswer:
    """Read a template, one in the archive too."""
    return _render(await service_of(request).database.run(templates.load_template, template_id))


@put("/v1/mailing-templates/{template_id:int}", opt=_EDIT, dto=Body, return_dto=None, responses=PROBLEMS)
async def change_template(request: Call, template_id: FromPath[int], data: JSONBody[TemplateBody]) -> TemplateAnswer:
    """Change a template from the version that was seen; no mailing changes by it."""
    run, seen = service_of(request).database.run, data.version or 0
    return _render(await run(templates.change_template, template_id, data.read(), seen=seen, act=act_of(request)))


@post("/v1/mailing-templates/{template_id:int}/archive", opt=_EDIT, status_code=200, responses=PROBLEMS)
async def archive_template(request: Call, template_id: FromPath[int]) -> TemplateAnswer:
    """Put a template away; again changes nothing."""
    return await _archive(request, template_id, is_archived=True)


@post("/v1/mailing-templates/{template_id:int}/restore", opt=_EDIT, status_code=200, responses=PROBLEMS)
async def restore_template(request: Call, template_id: FromPath[int]) -> TemplateAnswer:
    """Take a template up again; again changes nothing."""
    return await _archive(request, template_id, is_archived=False)


@post(
    "/v1/mailings/{mailing_id:int}/use-template",
    opt=_EDIT,
    dto=Body,
    return_dto=None,
    status_code=200,
    responses=PROBLEMS,
)
async def use_template(request: Call, mailing_id: FromPath[int], data: JSONBody[UseBody]) -> MailingAnswer:
    """Let a variant of a draft say what a template says."""
    changed = await service_of(request).database.run(
        templates.use_template,
        mailing_id,
        data.template_id,
        letter=data.variant,
        seen=data.version,
        act=act_of(request),
    )
    return render_mailing(changed)


async def _archive(call: Call, template_id: int, *, is_archived: bool) -> TemplateAnswer:
    run = service_of(call).database.run
    return _render(await run(templates.archive_template, template_id, is_archived=is_archived, act=act_of(call)))


def _render(template: Template) -> TemplateAnswer:
    shared = {name: getattr(template, name) for name in TemplateAnswer.__struct_fields__ if name != "template_id"}
    return TemplateAnswer(template.id, **shared)


router = Router(
    "/",
    route_handlers=[
        get_templates,
        make_template,
        get_template,
        change_template,
        archive_template,
        restore_template,
        use_template,
    ],
    tags=["Mailings"],
)
