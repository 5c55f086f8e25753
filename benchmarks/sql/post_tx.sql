-- One receipt of 20 lines in a transaction of 4 statements.
\set store random(1, 500)
\set till random(1, 8)
\set number random(1, 9000000000000000000)
\set card random(1, :cards)
\set total random(1000, 500000)
\set bonus :total / 100
begin;
insert into plain.receipt (store, till, number, card_id, total, discount, lines)
values (:store, :till, :number, :card, :total, 0, 20)
on conflict (store, till, number) do nothing returning id as receipt_id \gset
insert into plain.receipt_line
select :receipt_id::bigint, line, sku, quantity, price, discount, net
from unnest(:skus::int[], :quantities::numeric[], :prices::bigint[], :discounts::bigint[], :nets::bigint[])
    with ordinality as l(sku, quantity, price, discount, net, line);
update plain.card set turnover = turnover + :total, balance = balance + :bonus, version = version + 1,
    updated_at = now() where id = :card returning balance as after \gset
insert into plain.ledger (card_id, receipt_id, kind, amount, after) values (:card, :receipt_id, 1, :bonus, :after);
commit;
