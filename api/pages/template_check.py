"""What the form of a series says of a number template while it is typed: its numbers and slips, or what is wrong."""

from msgspec import Struct

from api.pages.edge import newest_catalogue
from api.pages.forms import Problem, told
from api.pages.renderer import Call, database_of
from loyalty.cards.linting import Lint
from loyalty.cards.template_checks import check_template
from loyalty.errors import TemplateRefusedError


class Report(Struct, frozen=True):
    """What the linter says of a template; `problems` make it unusable, `warnings` are left to people."""

    lint: Lint | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


async def report_template(call: Call, text: str, code: str | None) -> Report:
    """Let the linter judge the template of a series of a code, None for a new one; nothing is changed."""
    if not text:
        return Report()
    catalogue = await newest_catalogue(call)
    try:
        lint = await database_of(call).run(check_template, text, code=code, catalogue=catalogue)
    except TemplateRefusedError as error:
        return Report(problems=(told(error.detail),))
    return Report(
        lint,
        tuple(told(finding.text) for finding in lint.findings if finding.severity == "refused"),
        tuple(told(finding.text) for finding in lint.findings if finding.severity == "warning"),
    )
