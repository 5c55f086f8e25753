"""What the facts mean. Pure: facts in, findings out."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from api.doctor.repository import Facts, Server
from api.queues.repository import TillSign
from api.settings import Settings
from database.signs import BACKUP, VERIFY, WORKER, SignOfLife
from pos_adapter.findings import Finding, broken, look, well

OLDEST_SERVER: Final = 150_000
NEWEST_SERVER: Final = 190_000
MOST_CLOCK_OFFSET: Final = timedelta(seconds=5)
MOST_WORKER_SILENCE: Final = timedelta(minutes=5)
MOST_BACKUP_AGE: Final = timedelta(days=2)
MOST_VERIFY_AGE: Final = timedelta(days=8)
MOST_TILL_SILENCE: Final = timedelta(hours=24)
MOST_TILL_QUEUE: Final = 1_000
LEAST_FREE_BYTES: Final = 2 << 30
WANTED_FREE_BYTES: Final = 10 << 30
_MAJOR: Final = 10_000


def judge_server(server: Server, settings: Settings, *, now: datetime) -> Iterator[Finding]:
    """Judge how PostgreSQL is set up."""
    shown = f"PostgreSQL {server.version // _MAJOR}"
    if OLDEST_SERVER <= server.version < NEWEST_SERVER:
        yield well("database", f"{shown} answers")
    else:
        yield look("database", f"{shown} is not among those that were tried", "use PostgreSQL 15 to 18")
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        value = getattr(server, name)
        if value == "off":
            yield broken(
                f"database, {name}",
                "it is off: what was acknowledged may be gone after a power cut",
                f"alter system set {name} = on; then reload PostgreSQL",
            )
    if not server.may_serve:
        yield broken(
            "database, roles",
            "the account of TALLYCARD_DATABASE_URL is no member of tallycard_service",
            "as a superuser: grant tallycard_service to that account (`tallycard migrate` makes the role)",
        )
    if not server.knows_zone:
        yield look(
            "database, time zones", f"it does not know {settings.timezone}", "bring its time zone data up to date"
        )
    offset = server.now - now
    if abs(offset) > MOST_CLOCK_OFFSET:
        seconds = round(offset.total_seconds())
        yield look("clock", f"the database's is {seconds} s off from this machine's", "keep both by NTP")
    else:
        yield well("clock", "this machine's and the database's agree")


def judge_schema(revision: str | None, newest: str) -> Finding:
    """Judge whether the tables are those of this version."""
    if revision == newest:
        return well("schema", f"it is {newest}")
    if revision is None:
        return broken("schema", "there are no tables yet", "run `tallycard migrate`, or start `tallycard serve`")
    if revision < newest:
        return broken("schema", f"it is {revision}, and this version wants {newest}", "run `tallycard migrate`")
    return broken("schema", f"it is {revision}, of a newer version", "upgrade the software, or restore a backup")


def judge_facts(facts: Facts, settings: Settings, *, now: datetime) -> Iterator[Finding]:
    """Judge what the service keeps of itself."""
    yield _judge_worker(facts.signs.get(WORKER), now)
    yield from _judge_jobs(facts)
    if facts.missing_partitions:
        names = ", ".join(facts.missing_partitions)
        yield look("partitions", f"{names} are not there", "start `tallycard worker`, or run `tallycard migrate`")
    else:
        yield well("partitions", "this month's and the next month's are there")
    yield _judge_backup(facts.signs.get(BACKUP), now)
    yield _judge_verify(facts.signs.get(VERIFY), now)
    yield from _judge_mail(facts, settings)
    for till in facts.tills:
        yield _judge_till(till, now)


def judge_disk(place: str, free_bytes: int) -> Finding:
    """Judge the room that is left where the data lie."""
    shown = f"{free_bytes / (1 << 30):.1f} GB are free in {place}"
    if free_bytes < LEAST_FREE_BYTES:
        return broken("disk", shown, "make room: a full disk stops every till's receipts at the server")
    if free_bytes < WANTED_FREE_BYTES:
        return look("disk", shown, "make room, or move TALLYCARD_DATA")
    return well("disk", shown)


def judge_rights(place: str, mode: int) -> Finding:
    """Judge who may enter the folder of the embedded database."""
    if mode & 0o077:
        return broken("data folder", f"{place} is open to others ({mode & 0o777:o})", f"chmod 700 {place}")
    return well("data folder", f"{place} is closed to others")


def _judge_worker(sign: SignOfLife | None, now: datetime) -> Finding:
    if sign is None:
        return look("worker", "it has never run: jobs, mail and what is due each day wait", "start `tallycard worker`")
    silence = now - sign.at
    if silence > MOST_WORKER_SILENCE:
        return broken("worker", f"it was heard {_ago(silence)} last", "start `tallycard worker`, and look into its log")
    return well("worker", f"it was heard {_ago(silence)}")


def _judge_jobs(facts: Facts) -> Iterator[Finding]:
    if facts.stale_jobs:
        yield look("jobs", f"{facts.stale_jobs} lost their worker", "start `tallycard worker`: it takes them up")
    if facts.waiting_jobs:
        yield look(
            "jobs",
            f"{facts.waiting_jobs} have been waiting for ten minutes or more",
            "start another `tallycard worker`, or wait for the long one to end",
        )
    if not facts.stale_jobs and not facts.waiting_jobs:
        yield well("jobs", "none waits for long")


def _judge_backup(sign: SignOfLife | None, now: datetime) -> Finding:
    mend = "run `tallycard backup FILE` each night, and keep the file on another machine"
    if sign is None:
        return look("backup", "none was made by `tallycard backup`", mend)
    age = now - sign.at
    if age > MOST_BACKUP_AGE:
        return look("backup", f"the newest was made {_ago(age)}", mend)
    return well("backup", f"the newest was made {_ago(age)}")


def _judge_verify(sign: SignOfLife | None, now: datetime) -> Finding:
    if sign is None:
        return look("books", "they were never proved", "run `tallycard verify` each week")
    if not sign.is_well:
        return broken(
            "books", f"{sign.detail.get('differences')} differences were found", "run `tallycard verify`: it names them"
        )
    age = now - sign.at
    if age > MOST_VERIFY_AGE:
        return look("books", f"they were proved {_ago(age)} last", "run `tallycard verify` each week")
    return well("books", f"they agreed {_ago(age)}")


def _judge_mail(facts: Facts, settings: Settings) -> Iterator[Finding]:
    if facts.mailboxes and not settings.mail_key:
        yield broken(
            "mail", "there are mailboxes, and no key opens their passwords", "set TALLYCARD_MAIL_KEY to what it was"
        )
    if settings.smtp_url and not settings.mail_from:
        yield broken("mail", "a mail server is set, and no sender", "set TALLYCARD_MAIL_FROM")
    if settings.mail_key and not settings.public_url:
        yield look(
            "mail", "letters have no links to unsubscribe: there is no address for them", "set TALLYCARD_PUBLIC_URL"
        )


def _judge_till(till: TillSign, now: datetime) -> Finding:
    where = f"till {till.till} of store {till.store}"
    if till.rejected:
        return broken(
            where,
            f"{till.rejected} of its receipts were refused for good",
            "look at its page: it says why; send them again when that is mended",
        )
    silence = now - till.at
    if silence > MOST_TILL_SILENCE:
        return look(where, f"it was heard {_ago(silence)} last", "run `tallycard till doctor` there")
    if till.queued > MOST_TILL_QUEUE:
        return look(where, f"{till.queued} of its receipts wait", "run `tallycard till doctor` there")
    return well(where, f"it was heard {_ago(silence)}, {till.queued} receipts wait")


def _ago(span: timedelta) -> str:
    seconds = max(0, round(span.total_seconds()))
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} seconds ago"
