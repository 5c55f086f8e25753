"""The worker sends reports: once for each occurrence, to whoever may still see them, through a real mail server."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any  # Any: JSON bodies are free in their values
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from msgspec import structs
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.reporting import send_reports_once
from api.settings import Settings
from api.state import Service, running_service
from crm.reports.asking import find_report, read_asked
from crm.reports.letters import send_regularly
from crm.reports.repository.letters import claim_letter
from database.activity import Act
from tests.api.people import add_person
from tests.api.test_notifying import Sink, mailbox

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")  # on the loopback it does no harm

ZONE = ZoneInfo("Europe/Sofia")


@pytest.fixture
async def posted(settings: Settings, database_url: str) -> AsyncIterator[tuple[Service, Sink]]:
    """Give a service with a mail server; Ann, user 1, is sent the turnover of the last days, every day at 7."""
    async with mailbox() as (sink, url):
        mailing = structs.replace(settings, smtp_url=url, mail_from="Mill Lane <shop@example.com>")
        async with running_service(mailing, database_url) as service:
            ann = await add_person(service.database, login="ann", role="director")
            await service.database.run(execute, "update app_user set email = 'ann@example.com'")
            await service.database.run(
                subscribe, ann, "turnover", [("period", "days"), ("days", "3660"), ("by", "none")]
            )
            yield service, sink


async def subscribe(connection: AsyncConnection, user_id: int, report: str, fields: list[tuple[str, str]]) -> int:
    """Send somebody a report each day at 7; the first occurrence is of this morning."""
    asked = read_asked(find_report(report), fields, today=datetime.now(ZONE).date())
    act = Act("user:ann", datetime.now(UTC) - timedelta(days=2))
    return await send_regularly(connection, user_id, asked, every="day", hour=7, zone=ZONE, act=act)


async def execute(connection: AsyncConnection, statement: str) -> list[Any]:
    """Run plain SQL; gives its rows if there are any."""
    result = await connection.execute(text(statement))
    return [tuple(row) for row in result] if result.returns_rows else []


async def test_report_goes_out_as_table_and_workbook_and_moves_on(posted: tuple[Service, Sink]) -> None:
    service, sink = posted

    await send_reports_once(service)
    await send_reports_once(service)

    [letter] = sink.letters
    kinds = [part.get_content_type() for part in letter.walk() if not part.is_multipart()]
    assert kinds[:2] == ["text/plain", "text/html"]
    assert letter["To"] == "ann@example.com"
    assert letter["Subject"].startswith("Turnover: ")
    html = next(part for part in letter.walk() if part.get_content_type() == "text/html").get_content()  # type: ignore[attr-defined] # by the modern policy
    assert "<th" in html
    assert "Purchases" in html
    [book] = letter.iter_attachments()  # type: ignore[attr-defined] # as above
    sheet = openpyxl.load_workbook(io.BytesIO(book.get_content())).active
    assert [cell.value for cell in sheet[1]] == ["Turnover", "Purchases", "Mean"]
    [(due_at, sent_at, error)] = await service.database.run(execute, "select due_at, sent_at, error from report_letter")
    assert due_at.astimezone(ZONE).hour == 7
    assert due_at > datetime.now(UTC) >= sent_at
    assert error is None


async def test_letter_tells_what_the_page_does(posted: tuple[Service, Sink]) -> None:
    service, sink = posted
    await service.database.run(
        execute,
        """with s as (insert into series (version, code, definition)
            values (1, 'GOLD', '{"name": "=Gold", "kind": "discount", "percent": 0}') returning id),
        c as (insert into card (series_id, number, state, turnover) select id, 'G1', 'active', 1234 from s returning card_id)
        insert into card_day (card_id, day, turnover, receipts) select card_id, current_date - 3, 1234, 1 from c""",
    )
    await service.database.run(execute, "update report_letter set query = 'period=days&days=30&by=series'")

    await send_reports_once(service)

    [letter] = sink.letters
    html = next(part for part in letter.walk() if part.get_content_type() == "text/html").get_content()  # type: ignore[attr-defined] # as above
    assert "=Gold" in html
    assert "12.34" in html
    [book] = letter.iter_attachments()  # type: ignore[attr-defined] # as above
    rows = list(openpyxl.load_workbook(io.BytesIO(book.get_content())).active.iter_rows(values_only=True))
    assert rows[1][0] == "'=Gold"
    assert float(rows[1][1]) == 12.34


async def test_two_workers_send_one_letter(posted: tuple[Service, Sink]) -> None:
    service, sink = posted

    await asyncio.gather(*(send_reports_once(service) for _ in range(4)))

    assert len(sink.letters) == 1


async def test_letter_of_a_killed_worker_goes_out_when_its_claim_ends(posted: tuple[Service, Sink]) -> None:
    service, sink = posted
    assert await service.database.run(claim_letter, now=datetime.now(UTC))  # and is killed

    await send_reports_once(service)
    held = len(sink.letters)
    await service.database.run(execute, "update report_letter set claimed_until = now() - interval '1 second'")
    await send_reports_once(service)
    await send_reports_once(service)

    assert (held, len(sink.letters)) == (0, 1)


async def test_letter_that_is_put_off_is_tried_again_with_the_same_identity(posted: tuple[Service, Sink]) -> None:
    service, sink = posted
    sink.answer = "451 come again"
    await send_reports_once(service)
    [(tries, error, sent_at)] = await service.database.run(execute, "select tries, error, sent_at from report_letter")
    assert (tries, error, sent_at) == (1, "refused: 451", None)

    sink.answer = "250 OK"
    await service.database.run(execute, "update report_letter set try_after = now()")
    await send_reports_once(service)

    assert len(sink.letters) == 1


async def test_letter_that_is_refused_for_good_waits_for_the_next_occurrence(posted: tuple[Service, Sink]) -> None:
    service, sink = posted
    sink.answer = "550 no such mailbox"

    await send_reports_once(service)

    [(due_at, error)] = await service.database.run(execute, "select due_at, error from report_letter")
    assert due_at > datetime.now(UTC)
    assert error == "refused: 550"


@pytest.mark.parametrize(
    "ended",
    ["update app_user set disabled_at = now()", "update app_user set role = 'cashier_supervisor'"],
)
async def test_nothing_more_is_sent_to_whose_account_or_right_has_ended(
    posted: tuple[Service, Sink], ended: str
) -> None:
    service, sink = posted
    await service.database.run(execute, ended)

    await send_reports_once(service)

    assert sink.letters == []
    assert await service.database.run(execute, "select count(*) from report_letter") == [(0,)]
    acts = await service.database.run(
        execute, "select actor, act from activity where act like 'report_letter%' order by id"
    )
    assert acts == [("user:ann", "report_letter.sent_regularly"), ("worker", "report_letter.ended")]


async def test_report_that_cannot_be_counted_any_more_says_so(posted: tuple[Service, Sink]) -> None:
    service, sink = posted
    await service.database.run(execute, "update report_letter set query = 'series=GONE'")

    await send_reports_once(service)

    [(error,)] = await service.database.run(execute, "select error from report_letter")
    assert "series" in error
    assert sink.letters == []
