"""Use cases of feeds: a calendar that programs of others read by a secret address, as RFC 5545 has it.

Key idea: whoever has the secret reads what its owner may read, as long as the owner works here and has not taken it
back. The secret is 256 random bits, told once; only its SHA-256 is kept. It stands in the journal by number alone.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.calendar import repository
from crm.calendar.errors import CalendarFeedUnknownError, CalendarRefusedError, TooManyFeedsError
from crm.calendar.model import MOST_DAYS, MOST_KINDS, MOST_USERS, Entry, Layers, days_from
from crm.calendar.repository import MOST_FEEDS, Feed, FeedReader
from crm.calendar.service import read_entries
from database.activity import Act, record_activity

MOST_NAME: Final = 60
DAYS_BACK: Final = 31
MOST_ENTRIES: Final = 2_000
"""So many entries a feed holds: events and tasks before birthdays, the earliest first."""
BIRTHDAY: Final[Mapping[str, str]] = {
    "en": "Birthday: {}",
    "ru": "День рождения: {}",
    "uk": "День народження: {}",
    "bg": "Рожден ден: {}",
}
"""What a birthday is called where nothing else tells that it is one, by language."""
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class FeedContent(Struct, frozen=True, kw_only=True):
    """What a feed holds now: `hash` tells one content from every other, `since` is when it became what it is."""

    feed_id: int
    name: str
    entries: tuple[Entry, ...]
    hash: bytes
    since: datetime


async def make_feed(
    connection: AsyncConnection, user_id: int, *, name: str, layers: Layers, act: Act
) -> tuple[int, str]:
    """Make a feed of somebody, and give its number and its secret, which can never be told again.

    Raises CalendarRefusedError, TooManyFeedsError.
    """
    plain = " ".join(name.split())
    if not 0 < len(plain) <= MOST_NAME:
        raise CalendarRefusedError(f"has 1 to {MOST_NAME} characters", field="name")
    check_layers(layers)
    if len(await repository.list_feeds(connection, user_id)) >= MOST_FEEDS:
        raise TooManyFeedsError(f"{MOST_FEEDS} calendars are given out: take one back", field="name")
    secret = secrets.token_urlsafe(32)
    row = {
        "user_id": user_id,
        "name": plain,
        "hash": _hash(secret),
        "layers": repository.layers_column(layers),
        "created_at": act.at,
    }
    feed_id = await repository.insert_feed(connection, row)
    await record_activity(connection, act=act, what="calendar_feed.made", record=f"calendar_feed:{feed_id}")
    return feed_id, secret


async def list_feeds(connection: AsyncConnection, user_id: int) -> list[Feed]:
    """List somebody's feeds that are good, the newest first."""
    return await repository.list_feeds(connection, user_id)


async def revoke_feed(connection: AsyncConnection, feed_id: int, user_id: int, *, act: Act) -> None:
    """Take a feed of somebody back; its secret opens nothing any more. Raises CalendarFeedUnknownError."""
    if not await repository.revoke_feed(connection, feed_id, user_id, now=act.at):
        raise CalendarFeedUnknownError("no calendar of yours that is good has this number")
    await record_activity(connection, act=act, what="calendar_feed.revoked", record=f"calendar_feed:{feed_id}")


async def find_feed(connection: AsyncConnection, secret: str) -> FeedReader:
    """Find a feed that is good by its secret. Raises CalendarFeedUnknownError, which does not repeat the secret."""
    found = await repository.find_feed(connection, _hash(secret)) if _SHAPE.fullmatch(secret) else None
    if found is None:
        raise CalendarFeedUnknownError("no calendar is given out under this address")
    return found


async def read_feed(
    connection: AsyncConnection, reader: FeedReader, layers: Layers, *, today: date, now: datetime, zone: ZoneInfo
) -> FeedContent:
    """Give what a feed holds, from a month ago for about a year, by the layers that its owner still may see."""
    feed, days = reader.feed, days_from(today - timedelta(days=DAYS_BACK), MOST_DAYS)
    entries = choose_entries(await read_entries(connection, layers, days, zone=zone), reader.language)
    content_hash = hashlib.sha256(msgspec.json.encode((feed.name, entries))).digest()
    since = await repository.note_use(connection, feed.id, content_hash, now=now)
    return FeedContent(feed_id=feed.id, name=feed.name, entries=entries, hash=content_hash, since=since)


def choose_entries(found: Iterable[Entry], language: str | None) -> tuple[Entry, ...]:
    """Give what a feed holds of what it could, in a fixed order; birthdays are called so, and are left out first."""
    ordered = sorted(found, key=lambda one: (one.source == "birthdays", one.starts_at, one.source, one.id))
    called = BIRTHDAY.get(language or "", BIRTHDAY["en"])
    return tuple(
        structs.replace(one, title=called.format(one.title)) if one.source == "birthdays" else one
        for one in ordered[:MOST_ENTRIES]
    )


def check_layers(layers: Layers) -> None:
    """Look whether layers are few enough to be read at once. Raises CalendarRefusedError."""
    if len(layers.users) > MOST_USERS:
        raise CalendarRefusedError(f"{MOST_USERS} colleagues at most, or everybody", field="user")
    if len(layers.kinds) > MOST_KINDS:
        raise CalendarRefusedError(f"{MOST_KINDS} kinds at most, or all", field="kind")
    if not layers.sources:
        raise CalendarRefusedError("say what it shows", field="show")


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
