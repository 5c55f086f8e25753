"""The worker notifies as acts come, and its letters reach a real mail server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

import asyncpg
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from msgspec import structs
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.notifying import KEPT_FOR, compose, notify, notify_once
from api.settings import Settings, load_settings
from api.state import Service, running_service
from crm.notifications.model import Letter, RuleDraft
from crm.notifications.repository.making import MOST_AT_ONCE
from crm.notifications.rules import make_rule
from crm.tasks.model import TaskDetails
from crm.tasks.service import make_task
from database.activity import CHANNEL, Act, record_activities, record_activity
from tests.api.people import add_person
from tests.faults.shop import Program

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")  # on the loopback it does no harm

ACTS = 1_200
SECONDS = 20  # far more than it takes; a worker that does nothing fails the test instead of hanging it
LOGIN, PASSWORD = "shop", "p@ss/word"


class Sink:
    """A mail server's mailbox; it answers what it is told to, 250 at first."""

    def __init__(self) -> None:
        self.answer = "250 OK"
        self.letters: list[Message] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd calls it so
        """Take a letter, or refuse it."""
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.letters.append(message_from_bytes(envelope.content, policy=default))
        return self.answer


@asynccontextmanager
async def mailbox() -> AsyncIterator[tuple[Sink, str]]:
    """Run a mail server that wants a login; gives its mailbox and address."""
    sink = Sink()

    def check(_server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword), mechanism
        return AuthResult(success=(data.login, data.password) == (LOGIN.encode(), PASSWORD.encode()))

    def serve() -> SMTP:
        return SMTP(sink, authenticator=check, auth_required=True, auth_require_tls=False, enable_SMTPUTF8=True)

    server = await asyncio.get_running_loop().create_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield sink, f"smtp://{LOGIN}:p%40ss%2Fword@127.0.0.1:{port}"
    finally:
        server.close()


@pytest.fixture
async def posted(settings: Settings, database_url: str) -> AsyncIterator[tuple[Service, Sink]]:
    """Give a service with a mail server; Ann, user 1, is told of blocked cards in the application and by e-mail."""
    async with mailbox() as (sink, url):
        mailing = structs.replace(settings, smtp_url=url, mail_from="Mill Lane <shop@example.com>")
        async with running_service(mailing, database_url) as service:
            ann = await add_person(service.database, login="ann")
            await service.database.run(execute, "update app_user set email = 'ann@example.com'")
            rule = RuleDraft(name="B", listens="act", acts=("card.blocked",), users=(ann,), by_mail=True)
            await service.database.run(
                make_rule, rule, roles=(), acts=rule.acts, act=Act("user:eve", datetime.now(UTC))
            )
            yield service, sink


async def execute(connection: AsyncConnection, statement: str) -> None:
    await connection.execute(text(statement))


async def block(service: Service, card_id: int = 7) -> None:
    act = Act("user:bob", datetime.now(UTC))
    await service.database.run(record_activity, act=act, what="card.blocked", record=f"card:{card_id}")


async def read_mail(connection: AsyncConnection) -> list[tuple[str, int, str | None]]:
    rows = await connection.execute(text("select mail, mail_tries, mail_error from notice order by id"))
    return [(row.mail, row.mail_tries, row.mail_error) for row in rows]


async def test_notice_goes_by_mail_once_and_is_sent_behind_the_servers_250(posted: tuple[Service, Sink]) -> None:
    """PS-06: in the application and by e-mail."""
    service, sink = posted
    await block(service)
    await asyncio.gather(notify_once(service), notify_once(service))
    await notify_once(service)
    assert [(one["To"], one["From"], one["Subject"]) for one in sink.letters] == [
        ("ann@example.com", "Mill Lane <shop@example.com>", "Blocked: card:7")
    ]
    assert await service.database.run(read_mail) == [("sent", 1, None)]


async def test_letter_that_is_put_off_is_tried_again_later(posted: tuple[Service, Sink]) -> None:
    service, sink = posted
    sink.answer = "451 busy"
    await block(service)
    for _ in range(2):
        await notify_once(service)
    assert await service.database.run(read_mail) == [("queued", 1, "put off: 451")]
    sink.answer = "250 OK"
    await service.database.run(execute, "update notice set mail_after = now() - interval '1 second'")
    await notify_once(service)
    assert (len(sink.letters), await service.database.run(read_mail)) == (1, [("sent", 2, None)])


async def test_letter_that_is_refused_for_good_says_why_and_its_neighbour_goes_out(
    posted: tuple[Service, Sink],
) -> None:
    service, sink = posted
    sink.answer = "550 no such mailbox"
    await block(service)
    await notify_once(service)
    sink.answer = "250 OK"
    await block(service, 8)
    await notify_once(service)
    assert await service.database.run(read_mail) == [("failed", 1, "refused: 550"), ("sent", 1, None)]


async def test_letter_whose_worker_died_goes_out_when_its_claim_is_over(posted: tuple[Service, Sink]) -> None:
    service, sink = posted
    await block(service)
    sink.answer = "451 busy"
    await notify_once(service)
    await service.database.run(execute, "update notice set mail = 'sending', mail_after = now() + interval '5 minutes'")
    sink.answer = "250 OK"
    await notify_once(service)
    assert sink.letters == []
    await service.database.run(execute, "update notice set mail_after = now() - interval '1 second'")
    await notify_once(service)
    assert len(sink.letters) == 1


async def test_worker_that_is_killed_leaves_nobody_told_twice_or_not_at_all(
    service: Service, database_url: str, tmp_path: Path
) -> None:
    """C77-61, PS-06: it is killed each time somebody has just been told, while another worker looks too."""
    users = tuple([await add_person(service.database, login=login) for login in ("ann", "bob")])
    rule = RuleDraft(name="B", listens="act", acts=("card.blocked",), users=users)
    await service.database.run(make_rule, rule, roles=(), acts=rule.acts, act=Act("user:eve", datetime.now(UTC)))
    await service.database.run(record_activities, act=Act("user:eve", datetime.now(UTC)), what="card.blocked", cards=[(one, {}) for one in range(ACTS)])  # fmt: skip
    told: asyncio.Queue[str] = asyncio.Queue()
    connection = await asyncpg.connect(database_url)
    await connection.add_listener(CHANNEL, lambda *heard: told.put_nowait(heard[-1]))
    workers = [Program(database_url, "worker", log=tmp_path / f"{name}.log") for name in ("one", "other")]
    for _ in range(2):
        async with asyncio.timeout(3 * SECONDS):
            while not (await told.get()).startswith("me:"):
                continue
        workers[0].kill()
    for worker in workers:
        worker.die()
    await connection.close()
    for _ in range(ACTS // MOST_AT_ONCE + 1):
        await notify_once(service)
    query = "select count(*) as told, count(distinct (user_id, record)) as of_them from notice"
    async with service.database.connection() as reading:
        assert tuple((await reading.execute(text(query))).one()) == (2 * ACTS, 2 * ACTS)


async def test_notice_is_kept_for_its_time_and_then_forgotten(posted: tuple[Service, Sink]) -> None:
    service, _ = posted
    for card_id in (7, 8):
        await block(service, card_id)
    await notify_once(service)
    await service.database.run(execute, f"update notice set at = now() - interval '{KEPT_FOR.days} days' where id = 1")
    await notify_once(service)
    assert len(await service.database.run(read_mail)) == 1


async def test_without_a_mail_server_the_notice_stays_and_the_letter_says_why(
    posted: tuple[Service, Sink], settings: Settings, database_url: str
) -> None:
    await block(posted[0])
    async with running_service(settings, database_url) as without:
        await notify_once(without)
    mail = await posted[0].database.run(read_mail)
    assert [(state, error) for state, _, error in mail] == [
        ("failed", "no mail server is set: TALLYCARD_SMTP_URL and TALLYCARD_MAIL_FROM")
    ]


async def test_mail_server_that_is_away_is_waited_for(settings: Settings, posted: tuple[Service, Sink], database_url: str) -> None:  # fmt: skip
    await block(posted[0])
    away = structs.replace(settings, smtp_url="smtp://127.0.0.1:9", mail_from="shop@example.com")
    async with running_service(away, database_url) as service:
        await notify_once(service)
    assert [row[:2] for row in await posted[0].database.run(read_mail)] == [("queued", 1)]


async def test_worker_tells_of_an_act_without_being_asked(service: Service) -> None:
    """C77-30: by the rules that come with the product; the badge's topic is told when the notice stands."""
    ann, bob = [await add_person(service.database, login=login) for login in ("ann", "bob")]
    stopped = asyncio.Event()
    working = asyncio.create_task(notify(service, stopped))
    with service.live.following([f"me:{ann}"]) as follower:
        act = Act("user:bob", datetime.now(UTC))
        await service.database.run(
            make_task, TaskDetails(kind="task", title="T", executor_id=ann), author_id=bob, act=act
        )
        assert await follower.take(SECONDS) == {f"me:{ann}"}
    stopped.set()
    await working
    async with service.database.connection() as connection:
        found = (await connection.execute(text("select user_id, record, what from notice"))).all()
    assert [tuple(row) for row in found] == [(ann, "task:1", "task.made")]


async def test_module_that_is_off_tells_nobody(settings: Settings, posted: tuple[Service, Sink], database_url: str) -> None:  # fmt: skip
    await block(posted[0])
    off = structs.replace(settings, modules_off=frozenset({"notifications"}))
    async with running_service(off, database_url) as service:
        await notify_once(service)
    assert await posted[0].database.run(read_mail) == []


@pytest.mark.parametrize("url", ["http://mail", "smtp://", "smtps://mail:0", "smtp://mail:99999"])
def test_address_of_a_mail_server_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Exception, match="TALLYCARD_SMTP_URL"):
        load_settings({"TALLYCARD_SMTP_URL": url})


@pytest.mark.parametrize(("minutes", "subject"), [(-30, "Event coming: Talk"), (0, "Event begins: Talk")])
def test_letter_says_whether_an_event_comes_or_begins(settings: Settings, minutes: int, subject: str) -> None:
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    data = {"at": at.isoformat(), "minutes": -minutes}
    letter = Letter(id=1, tries=1, record="event:1", what="event.due", data=data, at=at + timedelta(minutes=minutes), is_user=True, address="ann@example.com", language="en")  # fmt: skip
    sending = structs.replace(settings, mail_from="Mill Lane <shop@example.com>")
    assert compose(letter, "Talk", sending)["Subject"] == subject
