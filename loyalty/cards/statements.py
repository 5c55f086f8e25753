"""The hot statement of cards: who is behind a number. Prepared once per connection."""

# With the successor, the main card of its account, and of holds: what those whose time is over still hold of the account,
# and what a card with a daily limit holds.
LOOKUP = """
select to_jsonb(c.*) as card, (select catalogue_version from installation) as catalogue_version, s.number as successor,
    to_jsonb(m.*) as main,
    case when coalesce(m.held, c.held) = 0 then 0 else (select coalesce(sum(amount), 0)::bigint from hold h
        where h.account_id = coalesce(m.card_id, c.card_id) and h.state = 'open' and h.expires_at <= now()) end as over,
    case when c.day_limit is null then 0 else (select coalesce(sum(amount), 0)::bigint from hold h
        where h.card_id = c.card_id and h.state = 'open' and h.expires_at > now()) end as holds
from card_number n join card c using (card_id) left join card s on s.card_id = c.successor_id
left join card m on m.card_id = c.account_id
where n.number = $1
"""
