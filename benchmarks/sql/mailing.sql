with made as (insert into party (kind, name, legal_status_id, created_at, changed_at)
    select 'person', 'Anna ' || n, (select id from directory_entry where code = 'natural_person'), now(), now()
    from generate_series(1, $1) n returning id),
grouped as (insert into directory_entry (directory, code, names, position)
    values ('group', 'all_of_them', '{"en": "All"}', 99) returning id),
put as (insert into party_group (group_id, party_id) select grouped.id, made.id from made, grouped),
reached as (insert into party_contact (party_id, position, kind, value, canonical)
    select id, 1, 'email', address, address
    from made cross join lateral (select 'p' || id || '@d' || id % 100000 || '.example' as address) reached_at),
box as (insert into mailbox (name, address, smtp_host, smtp_port, smtp_security, connections, messages_per_connection,
        created_at, changed_at)
    values ('Offers', 'offers@shop.example', '127.0.0.1', $2, 'none', $3, 1000, now(), now()) returning id),
mail as (insert into mailing (name, kind_id, mailbox_id, state, audience, created_at, changed_at)
    select 'Coffee week', 3, box.id, 'preparing', jsonb_build_object('groups', jsonb_build_array(grouped.id)), now(), now()
    from box, grouped returning id)
insert into mailing_variant (mailing_id, letter, share, subject, html)
select id, 'A', 100, '{{ first_name }}, beans at 15.90 this week', '<p>{{ salutation }},</p>'
    || repeat('<p>beans, filters and mugs, roasted and fired two streets from here, at 15.90 until Saturday.</p>', 20)
from mail returning mailing_id
