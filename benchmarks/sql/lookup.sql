-- A card by its number, in the service's own tables.
\set card random(1, :cards)
select c.*, s.code from card_number n join card c using (card_id) join series s on s.id = c.series_id
where n.number = '290' || lpad((:card::int)::text, 10, '0');
