"""What changed, live: an open page says what it shows and is told when to look again.

The stream names topics and tells nothing of what was changed, so whoever is signed in may follow any; reading again is
asked for by the rights of what is read.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from litestar import Router, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, QueryParameter
from litestar.response import Stream
from msgspec import Meta, Struct

from api.auth.rights import allows
from api.rest.calls import Call, service_of
from api.rest.problems import PROBLEMS
from api.state import Service, read_clock
from database.identifiers import MOST_ID
from database.live import Follower, read_missed

EVENTS = "text/event-stream"
LOOK_SECONDS = 15
"""Without any news the stream says so often that it is still there, which also finds out that nobody listens."""

STREAM_LIFETIME = timedelta(minutes=5)
"""So long a stream lasts; the page connects again, and is asked again who it is."""

RECONNECT_MILLISECONDS = 1_000
MOST_TOPICS = 20
MOST_AGE_SECONDS = 24 * 60 * 60
MOST_ID_DIGITS = 18
OWN = "me"
"""The topic of what is the reader's alone: notices, and tasks not opened yet."""

Topic = Annotated[str, Meta(pattern=r"^[a-z_]{1,40}(:[0-9a-f-]{1,36})?$")]


class ChangedEvent(Struct, frozen=True):
    """The followed topics of what changed; `me` is what the reader alone is to look at again."""

    of: list[str]


_STREAM = ResponseSpec(
    ChangedEvent,
    generate_examples=False,
    description="Events of what changed, each with the identifier of the newest act of the journal.",
)


@get("/v1/live", opt=dict(allows("home")), responses={**PROBLEMS, 200: _STREAM})
async def follow_changes(
    request: Call,
    topics: Annotated[list[Topic], QueryParameter(name="of", max_items=MOST_TOPICS)],
    after: FromQuery[int | None] = None,
    age: FromQuery[int] = 0,
) -> Stream:
    """Follow what changes: records such as `task:7`, all records of a kind such as `task`, and `me`.

    Who was away tells the last act heard of, in `Last-Event-ID` or `after`; a page that has heard of none tells how
    many seconds ago it was read, in `age`.
    """
    user_id = request.user.user_id
    own = {} if user_id is None else {f"{OWN}:{user_id}": OWN}
    followed = {topic: topic for topic in topics} | own
    since = read_clock() - timedelta(seconds=min(max(age, 0), MOST_AGE_SECONDS))
    known = _read_known(request.headers.get("Last-Event-ID", ""), after)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(_events(service_of(request), followed, known, since), media_type=EVENTS, headers=headers)


def _read_known(last: str, after: int | None) -> int | None:
    """Read which act a page heard of last; what is no identifier is none."""
    known = int(last) if last.isascii() and last.isdigit() and len(last) <= MOST_ID_DIGITS else after
    return known if known is not None and 0 <= known <= MOST_ID else None


async def _events(
    service: Service, followed: dict[str, str], known: int | None, since: datetime
) -> AsyncIterator[bytes]:
    """Give what changed as events of WHATWG HTML, 9.2; the first one says where the stream begins."""
    ends = read_clock() + STREAM_LIFETIME
    yield b"retry: %d\n\n" % RECONNECT_MILLISECONDS
    with service.live.following(followed) as follower:
        missed = await service.database.run(read_missed, after=known, since=since, now=read_clock())
        follower.last_id = max(follower.last_id, missed.id)
        follower.tell(missed.topics)
        topics = await follower.take(0)
        yield _event(follower, followed, topics)
        while read_clock() < ends and not service.is_stopping:
            topics = await follower.take(LOOK_SECONDS)
            yield _event(follower, followed, topics) if topics else b": still here\n\n"


def _event(follower: Follower, followed: dict[str, str], topics: Iterable[str]) -> bytes:
    told = ChangedEvent(sorted(followed[topic] for topic in topics))
    return b"id: %d\nevent: changed\ndata: %s\n\n" % (follower.last_id, msgspec.json.encode(told))


router = Router("/", route_handlers=[follow_changes], tags=["Live"])
