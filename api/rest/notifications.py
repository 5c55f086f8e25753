"""Notices of the caller, and the rules that make everybody's."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, get_args

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from api.auth.model import UserRole
from api.auth.rights import allows
from api.rest.bodies import Body, Identifier
from api.rest.calls import Call, act_of, service_of
from api.rest.lists import next_of, read_place
from api.rest.party_bodies import Code, Version
from api.rest.problems import PROBLEMS
from api.state import read_clock
from crm.notifications import rules
from crm.notifications.model import Listens, Notice, Part, Rule, RuleDraft
from crm.notifications.repository import notices as repository
from crm.notifications.service import open_notice, read_notices, unread_notice
from pos_adapter.protocol import Text, Wire

ROLES = get_args(UserRole)
MOST_READ = 200
RULES = allows("settings.edit", module="notifications")

Act = Annotated[str, Meta(min_length=1, max_length=100)]


class NoticeAnswer(Struct, frozen=True):
    """What the caller was told: of which record, what happened or is due; `data` says when, and who did it."""

    notice_id: int
    record: str
    what: str
    data: Mapping[str, object] | None
    due_at: datetime
    at: datetime
    read_at: datetime | None


class NoticesAnswer(Struct, frozen=True):
    """Notices, the newest first."""

    notices: list[NoticeAnswer]
    next: str | None


class UnreadAnswer(Struct, frozen=True):
    """How many notices the caller has not read, up to 100."""

    unread: int


class ReadBody(Wire, frozen=True):
    """Which notices were read; without any it is all of them."""

    notice_ids: Annotated[list[Identifier], Meta(max_length=MOST_READ)] | None = None


class RuleBody(Wire, frozen=True, kw_only=True):
    """What is said of a rule.

    `acts` are acts of the journal such as `card.blocked`, or of a changed field, `task.changed:executor_id`. Minutes
    before that are less than nothing are minutes after; `by_record` is as long before as the event or task says itself.
    """

    name: Text
    listens: Listens
    acts: Annotated[tuple[Act, ...], Meta(max_length=50)] = ()
    kind: Code | None = None
    minutes_before: Annotated[tuple[int, ...], Meta(max_length=20)] = ()
    on_occurrence: bool = True
    by_record: bool = False
    users: Annotated[tuple[Identifier, ...], Meta(max_length=100)] = ()
    roles: Annotated[tuple[Text, ...], Meta(max_length=20)] = ()
    departments: Annotated[tuple[Code, ...], Meta(max_length=100)] = ()
    parts: Annotated[tuple[Part, ...], Meta(max_length=10)] = ()
    by_app: bool = True
    by_mail: bool = False
    repeat_minutes: int | None = None
    is_on: bool = True


class RuleChange(RuleBody, frozen=True, kw_only=True):
    """A rule as it is to be."""

    version: Version


class RuleAnswer(RuleDraft, frozen=True, kw_only=True):
    """A rule."""

    rule_id: int
    version: int


class RulesAnswer(Struct, frozen=True):
    """All rules in the order in which they were made."""

    rules: list[RuleAnswer]


@get("/v1/notifications", responses=PROBLEMS)
async def get_notices(
    request: Call,
    unread: FromQuery[bool] = False,  # noqa: FBT002 - a query field
    after: FromQuery[str | None] = None,
) -> NoticesAnswer:
    """List what the caller was told, the newest first, page by page."""
    found = await service_of(request).database.run(
        repository.list_notices, request.user.user_id or 0, is_unread=unread, place=read_place(after)
    )
    return NoticesAnswer([_render(one) for one in found.rows], next_of(found.older))


@get("/v1/notifications/unread", responses=PROBLEMS)
async def get_unread(request: Call) -> UnreadAnswer:
    """Count what the caller has not read."""
    count = await service_of(request).database.run(repository.count_unread, request.user.user_id or 0)
    return UnreadAnswer(count)


@post("/v1/notifications/read", dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def read(request: Call, data: JSONBody[ReadBody]) -> UnreadAnswer:
    """Note that some notices were read, or all; gives how many are left."""
    database, user_id = service_of(request).database, request.user.user_id or 0
    await database.run(read_notices, user_id, data.notice_ids, now=read_clock())
    return UnreadAnswer(await database.run(repository.count_unread, user_id))


@post("/v1/notifications/{notice_id:int}/read", status_code=200, responses=PROBLEMS)
async def read_one(request: Call, notice_id: FromPath[int]) -> NoticeAnswer:
    """Note that a notice was read."""
    user_id = request.user.user_id or 0
    found = await service_of(request).database.run(open_notice, notice_id, user_id, now=read_clock())
    return _render(found)


@post("/v1/notifications/{notice_id:int}/unread", status_code=204, responses=PROBLEMS)
async def unread_one(request: Call, notice_id: FromPath[int]) -> None:
    """Let a notice count as unread again."""
    await service_of(request).database.run(unread_notice, notice_id, request.user.user_id or 0)


@get("/v1/notification-rules", opt=dict(RULES), responses=PROBLEMS)
async def get_rules(request: Call) -> RulesAnswer:
    """List all rules."""
    return RulesAnswer([_render_rule(one) for one in await service_of(request).database.run(rules.list_rules)])


@post("/v1/notification-rules", opt=dict(RULES), dto=Body, return_dto=None, responses=PROBLEMS)
async def make_rule(request: Call, data: JSONBody[RuleBody]) -> RuleAnswer:
    """Make a rule, which listens from now on."""
    made = await service_of(request).database.run(
        rules.make_rule, _draft(data), roles=ROLES, acts=_acts_of(request), act=act_of(request)
    )
    return _render_rule(made)


@put("/v1/notification-rules/{rule_id:int}", opt=dict(RULES), dto=Body, return_dto=None, responses=PROBLEMS)
async def change_rule(request: Call, rule_id: FromPath[int], data: JSONBody[RuleChange]) -> RuleAnswer:
    """Change a rule, or switch it off or on."""
    acts, act = _acts_of(request), act_of(request)
    changed = await service_of(request).database.run(
        rules.change_rule, rule_id, _draft(data), seen=data.version, roles=ROLES, acts=acts, act=act
    )
    return _render_rule(changed)


@delete("/v1/notification-rules/{rule_id:int}", opt=dict(RULES), responses=PROBLEMS)
async def delete_rule(request: Call, rule_id: FromPath[int]) -> None:
    """Delete a rule with the notices that it made."""
    await service_of(request).database.run(rules.delete_rule, rule_id, act=act_of(request))


def _acts_of(call: Call) -> frozenset[str]:
    acts: frozenset[str] = call.app.state["acts"]
    return acts


def _draft(body: RuleBody) -> RuleDraft:
    return RuleDraft(**{name: getattr(body, name) for name in RuleDraft.__struct_fields__})


def _render(notice: Notice) -> NoticeAnswer:
    fields = {name: getattr(notice, name) for name in NoticeAnswer.__struct_fields__ if name != "notice_id"}
    return NoticeAnswer(notice_id=notice.id, **fields)


def _render_rule(rule: Rule) -> RuleAnswer:
    fields = {name: getattr(rule, name) for name in RuleDraft.__struct_fields__}
    return RuleAnswer(rule_id=rule.id, version=rule.version, **fields)


router = Router(
    "/",
    route_handlers=[
        get_notices,
        get_unread,
        read,
        read_one,
        unread_one,
        get_rules,
        make_rule,
        change_rule,
        delete_rule,
    ],
    opt=dict(allows("notifications.read")),
    tags=["Notifications"],
)
