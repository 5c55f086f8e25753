-- Tables of the same shape as the service's, constraints, indexes and triggers included. For post_full and the shift.
create schema hand;
create sequence hand.receipt_id_seq;
create table hand.card_number (like card_number including all);
create table hand.card (like card including all) with (fillfactor = 75);
create table hand.card_setting_past (like card_setting_past including all,
    foreign key (card_id) references hand.card, foreign key (series_id) references series);
create table hand.receipt_key (like receipt_key including all);
create table hand.card_day (like card_day including all) with (fillfactor = 80);
create table hand.receipt (like receipt including all) partition by range (business_date);
create table hand.receipt_line (like receipt_line including all) partition by range (business_date);
create table hand.ledger (like ledger including all) partition by range (business_date);
create table hand.activity (like activity including all) partition by range (at);
do $$
declare
    name text;
    month date;
begin
    foreach name in array array['receipt', 'receipt_line', 'ledger', 'activity'] loop
        execute format('create table hand.%I partition of hand.%I default', name || '_rest', name);
        for ahead in 0..3 loop
            month := date_trunc('month', current_date) + make_interval(months => ahead);
            execute format('create table hand.%I partition of hand.%I for values from (%L) to (%L)',
                name || to_char(month, '_YYYYMM'), name, month, month + interval '1 month');
        end loop;
    end loop;
end $$;

-- What fires on the service's cards fires on these.
do $$
declare
    definition text;
begin
    for definition in select pg_get_triggerdef(oid) from pg_trigger where tgrelid = 'public.card'::regclass and not tgisinternal loop
        execute replace(definition, ' ON public.card ', ' ON hand.card ');
    end loop;
end $$;

-- The hash of a turnover entry behind the one before it, as the service makes it.
create function hand.chain_of(before text, card_id bigint, seq bigint, day date, amount numeric, after numeric, uid uuid)
returns text language sql stable return encode(sha256(convert_to(concat_ws('|', before, card_id, seq, day, 'turnover',
    amount, after, 'sale', uid, '', (extract(epoch from now()) * 1000000)::bigint), 'UTF8')), 'hex');
