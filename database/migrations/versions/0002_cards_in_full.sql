-- Jobs: work that outlives a call. The table is the queue; a killed job is taken up again where its progress ended.
create table job (
    id bigint generated always as identity primary key,
    kind text not null,
    arguments jsonb not null,
    state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
    done bigint not null default 0 check (done >= 0),
    total bigint check (total >= 0),
    progress jsonb,
    result jsonb,
    error text,
    actor text not null,
    tries int not null default 0,
    created_at timestamptz not null,
    started_at timestamptz,
    heartbeat_at timestamptz,
    finished_at timestamptz
);
create index job_open on job (id) where state in ('queued', 'running');

-- Rules of a series: receipt rules, turnover and bonus tables, each version kept for ever.
alter table series add column rules_version int not null default 0, add column rules jsonb;
create table series_rules_version (
    series_id bigint not null references series,
    version int not null,
    since timestamptz not null,
    rules jsonb not null,
    primary key (series_id, version)
);
-- One run of a table for a series and period, and what it changed.
create table rule_run (
    id bigint generated always as identity primary key,
    series_id bigint not null references series,
    rule_table text not null check (rule_table in ('turnover', 'bonus')),
    first_day date,
    last_day date,
    rules_version int not null,
    ran_at timestamptz not null,
    actor text not null,
    job_id bigint references job,
    summary jsonb not null,
    unique nulls not distinct (series_id, rule_table, first_day, last_day)
);

-- Cards: freezing, one account behind several cards with limits by day, and the head of the chain of entries.
alter table card
    add column frozen_from date,
    add column frozen_until date,
    add column account_id bigint references card,
    add column day_limit bigint check (day_limit >= 0),
    add column spent_on date,
    add column spent bigint not null default 0,
    add column chain text check (length(chain) = 64),
    add check ((frozen_from is null) = (frozen_until is null) and frozen_from <= frozen_until),
    add check (account_id <> card_id);
create index card_account on card (account_id) where account_id is not null;
create index card_successor on card (successor_id) where successor_id is not null;
create index card_state on card (state, card_id) where state <> 'active';
-- What a card's settings were until a moment, so that a receipt can be priced again as of its own.
create table card_setting_past (
    card_id bigint not null references card,
    until timestamptz not null,
    series_id bigint not null references series,
    own_percent bigint,
    own_expires_on date,
    cause text not null,
    primary key (card_id, until)
);

-- Holds: money of a card kept for one receipt until it is captured, released, or its time is over.
create table hold (
    uid uuid primary key,
    card_id bigint not null references card,
    receipt_uid uuid not null,
    amount bigint not null check (amount > 0),
    captured bigint,
    state text not null check (state in ('open', 'captured', 'released', 'expired')),
    store text,
    till text,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz
);
create index hold_due on hold (expires_at) where state = 'open';
create index hold_card on hold (card_id) where state = 'open';

-- Points that were earned, by the last day on which they may be spent; null is for ever. Spending takes the oldest first.
create table points_term (
    card_id bigint not null references card,
    last_day date,
    earned bigint not null,
    unique nulls not distinct (card_id, last_day)
);

-- Each entry's hash covers the entry and the hash before it; the card holds the last one.
alter table ledger add column hash bytea check (length(hash) = 32);
do $$
declare
    entry record;
    card_of bigint := 0;
    chained text := '';
begin
    for entry in select * from ledger order by card_id, seq loop
        if entry.card_id <> card_of then
            card_of := entry.card_id;
            chained := '';
        end if;
        chained := encode(sha256(convert_to(concat_ws('|', chained, entry.card_id, entry.seq, entry.business_date, entry.account,
            entry.amount, entry.after, entry.source, entry.source_uid, coalesce(entry.corrects::text, ''),
            (extract(epoch from entry.at) * 1000000)::bigint), 'UTF8')), 'hex');
        update ledger set hash = decode(chained, 'hex')
            where card_id = entry.card_id and business_date = entry.business_date and seq = entry.seq;
        update card set chain = chained where card_id = entry.card_id;
    end loop;
end $$;
alter table ledger alter column hash set not null;

grant select, insert, update, delete on job, hold, points_term to tallycard_service;
grant select, insert on series_rules_version, rule_run, card_setting_past to tallycard_service;
grant usage, select on all sequences in schema public to tallycard_service;
