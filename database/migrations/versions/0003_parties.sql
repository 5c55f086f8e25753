-- Words a company chooses itself, each in a directory; names by language.
create table directory_entry (
    id bigint generated always as identity primary key,
    directory text not null check (directory in ('legal_status', 'relation', 'responsibility', 'group')),
    code text not null check (code ~ '^[a-z0-9_]{1,40}$'),
    names jsonb not null,
    position int not null,
    party_kind text check (party_kind in ('person', 'organisation')),
    version int not null default 1,
    archived_at timestamptz,
    unique (directory, code)
);
insert into directory_entry (directory, code, names, position, party_kind) values
    ('legal_status', 'natural_person', '{"en": "Natural person", "ru": "Физическое лицо", "uk": "Фізична особа", "bg": "Физическо лице"}', 1, 'person'),
    ('legal_status', 'sole_trader', '{"en": "Sole trader", "ru": "Индивидуальный предприниматель", "uk": "Фізична особа-підприємець", "bg": "Едноличен търговец"}', 2, null),
    ('legal_status', 'limited_company', '{"en": "Limited company", "ru": "Общество с ограниченной ответственностью", "uk": "Товариство з обмеженою відповідальністю", "bg": "Дружество с ограничена отговорност"}', 3, 'organisation'),
    ('legal_status', 'joint_stock_company', '{"en": "Joint-stock company", "ru": "Акционерное общество", "uk": "Акціонерне товариство", "bg": "Акционерно дружество"}', 4, 'organisation'),
    ('legal_status', 'public_body', '{"en": "Public body", "ru": "Государственное учреждение", "uk": "Державна установа", "bg": "Публично учреждение"}', 5, 'organisation'),
    ('legal_status', 'non_profit', '{"en": "Non-profit organisation", "ru": "Некоммерческая организация", "uk": "Неприбуткова організація", "bg": "Организация с нестопанска цел"}', 6, 'organisation'),
    ('relation', 'customer', '{"en": "Customer", "ru": "Покупатель", "uk": "Покупець", "bg": "Клиент"}', 1, null),
    ('relation', 'supplier', '{"en": "Supplier", "ru": "Поставщик", "uk": "Постачальник", "bg": "Доставчик"}', 2, null),
    ('relation', 'partner', '{"en": "Partner", "ru": "Партнёр", "uk": "Партнер", "bg": "Партньор"}', 3, null),
    ('relation', 'competitor', '{"en": "Competitor", "ru": "Конкурент", "uk": "Конкурент", "bg": "Конкурент"}', 4, null),
    ('relation', 'employee', '{"en": "Employee", "ru": "Сотрудник", "uk": "Працівник", "bg": "Служител"}', 5, null),
    ('relation', 'owner', '{"en": "Owner", "ru": "Владелец", "uk": "Власник", "bg": "Собственик"}', 6, null),
    ('responsibility', 'purchasing', '{"en": "Purchasing", "ru": "Закупки", "uk": "Закупівлі", "bg": "Покупки"}', 1, null),
    ('responsibility', 'accounting', '{"en": "Accounting", "ru": "Бухгалтерия", "uk": "Бухгалтерія", "bg": "Счетоводство"}', 2, null),
    ('responsibility', 'sales', '{"en": "Sales", "ru": "Продажи", "uk": "Продажі", "bg": "Продажби"}', 3, null),
    ('responsibility', 'warehouse', '{"en": "Warehouse", "ru": "Склад", "uk": "Склад", "bg": "Склад"}', 4, null),
    ('responsibility', 'management', '{"en": "Management", "ru": "Руководство", "uk": "Керівництво", "bg": "Ръководство"}', 5, null);

-- Parties: whatever is said of a person or an organisation.
create extension if not exists pg_trgm;
alter table party
    add column legal_status_id bigint references directory_entry,
    add column note text,
    add column language text,
    add column version int not null default 1,
    add column changed_at timestamptz,
    add column archived_at timestamptz,
    add column erased_at timestamptz,
    add column merged_into bigint references party check (merged_into <> id),
    add column search tsvector generated always as (to_tsvector('simple', name || ' ' || coalesce(note, ''))) stored;
update party p set changed_at = created_at, legal_status_id = e.id
from directory_entry e
where e.directory = 'legal_status' and e.code = case p.kind when 'person' then 'natural_person' else 'limited_company' end;
alter table party alter column legal_status_id set not null, alter column changed_at set not null;
create index party_search on party using gin (search);
create index party_name_trigrams on party using gin (name gin_trgm_ops);
create index party_by_name on party (name collate "C", id) include (archived_at) where merged_into is null;
create index party_by_change on party (changed_at desc, id desc) include (archived_at) where merged_into is null;
create index party_by_creation on party (created_at desc, id desc) include (archived_at) where merged_into is null;
create index party_birthday on party ((extract(month from birth_date) * 100 + extract(day from birth_date))) where birth_date is not null;
create index party_kind on party (kind) where merged_into is null;
create index party_legal_status on party (legal_status_id) where merged_into is null;
create index party_archived on party (id) where archived_at is not null;
create index party_merged_into on party (merged_into) where merged_into is not null;
create index party_birth_date on party (birth_date, id) where birth_date is not null;
create index document_party on document (party_id) where party_id is not null;

alter table party_address
    add column id bigint generated always as identity unique,
    add column search tsvector generated always as
        (to_tsvector('simple', coalesce(city, '') || ' ' || coalesce(postal_code, '') || ' ' || coalesce(line, ''))) stored;
create index party_address_search on party_address using gin (search);
create index party_address_city on party_address (lower(city) text_pattern_ops, party_id);
create index party_address_postal_code on party_address (lower(postal_code) text_pattern_ops, party_id);
create index party_address_country on party_address (country, party_id);
create table party_address_use (
    address_id bigint not null references party_address (id) on delete cascade,
    party_id bigint not null references party on delete cascade,
    use text not null check (use in ('tax', 'postal', 'warehouse', 'office', 'billing')),
    main boolean not null default false,
    primary key (address_id, use)
);
create unique index party_address_use_main on party_address_use (party_id, use) where main;
create index party_address_use_party on party_address_use (party_id);

alter table party_contact
    drop constraint party_contact_kind_check,
    add check (kind in ('phone', 'fax', 'email', 'messenger', 'website')),
    add column id bigint generated always as identity unique,
    add column label text,
    add column pinned boolean not null default false,
    add column uses int not null default 0,
    add column used_at timestamptz;
create index party_contact_canonical on party_contact (kind, canonical);

create table party_bank_account (
    id bigint generated always as identity primary key,
    party_id bigint not null references party on delete cascade,
    bank text not null,
    bic text,
    account text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    main boolean not null default false,
    unique (party_id, account, currency)
);
create unique index party_bank_account_main on party_bank_account (party_id) where main;
create table party_registration (
    id bigint generated always as identity primary key,
    party_id bigint not null references party on delete cascade,
    kind text not null,
    country text check (country ~ '^[A-Z]{2}$'),
    number text not null,
    canonical text not null,
    issued_on date,
    valid_until date,
    issuer text,
    checked text not null check (checked in ('right', 'wrong', 'unchecked'))
);
create index party_registration_party on party_registration (party_id);
create index party_registration_canonical on party_registration (canonical, kind);
create table party_relation (
    id bigint generated always as identity primary key,
    party_id bigint not null references party on delete cascade,
    relation_id bigint not null references directory_entry,
    other_party_id bigint references party on delete cascade check (other_party_id <> party_id),
    since date,
    until date check (until >= since),
    unique nulls not distinct (party_id, relation_id, other_party_id, since)
);
create index party_relation_kind on party_relation (relation_id, party_id);
create index party_relation_other on party_relation (other_party_id) where other_party_id is not null;
create table party_group (
    group_id bigint not null references directory_entry,
    party_id bigint not null references party on delete cascade,
    primary key (group_id, party_id)
);
create index party_group_party on party_group (party_id);
create table contact_person (
    id bigint generated always as identity primary key,
    party_id bigint not null references party on delete cascade,
    person_id bigint not null references party on delete cascade check (person_id <> party_id),
    post text,
    timezone text,
    hours jsonb,
    position int not null,
    unique (party_id, person_id)
);
create index contact_person_person on contact_person (person_id);
create table contact_person_responsibility (
    contact_person_id bigint not null references contact_person on delete cascade,
    responsibility_id bigint not null references directory_entry,
    primary key (contact_person_id, responsibility_id)
);
create index contact_person_responsibility_entry on contact_person_responsibility (responsibility_id);
create table party_note (
    id bigint generated always as identity primary key,
    party_id bigint not null references party on delete cascade,
    text text not null check (btrim(text) <> ''),
    actor text not null,
    at timestamptz not null,
    version int not null default 1
);
create index party_note_words on party_note using gin (to_tsvector('simple', text));
create index party_note_party on party_note (party_id, at desc, id desc);

-- Contents of files, each once, whoever refers to them.
create table file_content (
    hash bytea primary key check (length(hash) = 32),
    size bigint not null check (size >= 0),
    content bytea not null,
    at timestamptz not null
);
create table party_file (
    id bigint generated always as identity primary key,
    party_id bigint not null references party on delete cascade,
    name text not null,
    media_type text not null,
    hash bytea not null references file_content,
    actor text not null,
    at timestamptz not null
);
create index party_file_party on party_file (party_id, at desc, id desc);

-- Old and new values of people's data, apart from the journal so that they can be erased.
create table party_change (
    id bigint generated always as identity primary key,
    party_id bigint not null references party on delete cascade,
    at timestamptz not null,
    actor text not null,
    version int not null,
    what text not null,
    part_id bigint,
    before jsonb,
    after jsonb
);
create index party_change_party on party_change (party_id, at desc, id desc);
alter table activity add column party_id bigint;
create index activity_party on activity (party_id, at desc, id desc) where party_id is not null;
-- What people look for in the journal; receipts, which come by the thousand, stand in a list of their own.
create index activity_acts on activity (at, id) where act not in ('receipt.posted', 'receipt.parked', 'receipt.suspended');
create index activity_actor on activity (actor, at, id) where act not in ('receipt.posted', 'receipt.parked', 'receipt.suspended');
create index activity_act on activity (act, at, id) where act not in ('receipt.posted', 'receipt.parked', 'receipt.suspended');
create index activity_record on activity (record, at, id) where act not in ('receipt.posted', 'receipt.parked', 'receipt.suspended');
create index access_token_till on access_token (store_code, till_code) where store_code is not null;
create index enrolment_till on enrolment (store_code, till_code) where redeemed_at is null;

-- Attributes that a company defines itself, for any directory of records.
create table attribute (
    id bigint generated always as identity primary key,
    directory text not null check (directory in ('party', 'person', 'card', 'goods', 'task', 'event', 'letter')),
    code text not null check (code ~ '^[a-z0-9_]{1,40}$'),
    names jsonb not null,
    kind text not null check (kind in ('text', 'number', 'date', 'yes_no', 'choice', 'choices', 'reference')),
    refers_to text check (refers_to in ('party', 'user')),
    position int not null,
    version int not null default 1,
    archived_at timestamptz,
    check ((kind = 'reference') = (refers_to is not null)),
    unique (directory, code)
);
create table attribute_choice (
    id bigint generated always as identity primary key,
    attribute_id bigint not null references attribute on delete cascade,
    code text not null check (code ~ '^[a-z0-9_]{1,40}$'),
    names jsonb not null,
    position int not null,
    archived_at timestamptz,
    unique (attribute_id, code)
);
create table attribute_value (
    attribute_id bigint not null references attribute on delete cascade,
    record_id bigint not null,
    item int not null default 0,
    text_value text,
    number_value numeric,
    date_value date,
    flag_value boolean,
    choice_id bigint references attribute_choice,
    reference_id bigint,
    primary key (attribute_id, record_id, item),
    check (num_nonnulls(text_value, number_value, date_value, flag_value, choice_id, reference_id) = 1)
);
create index attribute_value_record on attribute_value (record_id, attribute_id);
create index attribute_value_text on attribute_value (attribute_id, left(text_value, 200) collate "C", record_id) where text_value is not null;
create index attribute_value_trigrams on attribute_value using gin (text_value gin_trgm_ops) where text_value is not null;
create index attribute_value_number on attribute_value (attribute_id, number_value, record_id) where number_value is not null;
create index attribute_value_date on attribute_value (attribute_id, date_value, record_id) where date_value is not null;
create index attribute_value_flag on attribute_value (attribute_id, flag_value, record_id) where flag_value is not null;
create index attribute_value_choice on attribute_value (attribute_id, choice_id, record_id) where choice_id is not null;
create index attribute_value_reference on attribute_value (attribute_id, reference_id, record_id) where reference_id is not null;

-- Orders, invoices, payments and deliveries as plain records in a tree.
create table business_document (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('order', 'invoice', 'payment', 'delivery')),
    number text not null check (btrim(number) <> ''),
    date date not null,
    party_id bigint not null references party,
    parent_id bigint references business_document check (parent_id <> id),
    status text not null,
    total bigint not null,
    lines jsonb not null default '[]',
    means text check (means in ('cash', 'card', 'points', 'transfer')),
    due_on date,
    planned_on date,
    delivered_on date,
    address_id bigint references party_address (id) on delete set null,
    addressee jsonb,
    note text,
    issued_at timestamptz,
    version int not null default 1,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    unique (kind, number)
);
create index business_document_party on business_document (party_id, kind, date desc, id desc);
create index business_document_parent on business_document (parent_id) where parent_id is not null;
create index business_document_kind on business_document (kind, date desc, id desc);
create index business_document_next on business_document (kind, number collate "C");
create index business_document_number on business_document using gin (number gin_trgm_ops);

-- What a person at a page chose: layouts of profiles, views of lists.
create table profile_layout (
    id bigint generated always as identity primary key,
    user_id bigint references app_user on delete cascade,
    role text,
    party_kind text not null check (party_kind in ('person', 'organisation')),
    panels jsonb not null,
    changed_at timestamptz not null,
    check (num_nonnulls(user_id, role) = 1),
    unique nulls not distinct (user_id, role, party_kind)
);
create table saved_view (
    id bigint generated always as identity primary key,
    user_id bigint not null references app_user on delete cascade,
    page text not null,
    name text not null check (btrim(name) <> ''),
    query text not null,
    shared boolean not null default false,
    created_at timestamptz not null,
    unique (user_id, page, name)
);
create index saved_view_page on saved_view (page) where shared;

-- What a change of many parties at once did to each, so that it can be taken back where nothing else happened since.
create table party_bulk_change (
    job_id bigint not null references job,
    party_id bigint not null references party on delete cascade,
    before jsonb not null,
    after jsonb not null,
    primary key (job_id, party_id)
);
create index party_bulk_change_party on party_bulk_change (party_id);

-- Duplicates: pairs found, what merging moved, and mappings of files remembered.
create table party_duplicate (
    first_id bigint not null references party on delete cascade,
    second_id bigint not null references party on delete cascade check (second_id > first_id),
    reasons text[] not null,
    strength int not null,
    found_at timestamptz not null,
    dismissed_at timestamptz,
    dismissed_by text,
    primary key (first_id, second_id)
);
create index party_duplicate_second on party_duplicate (second_id);
create index party_duplicate_strength on party_duplicate (strength desc, first_id desc, second_id desc);
create table party_merge (
    id bigint generated always as identity primary key,
    kept_id bigint not null references party,
    merged_id bigint not null references party,
    at timestamptz not null,
    actor text not null,
    before jsonb,
    undone_at timestamptz
);
create index party_merge_kept on party_merge (kept_id);
create table import_mapping (
    id bigint generated always as identity primary key,
    what text not null,
    name text not null,
    mapping jsonb not null,
    used_at timestamptz not null,
    unique (what, name)
);

-- Files of parties on their way in: contents in pieces until they are imported, and the rows that stayed out.
create table import_upload (
    id bigint generated always as identity primary key,
    name text not null,
    size bigint not null,
    rows bigint,
    actor text not null,
    at timestamptz not null,
    ended_at timestamptz
);
create table import_piece (
    upload_id bigint not null references import_upload on delete cascade,
    position int not null,
    content bytea not null,
    primary key (upload_id, position)
);
create table import_rejection (
    upload_id bigint not null references import_upload on delete cascade,
    line bigint not null,
    reason text not null,
    cells text[] not null,
    primary key (upload_id, line)
);

-- A ringing phone, told by the telephone exchange.
create table incoming_call (
    id bigint generated always as identity primary key,
    number text not null,
    extension text,
    at timestamptz not null
);
create index incoming_call_extension on incoming_call (extension, id) where extension is not null;
alter table app_user
    add column extension text,
    add column language text not null default 'en' check (language in ('en', 'ru', 'uk', 'bg')),
    add column version int not null default 1;

-- Roles of people.
alter table app_user drop constraint app_user_role_check;
alter table app_user add check (role in ('admin', 'director', 'marketing_director', 'marketing', 'sales', 'purchasing', 'call_taker', 'dispatcher', 'clerk', 'cashier_supervisor'));

-- Lists of cards and receipts: those of a shop, and the returns, which are few among many, without naming days.
create index receipt_store on receipt (store, business_date, id);
create index receipt_returned on receipt (business_date, id) where kind = 'return';

grant select, insert, update, delete on directory_entry, party_address_use, party_bank_account, party_registration,
    party_relation, party_group, contact_person, contact_person_responsibility, party_note, file_content, party_file,
    attribute, attribute_choice, attribute_value, business_document, profile_layout, saved_view, party_duplicate,
    import_mapping, import_upload, import_piece, import_rejection, incoming_call, party_bulk_change to tallycard_service;
grant select, insert, delete on party_change to tallycard_service;
grant select, insert, update on party_merge to tallycard_service;
grant usage, select on all sequences in schema public to tallycard_service;
