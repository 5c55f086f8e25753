"""All SQL of what people may ask: where something about a person stands, to be read out and to be erased.

Key idea: two lists name every table that holds people's data, one to read and one to erase; a table that is added gets
a line in both. `:ids` are the party and those that were merged into it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

Rows = list[dict[str, object]]

ERASED_NAME: Final = "(erased)"
INVOICE_YEARS: Final = 10
"""So long after the year in which it was issued an invoice keeps to whom: the longest term of the laws on keeping books
in the countries of the European Union, Ukraine and Russia. Nothing else of a person is kept for any law."""
RECEIPTS_PER_PORTION: Final = 500

_CALLS = """number <> '' and exists (select from party_contact c where c.party_id = any(:ids)
    and c.kind in ('phone', 'fax') and length(c.canonical) >= 7
    and right(c.canonical, 9) = right(regexp_replace(number, '[^0-9]', '', 'g'), 9))"""
_TASKS = "select id from task where party_id = any(:ids) or person_id = any(:ids)"
_PROJECTS = "select id from project where party_id = any(:ids)"
_LETTERS = "select id from letter where party_id = any(:ids) or person_id = any(:ids)"
_MAIL = "select id from mail_message where party_id = any(:ids)"
_OWN_VALUES = """record_id = any(:ids)
    and attribute_id in (select id from attribute where directory in ('party', 'person'))"""

_EVENTS = """(t.party_id = any(:ids)
    or exists (select from event_person n where n.event_id = t.id and n.person_id = any(:ids)))"""

_REFERRERS = ("party_file", "task_file", "event_file", "letter_file", "mail_file", "mailing_file")
"""Tables whose rows refer to contents of files; a message refers to its own source too."""


def _not_in(tables: Sequence[str], but: str = "") -> str:
    """Say that no row of tables refers to a content `c`, those apart that go from one of them."""
    return " ".join(
        f"and not exists (select from {one} f where f.hash = c.hash"
        f"{' and f.id not in (select id from gone)' if one == but else ''})"
        for one in tables
    )


def _delete_files(table: str, which: str) -> str:
    """Delete rows of one of those tables, and the contents that nobody refers to any more."""
    return f"""with gone as (delete from {table} where {which} returning id, hash)
        delete from file_content c where hash in (select hash from gone) {_not_in(_REFERRERS, table)}
        and not exists (select from mail_message m where m.raw = c.hash)"""


KEPT: Final[Mapping[str, str]] = {
    "party": "select to_jsonb(t) - 'search' from party t where id = any(:ids) order by id",
    "addresses": """select to_jsonb(t) - 'search' || jsonb_build_object('uses',
            (select coalesce(jsonb_agg(use order by use), '[]') from party_address_use u where u.address_id = t.id))
        from party_address t where party_id = any(:ids) order by party_id, position""",
    "ways_of_contact": "select to_jsonb(t) from party_contact t where party_id = any(:ids) order by party_id, position",
    "bank_accounts": "select to_jsonb(t) from party_bank_account t where party_id = any(:ids) order by id",
    "registrations": "select to_jsonb(t) from party_registration t where party_id = any(:ids) order by id",
    "relations": """select to_jsonb(t) || jsonb_build_object('relation', e.code) from party_relation t
        join directory_entry e on e.id = t.relation_id
        where party_id = any(:ids) or other_party_id = any(:ids) order by t.id""",
    "groups": """select jsonb_build_object('group', e.code, 'names', e.names) from party_group t
        join directory_entry e on e.id = t.group_id where party_id = any(:ids) order by e.position""",
    "contact_of": """select to_jsonb(t) || jsonb_build_object('of', p.name) from contact_person t
        join party p on p.id = t.party_id where person_id = any(:ids) order by t.id""",
    "contact_persons": "select to_jsonb(t) from contact_person t where party_id = any(:ids) order by id",
    "attributes": """select jsonb_build_object('attribute', a.code, 'names', a.names, 'value', coalesce(t.text_value,
            t.number_value::text, t.date_value::text, t.flag_value::text, c.code, t.reference_id::text))
        from attribute_value t join attribute a on a.id = t.attribute_id and a.directory in ('party', 'person')
        left join attribute_choice c on c.id = t.choice_id where record_id = any(:ids) order by a.position, t.item""",
    "notes": "select to_jsonb(t) from party_note t where party_id = any(:ids) order by id",
    "files": "select to_jsonb(t) - 'hash' from party_file t where party_id = any(:ids) order by id",
    "cards": """select jsonb_build_object('card_id', card_id, 'number', '··· ' || right(number, 4), 'series', s.code,
            'state', state, 'turnover_minor', turnover, 'purchases', purchases, 'balance_minor', balance,
            'points', points, 'since', t.created_at)
        from card t join series s on s.id = t.series_id where holder_id = any(:ids) order by card_id""",
    "scores": "select to_jsonb(t) from party_score t where party_id = any(:ids) order by party_id",
    "mailing_letters": """select to_jsonb(t) || jsonb_build_object('mailing', m.name) from mailing_recipient t
        join mailing m on m.id = t.mailing_id where party_id = any(:ids) order by t.id""",
    "documents": """select to_jsonb(t) - 'fingerprint' - 'card_number' from document t
        where party_id = any(:ids) order by date, uid""",
    "business_documents": "select to_jsonb(t) from business_document t where party_id = any(:ids) order by date, id",
    "projects": """select to_jsonb(t) - 'words' || jsonb_build_object('phases',
            (select coalesce(jsonb_agg(f.name order by f.position), '[]')
            from project_phase f where f.project_id = t.id))
        from project t where party_id = any(:ids) order by id""",
    "project_changes": f"select to_jsonb(t) from project_change t where project_id in ({_PROJECTS}) order by id",
    "letters": f"""select to_jsonb(t) - 'words' || jsonb_build_object('files',
            (select coalesce(jsonb_agg(f.name order by f.id), '[]') from letter_file f where f.letter_id = t.id))
        from letter t where id in ({_LETTERS}) order by id""",
    "letter_changes": f"select to_jsonb(t) from letter_change t where letter_id in ({_LETTERS}) order by id",
    "mail": """select to_jsonb(t) - 'words' - 'raw' || jsonb_build_object('files',
            (select coalesce(jsonb_agg(f.name order by f.position), '[]') from mail_file f where f.message_id = t.id))
        from mail_message t where party_id = any(:ids) order by at, id""",
    "tasks": f"select to_jsonb(t) - 'words' from task t where id in ({_TASKS}) order by id",
    "task_comments": f"select to_jsonb(t) from task_comment t where task_id in ({_TASKS}) order by id",
    "task_changes": f"select to_jsonb(t) from task_change t where task_id in ({_TASKS}) order by id",
    "feed_entries": "select to_jsonb(t) - 'words' from feed_entry t where party_id = any(:ids) order by id",
    "incoming_calls": f"select to_jsonb(t) from incoming_call t where {_CALLS} order by at",
    "events": f"""select to_jsonb(t) - 'words' from event t where {_EVENTS} order by id""",
    "event_changes": f"""select to_jsonb(c) from event_change c
        where c.event_id in (select t.id from event t where {_EVENTS}) order by c.id""",
    "survey_answers": f"""select jsonb_build_object('question', q.text, 'score', a.score, 'text', a.text, 'at', a.at)
        from survey_answer a join survey_question q on q.id = a.question_id
        where a.event_id in (select t.id from event t where {_EVENTS}) order by a.event_id, q.position""",
    "notices": "select to_jsonb(t) from notice t where person_id = any(:ids) order by id",
    "subscriptions": """select jsonb_build_object('kind', k.code, 'state', t.state, 'since', t.changed_at)
        from subscription t join mailing_kind k on k.id = t.kind_id where party_id = any(:ids) order by k.position""",
    "consents": "select to_jsonb(t) from consent t where party_id = any(:ids) order by id",
    "own_page_links": """select to_jsonb(t) - 'hash' - 'sealed' from own_page_link t
        where party_id = any(:ids) order by party_id""",
    "subscription_requests": """select to_jsonb(t) - 'sender' from subscription_request t
        where party_id = any(:ids) order by id""",
    "changes": "select to_jsonb(t) from party_change t where party_id = any(:ids) order by id",
    "merges": """select to_jsonb(t) from party_merge t
        where kept_id = any(:ids) or merged_id = any(:ids) order by id""",
    "duplicates": """select to_jsonb(t) from party_duplicate t
        where first_id = any(:ids) or second_id = any(:ids) order by first_id, second_id""",
    "acts": """select to_jsonb(t) from activity t where party_id = any(:ids)
        or card_id in (select card_id from card where holder_id = any(:ids)) order by at, id""",
}
"""What is kept about a person but receipts and contents of files, each by a query that gives JSON objects."""

ERASURES: Final[Mapping[str, str]] = {
    "event_files": _delete_files("event_file", f"event_id in (select t.id from event t where {_EVENTS})"),
    "event_changes": f"delete from event_change where event_id in (select t.id from event t where {_EVENTS})",
    "survey_answers": f"""delete from survey_answer where text is not null
        and event_id in (select t.id from event t where {_EVENTS})""",
    "event_attributes": f"""delete from attribute_value where record_id in (select t.id from event t where {_EVENTS})
        and attribute_id in (select id from attribute where directory = 'event')""",
    "event_series": f"""update event_series s set made_all = true,
            template = s.template || jsonb_build_object('topic', cast(:name as text), 'content', null, 'place', null)
        where (s.template ->> 'topic') <> :name and (s.id in (select t.series_id from event t where {_EVENTS})
            or (s.template ->> 'party_id')::bigint = any(:ids))""",
    "events": f"""update event t set topic = :name, content = null, place = null,
            result = case when result is not null then :name end,
            cancel_reason = case when cancel_reason is not null then :name end
        where {_EVENTS} and (topic <> :name or num_nonnulls(content, place) > 0)""",
    "event_persons": "delete from event_person where person_id = any(:ids)",
    "calls": f"delete from incoming_call where {_CALLS}",
    "suppressions": """insert into suppression (hash, reason, at, actor)
        select distinct sha256(convert_to(lower(a.address), 'UTF8')), 'erased', cast(:now as timestamptz), 'privacy'
        from party_contact c cross join lateral (values (c.value), (c.canonical)) a(address)
        where c.party_id = any(:ids) and c.kind = 'email' and not exists (select from party_contact o
            where o.kind = 'email' and o.canonical = c.canonical and o.party_id <> all(:ids))
        on conflict do nothing""",
    "subscriptions": "delete from subscription where party_id = any(:ids)",
    "own_page_links": "delete from own_page_link where party_id = any(:ids)",
    "subscription_requests": """delete from subscription_request where party_id = any(:ids)
        or address in (select canonical from party_contact where party_id = any(:ids) and kind = 'email')""",
    "mailing_addresses": """delete from mailing_address where party_id = any(:ids)
        or address in (select canonical from party_contact where party_id = any(:ids) and kind = 'email')""",
    "imported_letters": """update mailing_recipient set address = 'erased-' || id, domain = '', given = null,
            answer = null, state = case when state in ('queued', 'deferred') then 'left_out' else state end
        where party_id is null
            and address in (select canonical from party_contact where party_id = any(:ids) and kind = 'email')""",
    "addresses": "delete from party_address where party_id = any(:ids)",
    "ways_of_contact": "delete from party_contact where party_id = any(:ids)",
    "bank_accounts": "delete from party_bank_account where party_id = any(:ids)",
    "registrations": "delete from party_registration where party_id = any(:ids)",
    "relations": "delete from party_relation where party_id = any(:ids) or other_party_id = any(:ids)",
    "groups": "delete from party_group where party_id = any(:ids)",
    "contact_persons": "delete from contact_person where party_id = any(:ids) or person_id = any(:ids)",
    "attributes": f"delete from attribute_value where {_OWN_VALUES}",
    "notes": "delete from party_note where party_id = any(:ids)",
    "files": _delete_files("party_file", "party_id = any(:ids)"),
    "task_files": _delete_files("task_file", f"task_id in ({_TASKS})"),
    "letter_files": _delete_files("letter_file", f"letter_id in ({_LETTERS})"),
    "mail_files": _delete_files("mail_file", f"message_id in ({_MAIL})"),
    "mail_sources": f"""with gone as (update mail_message m set raw = null from mail_message t
            where m.id in ({_MAIL}) and t.id = m.id and m.raw is not null returning m.id, t.raw as hash)
        delete from file_content c where hash in (select hash from gone) {_not_in(_REFERRERS)}
        and not exists (select from mail_message m where m.raw = c.hash and m.id not in (select id from gone))""",
    "mail": f"""update mail_message set from_address = case when flow = 'incoming' then '' else from_address end,
            from_name = case when flow = 'incoming' then :name else from_name end, reply_to = null,
            to_addresses = case when flow = 'outgoing' then '{{}}' else to_addresses end, cc_addresses = '{{}}',
            bcc_addresses = '{{}}', subject = :name, text = '', html = null, in_reply_to = null, problem = null,
            message_id = 'erased.' || encode(sha256(convert_to(message_id, 'UTF8')), 'hex')
        where id in ({_MAIL}) and subject <> :name""",
    "letter_changes": f"delete from letter_change where letter_id in ({_LETTERS})",
    "letter_attributes": f"""delete from attribute_value where record_id in ({_LETTERS}) and text_value is not null
        and attribute_id in (select id from attribute where directory = 'letter')""",
    "letters": f"""update letter set topic = :name, content = null, document_number = null,
            number = case when number ~ '^[0-9]{{4}}-[0-9]{{6}}$' then number else 'erased-' || id end
        where id in ({_LETTERS}) and topic <> :name""",
    "mailing_letters": """update mailing_recipient set address = 'erased-' || id, domain = '', zone = null,
            given = null, answer = null,
            reason = case when state in ('left_out', 'queued', 'deferred') then 'archived' end,
            state = case when state in ('queued', 'deferred') then 'left_out' else state end
        where party_id = any(:ids) and address <> 'erased-' || id""",
    "task_comments": f"update task_comment set text = :name where task_id in ({_TASKS}) and text <> :name",
    "task_changes": f"delete from task_change where task_id in ({_TASKS})",
    "task_steps": f"update task_state_change set comment = null where task_id in ({_TASKS}) and comment is not null",
    "task_times": f"update task_time set note = null where task_id in ({_TASKS}) and note is not null",
    "task_attributes": f"""delete from attribute_value where record_id in ({_TASKS}) and text_value is not null
        and attribute_id in (select id from attribute where directory = 'task')""",
    "tasks": f"""update task set title = :name, content = null
        where id in ({_TASKS}) and (title <> :name or content is not null)""",
    "feed_entries": """update feed_entry set title = :name, status = null, number = null
        where party_id = any(:ids) and (title <> :name or num_nonnulls(status, number) > 0)""",
    "project_changes": f"delete from project_change where project_id in ({_PROJECTS})",
    "project_phases": f"update project_phase set name = :name where project_id in ({_PROJECTS}) and name <> :name",
    "projects": """update project set name = :name, note = null
        where party_id = any(:ids) and (name <> :name or note is not null)""",
    "business_documents": """update business_document set note = null,
            addressee = case when kind = 'invoice' and issued_at >= :kept_since then addressee end
        where party_id = any(:ids)
            and (note is not null or addressee is not null and (kind <> 'invoice' or issued_at < :kept_since))""",
    "business_persons": "update business_document set person_id = null where person_id = any(:ids)",
    "notices": "delete from notice where person_id = any(:ids)",
    "changes": "delete from party_change where party_id = any(:ids)",
    "bulk_changes": "delete from party_bulk_change where party_id = any(:ids)",
    "merges": """update party_merge set before = null
        where (kept_id = any(:ids) or merged_id = any(:ids)) and before is not null""",
    "duplicates": "delete from party_duplicate where first_id = any(:ids) or second_id = any(:ids)",
    "party": """update party set name = :name, birth_date = null, note = null, language = null, source = null,
            source_key = null, erased_at = coalesce(erased_at, :now), version = version + 1, changed_at = :now
        where id = any(:ids)""",
}
"""What erasing does, in this order. Ledgers, receipts and the journal hold numbers alone and stay whole."""

LEFTOVERS: Final = """
with needle as (
    select distinct lower(word) as word from (
        select name as word from party where id = any(:ids)
        union all select value from party_contact where party_id = any(:ids)
        union all select canonical from party_contact where party_id = any(:ids)
    ) w where length(word) >= 3
)
delete from import_rejection r using needle n
where position(n.word in lower(array_to_string(r.cells, E'\\n'))) > 0
"""
UNUSED_UPLOADS: Final = """
delete from import_piece p where not exists (
    select from job j where j.kind in ('parties.import', 'recipients.import') and j.state in ('queued', 'running')
    and (j.arguments ->> 'upload')::bigint = p.upload_id)
"""


async def list_ids(connection: AsyncConnection, party_id: int) -> list[int]:
    """List a party and those that were merged into it, in order."""
    query = "select id from party where id = :id or merged_into = :id order by id"
    return list((await connection.execute(text(query), {"id": party_id})).scalars())


async def read_section(connection: AsyncConnection, name: str, ids: Collection[int]) -> Rows:
    """Read a section of KEPT."""
    return list((await connection.execute(text(KEPT[name]), {"ids": list(ids)})).scalars())


async def list_files(connection: AsyncConnection, ids: Collection[int]) -> list[tuple[int, str]]:
    """List the files of parties by number and name."""
    query = "select id, name from party_file where party_id = any(:ids) order by id"
    return [(row.id, row.name) for row in await connection.execute(text(query), {"ids": list(ids)})]


async def load_content(connection: AsyncConnection, file_id: int) -> bytes:
    """Load the content of a file; empty where it is gone meanwhile."""
    query = "select c.content from party_file f join file_content c using (hash) where f.id = :id"
    return bytes((await connection.execute(text(query), {"id": file_id})).scalar() or b"")


async def list_receipts(
    connection: AsyncConnection, ids: Collection[int], *, after: tuple[int, datetime, int] | None
) -> tuple[Rows, tuple[int, datetime, int] | None]:
    """List the next receipts of the cards that parties hold, with their lines, and tell behind which there are more."""
    behind = "" if after is None else "and (r.card_id, r.business_date, r.id) > (:card, :day, :id)"
    query = f"""
        select r.card_id, r.business_date, r.id, jsonb_build_object('card_id', r.card_id, 'store', r.store,
            'till', r.till, 'number', r.number, 'kind', r.kind, 'state', r.state, 'closed_at', r.closed_at,
            'total_minor', r.total, 'lines', (select coalesce(jsonb_agg(jsonb_build_object('article', l.sku,
                'name', l.name, 'quantity_millionths', l.quantity, 'net_minor', l.net) order by l.line), '[]')
                from receipt_line l where l.receipt_id = r.id and l.business_date = r.business_date)) as receipt
        from receipt r where r.card_id in (select card_id from card where holder_id = any(:ids)) {behind}
        order by r.card_id, r.business_date, r.id limit :limit"""
    values: dict[str, object] = {"ids": list(ids), "limit": RECEIPTS_PER_PORTION}
    if after is not None:
        values |= dict(zip(("card", "day", "id"), after, strict=True))
    rows = (await connection.execute(text(query), values)).all()
    is_more = len(rows) == RECEIPTS_PER_PORTION
    return [row.receipt for row in rows], tuple(rows[-1][:3]) if is_more else None


async def erase(
    connection: AsyncConnection, ids: Sequence[int], *, now: datetime, kept_since: datetime
) -> dict[str, int]:
    """Erase all that is kept about parties but invoices issued since a moment; tells how many rows, by what."""
    values = {"ids": list(ids), "now": now, "kept_since": kept_since, "name": ERASED_NAME}
    counts: dict[str, int] = {}
    for name, statement in {"import_leftovers": LEFTOVERS, "uploads": UNUSED_UPLOADS, **ERASURES}.items():
        wanted = {key: value for key, value in values.items() if f":{key}" in statement}
        count = (await connection.execute(text(statement), wanted)).rowcount
        if count:
            counts[name] = count
    return counts


async def count_invoices(connection: AsyncConnection, ids: Collection[int], *, since: datetime) -> int:
    """Count the invoices that go on saying to whom they were issued."""
    query = """select count(*) from business_document where party_id = any(:ids) and kind = 'invoice'
        and issued_at >= :since and addressee is not null"""
    return int((await connection.execute(text(query), {"ids": list(ids), "since": since})).scalar_one())
