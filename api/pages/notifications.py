"""The page behind the bell: what the reader was told, each leading to its record, and how it is read.

Opening the record of a notice reads it, by its link here and by any other way to the record.
"""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import Right
from api.auth.rights import allows
from api.pages.audit_words import PATHS
from api.pages.forms import read_form
from api.pages.notice_words import moment_of, name_of
from api.pages.queries import place, place_link, text
from api.pages.renderer import (
    Call,
    database_of,
    formats_of,
    has,
    modules_off_of,
    page,
    principal_of,
    redirect,
    user_id_of,
)
from api.state import read_clock
from crm.notifications import service
from crm.notifications.model import Notice
from crm.notifications.repository.notices import MOST_COUNTED, count_unread, list_notices, name_records
from database.keyset import Page, Place

PATH = "/notifications"
NAMES_ALONE: Mapping[str, Right] = {"feed_entry": "dispatcher.read"}
"""Records without a page, and the right that shows what they are called."""


class ShownNotice(Struct, frozen=True):
    """A notice as the page shows it; `name` is what its record is called, `when` when what it tells of happens."""

    notice: Notice
    what: str
    name: str
    when: str
    is_open: bool


class _Found(Struct, frozen=True):
    page: Page[Notice]
    names: dict[str, str]
    unread: int


@get(PATH, opt=dict(allows("notifications.read")))
async def show_notifications(request: Call) -> Response[str]:
    """Show what the reader was told, the newest first."""
    is_unread = text(request, "shown") == "unread"
    user_id = principal_of(request).user_id or 0
    found = await database_of(request).run(_load, user_id, is_unread=is_unread, where=place(request, int))
    fields = {"shown": "unread" if is_unread else ""}
    return page(
        request,
        "notifications.html",
        notices=[_show(request, one, found.names) for one in found.page.rows],
        unread=found.unread,
        is_unread=is_unread,
        newer=place_link(PATH, fields, found.page.newer),
        older=place_link(PATH, fields, found.page.older),
    )


async def _load(connection: AsyncConnection, user_id: int, *, is_unread: bool, where: Place | None) -> _Found:
    found = await list_notices(connection, user_id, is_unread=is_unread, place=where)
    names = await name_records(connection, [one.record for one in found.rows])
    return _Found(found, names, await count_unread(connection, user_id))


async def show_unread_notices(call: Call, *, most: int) -> list[ShownNotice]:
    """Give the newest notices that the reader has not read yet."""
    return await database_of(call).run(_load_unread, call, most)


async def _load_unread(connection: AsyncConnection, call: Call, most: int) -> list[ShownNotice]:
    found = (await list_notices(connection, user_id_of(call), is_unread=True)).rows[:most]
    names = await name_records(connection, [one.record for one in found]) if found else {}
    return [_show(call, one, names) for one in found]


def _show(call: Call, notice: Notice, names: dict[str, str]) -> ShownNotice:
    when = moment_of(notice.data, formats_of(call))
    is_open = _address(call, notice) is not None
    right = NAMES_ALONE.get(notice.record.partition(":")[0])
    is_named = is_open or (right is not None and has(call, right))
    name = names.get(notice.record, notice.record) if is_named else ""
    return ShownNotice(notice, name_of(notice.what, notice.data, notice.at), name, when, is_open)


def _address(call: Call, notice: Notice) -> str | None:
    """Give the page of a notice's record; None where it has none, or where the reader may not open it."""
    kind, _, key = notice.record.partition(":")
    path, right = PATHS.get(kind, ("", "home"))
    return path + key if path and has(call, right) else None


@get(PATH + "/unread", opt=dict(allows("notifications.read")))
async def show_unread(request: Call) -> Response[str]:
    """Show how many notices the reader has not read: the badge of the bell."""
    count = await database_of(request).run(count_unread, principal_of(request).user_id or 0)
    return page(request, "notices_unread.html", count=count, most=MOST_COUNTED)


@get(PATH + "/{notice_id:int}", opt=dict(allows("notifications.read")))
async def open_notice(request: Call, notice_id: FromPath[int]) -> Response[str]:
    """Lead to the record of a notice, which is read with that."""
    user_id = principal_of(request).user_id or 0
    notice = await database_of(request).run(service.open_notice, notice_id, user_id, now=read_clock())
    return redirect(_address(request, notice) or PATH)


@post(PATH + "/read", opt=dict(allows("notifications.read")))
async def read_all(request: Call) -> Response[str]:
    """Note that all notices were read."""
    await read_form(request)
    await database_of(request).run(service.read_notices, principal_of(request).user_id or 0, now=read_clock())
    return redirect(PATH)


@post(PATH + "/{notice_id:int}", opt=dict(allows("notifications.read")))
async def mark_notice(request: Call, notice_id: FromPath[int]) -> Response[str]:
    """Note that a notice was read, or let it count as unread again."""
    form, user_id = await read_form(request), principal_of(request).user_id or 0
    if form.text("to") == "unread":
        await database_of(request).run(service.unread_notice, notice_id, user_id)
    else:
        await database_of(request).run(service.open_notice, notice_id, user_id, now=read_clock())
    return redirect(PATH)


async def note_seen(call: Call, record: str) -> None:
    """Note that the reader looks at a record: what they were told of it is read."""
    user_id = principal_of(call).user_id
    if user_id is not None and "notifications" not in modules_off_of(call):
        await database_of(call).run(service.read_of_record, user_id, record, now=read_clock())
