-- post_full that re-rates its card as `benchmarks.rules.AT_POSTING` says: by the turnover of the month, the settings that
-- it had kept, with a row in the journal.
\set store random(1, 8)
\set till random(1, 8)
\set shift random(1, 2000000000)
\set number random(1, 9000000000000000000)
\set card random(1, :cards)
\set total random(1000, 500000)
begin;
select c.card_id as card_id, c.turnover + :total::bigint as after, c.version + 1 as seq, coalesce(c.chain, '') as chain
from hand.card_number n join hand.card c using (card_id)
where n.number = '290' || lpad((:card::int)::text, 10, '0') for no key update of c \gset
select nextval('hand.receipt_id_seq') as id, gen_random_uuid() as uid \gset
select encode(sha256(convert_to(concat_ws('|', :chain::text, :card_id::bigint, :seq::bigint, current_date, 'turnover', :total::bigint,
    :after::bigint, 'sale', :uid::text, '', (extract(epoch from now()) * 1000000)::bigint), 'UTF8')), 'hex') as hash \gset
insert into hand.receipt_key (uid, store, till, till_instance, shift, number, kind, receipt_id, card_id, business_date,
    state, fingerprint, answer)
values (:uid::uuid, lpad((:store::int)::text, 4, '0'), (:till::int)::text, '', :shift::int, (:number::bigint)::text,
    'sale', :id::bigint, :card_id::bigint, current_date, 'posted', sha256(:uid::bytea),
    jsonb_build_object('state', 'posted', 'card', jsonb_build_object('turnover', :after::bigint, 'balance', 0,
        'points', 0, 'percent', 100000), 'flags', '[]'::jsonb));
insert into hand.receipt (card_id, business_date, id, uid, kind, state, store, till, shift, number, closed_at, priced_at,
    received_at, cashier, offline, card_number, entry, total, purchases, payments, flags)
values (:card_id::bigint, current_date, :id::bigint, :uid::uuid, 'sale', 'posted', lpad((:store::int)::text, 4, '0'),
    (:till::int)::text, :shift::int, (:number::bigint)::text, now(), now(), now(), '5', false,
    '290' || lpad((:card::int)::text, 10, '0'), 'scanned', :total::bigint, 1,
    '[{"kind": "cash", "amount": 1200, "card": null, "hold_uid": null}]', '{}');
insert into hand.receipt_line (card_id, business_date, receipt_id, line, sku, name, quantity, price, discount, net,
    item_group, marks)
select :card_id::bigint, current_date, :id::bigint, line, sku, name, quantity, price, discount, net, '12', 0
from unnest(:skus::text[], :names::text[], :quantities::numeric[]::bigint[], :prices::bigint[], :discounts::bigint[],
    :nets::bigint[]) with ordinality as l(sku, name, quantity, price, discount, net, line);
insert into hand.ledger (card_id, business_date, seq, account, amount, after, source, source_uid, at, hash)
values (:card_id::bigint, current_date, :seq::bigint, 'turnover', :total::bigint, :after::bigint, 'sale', :uid::uuid,
    now(), decode(:hash::text, 'hex'));
insert into hand.card_day as d (card_id, day, turnover, receipts)
values (:card_id::bigint, current_date, :total::bigint, 1)
on conflict (card_id, day) do update set turnover = d.turnover + excluded.turnover, receipts = d.receipts + 1;
insert into hand.activity (at, actor, act, record, card_id, data)
values (now(), 'till:0001/1', 'receipt.posted', 'receipt:' || (:uid::uuid), :card_id::bigint,
    jsonb_build_object('total', :total::bigint, 'flags', '[]'::jsonb));
with bought as (
    select sum(turnover) as turnover from hand.card_day
    where card_id = :card_id::bigint and day >= date_trunc('month', current_date)
        and day < date_trunc('month', current_date) + interval '1 month'
), rated as (
    select c.card_id, c.series_id, c.own_percent, c.own_expires_on, :percent::bigint + case when b.turnover >= 290000 then 30000
        when b.turnover >= 270000 then 20000 when b.turnover >= 250000 then 10000 else 0 end as percent
    from hand.card c cross join bought b where c.card_id = :card_id::bigint
), past as (
    insert into hand.card_setting_past (card_id, until, series_id, own_percent, own_expires_on, cause)
    select card_id, now(), series_id, own_percent, own_expires_on, 'posted:' || (:uid::uuid) from rated
    where percent is distinct from own_percent
), journal as (
    insert into hand.activity (at, actor, act, record, card_id, data)
    select now(), 'till:0001/1', 'card.rated', 'card:' || card_id, card_id, jsonb_build_object(
        'cause', 'posted:' || (:uid::uuid), 'old', jsonb_build_object('series_id', series_id, 'own_percent', own_percent),
        'new', jsonb_build_object('series_id', series_id, 'own_percent', percent))
    from rated where percent is distinct from own_percent
)
update hand.card c set turnover = :after::bigint, purchases = purchases + 1, version = :seq::bigint,
    chain = :hash::text, own_percent = r.percent
from rated r where c.card_id = r.card_id;
commit;
