"""Do the books agree with themselves? Plain SQL, knowing nothing of the product but its tables."""

import asyncpg

RULES = {
    "the card's figures are the sums of its ledger": """
        select c.card_id from card c left join ledger l using (card_id) group by c.card_id
        having c.turnover <> coalesce(sum(l.amount) filter (where l.account = 'turnover'), 0)
            or c.balance <> coalesce(sum(l.amount) filter (where l.account = 'money'), 0)
            or c.points <> coalesce(sum(l.amount) filter (where l.account = 'points'), 0)""",
    "what a card holds back is the sum of its open holds": """
        select c.card_id from card c left join hold h on h.account_id = c.card_id and h.state = 'open'
        group by c.card_id having c.held <> coalesce(sum(h.amount), 0)""",
    "a card's turnover is what its receipts and documents give": """
        with given as (
            select card_id, case kind when 'sale' then 1 else -1 end * (select sum(net) from receipt_line b
                where b.receipt_id = r.id and b.business_date = r.business_date and b.marks & 24 = 0) as amount
            from receipt r where state = 'posted' and card_id <> 0
            union all select card_id, case kind when 'return' then -total else total end from document
            where deleted_at is null and status not in ('draft', 'cancelled') and kind in ('sale', 'return', 'adjustment')
            union all select card_id, amount from ledger where account = 'turnover' and source in ('adjust', 'opening')
        ), sums as (
            select coalesce(c.successor_id, c.card_id) as card_id, sum(amount) as amount
            from given join card c using (card_id) group by 1
        )
        select c.card_id from card c left join sums s using (card_id) where c.turnover <> coalesce(s.amount, 0)""",
    "every entry's hash is that of the entry and the hash before it": """
        select card_id, seq from (select *, lag(hash) over (partition by card_id order by seq) as before from ledger) e
        where hash <> sha256(convert_to(coalesce(encode(before, 'hex'), '') || '|' || card_id || '|' || seq || '|'
            || business_date || '|' || account || '|' || amount || '|' || after || '|' || source || '|' || source_uid || '|'
            || coalesce(corrects::text, '') || '|' || (extract(epoch from at) * 1000000)::bigint, 'UTF8'))""",
    "the card holds the hash of its last entry": """
        select c.card_id from card c left join ledger l on l.card_id = c.card_id and l.seq = c.version
        where c.chain is distinct from encode(l.hash, 'hex')""",
    "a card's entries are numbered from 1 without a gap": """
        select card_id from card c left join ledger l using (card_id) group by card_id
        having c.version <> count(l.seq) or coalesce(max(l.seq), 0) <> count(l.seq) or count(distinct l.seq) <> count(l.seq)""",
    "every running sum is the sum of the entries up to it": """
        select card_id, seq from (select card_id, seq, after,
            sum(amount) over (partition by card_id, account order by seq) as expected from ledger) e where after <> expected""",
    "the sums by day are those of the ledger": """
        select card_id, coalesce(d.day, l.day) from (select card_id, day, turnover from card_day) d
        full join (select card_id, business_date as day, sum(amount) as turnover from ledger
            where account = 'turnover' group by 1, 2) l using (card_id, day)
        where coalesce(d.turnover, 0) <> coalesce(l.turnover, 0)""",
    "the purchases by day sum to the card's": """
        select c.card_id from card c left join card_day d using (card_id) group by c.card_id
        having c.purchases <> coalesce(sum(d.receipts), 0)""",
    "every receipt has one key, one row and its lines": """
        select coalesce(k.uid, r.uid) from receipt_key k full join receipt r on r.uid = k.uid and r.id = k.receipt_id
            and r.card_id = k.card_id and r.business_date = k.business_date and r.state = k.state
        where k.uid is null or r.uid is null
            or r.total <> (select sum(net) from receipt_line b where b.receipt_id = r.id and b.business_date = r.business_date)""",
    "no line is left without its receipt": """
        select receipt_id from receipt_line b where not exists (select from receipt r where r.id = b.receipt_id)""",
    "only a posted receipt moves anything": """
        select k.uid from receipt_key k join ledger l on l.source_uid = k.uid where k.state in ('parked', 'suspended')""",
    "a voided receipt leaves nothing, but for the points of returns, which follow from what is left of their sale": """
        select k.uid from receipt_key k join ledger l on l.source_uid in (k.uid, k.void_uid) join card c on c.card_id = l.card_id
        where k.state = 'voided' and (k.kind, l.account) <> ('return', 'points') group by k.uid, coalesce(c.successor_id, c.card_id), l.account having sum(l.amount) <> 0""",
    "no card owes more than it may": """
        select card_id from card where balance + credit_limit + overdraft - held < 0""",
}


async def broken_rules(url: str) -> list[str]:
    """Name the rules that do not hold, with the first row against each."""
    connection = await asyncpg.connect(url)
    try:
        found = [(rule, await connection.fetch(query)) for rule, query in RULES.items()]
    finally:
        await connection.close()
    return [f"{rule}: {rows[0]}" for rule, rows in found if rows]
