"""Facts that reports count, each a relation by card and day: sums of days, receipts, cards, entries, lines.

Key idea: a card that was replaced counts nowhere; what it did counts with its successor, whose figures it became. So
turnover is the sum of the cards' days, and where a store or a cashier is asked for, that of the posted receipts and of
what came another way: both are the ledger's, to the minor unit. `:first` and `:last` are days, both included.

A return lies on its own day. A void takes a receipt out of the day on which it was sold, as the ledger does.
"""

from typing import Any, Final  # Any: columns of any type

from sqlalchemy import BigInteger, Column, Date, Integer, Text, text
from sqlalchemy.sql.selectable import TextualSelect

from crm.reports.periods import Period
from loyalty.receipts.model import FIXED_PRICE, GIFT, TOP_UP, TOP_UP_TAKEN_BACK

_CARD_AND_DAY: Final = (Column("card_id", BigInteger), Column("day", Date))
_AT_TILL: Final = (Column("store", Text), Column("cashier", Text))


def days_of_cards(period: Period) -> TextualSelect:
    """Give turnover and purchases of each card and day: the sums that are kept."""
    return _facts(_DAYS, period, Column("turnover", BigInteger), Column("purchases", Integer))


def receipts(period: Period) -> TextualSelect:
    """Give turnover and purchases of each receipt with its store and cashier; what came another way has neither."""
    columns = (*_AT_TILL, Column("turnover", BigInteger), Column("purchases", Integer))
    return _facts(_RECEIPTS, period, *columns)


def cards(period: Period, timezone: str) -> TextualSelect:
    """Give the cards that were issued on a day of the back office, and those that were used or activated first."""
    facts = _facts(_CARDS, period, Column("issued", Integer), Column("activated", Integer))
    return facts.bindparams(timezone=timezone)


def movements(period: Period, account: str) -> TextualSelect:
    """Give what moved a ledger of cards from the first day on, up to now, by what it was; `in_period` tells which.

    What one receipt puts on and another takes off again is told apart: taken back, what was earned is less earned.
    """
    columns = [Column(name, BigInteger) for name in ("gained", "used", "expired", "adjusted")]
    return _facts(_MOVEMENTS, period, *columns).bindparams(account=account)


def lines(period: Period) -> TextualSelect:
    """Give what lines of posted receipts cost and what was taken off them, and why. Top-ups are no goods.

    The till tells how much, not why; so the reason is the first of these that the line shows.
    """
    columns = [Column(name, BigInteger) for name in ("gross", "discount", "lines")]
    facts = _facts(_LINES, period, *_AT_TILL, Column("reason", Text), *columns)
    return facts.bindparams(top_ups=TOP_UP | TOP_UP_TAKEN_BACK, till_marks=GIFT | FIXED_PRICE)


def _facts(statement: str, period: Period, *columns: Column[Any]) -> TextualSelect:
    bound = text(statement).bindparams(first=period.first)
    if ":last" in statement:
        bound = bound.bindparams(last=period.last)
    return bound.columns(*_CARD_AND_DAY, *columns)


_DAYS: Final = """
    select card_id, day, turnover, receipts as purchases from card_day where day between :first and :last
"""
_RECEIPTS: Final = """
    select coalesce(c.successor_id, c.card_id) as card_id, r.business_date as day, r.store, r.cashier,
        case r.state when 'posted' then coalesce(l.amount, 0) else 0 end as turnover, r.purchases
    from receipt r join card c on c.card_id = r.card_id left join (
        select business_date, source_uid, sum(amount)::bigint as amount from ledger
        where business_date between :first and :last and account = 'turnover' and source in ('sale', 'return')
        group by business_date, source_uid
    ) l on l.source_uid = r.uid and l.business_date = r.business_date
    where r.business_date between :first and :last
    union all
    select coalesce(c.successor_id, c.card_id), l.business_date, null, null, l.amount, 0
    from ledger l join card c on c.card_id = l.card_id
    where l.business_date between :first and :last and l.account = 'turnover'
        and l.source not in ('sale', 'return', 'void', 'replace')
"""
_CARDS: Final = """
    select card_id, (created_at at time zone :timezone)::date as day, 1 as issued, 0 as activated from card
    where created_at >= cast(:first as date)::timestamp at time zone :timezone
        and created_at < (cast(:last as date) + 1)::timestamp at time zone :timezone
    union all
    select card_id, activated_on, 0, 1 from card where activated_on between :first and :last
"""
_MOVEMENTS: Final = """
    select coalesce(c.successor_id, c.card_id) as card_id, l.business_date as day,
        case when l.gains then l.amount else 0 end as gained, case when l.uses then l.amount else 0 end as used,
        case l.source when 'expiry' then l.amount else 0 end as expired,
        case when l.gains or l.uses or l.source = 'expiry' then 0 else l.amount end as adjusted
    from (
        select l.*, (l.source in ('top_up', 'rule_run') or l.is_receipt and l.is_back = (l.amount < 0)) as gains,
            (l.is_receipt and l.is_back = (l.amount > 0)) as uses
        from (
            select l.card_id, l.business_date, l.amount, l.source, l.source in ('sale', 'return', 'void') as is_receipt,
                l.source = 'return' or l.source = 'void' and k.kind is distinct from 'return' as is_back
            from ledger l left join receipt_key k on l.source = 'void' and k.void_uid = l.source_uid
            where l.business_date >= :first and l.account = :account and l.source <> 'replace' and l.amount <> 0
        ) l
    ) l join card c on c.card_id = l.card_id
"""
_LINES: Final = """
    with lists as (
        select definition, since, lead(since) over (partition by price_list_id order by version) as until
        from price_list_version
    ), quoted as (
        select q.key as sku, array_agg(distinct q.value::bigint) as prices
        from lists v cross join jsonb_each_text(v.definition -> 'quotations') q
        where v.until is null or v.until >= cast(:first as date) - 1
        group by q.key
    ), percents as (
        select series_id, array_agg(distinct (definition ->> 'percent')::bigint) as percents
        from series_version group by series_id
    ), ruled as (
        select distinct series_id from series_rules_version where jsonb_array_length(rules -> 'receipt') > 0
    )
    select coalesce(c.successor_id, c.card_id) as card_id, r.business_date as day, r.store, r.cashier,
        case when l.discount = 0 then 'none'
            when coalesce(l.manual_discount_percent, 0) <> 0 then 'manual'
            when l.marks & :till_marks <> 0 or c.card_id is null then 'till'
            when exists (select from unnest(q.prices) as price where round(price * abs(l.quantity)
                / power(10::numeric, 10 - i.places)) = abs(l.net)) then 'quotation'
            when u.series_id is null or exists (select from unnest(p.percents || c.own_percent) as percent
                where abs(l.discount - round((l.net + l.discount) * percent / 1000000.0)) <= 1) then 'percent'
            else 'receipt_rule' end as reason,
        (case r.kind when 'return' then -1 else 1 end) * (l.net + l.discount) as gross,
        (case r.kind when 'return' then -1 else 1 end) * l.discount as discount, 1 as lines
    from receipt r join receipt_line l on l.receipt_id = r.id and l.business_date = r.business_date
    left join card c on c.card_id = r.card_id left join quoted q on q.sku = l.sku
    left join percents p on p.series_id = c.series_id left join ruled u on u.series_id = c.series_id
    cross join installation i
    where r.business_date between :first and :last and l.business_date between :first and :last
        and r.state = 'posted' and l.marks & :top_ups = 0
"""
