"""What re-rating at posting reads and writes, both on the way of a receipt and elsewhere; only where a series asks for it.

`:cards` and the like are named here; the way of a receipt numbers them.
"""

# The sums of cards by day, from a day on.
DAYS = """
select card_id, day, turnover, receipts from card_day where card_id = any(:cards) and day >= :first
"""

# All that was posted on cards and is not voided: receipts, documents by what they carry now, single acts. A document
# counts from the beginning of its day. A void that corrects what another card once entered is an act of its own.
# Receipts and their entries are grouped, not joined: a card that sold much since the tables were last analysed would be
# joined row by row.
POSTED = """
with known as (
    select card_id, uid, closed_at as at, business_date as day, 0::bigint as amount, purchases::int as receipts, received_at as entered_at
    from receipt where card_id = any(:cards) and state = 'posted'
    union all
    select card_id, source_uid, null, null, amount, null, null
    from ledger where card_id = any(:cards) and account = 'turnover' and source in ('sale', 'return')
)
select card_id, max(at) as at, uid, max(day) as day, sum(amount)::bigint as turnover, max(receipts) as receipts, max(entered_at) as entered_at
from known group by card_id, uid having count(at) > 0 and (count(*) > count(at) or max(receipts) <> 0)
union all
select card_id, case source when 'document' then business_date::timestamp at time zone (select timezone from installation) else max(at) end,
    source_uid, business_date, sum(amount)::bigint, 0, max(at)
from ledger where card_id = any(:cards) and account = 'turnover' and source not in ('sale', 'return')
group by card_id, business_date, source, source_uid having sum(amount) <> 0 and (source <> 'void' or bool_and(corrects is null))
"""

# How cards' settings came to be what they are, oldest first.
PAST = """
select card_id, until, series_id, own_percent, cause from card_setting_past where card_id = any(:cards) order by card_id, until
"""

# Settings that were re-rated, by column; `limits` are those of the new series, for cards that inherit theirs.
RATE = """
with x as (
    select * from unnest(cast(:cards as bigint[]), cast(:series as bigint[]), cast(:percents as bigint[]), cast(:limits as bigint[]),
        cast(:causes as text[])) as x(card_id, series_id, own_percent, credit_limit, cause)
), past as (
    insert into card_setting_past (card_id, until, series_id, own_percent, own_expires_on, cause)
    select c.card_id, cast(:now as timestamptz), c.series_id, c.own_percent, c.own_expires_on, x.cause from x join card c using (card_id)
    on conflict do nothing
), journal as (
    insert into activity (at, actor, act, record, card_id, data)
    select cast(:now as timestamptz), cast(:actor as text), 'card.rated', 'card:' || c.card_id, c.card_id, jsonb_build_object('cause', x.cause,
        'old', jsonb_build_object('series', o.code, 'own_percent', c.own_percent),
        'new', jsonb_build_object('series', n.code, 'own_percent', x.own_percent))
    from x join card c using (card_id) join series o on o.id = c.series_id join series n on n.id = x.series_id
)
update card c set series_id = x.series_id, own_percent = x.own_percent,
    credit_limit = case when c.series_id = x.series_id then c.credit_limit else coalesce(c.own_credit_limit, x.credit_limit) end,
    overdraft = case when c.series_id = x.series_id or c.own_credit_limit is not null then c.overdraft
        else greatest(0, c.held - c.balance - x.credit_limit) end
from x where c.card_id = x.card_id
"""


def numbered(statement: str, *names: str) -> str:
    """Give a statement with `$1`, `$2` in the place of its names."""
    for number, name in enumerate(names, 1):
        statement = statement.replace(f":{name}", f"${number}")
    return statement
