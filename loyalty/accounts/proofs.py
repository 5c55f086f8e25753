"""The proofs that `verify` runs: each a query that gives what does not agree, and nothing where all is well.

They recompute from receipts, documents and single acts; none trusts a cached figure. Each row is a sentence.
"""

TOP_UP_MARK = 8
TOP_UP_MARKS = TOP_UP_MARK | 16
"""Bits of receipt_line.marks: the line tops a card up, or takes a top-up back."""

CACHES = """
select format('card %s: the ledger says turnover %s, balance %s, points %s, %s entries; the card says %s, %s, %s, %s',
    c.card_id, coalesce(l.turnover, 0), coalesce(l.money, 0), coalesce(l.points, 0), coalesce(l.entries, 0),
    c.turnover, c.balance, c.points, c.version)
from card c left join (
    select card_id, sum(amount) filter (where account = 'turnover') as turnover,
        sum(amount) filter (where account = 'money') as money, sum(amount) filter (where account = 'points') as points,
        count(*) as entries, max(seq) as last
    from ledger group by card_id
) l using (card_id)
where c.turnover <> coalesce(l.turnover, 0) or c.balance <> coalesce(l.money, 0) or c.points <> coalesce(l.points, 0)
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

# The window runs along the primary key, card by card: neither memory nor time grows faster than the ledger.
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

# What each chain ended with before a moment, over all cards; digests of digests, so that no text grows past its bounds.
HEADS_UNTIL = """
select coalesce(sum(cards), 0)::bigint as cards, encode(sha256(coalesce(string_agg(digest, ''::bytea order by part), '')), 'hex') as chains
from (
    select card_id / 4096 as part, count(*) as cards,
        sha256(convert_to(string_agg(card_id || ':' || head, ',' order by card_id), 'UTF8')) as digest
    from (
        select card_id, max(lpad(seq::text, 12, '0') || encode(hash, 'hex') collate "C") as head
        from ledger where at < :until group by card_id
    ) h
    group by 1
) p
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
select format('receipt %s was voided: its entries and its void leave %s on card %s', k.uid, sum(l.amount),
    coalesce(c.successor_id, c.card_id))
from receipt_key k join ledger l on l.source_uid in (k.uid, k.void_uid) join card c on c.card_id = l.card_id
where k.state = 'voided' and (l.account <> 'points' or k.kind = 'sale')
group by k.uid, coalesce(c.successor_id, c.card_id), l.account having sum(l.amount) <> 0 limit :most
"""

POINTS = """
select format('receipt %s: it moves %s points, the ledger has %s', uid, due, entered)
from (
    select r.uid, coalesce(e.points, 0) as entered, coalesce((
        select sum((m ->> 'earned')::bigint - (m ->> 'spent')::bigint) from jsonb_array_elements(r.points -> 'moves') m), 0) as due
    from receipt r left join (
        select source_uid, sum(amount) as points from ledger where account = 'points' and source in ('sale', 'return')
        group by source_uid
    ) e on e.source_uid = r.uid
) x
where due <> entered order by uid limit :most
"""

# The void of one of several returns moves what is due for what is left of the sale: together they move nothing.
RETURNED_POINTS = """
select format('sale %s was voided: its returns and their voids leave %s points', s.uid, sum(l.amount))
from receipt_key s join receipt r on r.original_uid = s.uid join receipt_key k on k.uid = r.uid
join ledger l on l.account = 'points' and l.source_uid in (k.uid, k.void_uid)
where s.state = 'voided' group by s.uid having sum(l.amount) <> 0 order by s.uid limit :most
"""

POINTS_DAYS = """
select format('card %s: its days have %s points, its entries give %s', coalesce(d.card_id, l.card_id), coalesce(d.points, 0),
    coalesce(l.points, 0))
from (
    select coalesce(c.successor_id, c.card_id) as card_id, sum(t.earned - t.spent) as points
    from points_term t join card c using (card_id) group by 1
) d full join (
    select coalesce(c.successor_id, c.card_id) as card_id, sum(l.amount) as points
    from ledger l join card c using (card_id) where l.account = 'points' and l.source <> 'expiry' group by 1
) l using (card_id)
where coalesce(d.points, 0) <> coalesce(l.points, 0) order by 1 limit :most
"""

HELD = """
select format('card %s: it holds back %s, its open holds are %s', c.card_id, c.held, coalesce(h.amount, 0))
from card c left join (
    select account_id as card_id, sum(amount) as amount from hold where state = 'open' group by account_id
) h using (card_id)
where c.held <> coalesce(h.amount, 0) order by c.card_id limit :most
"""

ORPHANS = """
select format('card %s, entry %s: its source %s %s does not exist', l.card_id, l.seq, l.source, l.source_uid)
from ledger l
where (l.source in ('sale', 'return') and not exists (select from receipt_key k where k.uid = l.source_uid))
    or (l.source = 'void' and not exists (select from receipt_key k where k.void_uid = l.source_uid))
    or (l.source = 'document' and not exists (select from document d where d.uid = l.source_uid))
    or (l.source in ('top_up', 'adjust', 'replace', 'opening') and not exists (select from operation o where o.uid = l.source_uid))
    or (l.source = 'rule_run' and not exists (select from rule_run r where lpad(to_hex(r.id), 32, '0')::uuid = l.source_uid))
    or (l.source = 'expiry' and l.account <> 'points')
    or l.source not in ('sale', 'return', 'void', 'document', 'top_up', 'adjust', 'replace', 'opening', 'rule_run', 'expiry')
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

REPLACEMENTS = """
select format('replacement %s: its entries of %s on %s leave %s', source_uid, account, business_date, sum(amount))
from ledger where source = 'replace' group by source_uid, account, business_date having sum(amount) <> 0 limit :most
"""

REPLACED = """
select format('card %s is %s, its successor is %s: turnover %s, balance %s, points %s, held %s, purchases %s', c.card_id, c.state,
    coalesce(c.successor_id::text, 'none'), c.turnover, c.balance, c.points, c.held, c.purchases)
from card c left join card s on s.card_id = c.successor_id
where (c.state = 'replaced' or c.successor_id is not null) and (c.state <> 'replaced' or c.successor_id is null
    or s.successor_id is not null or c.turnover <> 0 or c.balance <> 0 or c.points <> 0 or c.held <> 0 or c.purchases <> 0)
order by c.card_id limit :most
"""

# A sale of goods is a purchase until all of them were returned.
PURCHASES = """
with goods as (
    select r.uid, r.card_id, l.line, greatest(l.quantity, 0) as quantity
    from receipt r join receipt_line l on l.receipt_id = r.id and l.business_date = r.business_date
    where r.kind = 'sale' and r.state = 'posted' and r.card_id <> 0 and l.marks & :bought_top_up = 0
), returned as (
    select r.original_uid as uid, l.original_line as line, sum(l.quantity) as quantity
    from receipt r join receipt_line l on l.receipt_id = r.id and l.business_date = r.business_date
    where r.original_uid is not null and r.state = 'posted' and l.original_line is not null and l.quantity > 0
    group by r.original_uid, l.original_line
), sales as (
    select g.card_id, sum(g.quantity) as sold, coalesce(sum(t.quantity), 0) as returned
    from goods g left join returned t using (uid, line) group by g.uid, g.card_id
), counted as (
    select coalesce(c.successor_id, c.card_id) as card_id, count(*) as purchases
    from sales s join card c using (card_id) where s.sold = 0 or s.returned < s.sold group by 1
)
select format('card %s: its receipts make %s purchases, the card says %s', c.card_id, coalesce(n.purchases, 0), c.purchases)
from card c left join counted n using (card_id)
where c.purchases <> coalesce(n.purchases, 0) order by c.card_id limit :most
"""

PURCHASE_DAYS = """
select format('card %s on %s: the day''s purchases are %s, its receipts give %s', card_id, day, coalesce(d.receipts, 0),
    coalesce(n.receipts, 0))
from (select card_id, day, receipts from card_day where receipts <> 0) d
full join (
    select coalesce(c.successor_id, c.card_id) as card_id, r.business_date as day, sum(r.purchases) as receipts
    from receipt r join card c using (card_id) group by 1, 2 having sum(r.purchases) <> 0
) n using (card_id, day)
where coalesce(d.receipts, 0) <> coalesce(n.receipts, 0) order by card_id, day limit :most
"""

PROOFS = (
    CACHES,
    RUNNING_SUMS,
    CHAIN,
    HEADS,
    DAYS,
    LINES,
    KEYS,
    RECEIPTS,
    VOIDS,
    ORPHANS,
    DOCUMENTS,
    REPLACEMENTS,
    REPLACED,
    PURCHASES,
    PURCHASE_DAYS,
    POINTS,
    RETURNED_POINTS,
    POINTS_DAYS,
    HELD,
)

COUNTS = """
select (select count(*) from card) as cards, (select count(*) from receipt_key) as receipts,
    (select count(*) from document) as documents, (select count(*) from ledger) as entries
"""
