"""Use case of the template linter: gathers what a template is judged beside, and refuses what cannot be used.

Codes of goods are those of all price lists and of the newest lines of receipts that begin like the series' numbers.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.cards import repository
from loyalty.cards.linting import Lint, lint
from loyalty.cards.model import Catalogue
from loyalty.errors import TemplateRefusedError
from loyalty.numbering import Template, TemplateError, read_template


async def check_template(connection: AsyncConnection, text: str, *, code: str | None, catalogue: Catalogue) -> Lint:
    """Judge the template that a series has or shall have; nothing is changed. `code` is None for a new series.

    Raises TemplateRefusedError for one that cannot be read; all else is told as findings.
    """
    try:
        template = read_template(text)
    except TemplateError as error:
        raise TemplateRefusedError(error.code, str(error)) from error
    series = None if code is None else catalogue.find_series(code)
    goes_on = series is not None and series.template is not None and is_continued(series.template, template)
    return lint(
        template,
        last_counter=await repository.load_counter(connection, series.id) if series is not None and goes_on else 0,
        others={
            other.code: other.template
            for other in catalogue.series.values()
            if other.code != code and other.template is not None
        },
        goods=await _list_goods(connection, template, catalogue),
    )


async def refuse_unusable(connection: AsyncConnection, text: str, *, code: str, catalogue: Catalogue) -> None:
    """Raise TemplateRefusedError, naming the number, where the template of a series cannot be used."""
    refusal = (await check_template(connection, text, code=code, catalogue=catalogue)).refusal
    if refusal is not None:
        raise TemplateRefusedError(refusal.code, refusal.text)


def is_continued(before: Template, after: Template) -> bool:
    """Tell whether counting goes on: with another range, not with another head, width or check digit."""
    return (before.outer, before.head, before.width, before.check) == (
        after.outer,
        after.head,
        after.width,
        after.check,
    )


async def _list_goods(connection: AsyncConnection, template: Template, catalogue: Catalogue) -> list[str]:
    sold = await repository.list_sold(connection, template.prefix, length=template.length)
    quoted = {sku for price_list in catalogue.price_lists.values() for sku in price_list.quotations}
    return sorted(quoted.union(sold))
