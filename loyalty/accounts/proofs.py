"""The proofs that `verify` runs: each a query that gives what does not agree, and nothing where all is well.

They recompute from receipts, documents and single acts; none trusts a cached figure. Each row is a sentence.
"""

TOP_UP_MARKS = 8 | 16
"""Bits of receipt_line.marks: the line tops a card up, or takes a top-up back."""

CACHES = """
select format('card %s: the ledger says turnover %s, balance %s, %s entries; the card says %s, %s, %s',
    c.card_id, coalesce(l.turnover, 0), coalesce(l.money, 0), coalesce(l.entries, 0), c.turnover, c.balance, c.version)
from card c left join (
    select card_id, sum(amount) filter (where account = 'turnover') as turnover,
        sum(amount) filter (where account = 'money') as money, count(*) as entries, max(seq) as last
    from ledger group by card_id
) l using (card_id)
where c.turnover <> coalesce(l.turnover, 0) or c.balance <> coalesce(l.money, 0)
    or c.version <> coalesce(l.entries, 0) or coalesce(l.last, 0) <> coalesce(l.entries, 0)
order by c.card_id limit :most
"""

RUNNING_SUMS = """
select format('card %s, entry %s of %s: the running sum is %s, the entries before it give %s',
    card_id, seq, account, after, expected)
from (
    select card_id, seq, account, after,
        sum(amount) over (partition by card_id, account order by seq) as expected
    from ledger
) e
where after <> expected order by card_id, seq limit :most
"""

CHAIN = """
select format('card %s, entry %s of %s: the entry is not what was entered', card_id, seq, account)
from (
    select *, lag(hash) over (partition by card_id order by seq) as before from ledger
) e
where hash <> sha256(convert_to(concat_ws('|', coalesce(encode(before, 'hex'), ''), card_id, seq, business_date, account,
    amount, after, source, source_uid, coalesce(corrects::text, ''), (extract(epoch from at) * 1000000)::bigint), 'UTF8'))
order by card_id, seq limit :most
"""

HEADS = """
select format('card %s: its last entry is not the one that was entered last', c.card_id)
from card c left join (
    select distinct on (card_id) card_id, encode(hash, 'hex') as chain from ledger order by card_id, seq desc
) l using (card_id)
where c.chain is distinct from l.chain order by c.card_id limit :most
"""

DAYS = """
select format('card %s on %s: the day''s sum is %s, its entries give %s', card_id, day, coalesce(d.turnover, 0), coalesce(l.turnover, 0))
from (select card_id, day, turnover from card_day where turnover <> 0) d
full join (
    select card_id, business_date as day, sum(amount) as turnover from ledger where account = 'turnover'
    group by card_id, business_date having sum(amount) <> 0
) l using (card_id, day)
where coalesce(d.turnover, 0) <> coalesce(l.turnover, 0) order by card_id, day limit :most
"""

LINES = """
select format('receipt %s: its total is %s, its lines give %s', r.uid, r.total, coalesce(l.net, 0))
from receipt r left join (select receipt_id, sum(net) as net from receipt_line group by receipt_id) l on l.receipt_id = r.id
where r.total is distinct from coalesce(l.net, 0) order by r.id limit :most
"""

KEYS = """
select format('receipt %s: its key says %s of card %s, its row says %s of card %s', coalesce(k.uid, r.uid), k.state, k.card_id,
    r.state, r.card_id)
from receipt_key k full join receipt r on r.id = k.receipt_id
where k.uid is null or r.id is null or k.uid <> r.uid or k.state <> r.state or k.card_id <> r.card_id
    or k.business_date <> r.business_date
limit :most
"""

RECEIPTS = """
with sums as (
    select receipt_id, coalesce(sum(net) filter (where marks & :top_up_marks = 0), 0) as goods,
        coalesce(sum(net) filter (where marks & :top_up_marks <> 0), 0) as topped_up
    from receipt_line group by receipt_id
), paid as (
    select r.id, sum((p ->> 'amount')::bigint) as money
    from receipt r cross join jsonb_array_elements(r.payments) p
    join card_number n on n.number = case when p ->> 'card' ~ '^[0-9]{12}$' then coalesce(
        (select number from card_number where number = '0' || (p ->> 'card')), p ->> 'card') else p ->> 'card' end
    join card c on c.card_id = n.card_id
    join series s on s.id = c.series_id and s.definition ->> 'kind' = 'credit'
    where p ->> 'kind' = 'card' group by r.id
), entered as (
    select source_uid, coalesce(sum(amount) filter (where account = 'turnover'), 0) as turnover,
        coalesce(sum(amount) filter (where account = 'money'), 0) as money
    from ledger where source in ('sale', 'return') group by source_uid
), due as (
    select r.uid, (case r.kind when 'sale' then 1 else -1 end) as sign, r.card_id, s.goods, s.topped_up,
        coalesce(p.money, 0) as money, r.state, k.void_uid, k.answer -> 'flags' ? 'card_not_usable' as is_excepted
    from receipt r join receipt_key k on k.uid = r.uid join sums s on s.receipt_id = r.id left join paid p on p.id = r.id
), compared as (
    select d.uid, case when d.card_id = 0 then 0 else d.sign * d.goods end as turnover,
        d.sign * (d.topped_up - d.money) as money, coalesce(e.turnover, 0) as entered_turnover,
        coalesce(e.money, 0) as entered_money
    from due d left join entered e on e.source_uid = d.uid
    where d.state = 'posted' and not d.is_excepted
)
select format('receipt %s: it gives turnover %s and money %s, the ledger has %s and %s',
    uid, turnover, money, entered_turnover, entered_money)
from compared where turnover <> entered_turnover or money <> entered_money order by uid limit :most
"""

VOIDS = """
select format('receipt %s was voided: its entries and its void leave %s on card %s', k.uid, sum(l.amount), l.card_id)
from receipt_key k join ledger l on l.source_uid in (k.uid, k.void_uid)
where k.state = 'voided' group by k.uid, l.card_id, l.account having sum(l.amount) <> 0 limit :most
"""

ORPHANS = """
select format('card %s, entry %s: its source %s %s does not exist', l.card_id, l.seq, l.source, l.source_uid)
from ledger l
where (l.source in ('sale', 'return') and not exists (select from receipt_key k where k.uid = l.source_uid))
    or (l.source = 'void' and not exists (select from receipt_key k where k.void_uid = l.source_uid))
    or (l.source = 'document' and not exists (select from document d where d.uid = l.source_uid))
    or (l.source in ('top_up', 'adjust') and not exists (select from operation o where o.uid = l.source_uid))
    or l.source not in ('sale', 'return', 'void', 'document', 'top_up', 'adjust')
limit :most
"""

DOCUMENTS = """
select format('document %s: it carries %s, the ledger has %s', d.uid, d.carries, coalesce(l.amount, 0))
from (
    select uid, case when deleted_at is not null or card_id is null or status in ('draft', 'cancelled') then 0
        when kind = 'return' then -total when kind in ('sale', 'adjustment') then total else 0 end as carries
    from document
) d left join (select source_uid, sum(amount) as amount from ledger where source = 'document' group by source_uid) l
    on l.source_uid = d.uid
where d.carries <> coalesce(l.amount, 0) limit :most
"""

PROOFS = (CACHES, RUNNING_SUMS, CHAIN, HEADS, DAYS, LINES, KEYS, RECEIPTS, VOIDS, ORPHANS, DOCUMENTS)

COUNTS = """
select (select count(*) from card) as cards, (select count(*) from receipt_key) as receipts,
    (select count(*) from document) as documents, (select count(*) from ledger) as entries
"""
