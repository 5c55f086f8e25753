"""The hot statement of cards: who is behind a number. Prepared once per connection."""

LOOKUP = """
select to_jsonb(c.*) as card, (select catalogue_version from installation) as catalogue_version, s.number as successor
from card_number n join card c using (card_id) left join card s on s.card_id = c.successor_id
where n.number = $1
"""
