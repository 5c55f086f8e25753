"""The routes of all pages of reports of the one shape, and of their letters."""

from api.pages.report_letters import end_report_letter, make_report_letter, show_report_letters
from api.pages.reports import export_report, show_report, show_reports

REPORTS = (
    show_reports,
    show_report,
    export_report,
    show_report_letters,
    make_report_letter,
    end_report_letter,
)
