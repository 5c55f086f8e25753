-- What the least of programs would keep: one row a receipt, its lines, a ledger, a balance. For post_tx and post_fn.
create schema plain;
create table plain.card (
    id bigint primary key,
    number text not null unique,
    turnover bigint not null default 0,
    balance bigint not null default 0,
    version int not null default 0,
    updated_at timestamptz not null default now()
) with (fillfactor = 80);
create table plain.receipt (
    id bigint generated always as identity (cache 50) primary key,
    store int not null,
    till int not null,
    number bigint not null,
    card_id bigint not null,
    closed_at timestamptz not null default now(),
    total bigint not null,
    discount bigint not null,
    lines smallint not null,
    unique (store, till, number)
);
create index on plain.receipt (card_id, closed_at);
create table plain.receipt_line (
    receipt_id bigint not null,
    line smallint not null,
    sku int not null,
    quantity numeric(12, 3) not null,
    price bigint not null,
    discount bigint not null,
    net bigint not null,
    primary key (receipt_id, line)
);
create table plain.ledger (
    id bigint generated always as identity primary key,
    card_id bigint not null,
    receipt_id bigint not null,
    kind smallint not null,
    amount bigint not null,
    after bigint not null,
    at timestamptz not null default now()
);
create index on plain.ledger (card_id, at);

create function plain.post_receipt(
    store_ int, till_ int, number_ bigint, card_ bigint, total_ bigint,
    skus int[], quantities numeric[], prices bigint[], discounts bigint[], nets bigint[],
    out receipt_id_ bigint, out after_ bigint
) language plpgsql as $$
declare
    bonus constant bigint := total_ / 100;
begin
    insert into plain.receipt (store, till, number, card_id, total, discount, lines)
    values (store_, till_, number_, card_, total_, 0, cardinality(skus))
    on conflict (store, till, number) do nothing returning id into receipt_id_;
    if receipt_id_ is null then
        return;
    end if;
    insert into plain.receipt_line
    select receipt_id_, line, sku, quantity, price, discount, net
    from unnest(skus, quantities, prices, discounts, nets) with ordinality as l(sku, quantity, price, discount, net, line);
    update plain.card set turnover = turnover + total_, balance = balance + bonus, version = version + 1,
        updated_at = now() where id = card_ returning balance into after_;
    insert into plain.ledger (card_id, receipt_id, kind, amount, after)
    values (card_, receipt_id_, 1, bonus, after_);
end $$;
