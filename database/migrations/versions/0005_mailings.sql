-- Correspondence: kinds as a tree, and the journal of letters on paper and by e-mail.
create table letter_kind (
    id bigint generated always as identity primary key,
    parent_id bigint references letter_kind check (parent_id <> id),
    code text not null unique check (code ~ '^[a-z0-9_]{1,40}$'),
    names jsonb not null,
    position int not null,
    version int not null default 1,
    archived_at timestamptz
);
create index letter_kind_parent on letter_kind (parent_id) where parent_id is not null;
insert into letter_kind (code, names, position) values
    ('business', '{"en": "Business letters", "ru": "Деловые письма", "uk": "Ділові листи", "bg": "Делови писма"}', 1),
    ('contracts', '{"en": "Contracts", "ru": "Договоры", "uk": "Договори", "bg": "Договори"}', 2),
    ('claims', '{"en": "Claims", "ru": "Претензии", "uk": "Претензії", "bg": "Рекламации"}', 3),
    ('email', '{"en": "E-mail", "ru": "Электронная почта", "uk": "Електронна пошта", "bg": "Електронна поща"}', 4);

-- Mailboxes: how mail goes out and comes in. Secrets are sealed with a key of the environment.
create table mailbox (
    id bigint generated always as identity primary key,
    name text not null unique check (btrim(name) <> ''),
    address text not null,
    from_name text not null default '',
    smtp_host text not null,
    smtp_port int not null check (smtp_port between 1 and 65535),
    smtp_security text not null check (smtp_security in ('tls', 'starttls', 'none')),
    smtp_login text,
    smtp_secret bytea,
    imap_host text,
    imap_port int check (imap_port between 1 and 65535),
    imap_security text check (imap_security in ('tls', 'starttls', 'none')),
    imap_login text,
    imap_secret bytea,
    imap_folder text not null default 'INBOX',
    imap_validity bigint,
    imap_last_uid bigint not null default 0,
    dkim_domain text,
    dkim_selector text,
    dkim_secret bytea,
    connections int not null default 4 check (connections between 1 and 50),
    messages_per_connection int not null default 100 check (messages_per_connection between 1 and 10000),
    messages_per_minute int check (messages_per_minute > 0),
    domain_per_minute int check (domain_per_minute > 0),
    read_at timestamptz,
    problem text,
    imap_problem text,
    version int not null default 1,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    archived_at timestamptz,
    check ((imap_host is null) = (imap_port is null) and (imap_host is null) = (imap_security is null)),
    check (num_nonnulls(dkim_domain, dkim_selector, dkim_secret) in (0, 3))
);

-- Messages that came, were written or wait to be sent. Threads are told by their first message.
create table mail_message (
    id bigint generated always as identity primary key,
    mailbox_id bigint not null references mailbox,
    flow text not null check (flow in ('incoming', 'outgoing')),
    state text not null check (state in ('draft', 'queued', 'sending', 'sent', 'failed', 'received')),
    message_id text,
    in_reply_to text,
    thread_id bigint references mail_message,
    party_id bigint references party,
    event_id bigint references event,
    author_id bigint references app_user,
    from_address text not null,
    from_name text not null default '',
    reply_to text,
    to_addresses text[] not null default '{}',
    cc_addresses text[] not null default '{}',
    bcc_addresses text[] not null default '{}',
    subject text not null default '',
    text text not null default '',
    html text,
    raw bytea references file_content,
    imap_uid bigint,
    at timestamptz not null,
    read_at timestamptz,
    tries int not null default 0,
    due_at timestamptz,
    data_at timestamptz,
    problem text,
    version int not null default 1,
    archived_at timestamptz,
    -- Parts of addresses are words of their own.
    words tsvector generated always as (to_tsvector('simple', subject || ' ' || from_name || ' '
        || translate(from_address, '@.-_', '    ') || ' ' || left(text, 100000))) stored,
    unique (mailbox_id, imap_uid)
);
create index mail_message_list on mail_message (flow, at desc, id desc);
create index mail_message_drafts on mail_message (at desc, id desc) where state = 'draft';
create index mail_message_archive on mail_message (at desc, id desc) where archived_at is not null;
create index mail_message_unread on mail_message (mailbox_id)
    where flow = 'incoming' and read_at is null and archived_at is null;
create index mail_message_reply on mail_message (in_reply_to) where in_reply_to is not null;
create index mail_message_thread on mail_message (thread_id, at, id) where thread_id is not null;
create index mail_message_party on mail_message (party_id, at desc, id desc) where party_id is not null;
create index mail_message_name on mail_message (message_id) where message_id is not null;
create index mail_message_due on mail_message (due_at, id) where state in ('queued', 'sending');
create index mail_message_words on mail_message using gin (words);
create table mail_file (
    id bigint generated always as identity primary key,
    message_id bigint not null references mail_message on delete cascade,
    name text not null,
    media_type text not null,
    hash bytea not null references file_content,
    content_id text,
    position int not null
);
create index mail_file_message on mail_file (message_id, position);

create table letter (
    id bigint generated always as identity primary key,
    flow text not null check (flow in ('incoming', 'outgoing')),
    medium text not null check (medium in ('paper', 'email')),
    kind_id bigint not null references letter_kind,
    number text not null check (btrim(number) <> ''),
    document_number text,
    document_date date,
    registered_on date not null,
    topic text not null check (btrim(topic) <> '' and length(topic) <= 200),
    content text,
    priority smallint not null default 2 check (priority between 1 and 3),
    party_id bigint references party,
    person_id bigint references party,
    user_id bigint references app_user,
    department_id bigint references directory_entry,
    message_id bigint unique references mail_message,
    author_id bigint references app_user,
    version int not null default 1,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    archived_at timestamptz,
    -- Parts of numbers are words of their own, and that of 2026-000017 is found without its noughts too.
    words tsvector generated always as (to_tsvector('simple', topic || ' ' || translate(number || ' '
        || coalesce(document_number, ''), '-/.:_', '     ') || ' ' || ltrim(split_part(number, '-', 2), '0')
        || ' ' || left(coalesce(content, ''), 100000))) stored,
    unique (flow, number),
    check (document_date <= registered_on)
);
-- More urgent first, then newer: the journal's own order, whole and below each kind.
create index letter_order on letter (priority desc, registered_on desc, id desc) where archived_at is null;
create index letter_kind_order on letter (kind_id, priority desc, registered_on desc, id desc);
create index letter_archive on letter (priority desc, registered_on desc, id desc) where archived_at is not null;
create index letter_party on letter (party_id, registered_on desc, id desc) where party_id is not null;
create index letter_words on letter using gin (words);
create table letter_notice (
    letter_id bigint not null references letter on delete cascade,
    user_id bigint not null references app_user on delete cascade,
    told_at timestamptz not null,
    read_at timestamptz,
    primary key (letter_id, user_id)
);
create index letter_notice_unread on letter_notice (user_id, letter_id) where read_at is null;
create table letter_file (
    id bigint generated always as identity primary key,
    letter_id bigint not null references letter on delete cascade,
    name text not null,
    media_type text not null,
    hash bytea not null references file_content,
    actor text not null,
    at timestamptz not null
);
create index letter_file_letter on letter_file (letter_id, id);
create table letter_change (
    id bigint generated always as identity primary key,
    letter_id bigint not null references letter on delete cascade,
    at timestamptz not null,
    actor text not null,
    version int not null,
    before jsonb not null,
    after jsonb not null
);
create index letter_change_letter on letter_change (letter_id, id desc);

-- Segments: parties by conditions, asked anew each time; scores and sums by day that they rest on.
create table segment (
    id bigint generated always as identity primary key,
    name text not null unique check (btrim(name) <> '' and length(name) <= 100),
    definition jsonb not null,
    note text,
    version int not null default 1,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    archived_at timestamptz
);
-- Recency, frequency and monetary value of a party as classes 1 to 5, 5 the best, over a year back from `scored_on`.
create table party_score (
    party_id bigint primary key references party on delete cascade,
    recency smallint not null check (recency between 1 and 5),
    frequency smallint not null check (frequency between 1 and 5),
    monetary smallint not null check (monetary between 1 and 5),
    last_purchase date not null,
    receipts int not null,
    turnover bigint not null,
    scored_on date not null
);
create index party_score_class on party_score (recency, frequency, monetary, party_id);
-- What was bought of each group of goods by day: nets of receipts less returns, on the card of the receipt.
create table card_group_day (
    item_group text not null,
    day date not null,
    card_id bigint not null,
    net bigint not null,
    lines int not null,
    primary key (item_group, day, card_id) include (net)
);
create index card_group_day_card on card_group_day (card_id, day);
-- Days come in their order, so a range index of a few pages finds those of a period and costs a new day nothing.
create index card_day_by_day on card_day using brin (day) with (autosummarize = on);
-- Segments look through all parties that count: here without their wide rows.
create index party_counted on party (id) where archived_at is null and merged_into is null;
create table aggregate_mark (
    name text primary key,
    upto jsonb not null,
    at timestamptz not null
);

-- Mailings.
create table mailing_kind (
    id bigint generated always as identity primary key,
    code text not null unique check (code ~ '^[a-z0-9_]{1,40}$'),
    names jsonb not null,
    needs_consent boolean not null,
    position int not null,
    version int not null default 1,
    archived_at timestamptz
);
insert into mailing_kind (code, names, needs_consent, position) values
    ('news', '{"en": "News", "ru": "Новости", "uk": "Новини", "bg": "Новини"}', true, 1),
    ('offer', '{"en": "Offers", "ru": "Предложения", "uk": "Пропозиції", "bg": "Оферти"}', true, 2),
    ('service', '{"en": "Service notices", "ru": "Служебные уведомления", "uk": "Службові повідомлення", "bg": "Служебни съобщения"}', false, 3);
create table mailing_template (
    id bigint generated always as identity primary key,
    name text not null unique check (btrim(name) <> ''),
    subject text not null default '',
    html text not null default '',
    text text not null default '',
    version int not null default 1,
    changed_at timestamptz not null,
    archived_at timestamptz
);
create table mailing (
    id bigint generated always as identity primary key,
    name text not null check (btrim(name) <> '' and length(name) <= 200),
    kind_id bigint not null references mailing_kind,
    mailbox_id bigint references mailbox,
    state text not null default 'draft'
        check (state in ('draft', 'scheduled', 'preparing', 'sending', 'paused', 'sent', 'cancelled', 'running')),
    priority smallint not null default 2 check (priority between 1 and 3),
    audience jsonb not null default '{}',
    trigger jsonb,
    triggered_to timestamptz,
    send_at timestamptz,
    window_from time,
    window_until time,
    rate_per_minute int check (rate_per_minute > 0),
    control_percent smallint not null default 0 check (control_percent between 0 and 50),
    prepared_to bigint not null default 0,
    prepared_at timestamptz,
    is_tracked boolean not null default false,
    errors_in_row int not null default 0,
    problem text,
    author_id bigint references app_user,
    started_at timestamptz,
    ended_at timestamptz,
    version int not null default 1,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    archived_at timestamptz,
    check ((window_from is null) = (window_until is null))
);
create index mailing_by_change on mailing (changed_at desc, id desc) where archived_at is null;
create index party_made on party (created_at, id);
create index mailing_due on mailing (priority desc, send_at, id) where state in ('scheduled', 'preparing', 'sending', 'running');
create table mailing_variant (
    id bigint generated always as identity primary key,
    mailing_id bigint not null references mailing on delete cascade,
    letter text not null check (letter ~ '^[A-D]$'),
    share smallint not null check (share between 1 and 100),
    subject text not null default '',
    html text not null default '',
    text text not null default '',
    unique (mailing_id, letter),
    unique (id, mailing_id)
);
create table mailing_file (
    id bigint generated always as identity primary key,
    mailing_id bigint not null references mailing on delete cascade,
    name text not null,
    media_type text not null,
    hash bytea not null references file_content,
    position int not null
);
create index mailing_file_mailing on mailing_file (mailing_id, position);
create table mailing_link (
    id bigint generated always as identity primary key,
    mailing_id bigint not null references mailing on delete cascade,
    url text not null,
    unique (mailing_id, url)
);
-- The row is the queue. `data_at` is written before the message's bytes go out: who has it and no answer may have got
-- the message, and is sent it again, counted in `doubts`.
create table mailing_recipient (
    id bigint generated always as identity primary key,
    mailing_id bigint not null references mailing on delete cascade,
    party_id bigint references party,
    occurrence text not null default '',
    address text not null,
    domain text not null,
    zone text,
    given jsonb,
    variant_id bigint,
    state text not null check (state in ('queued', 'sending', 'sent', 'deferred', 'failed', 'bounced', 'suppressed',
        'unsubscribed', 'control', 'left_out')),
    reason text,
    due_at timestamptz not null,
    tries smallint not null default 0,
    doubts smallint not null default 0,
    claimed_until timestamptz,
    data_at timestamptz,
    sent_at timestamptz,
    answer text,
    opened_at timestamptz,
    clicked_at timestamptz,
    replied_at timestamptz,
    bounced_at timestamptz,
    foreign key (variant_id, mailing_id) references mailing_variant (id, mailing_id),
    unique (mailing_id, party_id, occurrence)
) with (fillfactor = 80);
create unique index mailing_recipient_once on mailing_recipient (mailing_id, address, occurrence)
    where state <> 'left_out';
create index mailing_recipient_due on mailing_recipient (mailing_id, due_at, id) where state in ('queued', 'deferred');
create index mailing_recipient_claimed on mailing_recipient (claimed_until) where state = 'sending';
create index mailing_recipient_state on mailing_recipient (mailing_id, state, id);
create index mailing_recipient_list on mailing_recipient (mailing_id, id);
create index mailing_recipient_party on mailing_recipient (party_id, id desc) where party_id is not null;
-- What recipients did lately, for segments: read alone from the index.
create index mailing_recipient_sent on mailing_recipient (sent_at) include (party_id) where sent_at is not null;
create index mailing_recipient_opened on mailing_recipient (opened_at) include (party_id) where opened_at is not null;
create index mailing_recipient_clicked on mailing_recipient (clicked_at) include (party_id) where clicked_at is not null;
create index mailing_recipient_bounced on mailing_recipient (bounced_at) include (party_id) where bounced_at is not null;
create index mailing_recipient_address on mailing_recipient (address, id desc);

-- Addresses beside a mailing's audience, from a file or from another mailing; chosen among as it begins.
create table mailing_address (
    id bigint generated always as identity primary key,
    mailing_id bigint not null references mailing on delete cascade,
    address text not null,
    party_id bigint references party,
    given jsonb,
    is_agreed boolean not null,
    is_chosen boolean not null default false,
    unique (mailing_id, address)
);
create index mailing_address_next on mailing_address (mailing_id, id) where not is_chosen;
create index mailing_address_party on mailing_address (party_id) where party_id is not null;
create index mailing_address_whose on mailing_address (address);

-- Consent: what each party agreed to now, by kind of mailing, and every act that led there.
create table subscription (
    party_id bigint not null references party on delete cascade,
    kind_id bigint not null references mailing_kind,
    state text not null check (state in ('subscribed', 'pending', 'unsubscribed')),
    changed_at timestamptz not null,
    primary key (party_id, kind_id)
);
create index subscription_kind on subscription (kind_id, state, party_id);
create index subscription_given on subscription (kind_id, changed_at) where state = 'subscribed';
create table consent (
    id bigint generated always as identity primary key,
    party_id bigint references party on delete set null,
    kind_id bigint not null references mailing_kind,
    act text not null check (act in ('asked', 'given', 'confirmed', 'withdrawn')),
    source text not null check (source in ('page', 'api', 'form', 'preferences', 'one_click', 'import', 'merge', 'reply')),
    wording text,
    recipient_id bigint references mailing_recipient on delete set null,
    actor text not null,
    at timestamptz not null
);
create index consent_party on consent (party_id, id desc) where party_id is not null;
-- Addresses that get nothing more, as hashes: they outlive whoever they belonged to.
create table suppression (
    hash bytea primary key check (length(hash) = 32),
    reason text not null check (reason in ('hard_bounce', 'complaint', 'by_hand', 'unsubscribed', 'erased')),
    at timestamptz not null,
    actor text not null
);
-- Who asked to be written to and has not said so from the own mailbox yet; forgotten a month after the link expired.
create table subscription_request (
    id bigint generated always as identity primary key,
    party_id bigint references party on delete cascade,
    name text,
    address text not null,
    language text not null check (language in ('en', 'ru', 'uk', 'bg')),
    kind_ids bigint[] not null check (cardinality(kind_ids) > 0),
    source text not null check (source in ('page', 'api', 'form')),
    wording text not null,
    sender bytea,
    actor text not null,
    state text not null default 'queued' check (state in ('queued', 'sending', 'sent', 'failed')),
    reason text,
    tries smallint not null default 0,
    due_at timestamptz not null,
    asked_at timestamptz not null,
    expires_at timestamptz not null,
    confirmed_at timestamptz
);
create index subscription_request_due on subscription_request (due_at, id) where state in ('queued', 'sending');
create index subscription_request_address on subscription_request (address, asked_at);
create index subscription_request_sender on subscription_request (sender, asked_at) where sender is not null;
create index subscription_request_party on subscription_request (party_id) where party_id is not null;
create index subscription_request_end on subscription_request (expires_at);
create table consent_setting (
    is_here boolean primary key default true check (is_here),
    mailbox_id bigint references mailbox,
    is_form_open boolean not null default false,
    version int not null default 1
);
insert into consent_setting default values;

grant select, insert, update, delete on mailing_address, subscription_request to tallycard_service;
grant select, update on consent_setting to tallycard_service;
grant select, insert, update, delete on letter_kind, mailbox, mail_message, mail_file, letter, letter_notice, letter_file,
    segment, party_score, card_group_day, aggregate_mark, mailing_kind, mailing_template, mailing, mailing_variant,
    mailing_file, mailing_link, mailing_recipient, subscription, suppression to tallycard_service;
grant select, insert, delete on letter_change to tallycard_service;
grant select, insert on consent to tallycard_service;
grant usage, select on all sequences in schema public to tallycard_service;
