"""What an address asks of a report, read strictly, and written back: whoever has the address has the report.

`period=last_month&by=series&step=week&store=0007&where=city~is~Sofia`; what is not written is the report's default. A
preset moves on with the calendar, so a letter that goes out each month tells of the month before each time. `where` is
a filter of lists of parties, by `crm.views.address`, and means cards by who holds them; `card.x~is~y` means the cards
themselves. All filters must hold.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, get_args

from crm.reports.errors import ReportRefusedError, ReportUnknownError
from crm.reports.model import NO_GROUP, REPORTS, Asked, Report
from crm.reports.periods import EARLIEST, LATEST, MOST_DAYS, Period, Preset, Step, period_of
from crm.views.address import parse_filter
from crm.views.model import MOST_FILTERS, ViewError

FIELDS: Final = ("period", "days", "since", "until", "by", "step", "compare", "store", "series", "where")
NOTHING: Final = "none"
"""How an address writes that nothing is grouped by, or no steps are taken."""
MOST_NAMED: Final = 50
MOST_LENGTH: Final = 200
MOST_QUERY: Final = 4_000
_ATTRIBUTES: Final = ("party.", "person.", "card.")


def find_report(report_id: str) -> Report:
    """Find a report. Raises ReportUnknownError."""
    if report_id not in REPORTS:
        raise ReportUnknownError("there is no such report")
    return REPORTS[report_id]


def read_asked(report: Report, fields: Iterable[tuple[str, str]], *, today: date) -> Asked:
    """Read what the fields of an address ask; others are passed over. Raises ReportRefusedError."""
    given: dict[str, list[str]] = {name: [] for name in FIELDS}
    for name, value in fields:
        if name in given and value.strip():
            given[name].append(value.strip())
    one = {name: (values or [""])[-1] for name, values in given.items()}
    preset = _read_preset(one["period"] or (("own" if one["since"] else "") or report.preset))
    days = _read_days(one["days"]) if preset == "days" else 0
    period = _read_own(one["since"], one["until"]) if preset == "own" else period_of(preset, today, days=days)
    return Asked(
        report=report,
        preset=preset,
        period=period,
        days=days,
        by=_read_by(report, one["by"]),
        step=_read_step(report, one["step"]),
        compares=report.can_compare and one["compare"] == "yes",
        stores=_read_named(given["store"], "store", is_taken=report.takes_stores),
        series=_read_named(given["series"], "series", is_taken=report.takes_where),
        where=_read_where(report, given["where"]),
    )


def print_asked(asked: Asked) -> list[tuple[str, str]]:
    """Give the fields of an address that ask the same, always in the same order."""
    report = asked.report
    fields: list[tuple[str, str]] = [("period", asked.preset)]
    if asked.preset == "days":
        fields.append(("days", str(asked.days)))
    if asked.preset == "own":
        fields += [("since", asked.period.first.isoformat()), ("until", asked.period.last.isoformat())]
    if report.groups:
        fields.append(("by", asked.by or NOTHING))
    if report.takes_steps:
        fields.append(("step", asked.step or NOTHING))
    if asked.compares:
        fields.append(("compare", "yes"))
    named = (("store", asked.stores), ("series", asked.series), ("where", asked.where))
    return fields + [(name, value) for name, values in named for value in values]


def _read_preset(text: str) -> Preset:
    found = next((one for one in get_args(Preset) if one == text), None)
    if found is None:
        raise ReportRefusedError("there is no such period", field="period")
    preset: Preset = found
    return preset


def _read_days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_DAYS)) and 0 < int(text) <= MOST_DAYS):
        raise ReportRefusedError(f"the last days are from 1 to {MOST_DAYS}", field="days")
    return int(text)


def _read_own(since: str, until: str) -> Period:
    first, last = _read_day(since, "since"), _read_day(until or since, "until")
    if last < first:
        raise ReportRefusedError("the period ends before it begins", field="until")
    if (last - first).days >= MOST_DAYS:
        raise ReportRefusedError(f"a period has at most {MOST_DAYS} days", field="until")
    return Period(first, last)


def _read_day(text: str, field: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ReportRefusedError("this is no day such as 2026-11-22", field=field) from error
    if not EARLIEST <= day <= LATEST:
        raise ReportRefusedError("the day lies too far away", field=field)
    return day


def _read_by(report: Report, text: str) -> str:
    if not report.groups:
        return NO_GROUP
    by = NO_GROUP if text == NOTHING else text or report.groups[0]
    is_attribute = report.takes_attributes and by.startswith(_ATTRIBUTES) and len(by) <= MOST_LENGTH
    if by not in report.groups and not is_attribute:
        raise ReportRefusedError("the report cannot be grouped so", field="by")
    return by


def _read_step(report: Report, text: str) -> Step | None:
    if not report.takes_steps or text == NOTHING:
        return None
    if not text:
        return report.step
    found = next((one for one in get_args(Step) if one == text), None)
    if found is None:
        raise ReportRefusedError("steps are days, weeks or months", field="step")
    step: Step = found
    return step


def _read_named(texts: Sequence[str], field: str, *, is_taken: bool) -> tuple[str, ...]:
    if texts and not is_taken:
        raise ReportRefusedError("the report cannot be narrowed so", field=field)
    if len(texts) > MOST_NAMED or any(len(text) > MOST_LENGTH or "\0" in text for text in texts):
        raise ReportRefusedError(f"at most {MOST_NAMED} are chosen", field=field)
    return tuple(dict.fromkeys(texts))


def _read_where(report: Report, texts: Sequence[str]) -> tuple[str, ...]:
    if texts and not report.takes_where:
        raise ReportRefusedError("the report takes no conditions", field="where")
    if len(texts) > MOST_FILTERS or any("\0" in text for text in texts):
        raise ReportRefusedError(f"a report takes at most {MOST_FILTERS} conditions", field="where")
    try:
        for text in texts:
            parse_filter(text)
    except ViewError as error:
        raise ReportRefusedError("a condition means nothing", field="where") from error
    return tuple(dict.fromkeys(texts))
