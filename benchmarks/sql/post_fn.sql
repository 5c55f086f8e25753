-- The same work as post_tx in one call.
\set store random(1, 500)
\set till random(1, 8)
\set number random(1, 9000000000000000000)
\set card random(1, :cards)
\set total random(1000, 500000)
select * from plain.post_receipt(:store::int, :till::int, :number::bigint, :card::bigint, :total::bigint,
    :skus::int[], :quantities::numeric[], :prices::bigint[], :discounts::bigint[], :nets::bigint[]);
