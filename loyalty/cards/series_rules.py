"""Use case of a series' rules: checked as a whole, versioned, and known to every process at its next look.

What is checked here is the meaning: ranges join without overlap or gap, moves lead to another series of the same kind,
and what acts at posting does not depend on how often it is asked. The shape was checked at the edge.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from loyalty.cards.catalogue.repository import bump_catalogue, load_catalogue, save_rules
from loyalty.cards.model import Catalogue, Series
from loyalty.cards.rules import BonusEntry, BonusTable, SeriesRules, TurnoverEntry, TurnoverTable
from loyalty.cards.service import load_series_by_code
from loyalty.errors import SettingRefusedError


async def put_rules(connection: AsyncConnection, code: str, rules: SeriesRules, *, act: Act) -> tuple[Series, bool]:
    """Make or replace the rules of a series; tells whether it had none before. The same rules again change nothing.

    Raises SeriesUnknownError, SettingRefusedError.
    """
    await bump_catalogue(connection)
    before = await load_series_by_code(connection, code, lock=True)
    _check(rules, before, await load_catalogue(connection))
    if before.rules == rules and before.rules_version:
        return before, False
    after = await save_rules(connection, before, rules, now=act.at)
    data = {
        "version": after.rules_version,
        "old": msgspec.to_builtins(before.rules) if before.rules_version else None,
        "new": msgspec.to_builtins(rules),
    }
    await record_activity(connection, act=act, what="rules.saved", record=f"series:{code}", data=data)
    return after, before.rules_version == 0


def _check(rules: SeriesRules, series: Series, catalogue: Catalogue) -> None:
    if rules.turnover is not None:
        check_turnover(rules.turnover, series, catalogue.series)
    if rules.bonus is not None:
        _check_bonus(rules.bonus, series, one=catalogue.currency.scale.unit)
    for index, rule in enumerate(rules.receipt):
        if rule.until is not None and rule.until <= rule.since:
            raise SettingRefusedError("`to` must lie above `from`", field=f"receipt[{index}].to")


def check_turnover(table: TurnoverTable, series: Series, others: Mapping[int, Series]) -> None:
    """Check a table of percents for a series, among all series by identifier. Raises SettingRefusedError."""
    place = "turnover.entries"
    idle = [index for index, entry in enumerate(table.entries) if entry.nothing_bought]
    if len(idle) > 1:
        raise SettingRefusedError("only one entry can be for nothing bought", field=f"{place}[{idle[1]}]")
    ranges = [(index, entry) for index, entry in enumerate(table.entries) if not entry.nothing_bought]
    _check_ranges(ranges, place)
    for index, entry in enumerate(table.entries):
        if table.at_posting and entry.change in {"add", "multiply"}:
            raise SettingRefusedError(
                f"{entry.change} would act again with every receipt: it cannot stand with at_posting",
                field=f"{place}[{index}].{entry.change}",
            )
        if entry.move_to is not None:
            _check_move(entry.move_to, series, others, field=f"{place}[{index}].move_to")


def _check_move(code: str, series: Series, others: Mapping[int, Series], *, field: str) -> None:
    target = next((other for other in others.values() if other.code == code), None)
    if target is None:
        raise SettingRefusedError(f"there is no series {code}", field=field)
    if target.id == series.id:
        raise SettingRefusedError("a card cannot move to the series that it is in", field=field)
    if target.settings.kind != series.settings.kind:
        raise SettingRefusedError(
            f"series {code} is of kind {target.settings.kind}, this one of {series.settings.kind}", field=field
        )


def _check_bonus(table: BonusTable, series: Series, *, one: int) -> None:
    if series.settings.kind == "discount":
        raise SettingRefusedError("cards of a discount series hold neither points nor money", field="bonus")
    _check_ranges(list(enumerate(table.entries)), "bonus.entries")
    for index, entry in enumerate(table.entries):
        if series.settings.kind == "bonus" and (entry.amount or 0) % one:
            raise SettingRefusedError("points are whole numbers", field=f"bonus.entries[{index}].amount")


def _check_ranges(entries: Sequence[tuple[int, TurnoverEntry | BonusEntry]], place: str) -> None:
    """Check that ranges, in whatever order they stand, join without overlap or gap, and that the last one is open."""
    ordered = sorted(entries, key=lambda entry: entry[1].since)
    for index, entry in ordered:
        if entry.until is not None and entry.until <= entry.since:
            raise SettingRefusedError("`to` must lie above `from`", field=f"{place}[{index}].to")
    for (index, entry), (_, following) in pairwise(ordered):
        if entry.until != following.since:
            what = "overlaps" if entry.until is None or entry.until > following.since else "leaves a gap to"
            raise SettingRefusedError(f"the range {what} the next one", field=f"{place}[{index}].to")
    if ordered and ordered[-1][1].until is not None:
        raise SettingRefusedError("the last range is open: it has no `to`", field=f"{place}[{ordered[-1][0]}].to")
