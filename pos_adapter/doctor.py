"""What is wrong with a till, and how to mend it; it looks, and changes nothing.

The key idea: it looks from the place of the agent, as the agent's user: at its file and tokens, at the ports of
readers, at the server with the till's own token, and at the agent itself. What cannot be looked at is a finding, and
the look goes on.
"""

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx
from msgspec import DecodeError, Struct, json

from devices.ports import resolve
from devices.troubles import trouble_of
from pos_adapter.config import ConfigError, ReaderConfig, TillConfig, load_config
from pos_adapter.findings import Finding, broken, look, well
from pos_adapter.health import MOST_CLOCK_OFFSET_MS
from pos_adapter.tokens import TokenError, load_token
from pos_adapter.upstream import system_trust

ANSWER_SECONDS: Final = 5
MOST_QUEUE_AGE: Final = timedelta(minutes=15)
_OWN_ADDRESS: Final = "127.0.0.1"
_PLUG_IN: Final = "`tallycard readers list` shows what is there, and by which names"
_KEEP: Final = "keep a copy of it and of its -wal file, and ask for help"


class _Journal(Struct, frozen=True):
    queued: int
    oldest_at: datetime | None
    rejected: int


class _Agent(Struct, frozen=True):
    """What is wanted of an agent's health; all else in it is passed over."""

    status: str
    journal: _Journal
    snapshot_at: datetime | None


def look_at_till(config_file: Path, *, now: datetime) -> list[Finding]:
    """Look at everything about a till."""
    try:
        config = load_config(config_file)
    except ConfigError as error:
        return [broken("till.toml", str(error), "mend it there, or set the till up anew: `tallycard till init`")]
    findings = [well("till.toml", f"till {config.till} of store {config.store}, {len(config.readers)} readers")]
    findings += map(_look_at_reader, config.readers)
    return [*findings, *_look_at_server(config, now), *_look_at_agent(config, now)]


def _look_at_reader(reader: ReaderConfig) -> Finding:
    where = f"reader {reader.id}"
    try:
        device = Path(resolve(reader.port))
        if not device.is_absolute():
            return well(where, f"{reader.port} is no file of this machine: the agent says whether it is connected")
        device.stat()
    except OSError as error:
        return broken(where, f"{reader.port}: {trouble_of(error).words}", _PLUG_IN)
    if not os.access(device, os.R_OK | os.W_OK):
        mend = f"add this user to the group of {device} (dialout, uucp or input), and sign in anew"
        return broken(where, f"{device} may not be opened by this user", mend)
    return well(where, f"{device} is there and may be opened")


def _look_at_server(config: TillConfig, now: datetime) -> Iterator[Finding]:
    try:
        token = load_token(config.token_file)
    except TokenError as error:
        yield broken("token", str(error), "set the till up anew: `tallycard till init` with a new code")
        return
    headers = {"Authorization": f"Bearer {token}"}
    try:
        with httpx.Client(
            base_url=config.server, headers=headers, timeout=ANSWER_SECONDS, trust_env=False, verify=system_trust()
        ) as http:
            health = http.get("/v1/health")
            # A receipt that nobody has: who is known is told so, who is not is refused before.
            known = http.get(f"/v1/receipts/{uuid4()}")
    except httpx.HTTPError as error:
        mend = "look at the network and at `server` in till.toml; until then the till goes on by itself"
        yield broken("server", f"{config.server} does not answer ({type(error).__name__})", mend)
        return
    yield _judge_server(config.server, health)
    yield _judge_token(known.status_code)
    yield _judge_clock(health.headers.get("Date"), now)


def _judge_server(server: str, answer: httpx.Response) -> Finding:
    try:
        status = json.decode(answer.content, type=_Status).status
    except DecodeError:
        return broken("server", f"what answers at {server} is not Tallycard", "look at `server` in till.toml")
    if status != "ok":
        return broken("server", f"it says that it is {status}", "run `tallycard doctor` on the server")
    return well("server", f"{server} is well")


class _Status(Struct, frozen=True):
    status: str


def _judge_token(status: int) -> Finding:
    if status == HTTPStatus.UNAUTHORIZED:
        mend = "make a new code in the back office, and set the till up anew: `tallycard till init`"
        return broken("token", "the server does not know it any more", mend)
    if status != HTTPStatus.NOT_FOUND:
        return look("token", f"the server answered {status}", "look into the server's log")
    return well("token", "the server knows it")


def _judge_clock(date: str | None, now: datetime) -> Finding:
    if date is None:
        return look("clock", "the server does not say what time it is", "look for a proxy that takes `Date` away")
    offset = parsedate_to_datetime(date).astimezone(UTC) - now
    if abs(offset) > timedelta(milliseconds=MOST_CLOCK_OFFSET_MS):
        return broken("clock", f"it is {round(offset.total_seconds())} s off the server's", "set it by NTP")
    return well("clock", "it goes with the server's")


def _look_at_agent(config: TillConfig, now: datetime) -> Iterator[Finding]:
    try:
        answer = httpx.get(f"http://{_OWN_ADDRESS}:{config.port}/v1/health", timeout=ANSWER_SECONDS, trust_env=False)
        agent = json.decode(answer.content, type=_Agent)
    except (httpx.HTTPError, DecodeError):
        yield broken("agent", f"it does not run at port {config.port}", "start it: `tallycard till --config till.toml`")
        yield from _look_at_journal(config.journal_file)
        return
    yield well("agent", "it runs, and with it its journal, which it keeps with full synchronisation or not at all")
    yield _judge_journal(agent.journal, now)
    if agent.journal.rejected:
        yield broken(
            "journal",
            f"{agent.journal.rejected} receipts were refused for good",
            "the agent's page says why; send them again when that is mended",
        )
    if agent.snapshot_at is None:
        what = "there is none that may be used: without the server no card is priced"
        yield look("snapshot", what, "it comes by itself when the server and the token are well")
    else:
        yield well("snapshot", f"it is of {agent.snapshot_at:%Y-%m-%d %H:%M} UTC")


def _judge_journal(journal: _Journal, now: datetime) -> Finding:
    if journal.oldest_at is not None and now - journal.oldest_at > MOST_QUEUE_AGE:
        since = f"{journal.queued} receipts wait since {journal.oldest_at:%Y-%m-%d %H:%M} UTC"
        return look("journal", since, "they go by themselves when the server and the token are well")
    return well("journal", f"{journal.queued} receipts wait")


def _look_at_journal(file: Path) -> Iterator[Finding]:
    """Look into the journal of an agent that does not run, without writing to it."""
    if not file.exists():
        yield look("journal", f"{file} is not there yet", "the agent makes it at its first start")
        return
    try:
        connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        try:
            sound = connection.execute("pragma quick_check(1)").fetchone()[0]
            mode = connection.execute("pragma journal_mode").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.Error as error:
        yield broken("journal", f"{file} cannot be read: {error}", _KEEP)
        return
    if sound != "ok":
        yield broken("journal", f"{file} is damaged", _KEEP)
    elif mode != "wal":
        yield broken("journal", f"{file} is kept as {mode}, not with a write-ahead log", "put it on a local disk")
    else:
        yield well("journal", f"{file} is sound")
