"""The SQL that makes notices: what is due by a rule now, for whom, and not told yet.

Key idea: one statement for each kind of rule finds what is due, its recipients, and leaves out what was told: its key
names the record, the time before and the moment itself, so that what moved is told again for its new moment, and a
table's constraint lets nobody be told twice, however many rules mean them and however many workers look at once; a
second rule only adds the way in which the first did not tell. What is told late is told once, by the time before that
lies nearest. Whose something was when an act was done is read from the acts: from what it set
itself, else from what the next one replaced. It may be another's by now, who is told of that act and of none before.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.notifications.model import Birthday, Rule

MOST_AT_ONCE: Final = 500
MOST_OF_ACTS: Final = 50_000
"""So many notices the acts heard at once may make."""
MOST_LATE: Final = timedelta(days=1)
"""What happened while no worker ran is told for so long."""
FARTHEST: Final = timedelta(days=367)
LATE_ACTS: Final = timedelta(seconds=60)
"""An act shows when its transaction ends: so long behind the newest one heard, acts are looked at again."""


class Place(Struct, frozen=True):
    """How far in the journal a rule has listened."""

    at: datetime
    id: int


async def tell_events(connection: AsyncConnection, rule: Rule, *, now: datetime) -> list[int | None]:
    """Make the notices of events that are due by a rule; gives the users, None for a contact person."""
    return await _tell(connection, rule, _EVENTS + _EVENT_PEOPLE, now=now)


async def tell_tasks(connection: AsyncConnection, rule: Rule, *, now: datetime) -> list[int | None]:
    """Make the notices of tasks that are due by a rule; gives the users, None for a contact person."""
    return await _tell(connection, rule, _TASKS + _TASK_PEOPLE, now=now)


async def tell_birthdays(
    connection: AsyncConnection, rule: Rule, birthdays: Sequence[Birthday], *, now: datetime
) -> list[int | None]:
    """Make the notices of some days' birthdays; gives the users."""
    listed = {
        "month_days": [one.month_day for one in birthdays],
        "days": [one.day for one in birthdays],
        "minutes": [one.minutes for one in birthdays],
    }
    return await _tell(connection, rule, _BIRTHDAYS + _BIRTHDAY_PEOPLE, now=now, more=listed)


async def tell_acts(
    connection: AsyncConnection, rule: Rule, *, after: Place, until: datetime, now: datetime
) -> list[int | None]:
    """Make the notices of acts behind a place up to a moment; gives the users, None for a contact person."""
    bounds = {"after_at": after.at, "after_id": after.id, "until": until, "most": MOST_OF_ACTS, **_acts_of(rule)}
    return await _tell(connection, rule, _ACTS + _ACT_PEOPLE, now=now, more=bounds)


async def find_last_act(connection: AsyncConnection, rule: Rule, *, after: Place) -> Place | None:
    """Find the last of the next acts behind a place that a rule hears at once; None where there are none."""
    values = {"after_at": after.at, "after_id": after.id, "most": MOST_AT_ONCE, **_acts_of(rule)}
    row = (await connection.execute(text(_LAST_ACT), values)).one_or_none()
    return None if row is None else Place(row.at, row.id)


async def repeat_unread(connection: AsyncConnection, *, now: datetime, most: int) -> list[int]:
    """Tell again what was not looked at in the time that its rule gives; gives the users."""
    return list((await connection.execute(text(_REPEAT), {"now": now, "most": most})).scalars())


async def _tell(
    connection: AsyncConnection, rule: Rule, query: str, *, now: datetime, more: dict[str, object] | None = None
) -> list[int | None]:
    values: dict[str, object] = {
        "rule": rule.id,
        "times": list(rule.times),
        "by_record": rule.by_record,
        "kind": rule.kind_id,
        "parts": list(rule.parts),
        "users": list(rule.users),
        "roles": list(rule.roles),
        "departments": list(rule.departments),
        "by_app": rule.by_app,
        "by_mail": rule.by_mail,
        "now": now,
        "heard": max(rule.heard_at, now - MOST_LATE),
        "lowest": now - MOST_LATE + timedelta(minutes=min(rule.times, default=0)),
        "highest": now + timedelta(minutes=max(rule.times, default=0)),
        "farthest": now + FARTHEST,
        "most": MOST_AT_ONCE,
        **(more or {}),
    }
    statement = text(query + _INSERT)
    used = {name: value for name, value in values.items() if f":{name}" in query + _INSERT}
    return list((await connection.execute(statement, used)).scalars())


def _acts_of(rule: Rule) -> dict[str, object]:
    fields = [act for act in rule.acts if ":" in act]
    plain = [act for act in rule.acts if ":" not in act]
    return {
        "acts": sorted({*plain, *(act.partition(":")[0] for act in fields)}),
        "plain": plain,
        "fields": fields,
    }


_NAMED: Final = """select id from app_user where id = any(:users) or role = any(:roles) or department_id in (
            select id from directory_entry where directory = 'department' and code = any(:departments))"""
"""Whom a rule names, whatever they have to do with the record."""
_DUE: Final = """
, due as (
    select distinct on (id) * from times where due_at <= cast(:now as timestamptz) and case when minutes > 0
        then at > cast(:now as timestamptz)
        else due_at > greatest(cast(:heard as timestamptz), created_at - interval '1 minute') end
    order by id, due_at desc
)
"""
_EVENTS: Final = (
    """
with times as (
    select e.id, e.starts_at as at, m as minutes, e.starts_at - make_interval(mins => m) as due_at,
        e.responsible_id, e.author_id, e.party_id, e.created_at
    from event e cross join unnest(cast(:times as int[])) m
    where e.archived_at is null and e.cancelled_at is null and e.completed_at is null and e.starts_at is not null
        and e.listed_at between cast(:lowest as timestamptz) and cast(:highest as timestamptz)
        and (cast(:kind as bigint) is null or e.kind_id = cast(:kind as bigint))
    union all
    select e.id, e.starts_at, e.remind_days * 1440,
        ((e.starts_at at time zone e.zone)::date - e.remind_days)::timestamp at time zone e.zone,
        e.responsible_id, e.author_id, e.party_id, e.created_at
    from event e
    where cast(:by_record as boolean) and e.remind_days is not null
        and e.archived_at is null and e.cancelled_at is null and e.completed_at is null
        and e.starts_at between cast(:lowest as timestamptz) and cast(:farthest as timestamptz)
        and (cast(:kind as bigint) is null or e.kind_id = cast(:kind as bigint))
)"""
    + _DUE
)
_EVENT_PEOPLE: Final = f"""
, about as (
    select 'event:' || id as record, 'event.due' as what, id || ':' || minutes || ':' || extract(epoch from at)::bigint
        as mark, at, due_at, jsonb_build_object('at', at, 'minutes', minutes) as data, id, party_id, null as actor,
        responsible_id, author_id
    from due
), people as (
    select a.*, r.user_id, cast(null as bigint) as person_id from about a cross join lateral (
        select a.responsible_id where 'responsible' = any(cast(:parts as text[]))
        union select a.author_id where 'author' = any(cast(:parts as text[]))
        union select u.user_id from event_user u where u.event_id = a.id
            and case u.part when 'reminded' then 'reminded' else 'participants' end = any(cast(:parts as text[]))
        union {_NAMED}
    ) r(user_id)
    union all
    select a.*, null, n.person_id from about a cross join lateral (
        select person_id from event_person where event_id = a.id
        union all
        (select c.person_id from contact_person c where c.party_id = a.party_id
            and not exists (select from event_person where event_id = a.id) order by c.position, c.id limit 1)
    ) n where 'contact_person' = any(cast(:parts as text[]))
)
"""
_TASKS: Final = (
    """
with times as (
    select t.id, t.due_at as at, m as minutes, t.due_at - make_interval(mins => m) as due_at,
        t.executor_id, t.author_id, t.party_id, t.person_id as of_person, t.created_at
    from task t cross join unnest(cast(:times as int[])) m
    where t.closed_at is null and t.archived_at is null and t.due_at is not null
        and coalesce(t.due_at, 'infinity') between cast(:lowest as timestamptz) and cast(:highest as timestamptz)
        and (cast(:kind as bigint) is null or t.kind_id = cast(:kind as bigint))
    union all
    select t.id, t.due_at, t.remind_minutes, t.due_at - make_interval(mins => t.remind_minutes),
        t.executor_id, t.author_id, t.party_id, t.person_id, t.created_at
    from task t
    where cast(:by_record as boolean) and t.remind_minutes is not null and t.closed_at is null and t.archived_at is null
        and t.due_at between cast(:lowest as timestamptz) and cast(:farthest as timestamptz)
        and (cast(:kind as bigint) is null or t.kind_id = cast(:kind as bigint))
)"""
    + _DUE
)
_TASK_PEOPLE: Final = f"""
, about as (
    select 'task:' || id as record, 'task.due' as what, id || ':' || minutes || ':' || extract(epoch from at)::bigint
        as mark, at, due_at, jsonb_build_object('at', at, 'minutes', minutes) as data, id, party_id, of_person,
        null as actor, executor_id, author_id
    from due
), people as (
    select a.*, r.user_id, cast(null as bigint) as person_id from about a cross join lateral (
        select a.executor_id where cast(:parts as text[]) && '{{executor,responsible}}'
        union select a.author_id where 'author' = any(cast(:parts as text[]))
        union select p.user_id from task_person_part p where p.task_id = a.id
            and case p.part when 'watcher' then 'watchers' else 'participants' end = any(cast(:parts as text[]))
        union {_NAMED}
    ) r(user_id)
    union all
    select a.*, null, coalesce(a.of_person, (select c.person_id from contact_person c where c.party_id = a.party_id
        order by c.position, c.id limit 1))
    from about a where 'contact_person' = any(cast(:parts as text[]))
)
"""
_BIRTHDAYS: Final = """
with due as (
    select p.id, d.day, d.minutes
    from unnest(cast(:month_days as int[]), cast(:days as date[]), cast(:minutes as int[])) d(month_day, day, minutes)
    join party p on extract(month from p.birth_date) * 100 + extract(day from p.birth_date) = d.month_day
    where p.birth_date is not null and p.archived_at is null and p.merged_into is null and p.erased_at is null
)
"""
_BIRTHDAY_PEOPLE: Final = f"""
, about as (
    select 'party:' || id as record, 'party.birthday' as what, id || ':' || minutes || ':' || day as mark,
        cast(:now as timestamptz) as due_at, jsonb_build_object('on', day, 'minutes', minutes) as data, id,
        null as actor
    from due
), people as (
    select a.*, r.user_id, cast(null as bigint) as person_id from about a cross join lateral (
        (select e.responsible_id from event e where e.archived_at is null and e.responsible_id is not null
            and (e.party_id in (select a.id union all select party_id from contact_person where person_id = a.id)
            or e.id in (select event_id from event_person where person_id = a.id))
            and 'responsible' = any(cast(:parts as text[])) order by e.listed_at desc, e.id desc limit 1)
        union {_NAMED}
    ) r(user_id)
    union all
    select a.*, null, a.id from about a where 'contact_person' = any(cast(:parts as text[]))
)
"""
_HEARD: Final = """
    from activity a
    where a.act not in ('receipt.posted', 'receipt.parked', 'receipt.suspended') and a.act = any(cast(:acts as text[]))
        and (a.at, a.id) > (cast(:after_at as timestamptz), cast(:after_id as bigint))
        and (a.act = any(cast(:plain as text[])) or exists (
            select from jsonb_array_elements_text(case when jsonb_typeof(a.data -> 'fields') = 'array'
                then a.data -> 'fields' else '[]' end) f
            where a.act || ':' || f = any(cast(:fields as text[]))))
"""
_LAST_ACT: Final = f"""
select at, id from (select a.at, a.id {_HEARD} order by a.at, a.id limit :most) few order by at desc, id desc limit 1
"""
_ACTS: Final = f"""
with heard as (
    select a.id, a.at, a.act, a.record, a.actor, a.party_id, a.data,
        case when a.record ~ '^[a-z_]+:[0-9]{{1,18}}$' then split_part(a.record, ':', 2)::bigint end as number,
        split_part(a.record, ':', 1) as family
    {_HEARD} and a.at <= cast(:until as timestamptz)
)
"""
_FIELDS: Final = """(values ('co_executors', 'co_executor', 'participants'), ('watchers', 'watcher', 'watchers'),
            ('participants', 'participant', 'participants'), ('crew', 'crew', 'participants'),
            ('reminded', 'reminded', 'reminded')) f(field, kept, part)"""
"""The fields of tasks and events that list people: as acts call them, as they are kept, and the part they are."""
_OF_WORK: Final = "case when h.family in ('task', 'event') then"
_ACT_PEOPLE: Final = f"""
, about as (
    select h.record, h.act as what, h.id::text as mark, h.at as due_at,
        jsonb_build_object('actor', h.actor) as data, h.number as id, h.family, h.actor, s.said,
        case when jsonb_typeof(h.data -> 'mentions') = 'array' then h.data -> 'mentions' end as mentions,
        coalesce(h.party_id, t.party_id, e.party_id, b.party_id) as party_id,
        coalesce(t.author_id, e.author_id) as author_id,
        case when s.said ? 'executor_id' then (s.said ->> 'executor_id')::bigint else t.executor_id end as executor_id,
        case when s.said ? 'responsible_id' then (s.said ->> 'responsible_id')::bigint else e.responsible_id end
            as responsible_id,
        coalesce(t.person_id, b.person_id) as of_person
    from heard h
    left join task t on h.family = 'task' and t.id = h.number
    left join event e on h.family = 'event' and e.id = h.number
    left join business_document b on h.family = 'business_document' and b.id = h.number
    left join lateral (
        select jsonb_object_agg(f.key, f.value order by f.at desc, f.id desc) as said from (
            select h.at, h.id, one.key, one.value from jsonb_each({_OF_WORK} h.data -> 'new' end) one
            union all
            select l.at, l.id, one.key, one.value
            from activity l cross join jsonb_each({_OF_WORK} l.data -> 'old' end) one
            where h.family in ('task', 'event') and l.record = h.record and (l.at, l.id) > (h.at, h.id)
                and l.act not in ('receipt.posted', 'receipt.parked', 'receipt.suspended')
        ) f where f.key = any(array['executor_id', 'responsible_id', 'co_executors', 'watchers', 'participants',
            'crew', 'reminded'])
    ) s on h.family in ('task', 'event')
), people as (
    select a.*, r.user_id, cast(null as bigint) as person_id from about a cross join lateral (
        select a.executor_id where cast(:parts as text[]) && '{{executor,responsible}}'
        union select a.responsible_id where 'responsible' = any(cast(:parts as text[]))
        union select a.author_id where 'author' = any(cast(:parts as text[]))
        union select m::bigint from jsonb_array_elements_text(a.mentions) m
            where 'mentioned' = any(cast(:parts as text[]))
        union select u.user_id from {_FIELDS} cross join lateral (
            select o::bigint from jsonb_array_elements_text(a.said -> f.field) o
            union all select p.user_id from task_person_part p where a.family = 'task' and p.task_id = a.id
                and p.part = f.kept and coalesce(not a.said ? f.field, true)
            union all select p.user_id from event_user p where a.family = 'event' and p.event_id = a.id
                and p.part = f.kept and coalesce(not a.said ? f.field, true)
        ) u(user_id) where f.part = any(cast(:parts as text[]))
        union {_NAMED}
    ) r(user_id)
    union all
    select a.*, null, coalesce(a.of_person,
        (select n.person_id from event_person n where a.family = 'event' and n.event_id = a.id limit 1),
        (select c.person_id from contact_person c where c.party_id = a.party_id order by c.position, c.id limit 1),
        (select p.id from party p where p.id = a.party_id and p.kind = 'person'))
    from about a where 'contact_person' = any(cast(:parts as text[]))
)
"""
_INSERT: Final = """
insert into notice (rule_id, key, user_id, person_id, record, what, data, due_at, at, by_app, mail, mail_after)
select cast(:rule as bigint), way.key, p.user_id, p.person_id, p.record, p.what, p.data, p.due_at,
    cast(:now as timestamptz), way.app, case when way.mail then 'queued' end,
    case when way.mail then cast(:now as timestamptz) end
from people p
left join app_user u on u.id = p.user_id
cross join lateral (select p.what || ':' || p.mark as key, cast(:by_app as boolean) and p.user_id is not null as app,
    cast(:by_mail as boolean) and (p.user_id is null or u.email is not null) as mail) way
where (u.id is not null and u.disabled_at is null or p.person_id is not null)
    and (p.actor is null or u.login is null or p.actor <> 'user:' || u.login)
    and (way.app or p.user_id is null or u.email is not null)
    and not exists (select from notice n where n.key = way.key
        and n.user_id is not distinct from p.user_id and n.person_id is not distinct from p.person_id
        and (n.by_app or not way.app) and (n.mail is not null or not way.mail))
order by p.due_at, p.record limit :most
on conflict (key, user_id, person_id) do update set by_app = notice.by_app or excluded.by_app,
    mail = coalesce(notice.mail, excluded.mail), mail_after = coalesce(notice.mail_after, excluded.mail_after)
returning user_id
"""
_REPEAT: Final = """
with stale as (
    select n.id from notice n join notification_rule r on r.id = n.rule_id
    where n.read_at is null and n.by_app and r.is_on and r.repeat_minutes is not null and n.repeats < :most
        and n.at <= cast(:now as timestamptz) - make_interval(mins => r.repeat_minutes)
        and not exists (select from task t where n.record = 'task:' || t.id and t.closed_at is not null)
    order by n.id limit 500 for update of n skip locked
)
update notice n set at = cast(:now as timestamptz), repeats = repeats + 1,
    mail = case when n.mail = 'sent' then 'queued' else n.mail end,
    mail_tries = case when n.mail = 'sent' then 0 else n.mail_tries end,
    mail_after = case when n.mail = 'sent' then cast(:now as timestamptz) else n.mail_after end
from stale where n.id = stale.id
returning n.user_id
"""
