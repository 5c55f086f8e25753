"""The hot statements: what a flight of receipts reads under lock and what it writes, one round trip each.

They are plain SQL, prepared once per connection. Everything that a flight writes travels as one jsonb, lines by column
(half the cost of lines as objects). Tests run EXPLAIN on each against the migrated schema.
"""

# $1 kept numbers with $2 UUID and $3 fingerprint of the receipt that speaks of each, $4 further card_ids, $5 UUIDs,
# $6-$11 natural keys by column. Cards are locked in the order of their identifiers, so that two flights never wait for
# each other in a circle. A receipt that is known already moves no card, so that its cards stay unlocked.
LOAD = """
with presented as (
    select distinct n.number, d.card_id
    from unnest($1::text[], $2::uuid[], $3::bytea[]) as n(number, uid, fingerprint) join card_number d using (number)
    where not exists (select from receipt_key k
        where k.uid = n.uid and k.fingerprint = n.fingerprint and k.state in ('posted', 'voided'))
), locked as materialized (
    select * from card where card_id = any(array(select card_id from presented) || $4::bigint[])
    order by card_id for no key update
), named as (
    select * from unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::int[], $10::text[], $11::text[])
        as n(uid, store, till, till_instance, shift, number, kind)
), known as (
    select k.* from named n join receipt_key k on k.uid = n.uid
    union
    select k.* from named n join receipt_key k on k.store = n.store and k.till = n.till
        and k.till_instance = n.till_instance and k.shift = n.shift and k.number = n.number and k.kind = n.kind
)
select 'number' as what, number as name, to_jsonb(card_id) as data from presented
union all select 'card', null, to_jsonb(l) from locked l
union all select 'known', null, to_jsonb(k) from known k
union all select 'version', null, to_jsonb(catalogue_version) from installation
union all select 'awaited', null, to_jsonb(exists (select from awaited_original))
"""

STATES = """
select card_id, since, state from card_state_change where card_id = any($1) order by card_id, since
"""

# The sales that returns of a flight name, locked in the order of their UUIDs. $1 UUIDs, $2-$5 tills' keys by column. The
# two ways of naming one are looked up apart: joined by `or`, they would be looked for in all receipts.
ORIGINALS = """
select k.uid, k.store, k.till, k.shift, k.number, k.card_id, k.receipt_id, k.business_date, k.state
from receipt_key k
where k.kind = 'sale' and k.uid in (
    select unnest($1::uuid[])
    union
    select named.uid from unnest($2::text[], $3::text[], $4::int[], $5::text[]) as n(store, till, shift, number)
    join receipt_key named using (store, till, shift, number))
order by k.uid for no key update
"""

SOLD_RECEIPT = """
select total, payments::text, points::text from receipt where card_id = $1 and business_date = $2 and id = $3
"""

RETURNED_PAYMENTS = """
select payments::text from receipt where original_uid = $1 and state = 'posted'
"""

SOLD_LINES = """
select l.line, l.sku, l.quantity, l.price, l.discount, l.net, l.marks,
    coalesce(t.quantity, 0)::bigint as returned, coalesce(t.net, 0)::bigint as refunded
from receipt_line l left join (
    select b.original_line, sum(b.quantity) as quantity, sum(b.net) as net
    from receipt r join receipt_line b on b.receipt_id = r.id and b.business_date = r.business_date
    where r.original_uid = $2 and r.state = 'posted' and b.original_line is not null and b.quantity > 0
    group by b.original_line
) t on t.original_line = l.line
where l.receipt_id = $1 and l.business_date = $3 order by l.line
"""

# The holds that payments name and all open ones of accounts that hold something: $1 UUIDs, $2 card_ids. Whoever ends a
# hold has the lock of its account.
HOLDS = """
select uid, card_id, account_id, receipt_uid, amount, state, expires_at from hold
where uid = any($1) or (state = 'open' and account_id = any($2))
"""

POINTS_DAYS = """
select card_id, day, earned, spent from points_term where card_id = any($1)
"""

# What waits for receipts of the flight: $1 UUIDs, $2-$5 tills' keys by column.
AWAITED = """
select waiting_uid, act, original_uid, detail from awaited_original
where original_uid = any($1) or (store, till, shift, number) in (
    select * from unnest($2::text[], $3::text[], $4::int[], $5::text[]))
order by id
"""

RECEIPT_IDS = "select nextval('receipt_id_seq')"

FORGET = """
with gone as (
        delete from receipt_key where uid = any($1) and state in ('suspended', 'parked')
        returning receipt_id, card_id, business_date),
    receipts as (delete from receipt r using gone g
        where r.card_id = g.card_id and r.business_date = g.business_date and r.id = g.receipt_id),
    waits as (delete from awaited_original where waiting_uid = any($1) or (act = 'void' and original_uid = any($1)))
delete from receipt_line l using gone g where l.receipt_id = g.receipt_id and l.business_date = g.business_date
"""

# $1 the rows, $2 the moment.
SAVE = """
with r as materialized (
    select * from jsonb_to_recordset($1::jsonb->'receipts') as x(
        card_id bigint, business_date date, id bigint, uid uuid, kind text, state text, store text, till text,
        till_instance text, seq bigint, shift int, number text, closed_at timestamptz, priced_at timestamptz,
        cashier text, offline boolean, card_number text, entry text, calculation_id text, original_uid uuid,
        original jsonb, total bigint, purchases smallint, payments jsonb, flags text[], fingerprint bytea,
        answer jsonb, void_uid uuid, actor text, points jsonb, accounts bigint[])
), keys as (
    insert into receipt_key (uid, store, till, till_instance, shift, number, kind, receipt_id, card_id, business_date,
        state, fingerprint, answer, void_uid)
    select uid, store, till, coalesce(till_instance, ''), shift, number, kind, id, card_id, business_date,
        state, fingerprint, answer, void_uid from r
), receipts as (
    insert into receipt (card_id, business_date, id, uid, kind, state, store, till, till_instance, seq, shift, number,
        closed_at, priced_at, received_at, cashier, offline, card_number, entry, calculation_id, original_uid, original,
        total, purchases, payments, flags, points, accounts)
    select card_id, business_date, id, uid, kind, state, store, till, till_instance, seq, shift, number,
        closed_at, priced_at, $2, cashier, offline, card_number, entry, calculation_id, original_uid, original,
        total, purchases, payments, flags, points, accounts from r
), lines as (
    insert into receipt_line (card_id, business_date, receipt_id, line, sku, name, quantity, price, discount, net,
        item_group, marks, original_line, min_price, max_discount_percent, manual_discount_percent)
    select c.card_ids[u.receipt], c.business_dates[u.receipt], c.ids[u.receipt], u.line, u.sku, u.name, u.quantity, u.price, u.discount, u.net,
        u.item_group, coalesce(u.marks, 0), u.original_line, u.min_price, u.max_discount_percent,
        u.manual_discount_percent
    from jsonb_to_record($1::jsonb->'lines') as c(
        card_ids bigint[], business_dates date[], ids bigint[], receipt int[], line int[], sku text[], name text[], quantity bigint[], price bigint[], discount bigint[],
        net bigint[], item_group text[], marks smallint[], original_line int[], min_price bigint[],
        max_discount_percent bigint[], manual_discount_percent bigint[]),
    unnest(c.receipt, c.line, c.sku, c.name, c.quantity, c.price, c.discount, c.net, c.item_group, c.marks,
        c.original_line, c.min_price, c.max_discount_percent, c.manual_discount_percent)
        as u(receipt, line, sku, name, quantity, price, discount, net, item_group, marks, original_line, min_price,
            max_discount_percent, manual_discount_percent)
), entries as (
    insert into ledger (card_id, business_date, seq, account, amount, after, source, source_uid, at, hash)
    select card_id, business_date, seq, account, amount, after, source, source_uid, $2, decode(hash, 'hex')
    from jsonb_to_recordset($1::jsonb->'entries') as x(card_id bigint, business_date date, seq bigint, account text,
        amount bigint, after bigint, source text, source_uid uuid, hash text)
), days as (
    insert into card_day as d (card_id, day, turnover, receipts)
    select card_id, day, turnover, receipts
    from jsonb_to_recordset($1::jsonb->'days') as x(card_id bigint, day date, turnover bigint, receipts int)
    on conflict (card_id, day)
    do update set turnover = d.turnover + excluded.turnover, receipts = d.receipts + excluded.receipts
), accounts as (
    update card c set turnover = x.turnover, purchases = x.purchases, balance = x.balance, overdraft = x.overdraft,
        version = x.version, chain = x.chain
    from jsonb_to_recordset($1::jsonb->'accounts') as x(card_id bigint, turnover bigint, purchases int, balance bigint,
        overdraft bigint, version bigint, chain text)
    where c.card_id = x.card_id
), journal as (
    insert into activity (at, actor, act, record, card_id, data)
    select $2, actor, 'receipt.' || state, 'receipt:' || uid, nullif(card_id, 0),
        jsonb_build_object('total', total, 'flags', flags) from r
)
insert into awaited_original (waiting_uid, act, original_uid, store, till, shift, number)
select waiting_uid, 'return', original_uid, store, till, shift, number
from jsonb_to_recordset($1::jsonb->'awaited') as x(waiting_uid uuid, original_uid uuid, store text, till text, shift int,
    number text)
on conflict (waiting_uid) do nothing
"""

# Holds that ended, points and what cards spent by day, before SAVE debits what was held: $1 the rows, $2 the moment.
SAVE_MEANS = """
with ended as (
    select * from jsonb_to_recordset($1::jsonb->'holds')
        as x(uid uuid, account_id bigint, amount bigint, state text, captured bigint)
), holds as (
    update hold h set state = e.state, captured = e.captured, ended_at = $2 from ended e where h.uid = e.uid
), days as (
    insert into points_term as t (card_id, day, earned, spent)
    select card_id, day, earned, spent from jsonb_to_recordset($1::jsonb->'points')
        as x(card_id bigint, day date, earned bigint, spent bigint)
    on conflict (card_id, day)
    do update set earned = t.earned + excluded.earned, spent = t.spent + excluded.spent, settled = false
)
update card c set held = c.held - x.released, points = c.points + x.gained,
    spent_on = coalesce(x.spent_on, c.spent_on), spent = coalesce(x.spent, c.spent)
from jsonb_to_recordset($1::jsonb->'cards')
    as x(card_id bigint, released bigint, gained bigint, spent_on date, spent bigint)
where c.card_id = x.card_id
"""

# A last day that a first use gives keeps the one before it, by which the receipt itself was priced. $4 the moment, $5 who
# acts.
ACTIVATE = """
with x as (
    select * from unnest($1::bigint[], $2::date[], $3::date[]) as x(card_id, activated_on, expires_on)
), past as (
    insert into card_setting_past (card_id, until, series_id, own_percent, own_expires_on, cause)
    select c.card_id, $4, c.series_id, c.own_percent, c.own_expires_on, 'card.first_use'
    from x join card c using (card_id) where c.own_expires_on is distinct from x.expires_on
    on conflict do nothing
), journal as (
    insert into activity (at, actor, act, record, card_id, data)
    select $4, $5, 'card.first_use', 'card:' || c.card_id, c.card_id, jsonb_build_object(
        'old', jsonb_build_object('state', c.state, 'activated_on', c.activated_on, 'own_expires_on', c.own_expires_on),
        'new', jsonb_build_object('activated_on', x.activated_on, 'own_expires_on', x.expires_on))
    from x join card c using (card_id)
)
update card c set state = case c.state when 'issued' then 'active' else c.state end, activated_on = x.activated_on, own_expires_on = x.expires_on
from x where c.card_id = x.card_id
"""

# What priced a sale, for series whose returns are priced anew. $1 the card's kept number.
SHOWN_CARD = "select to_jsonb(c.*) from card_number n join card c using (card_id) where n.number = $1"

FORMER_SETTINGS = """
select until, series_id, own_percent, own_expires_on from card_setting_past where card_id = $1 order by until
"""

# The versions that held at $2: the first of a series and of a price list holds from the beginning.
SERIES_THEN = """
select (select definition from series_version where series_id = $1 and (since <= $2 or version = 1)
        order by version desc limit 1) as definition,
    (select rules from series_rules_version where series_id = $1 and since <= $2 order by version desc limit 1) as rules
"""

LISTS_THEN = """
select l.code, v.definition from price_list l cross join lateral (
    select definition from price_list_version where price_list_id = l.id and (since <= $2 or version = 1)
    order by version desc limit 1) v
where l.code = any($1)
"""

# The same without a lock, for a calculation, which has no effect.
READ_ORIGINALS = ORIGINALS.replace("for no key update", "")

STORED = """
select k.state, k.answer, r.received_at, to_jsonb(r.*) as receipt,
    (select jsonb_agg(to_jsonb(l.*) order by l.line) from receipt_line l
        where l.receipt_id = k.receipt_id and l.business_date = k.business_date) as lines
from receipt_key k
join receipt r on r.card_id = k.card_id and r.business_date = k.business_date and r.id = k.receipt_id
where k.uid = $1
"""
