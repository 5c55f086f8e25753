"""Number templates: what one would make, what it collides with, and how easily its numbers are mistyped or guessed."""

from litestar import Router, post
from litestar.params import JSONBody
from msgspec import Struct

from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, service_of
from api.rest.problems import PROBLEMS
from loyalty.cards.linting import Finding, Lint, Slips
from loyalty.cards.template_checks import check_template
from loyalty.money import format_percent
from pos_adapter.protocol import Text, Wire


class TemplateBody(Wire, frozen=True):
    """A number template, and the code of the series that has it or shall have it."""

    template: Text
    series: Text | None = None


class SlipsAnswer(Struct, frozen=True):
    """The share of slips in typing that the check digit catches, over all numbers, and the counts behind it."""

    percent: str
    caught: int
    all: int


class TemplateAnswer(Struct, frozen=True):
    """What the linter says; a finding of severity `refused` makes the template unusable.

    One in `one_in_now` invented numbers of the right form is a card's (null: there is none yet), one in `one_in_full`
    when all cards are made.
    """

    first: str
    last: str
    capacity: int
    left: int
    single_digit: SlipsAnswer
    swapped: SlipsAnswer
    one_in_now: int | None
    one_in_full: int
    findings: list[Finding]


@post("/v1/number-templates/check", dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def check_number_template(request: Call, data: JSONBody[TemplateBody]) -> TemplateAnswer:
    """Judge a number template before it is used; nothing is changed."""
    service = service_of(request)
    catalogue = await service.catalogue.newest()
    lint = await service.database.run(check_template, data.template, code=data.series, catalogue=catalogue)
    return _render(lint)


def _render(found: Lint) -> TemplateAnswer:
    return TemplateAnswer(
        first=found.first,
        last=found.last,
        capacity=found.capacity,
        left=found.left,
        single_digit=_render_slips(found.single_digit),
        swapped=_render_slips(found.swapped),
        one_in_now=found.one_in_now,
        one_in_full=found.one_in_full,
        findings=list(found.findings),
    )


def _render_slips(slips: Slips) -> SlipsAnswer:
    return SlipsAnswer(format_percent(slips.percent), slips.caught, slips.all)


router = Router(
    "/",
    route_handlers=[check_number_template],
    opt=dict(allows("cards.make")),
    tags=["Series and price lists"],
)
