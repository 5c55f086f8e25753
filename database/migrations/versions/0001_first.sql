-- The installation, its stores and tills, and who may call.
create table installation (
    id smallint primary key default 1 check (id = 1),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    places smallint not null check (places between 0 and 4),
    timezone text not null,
    catalogue_version bigint not null default 1
);
create table store (
    code text primary key,
    name text not null,
    timezone text not null,
    created_at timestamptz not null default now()
);
create table till (
    store_code text not null references store,
    code text not null,
    created_at timestamptz not null default now(),
    primary key (store_code, code)
);
create table access_token (
    id bigint generated always as identity primary key,
    hash bytea not null unique check (length(hash) = 32),
    role text not null check (role in ('admin', 'clerk', 'till')),
    store_code text,
    till_code text,
    created_at timestamptz not null default now(),
    revoked_at timestamptz,
    foreign key (store_code, till_code) references till (store_code, code),
    check ((role = 'till') = (till_code is not null) and (till_code is null) = (store_code is null))
);
create table app_user (
    id bigint generated always as identity primary key,
    login citext not null unique,
    name text not null,
    role text not null check (role in ('admin', 'clerk')),
    password_hash text not null,
    theme text not null default 'system' check (theme in ('system', 'light', 'dark')),
    refusals int not null default 0,
    locked_until timestamptz,
    created_at timestamptz not null default now(),
    disabled_at timestamptz
);
create table app_session (
    hash bytea primary key check (length(hash) = 32),
    user_id bigint not null references app_user on delete cascade,
    csrf text not null,
    created_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index app_session_expires_at on app_session (expires_at);

-- Who did what, in the transaction of the act.
create table activity (
    id bigint generated always as identity,
    at timestamptz not null,
    actor text not null,
    act text not null,
    record text not null,
    card_id bigint,
    data jsonb,
    primary key (at, id)
) partition by range (at);
create table activity_rest partition of activity default;
create index activity_card on activity (card_id, at desc) where card_id is not null;

-- People and organisations.
create table party (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('person', 'organisation')),
    name text not null check (btrim(name) <> ''),
    birth_date date,
    source text,
    source_key text,
    created_at timestamptz not null default now(),
    unique (source, source_key)
);
create table party_address (
    party_id bigint not null references party on delete cascade,
    position smallint not null,
    country text,
    region text,
    city text,
    postal_code text,
    line text,
    primary key (party_id, position)
);
create table party_contact (
    party_id bigint not null references party on delete cascade,
    position smallint not null,
    kind text not null check (kind in ('phone', 'email')),
    value text not null,
    canonical text not null,
    primary key (party_id, position)
);
create index party_contact_reversed on party_contact (reverse(canonical) collate "C");

-- What prices: series and price lists, each version kept for ever.
create table series (
    id bigint generated always as identity primary key,
    code text not null unique,
    version int not null,
    definition jsonb not null,
    last_counter bigint not null default 0
);
create table series_version (
    series_id bigint not null references series,
    version int not null,
    since timestamptz not null,
    definition jsonb not null,
    primary key (series_id, version)
);
create table price_list (
    id bigint generated always as identity primary key,
    code text not null unique,
    version int not null,
    definition jsonb not null
);
create table price_list_version (
    price_list_id bigint not null references price_list,
    version int not null,
    since timestamptz not null,
    definition jsonb not null,
    primary key (price_list_id, version)
);

-- Cards: the directory of numbers, and one wide row with settings of its own and the caches of its ledgers.
create table card_number (
    number text collate "C" primary key check (number <> ''),
    card_id bigint not null
);
create sequence card_id_seq;
create table card (
    card_id bigint primary key default nextval('card_id_seq') check (card_id > 0),
    number text collate "C" not null,
    series_id bigint not null references series,
    state text not null
        check (state in ('issued', 'active', 'blocked', 'frozen', 'expired', 'replaced', 'closed')),
    state_since timestamptz,
    own_percent bigint,
    own_credit_limit bigint,
    own_expires_on date,
    activated_on date,
    holder_id bigint references party,
    successor_id bigint references card,
    turnover bigint not null default 0,
    purchases int not null default 0,
    balance bigint not null default 0,
    points bigint not null default 0,
    credit_limit bigint not null default 0 check (credit_limit >= 0),
    held bigint not null default 0 check (held >= 0),
    overdraft bigint not null default 0 check (overdraft >= 0),
    version bigint not null default 0,
    created_at timestamptz not null default now(),
    check (balance + credit_limit + overdraft - held >= 0)
) with (fillfactor = 75);
create index card_series on card (series_id, card_id);
create index card_holder on card (holder_id) where holder_id is not null;
create index card_number_reversed on card (reverse(number) collate "C");
create table card_state_change (
    card_id bigint not null references card,
    since timestamptz not null,
    state text not null,
    reason text,
    primary key (card_id, since)
);

-- Receipts. card_id is 0 where no card counts, so that every hot key begins with it.
create sequence receipt_id_seq increment 1000;
create table receipt_key (
    uid uuid primary key,
    store text not null,
    till text not null,
    till_instance text not null default '',
    shift int not null,
    number text not null,
    kind text not null check (kind in ('sale', 'return')),
    receipt_id bigint not null,
    card_id bigint not null,
    business_date date not null,
    state text not null check (state in ('posted', 'parked', 'suspended', 'voided')),
    fingerprint bytea not null check (length(fingerprint) = 32),
    answer jsonb not null,
    void_uid uuid,
    unique (store, till, till_instance, shift, number, kind)
);
create table receipt (
    card_id bigint not null,
    business_date date not null,
    id bigint not null,
    uid uuid not null,
    kind text not null,
    state text not null,
    store text not null,
    till text not null,
    till_instance text,
    seq bigint,
    shift int not null,
    number text not null,
    closed_at timestamptz not null,
    priced_at timestamptz,
    received_at timestamptz not null,
    cashier text not null,
    offline boolean not null,
    card_number text,
    entry text,
    calculation_id text,
    original_uid uuid,
    original jsonb,
    total bigint not null,
    purchases smallint not null,
    payments jsonb not null,
    flags text[] not null,
    primary key (card_id, business_date, id)
) partition by range (business_date);
create table receipt_rest partition of receipt default;
create index receipt_newest on receipt (business_date, id);
create index receipt_original on receipt (original_uid) where original_uid is not null;
create table receipt_line (
    card_id bigint not null,
    business_date date not null,
    receipt_id bigint not null,
    line int not null check (line > 0),
    sku text not null,
    name text,
    quantity bigint not null,
    price bigint not null check (price >= 0),
    discount bigint not null,
    net bigint not null,
    item_group text,
    marks smallint not null,
    original_line int,
    min_price bigint,
    max_discount_percent bigint,
    manual_discount_percent bigint
) partition by range (business_date);
create table receipt_line_rest partition of receipt_line default;
create index receipt_line_receipt on receipt_line (receipt_id);
create table awaited_original (
    id bigint generated always as identity primary key,
    waiting_uid uuid not null unique,
    act text not null check (act in ('return', 'void')),
    original_uid uuid,
    store text,
    till text,
    shift int,
    number text,
    detail jsonb,
    check ((original_uid is not null) or (number is not null))
);
create index awaited_original_uid on awaited_original (original_uid);

-- The two ledgers. seq counts a card's entries without a gap; an entry is never changed.
create table ledger (
    card_id bigint not null,
    business_date date not null,
    seq bigint not null,
    account text not null check (account in ('turnover', 'money', 'points')),
    amount bigint not null,
    after bigint not null,
    source text not null,
    source_uid uuid not null,
    corrects bigint,
    at timestamptz not null,
    primary key (card_id, business_date, seq)
) partition by range (business_date);
create table ledger_rest partition of ledger default;
create table card_day (
    card_id bigint not null,
    day date not null,
    turnover bigint not null,
    receipts int not null,
    primary key (card_id, day)
) with (fillfactor = 80);

-- Documents of sale and return, and single acts that move money or turnover.
create table document (
    uid uuid primary key,
    kind text not null,
    number text not null,
    date date not null,
    status text not null,
    party_id bigint references party,
    card_id bigint references card,
    card_number text,
    total bigint not null,
    lines jsonb not null,
    parent_uid uuid,
    version bigint,
    fingerprint bytea not null check (length(fingerprint) = 32),
    deleted_at timestamptz,
    changed_at timestamptz not null
);
create index document_card on document (card_id, date) where card_id is not null;
create table operation (
    uid uuid primary key,
    act text not null,
    fingerprint bytea not null check (length(fingerprint) = 32),
    record text not null,
    answer jsonb not null,
    at timestamptz not null
);

-- The service's own role may add to the ledgers and the journal, never change them.
do $$ begin
    if not exists (select from pg_roles where rolname = 'tallycard_service') then
        create role tallycard_service nologin;
    end if;
exception when duplicate_object or unique_violation then null; -- another database of this server was quicker
end $$;
do $$ begin
    execute format('grant tallycard_service to %I', current_user);
exception when others then raise notice 'membership of tallycard_service not granted: %', sqlerrm;
end $$;
grant usage on schema public to tallycard_service;
grant select, insert, update, delete on all tables in schema public to tallycard_service;
grant usage, select on all sequences in schema public to tallycard_service;
revoke update, delete, truncate on ledger, ledger_rest, activity, activity_rest, series_version, price_list_version,
    card_state_change from tallycard_service;
