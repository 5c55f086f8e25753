"""Use cases of reports: one asks, and gets an answer of the one shape, with the names that rows are called by.

The caller gives the surroundings of lists of parties, for conditions are theirs. Nothing is changed here.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from msgspec import structs
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes import reports as attributes_of_cards
from crm.attributes.errors import AttributeUnknownError, FilterRefusedError
from crm.attributes.filters import attribute_condition
from crm.attributes.model import Attribute
from crm.directories.model import name_in
from crm.parties.tables import party
from crm.reports.counting import report_cards, report_discounts, report_turnover
from crm.reports.errors import ReportRefusedError
from crm.reports.model import Answer, Asked, Key
from crm.reports.repository.cards import Meant
from crm.reports.shapes import report_retention, report_scores, report_task_times, report_tiers
from crm.reports.standing import report_balances, report_points
from crm.tasks.repository.kinds import list_kinds
from crm.views.address import parse_filter
from crm.views.model import Filter, View, ViewError
from crm.views.operands import check_filter, read_attribute_operands
from crm.views.repository.conditions import conditions_of
from crm.views.repository.context import Context
from loyalty.cards.listing import list_series
from loyalty.cards.tables import card
from loyalty.receipts.listing import list_stores

Runner = Callable[[AsyncConnection, Meant, Context], Awaitable[Answer]]


async def run_report(connection: AsyncConnection, asked: Asked, context: Context, *, language: str = "en") -> Answer:
    """Count what was asked. Raises ReportRefusedError, whose field is `by`, `where`, `series` or `store`."""
    usable = await attributes_of_cards.list_usable(connection)
    series = {one.code: one.name for one in await list_series(connection)}
    stores = {one.code: one.name for one in await list_stores(connection)}
    _check_known(asked.series, series, "series")
    _check_known(asked.stores, stores, "store")
    meant = Meant(asked, _grouping(asked, usable), _conditions(asked, usable, context))
    answer = await _RUNNERS[asked.report.id](connection, meant, context)
    names: dict[str, Mapping[Key, str]] = {"series": dict(series.items()), "store": dict(stores.items())}
    if asked.report.id == "task-times":
        names |= await _name_states(connection, language)
    if meant.attribute is not None:
        keys = {row.keys[-1] for row in answer.rows} - {None}
        names["group"] = await attributes_of_cards.name_values(connection, meant.attribute, keys, language)
    return structs.replace(answer, names=names)


async def _name_states(connection: AsyncConnection, language: str) -> dict[str, Mapping[Key, str]]:
    kinds = await list_kinds(connection)
    states: dict[Key, str] = {}
    for kind in kinds:
        states |= {f"{kind.code}:{one.code}": name_in(one.names, language, one.code) for one in kind.states}
    return {"kind": {kind.code: name_in(kind.names, language, kind.code) for kind in kinds}, "state": states}


def _check_known(codes: Sequence[str], known: Mapping[str, str], field: str) -> None:
    if any(code not in known for code in codes):
        raise ReportRefusedError(f"there is no such {field} any more", field=field)


def _grouping(asked: Asked, usable: Mapping[str, Attribute]) -> Attribute | None:
    if "." not in asked.by:
        return None
    try:
        return attributes_of_cards.find_usable(usable, asked.by, field="by")
    except AttributeUnknownError as error:
        raise ReportRefusedError(error.detail, field="by") from error


def _conditions(asked: Asked, usable: Mapping[str, Attribute], context: Context) -> list[ColumnElement[bool]]:
    """Give what must hold of a card: what is asked of itself, and that who holds it is among those meant."""
    filters = [parse_filter(one) for one in asked.where]
    of_cards = [one for one in filters if one.field.startswith("card.")]
    of_parties = tuple(one for one in filters if one not in of_cards)
    try:
        conditions = [_of_card(one, usable) for one in of_cards]
        for one in of_parties:
            check_filter(one, context.attributes, money=context.money)
        if of_parties:
            held = select(party.c.id).where(*conditions_of(View(of_parties), context))
            conditions.append(card.c.holder_id.in_(held))
    except (AttributeUnknownError, FilterRefusedError) as error:
        raise ReportRefusedError(error.detail, field="where") from error
    except ViewError as error:
        raise ReportRefusedError(str(error), field="where") from error
    return conditions


def _of_card(one: Filter, usable: Mapping[str, Attribute]) -> ColumnElement[bool]:
    attribute = attributes_of_cards.find_usable(usable, one.field)
    operands = read_attribute_operands(one, attribute)
    return attribute_condition(attribute, one.operator, operands, card.c.card_id)  # type: ignore[arg-type] # it was read


_RUNNERS: Final[Mapping[str, Runner]] = {
    "turnover": lambda connection, meant, context: report_turnover(connection, meant, context.zone.key),
    "cards": lambda connection, meant, context: report_cards(connection, meant, context.zone.key),
    "discounts": lambda connection, meant, context: report_discounts(connection, meant, context.zone.key),
    "points": lambda connection, meant, context: report_points(connection, meant, context.today),
    "balances": lambda connection, meant, context: report_balances(connection, meant, context.today),
    "tiers": report_tiers,
    "retention": report_retention,
    "scores": report_scores,
    "task-times": report_task_times,
}
