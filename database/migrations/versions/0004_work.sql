-- More words that a company chooses itself.
alter table directory_entry drop constraint directory_entry_directory_check;
alter table directory_entry add check (directory in
    ('legal_status', 'relation', 'responsibility', 'group', 'department', 'project_kind', 'request_source', 'event_result'));
insert into directory_entry (directory, code, names, position) values
    ('department', 'sales', '{"en": "Sales", "ru": "Отдел продаж", "uk": "Відділ продажів", "bg": "Продажби"}', 1),
    ('department', 'purchasing', '{"en": "Purchasing", "ru": "Отдел закупок", "uk": "Відділ закупівель", "bg": "Покупки"}', 2),
    ('department', 'service', '{"en": "Service", "ru": "Сервис", "uk": "Сервіс", "bg": "Сервиз"}', 3),
    ('project_kind', 'customer_project', '{"en": "Customer project", "ru": "Проект клиента", "uk": "Проєкт клієнта", "bg": "Проект за клиент"}', 1),
    ('project_kind', 'internal', '{"en": "Internal", "ru": "Внутренний", "uk": "Внутрішній", "bg": "Вътрешен"}', 2),
    ('project_kind', 'survey', '{"en": "Survey", "ru": "Опрос", "uk": "Опитування", "bg": "Анкета"}', 3),
    ('request_source', 'phone', '{"en": "Phone", "ru": "Телефон", "uk": "Телефон", "bg": "Телефон"}', 1),
    ('request_source', 'email', '{"en": "E-mail", "ru": "Электронная почта", "uk": "Електронна пошта", "bg": "Електронна поща"}', 2),
    ('request_source', 'visit', '{"en": "In the shop", "ru": "В магазине", "uk": "У магазині", "bg": "В магазина"}', 3),
    ('request_source', 'website', '{"en": "Web site", "ru": "Сайт", "uk": "Сайт", "bg": "Уебсайт"}', 4),
    ('event_result', 'agreed', '{"en": "Agreed", "ru": "Договорились", "uk": "Домовилися", "bg": "Договорено"}', 1),
    ('event_result', 'thinking', '{"en": "Will think about it", "ru": "Думает", "uk": "Думає", "bg": "Ще помисли"}', 2),
    ('event_result', 'refused', '{"en": "Refused", "ru": "Отказ", "uk": "Відмова", "bg": "Отказ"}', 3),
    ('event_result', 'not_reached', '{"en": "Not reached", "ru": "Не дозвонились", "uk": "Не додзвонилися", "bg": "Не е намерен"}', 4),
    ('event_result', 'answered', '{"en": "Answered", "ru": "Ответил", "uk": "Відповів", "bg": "Отговори"}', 5),
    ('group', 'no_calls', '{"en": "Does not want calls", "ru": "Просит не звонить", "uk": "Просить не телефонувати", "bg": "Не желае обаждания"}', 1);

alter table app_user
    add column department_id bigint references directory_entry,
    add column daily_minutes int not null default 480 check (daily_minutes between 0 and 1440),
    add column email text,
    add column party_id bigint references party on delete set null;

-- What was made from what: each record has at most one origin, so records stand in trees.
create table origin (
    record text primary key check (record ~ '^[a-z_]+:[0-9]+$'),
    parent text not null check (parent ~ '^[a-z_]+:[0-9]+$'),
    made_at timestamptz not null,
    check (record <> parent)
);
create index origin_parent on origin (parent);

-- Projects and their phases.
create table project (
    id bigint generated always as identity primary key,
    name text not null check (btrim(name) <> ''),
    kind_id bigint not null references directory_entry,
    party_id bigint references party,
    manager_id bigint references app_user,
    starts_on date,
    due_on date check (due_on >= starts_on),
    note text,
    version int not null default 1,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    closed_at timestamptz,
    archived_at timestamptz,
    words tsvector generated always as (to_tsvector('simple', name || ' ' || coalesce(note, ''))) stored
);
create index project_party on project (party_id) where party_id is not null;
create index project_by_change on project (changed_at desc, id desc) where archived_at is null;
create index project_words on project using gin (words);
create table project_phase (
    id bigint generated always as identity primary key,
    project_id bigint not null references project on delete cascade,
    name text not null check (btrim(name) <> ''),
    position int not null,
    starts_on date,
    due_on date check (due_on >= starts_on),
    closed_at timestamptz,
    unique (project_id, position) deferrable initially deferred
);
-- Old and new values of a project's fields or a phase's, apart from the journal, which holds no text that people typed.
create table project_change (
    id bigint generated always as identity primary key,
    project_id bigint not null references project on delete cascade,
    phase_id bigint,
    at timestamptz not null,
    actor text not null,
    version int not null,
    before jsonb not null,
    after jsonb not null
);
create index project_change_project on project_change (project_id, id desc);

-- Kinds of tasks with their business cycles: states, and who may go from which to which.
create table task_kind (
    id bigint generated always as identity primary key,
    code text not null unique check (code ~ '^[a-z0-9_]{1,40}$'),
    names jsonb not null,
    is_request boolean not null default false,
    position int not null,
    version int not null default 1,
    archived_at timestamptz
);
create table task_state (
    id bigint generated always as identity primary key,
    kind_id bigint not null references task_kind on delete cascade,
    code text not null check (code ~ '^[a-z0-9_]{1,40}$'),
    names jsonb not null,
    stage text not null check (stage in ('new', 'active', 'waiting', 'done', 'dropped')),
    position int not null,
    archived_at timestamptz,
    unique (kind_id, code),
    unique (id, kind_id)
);
create table task_transition (
    kind_id bigint not null references task_kind on delete cascade,
    from_id bigint not null,
    to_id bigint not null check (to_id <> from_id),
    roles text[] not null default '{}',
    parts text[] not null default '{}' check (parts <@ array['author', 'executor', 'co_executor', 'watcher']),
    primary key (from_id, to_id),
    foreign key (from_id, kind_id) references task_state (id, kind_id) on delete cascade,
    foreign key (to_id, kind_id) references task_state (id, kind_id) on delete cascade
);
insert into task_kind (code, names, is_request, position) values
    ('task', '{"en": "Task", "ru": "Задача", "uk": "Завдання", "bg": "Задача"}', false, 1),
    ('request', '{"en": "Customer''s request", "ru": "Обращение клиента", "uk": "Звернення клієнта", "bg": "Заявка от клиент"}', true, 2);
insert into task_state (kind_id, code, names, stage, position)
select k.id, s.code, s.names, s.stage, s.position
from task_kind k cross join (values
    ('new', jsonb '{"en": "New", "ru": "Новая", "uk": "Нове", "bg": "Нова"}', 'new', 1),
    ('in_work', '{"en": "In work", "ru": "В работе", "uk": "У роботі", "bg": "В работа"}', 'active', 2),
    ('waiting', '{"en": "Waiting", "ru": "Ожидание", "uk": "Очікування", "bg": "Чака"}', 'waiting', 3),
    ('done', '{"en": "Done", "ru": "Выполнена", "uk": "Виконано", "bg": "Изпълнена"}', 'done', 4),
    ('dropped', '{"en": "Dropped", "ru": "Отменена", "uk": "Скасовано", "bg": "Отменена"}', 'dropped', 5)
) as s (code, names, stage, position);
insert into task_transition (kind_id, from_id, to_id)
select f.kind_id, f.id, t.id
from task_state f join task_state t on t.kind_id = f.kind_id
where (f.code, t.code) in (('new', 'in_work'), ('new', 'done'), ('new', 'dropped'), ('in_work', 'waiting'), ('in_work', 'done'),
    ('in_work', 'dropped'), ('waiting', 'in_work'), ('waiting', 'done'), ('waiting', 'dropped'), ('done', 'in_work'), ('dropped', 'new'));

create table task (
    id bigint generated always as identity primary key,
    kind_id bigint not null references task_kind,
    state_id bigint not null,
    state_since timestamptz not null,
    title text not null check (btrim(title) <> '' and length(title) <= 200),
    content text,
    author_id bigint not null references app_user,
    executor_id bigint not null references app_user,
    department_id bigint references directory_entry,
    priority smallint not null default 2 check (priority between 1 and 4),
    percent smallint not null default 0 check (percent between 0 and 100),
    starts_at timestamptz,
    due_at timestamptz check (due_at >= starts_at),
    planned_minutes int check (planned_minutes >= 0),
    remind_minutes int check (remind_minutes >= 0),
    party_id bigint references party,
    person_id bigint references party,
    project_id bigint references project,
    phase_id bigint references project_phase,
    source_id bigint references directory_entry,
    version int not null default 1,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    closed_at timestamptz,
    archived_at timestamptz,
    words tsvector generated always as (to_tsvector('simple', title || ' ' || coalesce(content, ''))) stored,
    foreign key (state_id, kind_id) references task_state (id, kind_id),
    check (phase_id is null or project_id is not null)
);
create index task_executor on task (executor_id, priority, coalesce(due_at, 'infinity'), id) where closed_at is null and archived_at is null;
create index task_author on task (author_id, priority, coalesce(due_at, 'infinity'), id) where closed_at is null and archived_at is null;
create index task_open on task (priority, coalesce(due_at, 'infinity'), id) where closed_at is null and archived_at is null;
create index task_due on task (coalesce(due_at, 'infinity'), id) where closed_at is null and archived_at is null;
create index task_by_change on task (changed_at desc, id desc) where archived_at is null;
create index task_calendar on task (executor_id, coalesce(due_at, 'infinity'), id)
    where closed_at is null and archived_at is null;
create index task_state_open on task (state_id, priority, coalesce(due_at, 'infinity'), id)
    where closed_at is null and archived_at is null;
create index task_state_closed on task (state_id, closed_at desc, id desc)
    where closed_at is not null and archived_at is null;
create index task_party on task (party_id, id desc) where party_id is not null;
create index task_person on task (person_id, id desc) where person_id is not null;
create index task_project on task (project_id, phase_id, id) where project_id is not null;
-- The workload: what is planned by its days, whichever of both ends is known, and what has no day.
create index task_planned on task using gist (tstzrange(coalesce(starts_at, due_at), coalesce(due_at, starts_at), '[]'))
    where planned_minutes > 0 and archived_at is null and coalesce(due_at, starts_at) is not null;
create index task_undated on task (executor_id)
    where planned_minutes > 0 and archived_at is null and closed_at is null and starts_at is null and due_at is null;
create index task_words on task using gin (words);
create table task_person_part (
    task_id bigint not null references task on delete cascade,
    user_id bigint not null references app_user on delete cascade,
    part text not null check (part in ('co_executor', 'watcher')),
    primary key (task_id, user_id, part)
);
create index task_person_part_user on task_person_part (user_id, part, task_id);
-- Who opened a task, and when last: what is assigned and was never opened is told by a badge.
create table task_seen (
    task_id bigint not null references task on delete cascade,
    user_id bigint not null references app_user on delete cascade,
    seen_at timestamptz not null,
    primary key (task_id, user_id)
);
create table task_state_change (
    id bigint generated always as identity primary key,
    task_id bigint not null references task on delete cascade,
    from_id bigint references task_state,
    to_id bigint not null references task_state,
    at timestamptz not null,
    actor text not null,
    comment text
);
create index task_state_change_task on task_state_change (task_id, id);
create index task_state_change_at on task_state_change (at);
-- Old and new values of a task's fields, apart from the journal, which holds no text that people typed.
create table task_change (
    id bigint generated always as identity primary key,
    task_id bigint not null references task on delete cascade,
    at timestamptz not null,
    actor text not null,
    version int not null,
    before jsonb not null,
    after jsonb not null
);
create index task_change_task on task_change (task_id, id desc);
create table task_resource (
    id bigint generated always as identity primary key,
    task_id bigint not null references task on delete cascade,
    name text not null check (btrim(name) <> ''),
    unit text not null,
    planned bigint not null default 0 check (planned >= 0),
    actual bigint not null default 0 check (actual >= 0),
    position int not null
);
create index task_resource_task on task_resource (task_id, position);
create table task_time (
    id bigint generated always as identity primary key,
    task_id bigint not null references task on delete cascade,
    user_id bigint not null references app_user,
    on_date date not null,
    minutes int not null check (minutes between 1 and 1440),
    note text,
    at timestamptz not null
);
create index task_time_task on task_time (task_id, on_date desc, id desc);
create index task_time_user on task_time (user_id, on_date);
create table task_comment (
    id bigint generated always as identity primary key,
    task_id bigint not null references task on delete cascade,
    actor text not null,
    at timestamptz not null,
    text text not null check (btrim(text) <> ''),
    mentions bigint[] not null default '{}'
);
create index task_comment_task on task_comment (task_id, id);
create table task_file (
    id bigint generated always as identity primary key,
    task_id bigint not null references task on delete cascade,
    name text not null,
    version int not null check (version > 0),
    media_type text not null,
    hash bytea not null references file_content,
    actor text not null,
    at timestamptz not null,
    unique (task_id, name, version)
);
-- A task's pool of documents of any kind: receipts, documents of sale and return, transfers, orders and invoices.
create table task_document (
    task_id bigint not null references task on delete cascade,
    record text not null check (record ~ '^[a-z_]+:[0-9a-f-]+$'),
    at timestamptz not null,
    actor text not null,
    primary key (task_id, record)
);
create index task_document_record on task_document (record);

-- Events: what is planned and what happened; those of contact kinds are the contact log.
create table event_kind (
    id bigint generated always as identity primary key,
    code text not null unique check (code ~ '^[a-z0-9_]{1,40}$'),
    names jsonb not null,
    icon text not null,
    is_contact boolean not null,
    needs_party boolean not null default false,
    is_pinned boolean not null default false,
    roles text[] not null default '{}',
    position int not null,
    version int not null default 1,
    archived_at timestamptz
);
insert into event_kind (code, names, icon, is_contact, needs_party, is_pinned, roles, position) values
    ('call', '{"en": "Phone call", "ru": "Телефонный звонок", "uk": "Телефонний дзвінок", "bg": "Телефонно обаждане"}', 'phone', true, true, false, '{}', 1),
    ('meeting', '{"en": "Meeting", "ru": "Встреча", "uk": "Зустріч", "bg": "Среща"}', 'people', true, false, false, '{}', 2),
    ('email', '{"en": "E-mail", "ru": "Электронное письмо", "uk": "Електронний лист", "bg": "Електронно писмо"}', 'mail', true, true, false, '{}', 3),
    ('conference', '{"en": "Internet conference", "ru": "Интернет-конференция", "uk": "Інтернет-конференція", "bg": "Интернет конференция"}', 'globe', true, false, false, '{}', 4),
    ('event', '{"en": "Event", "ru": "Событие", "uk": "Подія", "bg": "Събитие"}', 'calendar', false, false, false, '{}', 5),
    ('payment', '{"en": "Payment", "ru": "Платёж", "uk": "Платіж", "bg": "Плащане"}', 'money', false, false, false, '{director,clerk}', 6),
    ('peculiarity', '{"en": "Peculiarity of the customer", "ru": "Особенность клиента", "uk": "Особливість клієнта", "bg": "Особеност на клиента"}', 'note', false, true, true, '{}', 7),
    ('measurement', '{"en": "Measurement", "ru": "Замер", "uk": "Замір", "bg": "Измерване"}', 'note', false, true, false, '{}', 8);
-- A rule of RFC 5545 in wall time of a zone; its occurrences stand in event as far as made_until.
create table event_series (
    id bigint generated always as identity primary key,
    rule text not null,
    zone text not null,
    starts timestamp not null,
    minutes int check (minutes >= 0),
    left_out timestamp[] not null default '{}',
    made_until timestamp not null,
    made_all boolean not null default false,
    template jsonb not null,
    version int not null default 1
);
create index event_series_unmade on event_series (made_until) where not made_all;
create table event (
    id bigint generated always as identity primary key,
    kind_id bigint not null references event_kind,
    direction text not null default 'other' check (direction in ('incoming', 'outgoing', 'other')),
    topic text not null check (btrim(topic) <> '' and length(topic) <= 200),
    content text,
    place text,
    starts_at timestamptz,
    ends_at timestamptz check (ends_at >= starts_at),
    is_all_day boolean not null default false,
    zone text not null,
    importance smallint not null default 2 check (importance between 1 and 3),
    author_id bigint references app_user,
    responsible_id bigint references app_user,
    party_id bigint references party,
    project_id bigint references project,
    phase_id bigint references project_phase,
    promised_at timestamptz,
    completed_at timestamptz,
    completed_by bigint references app_user,
    held_at timestamptz,
    result_id bigint references directory_entry,
    result text,
    cancelled_at timestamptz,
    cancel_reason text,
    next_on date,
    next_event_id bigint references event on delete set null,
    remind_days int check (remind_days between 0 and 365),
    series_id bigint references event_series,
    series_start timestamp,
    is_detached boolean not null default false,
    version int not null default 1,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    archived_at timestamptz,
    listed_at timestamptz not null generated always as (coalesce(starts_at, created_at)) stored,
    words tsvector generated always as
        (to_tsvector('simple', topic || ' ' || coalesce(content, '') || ' ' || coalesce(result, '') || ' ' || coalesce(place, ''))) stored,
    check (completed_at is null or cancelled_at is null),
    check (held_at is null or completed_at is not null),
    check ((cancelled_at is null) = (cancel_reason is null)),
    unique (series_id, series_start)
);
-- Lists hold events without a start too, where they were made; `listed_at` of the others is their start.
create index event_by_start on event (listed_at desc, id desc) where archived_at is null;
create index event_calendar on event (responsible_id, starts_at, ends_at)
    where archived_at is null and cancelled_at is null and responsible_id is not null and ends_at is not null;
create index event_calendar_all on event (starts_at, ends_at)
    where archived_at is null and cancelled_at is null and responsible_id is not null and ends_at is not null;
-- What lasts longer than a day is looked for far before the days that are shown.
create index event_calendar_long on event (starts_at, ends_at)
    where archived_at is null and cancelled_at is null and responsible_id is not null and ends_at is not null
        and ends_at - starts_at > interval '1 day';
create index event_responsible on event (responsible_id, id desc) where archived_at is null and responsible_id is not null;
create index event_party on event (party_id, listed_at desc, id desc) where party_id is not null;
create index event_project on event (project_id, listed_at desc, id desc) where project_id is not null;
create index event_kind_start on event (kind_id, listed_at desc, id desc) where archived_at is null;
create index event_author on event (author_id, listed_at desc, id desc) where archived_at is null;
create index event_next on event (next_event_id) where next_event_id is not null;
create index event_promised on event (promised_at, id) where promised_at is not null;
create index event_words on event using gin (words);
create table event_person (
    event_id bigint not null references event on delete cascade,
    person_id bigint not null references party on delete cascade,
    primary key (event_id, person_id)
);
create index event_person_person on event_person (person_id, event_id desc);
-- Colleagues who take part, and those who are only reminded.
create table event_user (
    event_id bigint not null references event on delete cascade,
    user_id bigint not null references app_user on delete cascade,
    part text not null check (part in ('participant', 'crew', 'reminded')),
    primary key (event_id, user_id, part)
);
create index event_user_user on event_user (user_id, event_id desc);
-- Orders of ours to suppliers, and the contact person that a document is about.
alter table business_document drop constraint business_document_kind_check;
alter table business_document
    add check (kind in ('order', 'supplier_order', 'invoice', 'payment', 'delivery')),
    add column person_id bigint references party;
create table event_change (
    id bigint generated always as identity primary key,
    event_id bigint not null references event on delete cascade,
    at timestamptz not null,
    actor text not null,
    version int not null,
    before jsonb not null,
    after jsonb not null
);
create index event_change_event on event_change (event_id, id desc);
create table event_file (
    id bigint generated always as identity primary key,
    event_id bigint not null references event on delete cascade,
    name text not null,
    media_type text not null,
    is_recording boolean not null default false,
    hash bytea not null references file_content,
    actor text not null,
    at timestamptz not null
);
create index event_file_event on event_file (event_id, id);
create index event_file_recording on event_file (at) where is_recording;
create table event_document (
    event_id bigint not null references event on delete cascade,
    record text not null check (record ~ '^[a-z_]+:[0-9a-f-]+$'),
    primary key (event_id, record)
);
create index event_document_record on event_document (record);

-- Surveys: questions of a project, who is called, and what they said.
create table survey (
    project_id bigint primary key references project on delete cascade,
    topic text not null check (btrim(topic) <> '' and length(topic) <= 200),
    version int not null default 1,
    created_at timestamptz not null
);
-- `most` is the best score: scores go from 1 to it.
create table survey_question (
    id bigint generated always as identity primary key,
    project_id bigint not null references survey on delete cascade,
    position int not null,
    text text not null check (btrim(text) <> ''),
    kind text not null check (kind in ('score', 'recommend', 'yes_no', 'choice', 'text')),
    most int check (most in (5, 10)),
    choices text[] not null default '{}',
    unique (project_id, position) deferrable initially deferred,
    check ((kind = 'score') = (most is not null)),
    check ((kind = 'choice') = (cardinality(choices) > 0))
);
-- How customers came to be called: the filter of the list of parties, the sample, and the seed that drew it.
create table survey_list (
    id bigint generated always as identity primary key,
    project_id bigint not null references survey on delete cascade,
    query text not null,
    sample int check (sample > 0),
    seed bigint not null,
    added int not null,
    known int not null,
    refused int not null,
    no_phone int not null,
    actor text not null,
    at timestamptz not null
);
create index survey_list_project on survey_list (project_id, id desc);
create table survey_call (
    project_id bigint not null references survey on delete cascade,
    party_id bigint not null references party on delete cascade,
    event_id bigint not null unique references event on delete cascade,
    position int not null,
    tries int not null default 0,
    primary key (project_id, party_id)
);
create index survey_call_next on survey_call (project_id, position);
-- The next call of somebody, however many are open or done.
create index event_next_call on event (project_id, responsible_id, starts_at, id)
    where completed_at is null and cancelled_at is null and archived_at is null and project_id is not null;
create table survey_answer (
    question_id bigint not null references survey_question on delete cascade,
    event_id bigint not null references event on delete cascade,
    score int,
    text text,
    at timestamptz not null,
    actor text not null,
    primary key (question_id, event_id),
    check (num_nonnulls(score, text) = 1)
);
create index survey_answer_event on survey_answer (event_id);

-- What other programs tell of their work: production, stores, scheduling of crews.
create table feed_source (
    code text primary key check (code ~ '^[a-z0-9_]{1,40}$'),
    names jsonb not null,
    is_on boolean not null default true
);
create table feed_entry (
    id bigint generated always as identity primary key,
    source text not null references feed_source,
    uid uuid not null unique,
    kind text not null check (kind ~ '^[a-z0-9_]{1,40}$'),
    title text not null,
    status text,
    planned_at timestamptz,
    actual_at timestamptz,
    number text,
    party_id bigint references party,
    project_id bigint references project,
    importance smallint not null default 2 check (importance between 1 and 3),
    actor text not null,
    at timestamptz not null,
    words tsvector generated always as
        (to_tsvector('simple', title || ' ' || coalesce(number, '') || ' ' || coalesce(status, ''))) stored
);
create index feed_entry_words on feed_entry using gin (words);
create index feed_entry_planned on feed_entry (planned_at, id) where planned_at is not null;
create index feed_entry_party on feed_entry (party_id) where party_id is not null;
insert into feed_source (code, names) values
    ('scheduling', '{"en": "Scheduling of works", "ru": "Планирование работ", "uk": "Планування робіт", "bg": "Планиране на работи"}'),
    ('production', '{"en": "Production", "ru": "Производство", "uk": "Виробництво", "bg": "Производство"}'),
    ('finished_goods', '{"en": "Finished goods store", "ru": "Склад готовой продукции", "uk": "Склад готової продукції", "bg": "Склад за готова продукция"}'),
    ('warehouses', '{"en": "Warehouses", "ru": "Склады", "uk": "Склади", "bg": "Складове"}');

-- What was promised, open or done, by when: lateness.
create index task_promised on task (due_at) where due_at is not null and archived_at is null;
create index event_due on event (coalesce(promised_at, ends_at))
    where coalesce(promised_at, ends_at) is not null and archived_at is null;
create index business_document_due on business_document (planned_on) where planned_on is not null;
create index document_number on document (number);

-- The journal as a feed: which project an act belongs to, and how important it is.
alter table activity
    add column project_id bigint,
    add column importance smallint not null default 2;
create index activity_project on activity (project_id, at desc, id desc) where project_id is not null;
create index activity_important on activity (at desc, id desc) where importance = 1;
-- What stays on top of the dispatcher's feed until somebody takes it off.
create table feed_pin (
    activity_id bigint primary key,
    activity_at timestamptz not null,
    user_id bigint not null references app_user on delete cascade,
    at timestamptz not null
);
alter table saved_view add column shortcut smallint check (shortcut between 1 and 9);
create unique index saved_view_shortcut on saved_view (user_id, page, shortcut) where shortcut is not null;

-- Notifications: rules, and what each told whom, once per occurrence.
create table notification_rule (
    id bigint generated always as identity primary key,
    name text not null check (btrim(name) <> ''),
    listens text not null check (listens in ('event', 'task', 'birthday', 'act')),
    acts text[] not null default '{}',
    kind_id bigint,
    minutes_before int[] not null default '{}',
    on_occurrence boolean not null default true,
    by_record boolean not null default false,
    users bigint[] not null default '{}',
    roles text[] not null default '{}',
    departments text[] not null default '{}',
    parts text[] not null default '{}' check (parts <@ array['responsible', 'author', 'executor', 'participants', 'watchers', 'reminded', 'mentioned', 'contact_person']),
    by_app boolean not null default true,
    by_mail boolean not null default false,
    repeat_minutes int check (repeat_minutes > 0),
    is_on boolean not null default true,
    heard_at timestamptz not null,
    heard_id bigint not null default 0,
    version int not null default 1,
    created_at timestamptz not null
);
create table notice (
    id bigint generated always as identity primary key,
    rule_id bigint references notification_rule on delete cascade,
    key text not null,
    user_id bigint references app_user on delete cascade,
    person_id bigint references party on delete cascade,
    record text not null,
    what text not null,
    data jsonb,
    due_at timestamptz not null,
    at timestamptz not null,
    repeats int not null default 0,
    by_app boolean not null,
    read_at timestamptz,
    mail text check (mail in ('queued', 'sending', 'sent', 'failed')),
    mail_tries int not null default 0,
    mail_after timestamptz,
    mail_error text,
    check (num_nonnulls(user_id, person_id) = 1),
    unique nulls not distinct (key, user_id, person_id)
);
-- What records themselves say of when to remind, so that looking for it stays small among hundreds of thousands.
create index event_remind on event (starts_at)
    where remind_days is not null and archived_at is null and completed_at is null and cancelled_at is null;
create index task_remind on task (due_at) where remind_minutes is not null and closed_at is null and archived_at is null;
insert into notification_rule (name, listens, acts, minutes_before, on_occurrence, by_record, parts, repeat_minutes,
    heard_at, created_at) values
    ('Tasks assigned', 'act', '{task.made,task.changed:executor_id}', '{}', true, false, '{executor}', 1440, now(), now()),
    ('Mentions', 'act', '{task.commented}', '{}', true, false, '{mentioned}', null, now(), now()),
    ('Events given to another', 'act', '{event.made,event.changed:responsible_id}', '{}', true, false, '{responsible}', null, now(), now()),
    ('Tasks due', 'task', '{}', '{1440,-1440}', true, true, '{executor}', null, now(), now()),
    ('Coming contacts and events', 'event', '{}', '{}', false, true, '{responsible,participants,reminded}', null, now(), now()),
    ('Events within the hour', 'event', '{}', '{60}', false, false, '{responsible,participants,reminded}', null, now(), now()),
    ('Birthdays', 'birthday', '{}', '{4320}', true, false, '{responsible}', null, now(), now());
create index notice_unread on notice (user_id, id desc) where read_at is null and by_app;
create index notice_user on notice (user_id, id desc);
create index notice_record on notice (record);
create index notice_mail on notice (mail_after, id) where mail in ('queued', 'sending');

-- Calendars to subscribe to, each by a secret that can be taken back.
create table calendar_feed (
    id bigint generated always as identity primary key,
    user_id bigint not null references app_user on delete cascade,
    name text not null check (btrim(name) <> ''),
    hash bytea not null unique check (length(hash) = 32),
    layers jsonb not null,
    created_at timestamptz not null,
    used_at timestamptz,
    content_hash bytea check (length(content_hash) = 32),
    content_at timestamptz,
    revoked_at timestamptz
);
create index calendar_feed_user on calendar_feed (user_id);

grant select, insert, update, delete on origin, project, project_phase, task_kind, task_state, task_transition, task,
    task_person_part, task_seen, task_resource, task_time, task_comment, task_file, task_document, event_kind,
    event_series, event, event_person, event_user, event_file, event_document, survey, survey_question, survey_list, survey_call,
    survey_answer, feed_source, feed_entry, feed_pin, notification_rule, notice, calendar_feed to tallycard_service;
grant select, insert, delete on task_state_change, task_change, event_change, project_change to tallycard_service;
grant update (comment) on task_state_change to tallycard_service;
grant usage, select on all sequences in schema public to tallycard_service;
