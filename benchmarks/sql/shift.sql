-- A shift in one transaction, set-based: what came stands in the temporary tables incoming and incoming_line.
select from hand.card where card_id in (
    select d.card_id from incoming i join hand.card_number d on d.number = i.card_number
) order by card_id for no key update;
-- What a receipt means, so that the same is known again and another under its name is noticed.
create temporary table meaning on commit drop as
select i.n, sha256(convert_to(concat_ws('|', i.store, i.till, i.shift, i.number, i.business_date, i.closed_at,
    i.card_number, i.total, i.payments, string_agg(concat_ws(',', l.line, l.sku, l.quantity, l.price, l.discount, l.net),
        ';' order by l.line)), 'UTF8')) as fingerprint
from incoming i join incoming_line l using (n) group by i.n;
create temporary table fresh on commit drop as
select i.*, m.fingerprint, c.card_id, c.turnover, c.version, c.chain, nextval('hand.receipt_id_seq') as id
from incoming i join meaning m using (n) join hand.card_number d on d.number = i.card_number
    join hand.card c on c.card_id = d.card_id
where not exists (select from hand.receipt_key k where k.uid = i.uid and k.fingerprint = m.fingerprint);
insert into hand.receipt_key (uid, store, till, till_instance, shift, number, kind, receipt_id, card_id, business_date,
    state, fingerprint, answer)
select uid, store, till, '', shift, number, 'sale', id, card_id, business_date, 'posted', fingerprint,
    jsonb_build_object('state', 'posted', 'card', jsonb_build_object('turnover',
        turnover + sum(total) over (partition by card_id order by n), 'balance', 0, 'points', 0, 'percent', 100000),
        'flags', '[]'::jsonb)
from fresh;
insert into hand.receipt (card_id, business_date, id, uid, kind, state, store, till, shift, number, closed_at, priced_at,
    received_at, cashier, offline, card_number, entry, total, purchases, payments, flags)
select card_id, business_date, id, uid, 'sale', 'posted', store, till, shift, number, closed_at, closed_at, now(), '5',
    false, card_number, 'scanned', total, 1, payments, '{}'
from fresh;
insert into hand.receipt_line (card_id, business_date, receipt_id, line, sku, name, quantity, price, discount, net,
    item_group, marks)
select f.card_id, f.business_date, f.id, l.line, l.sku, l.name, l.quantity, l.price, l.discount, l.net, l.item_group, 0
from fresh f join incoming_line l using (n);
-- Entries are chained card by card: as many rounds as the busiest card has receipts.
create temporary table entry on commit drop as
select card_id, business_date, row_number() over running as place, version + row_number() over running as seq, total,
    turnover + sum(total) over running as after, uid, chain
from fresh window running as (partition by card_id order by n);
create temporary table chained on commit drop as
with recursive c as (
    select e.*, hand.chain_of(coalesce(e.chain, ''), e.card_id, e.seq, e.business_date, e.total, e.after, e.uid) as hash
    from entry e where place = 1
    union all
    select e.*, hand.chain_of(c.hash, e.card_id, e.seq, e.business_date, e.total, e.after, e.uid)
    from c join entry e on e.card_id = c.card_id and e.place = c.place + 1
)
select * from c;
insert into hand.ledger (card_id, business_date, seq, account, amount, after, source, source_uid, at, hash)
select card_id, business_date, seq, 'turnover', total, after, 'sale', uid, now(), decode(hash, 'hex') from chained;
insert into hand.card_day as d (card_id, day, turnover, receipts)
select card_id, business_date, sum(total), count(*) from fresh group by card_id, business_date
on conflict (card_id, day)
do update set turnover = d.turnover + excluded.turnover, receipts = d.receipts + excluded.receipts;
insert into hand.activity (at, actor, act, record, card_id, data)
select now(), 'till:0001/1', 'receipt.posted', 'receipt:' || uid, card_id,
    jsonb_build_object('total', total, 'flags', '[]'::jsonb)
from fresh;
update hand.card c set turnover = c.turnover + f.total, purchases = c.purchases + f.receipts,
    version = c.version + f.receipts, chain = f.chain
from (
    select card_id, sum(total)::bigint as total, count(*)::int as receipts, (array_agg(hash order by place desc))[1] as chain
    from chained group by card_id
) f
where f.card_id = c.card_id;
