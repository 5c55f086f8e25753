insert into party_contact (party_id, position, kind, value, canonical)
select id, 2, 'email', 'p' || id || '@example.com', 'p' || id || '@example.com' from party where id % 13 <> 0;
insert into subscription (party_id, kind_id, state, changed_at)
select id, 2, case when id % 17 = 0 then 'unsubscribed' else 'subscribed' end, now() from party where id % 11 <> 0;
with made as (
    insert into directory_entry (directory, code, names, position)
    values ('group', 'regulars', '{"en": "Regulars", "ru": "Постоянные", "uk": "Постійні", "bg": "Редовни"}', 99)
    returning id)
insert into party_group (group_id, party_id) select made.id, party.id from made, party;
insert into segment (name, definition, created_at, changed_at)
values ('Bought within 90 days', '{"is": "filter", "field": "last_purchase", "operator": "last_days", "operands": ["90"]}',
    now(), now())
