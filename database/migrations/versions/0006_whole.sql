-- What the product as a whole adds; each part under a heading of its own.

-- Operation: which life of the database this is, and when what keeps it well was done last.
-- A restore begins another epoch: tills then send again what they sent since the backup.
alter table installation add column epoch uuid not null default gen_random_uuid();
create table sign_of_life (
    what text primary key,
    at timestamptz not null,
    is_well boolean not null default true,
    detail jsonb not null default '{}'
);
grant select, insert, update on sign_of_life to tallycard_service;

-- Second factors: the secret sealed with a key of the environment, codes for whoever lost it as hashes, and of whom one
-- is demanded. A code of `last_step` or before is not taken any more.
create table second_factor (
    user_id bigint primary key references app_user on delete cascade,
    secret bytea not null,
    last_step bigint not null default 0 check (last_step >= 0),
    created_at timestamptz not null,
    confirmed_at timestamptz
);
create table recovery_code (
    user_id bigint not null references second_factor on delete cascade,
    hash bytea not null check (length(hash) = 32),
    used_at timestamptz,
    primary key (user_id, hash)
);
create table access_policy (
    id int primary key default 1 check (id = 1),
    second_factor text not null default 'nobody' check (second_factor in ('nobody', 'administrators', 'everybody')),
    version int not null default 1
);
insert into access_policy default values;

-- Sessions as people see and end them; one that awaits a code opens nothing.
alter table app_session
    add column id bigint generated always as identity unique,
    add column device text not null default '',
    add column awaits_code boolean not null default false;
create index app_session_user on app_session (user_id);

-- Refused lookups of cards in a row of minutes, by the till or person who asked; `last` marks the number asked for last.
create table card_guessing (
    who text primary key,
    refused int not null check (refused >= 0),
    since timestamptz not null,
    last bytea not null check (length(last) = 4),
    stopped_until timestamptz
);
create index card_guessing_stopped on card_guessing (stopped_until) where stopped_until is not null;

grant select, insert, update, delete on second_factor, recovery_code, card_guessing to tallycard_service;
grant select, update on access_policy to tallycard_service;
grant usage, select on all sequences in schema public to tallycard_service;

-- Customers' own pages: a party's secret link, its token as a hash, and sealed for letters where there is a key. A letter
-- is its own queue: `letter_due_at` is when it is tried next. Wrong tokens are counted by sender, as hashes, for an hour.
create table own_page_link (
    party_id bigint primary key references party on delete cascade,
    hash bytea not null unique check (length(hash) = 32),
    sealed bytea,
    actor text not null,
    made_at timestamptz not null,
    expires_at timestamptz,
    opened_on date,
    asked_on date,
    asked smallint not null default 0 check (asked >= 0),
    letter_address text,
    letter_tries smallint not null default 0,
    letter_due_at timestamptz,
    letter_sent_at timestamptz,
    letter_reason text
);
create index own_page_link_due on own_page_link (letter_due_at) where letter_due_at is not null;
create table own_page_refusal (
    sender bytea primary key check (length(sender) = 32),
    refused int not null check (refused > 0),
    since timestamptz not null
);
create index own_page_refusal_since on own_page_refusal (since);
grant select, insert, update, delete on own_page_link, own_page_refusal to tallycard_service;

-- The shop's own data, as it stands on what it prints; when the guide through its first hour was left; and the first
-- card that each till read, which is how one sees that a till works.
create table shop (
    id int primary key default 1 check (id = 1),
    name text not null default '' check (length(name) <= 200),
    address text not null default '' check (length(address) <= 500),
    phone text not null default '' check (length(phone) <= 50),
    email text not null default '' check (length(email) <= 200),
    website text not null default '' check (length(website) <= 200),
    numbers text not null default '' check (length(numbers) <= 200),
    version int not null default 1,
    guide_left_at timestamptz
);
insert into shop (guide_left_at) select now() where exists (select from receipt_key);
insert into shop default values on conflict do nothing;
alter table till add column first_card_id bigint references card on delete set null, add column first_card_at timestamptz;
grant select, update on shop to tallycard_service;

-- Reports: what their questions about voids are answered by, and the reports that people are sent. A row
-- is the queue of its letters: `due_at` is when the next goes out, `claimed_until` whose hands it is in.
create index receipt_key_void on receipt_key (void_uid) where void_uid is not null;
create table report_letter (
    id bigint generated always as identity primary key,
    user_id bigint not null references app_user on delete cascade,
    report text not null,
    query text not null check (length(query) <= 4000),
    every text not null check (every in ('day', 'week', 'month')),
    hour smallint not null check (hour between 0 and 23),
    due_at timestamptz not null,
    tries smallint not null default 0 check (tries >= 0),
    try_after timestamptz not null,
    claimed_until timestamptz,
    sent_at timestamptz,
    error text,
    created_at timestamptz not null
);
create index report_letter_user on report_letter (user_id, id);
create index report_letter_due on report_letter (try_after);
grant select, insert, update, delete on report_letter to tallycard_service;
grant usage, select on all sequences in schema public to tallycard_service;

-- Acts on many tasks at once, kept with what was before, so that whoever did one can take it back for a while.
create table task_bulk (
    id bigint generated always as identity primary key,
    user_id bigint not null references app_user on delete cascade,
    act text not null check (act in ('assign', 'done', 'archive')),
    at timestamptz not null,
    refused int not null default 0,
    kept jsonb not null,
    undone_at timestamptz
);
grant select, insert, update on task_bulk to tallycard_service;
grant usage, select on all sequences in schema public to tallycard_service;

-- Names in alphabetical order for readers of every language, in any installation: a key whose letters compare as those
-- of the Russian, Ukrainian and Bulgarian alphabets stand (Г Ґ Д Е Є Ж З И І Ї Й; Ё as Е), Latin letters without their
-- marks, capitals as small letters, and no quotation marks and apostrophes. No collation of the machine has a part in it.
create function sort_key(name text) returns text language sql immutable parallel safe strict return translate(
    name,
    'АБВГґҐдДеЕєЄжЖзЗиИіІїЇйЙкКлЛмМнНоОпПрРсСтТуУўЎфФхХцЦчЧшШщЩъЪыЫьЬэЭюЮяЯёЁABCDEFGHIJKLMNOPQRSTUVWXYZÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿĀāĂăĄąĆćĈĉĊċČčĎďĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİĴĵĶķĹĺĻļĽľŃńŅņŇňŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽžßøØłŁđĐæÆœŒıþÞðÐ«»„“”"''’ʼ`',
    'абвгддеежжззииййккллммннооппррссттууффххццччшшщщъъыыььээююяяѐѐёёђђѓѓєєжжabcdefghijklmnopqrstuvwxyzaaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyyaaaaaaccccccccddeeeeeeeeeegggggggghhiiiiiiiiijjkkllllllnnnnnnoooooorrrrrrssssssssttttuuuuuuuuuuuuwwyyyzzzzzzsoollddaaooittdd'
);
alter table party add column sort_name text not null generated always as (sort_key(name)) stored;
drop index party_by_name;
create index party_by_name on party (sort_name collate "C", id) include (archived_at) where merged_into is null;
