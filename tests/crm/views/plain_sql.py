"""What each filter means, written once more as plain SQL, by whoever reads `crm/views/model.py` and nothing behind it.

Times are those of Sofia, today is 22 November 2026, amounts are minor units.
"""

from crm.views.model import Filter

_HELD = "select * from card where holder_id = p.id and state <> 'replaced'"
_DAYS = f"select d.* from card_day d join ({_HELD}) c using (card_id)"
_SUM = "select coalesce(sum(turnover), 0) from"
_STATUS = "select code from directory_entry e where e.id = p.legal_status_id"
_RELATED = "select 1 from party_relation r join directory_entry e on e.id = r.relation_id where r.party_id = p.id"
_NOW = "coalesce(r.since, '-infinity') <= '2026-11-22' and coalesce(r.until, 'infinity') >= '2026-11-22'"
_GROUPS = "select e.code from party_group g join directory_entry e on e.id = g.group_id where g.party_id = p.id"
_ADDRESS = "select 1 from party_address a where a.party_id = p.id"
_CONTACT = "select 1 from party_contact c where c.party_id = p.id and c.kind"
_BORN = "to_char(p.birth_date, 'MM-DD')"
_CARD = "select 1 from card c join series s on s.id = c.series_id where c.holder_id = p.id"
_VALUE = "select 1 from attribute_value v join attribute a on a.id = v.attribute_id where v.record_id = p.id and a.code"
_ANSWERS = (
    "select person_id from contact_person c join contact_person_responsibility r on r.contact_person_id = c.id"
    " join directory_entry e on e.id = r.responsibility_id"
)
_REACHABLE = (
    "select person_id from contact_person where hours is null or jsonb_array_length(hours) in (0, 2)"
    " or timezone = 'Asia/Tokyo'"
)
_CHOSEN = (
    "select 1 from attribute_value v join attribute_choice c on c.id = v.choice_id"
    " join attribute a on a.id = v.attribute_id where v.record_id = p.id and a.code"
)
_BEARER = "select coalesce(s.holder_id, c.holder_id) from card c left join card s on s.card_id = c.successor_id"
_GOODS = f"select coalesce(sum(net), 0) from card_group_day g where p.id = ({_BEARER} where c.card_id = g.card_id) and item_group"
_SCORE = "select 1 from party_score s where s.party_id = p.id"
_MAIL = "select 1 from mailing_recipient m where m.party_id = p.id"
_WANTS = "select 1 from subscription s join mailing_kind k on k.id = s.kind_id where s.party_id = p.id and s.state"
_SOFIA = f"exists ({_ADDRESS} and lower(a.city) = 'sofia') and exists ({_CONTACT} = 'email')"
_OTHERS = f"(date_part('month', p.birth_date) = 2) is not true or ({_SUM} ({_HELD}) c) >= 15000"

CASES: list[tuple[Filter, str]] = [
    (Filter("name", "has", ("ivan",)), "strpos(lower(p.name), 'ivan') > 0"),
    (Filter("name", "has", ("ne o'",)), "strpos(lower(p.name), 'ne') > 0 and strpos(lower(p.name), 'o''') > 0"),
    (Filter("name", "has", ("% f_",)), "strpos(p.name, '%') > 0 and strpos(lower(p.name), 'f_') > 0"),
    (Filter("name", "begins", ("élo",)), "left(lower(p.name), 3) = 'élo'"),
    (Filter("words", "has", ("ivan late",)), "p.search @@ 'ivan:* & late:*'"),
    (Filter("kind", "is", ("person",)), "p.kind = 'person'"),
    (
        Filter("legal_status", "any_of", ("sole_trader", "public_body")),
        f"({_STATUS}) in ('sole_trader', 'public_body')",
    ),
    (Filter("legal_status", "none_of", ("natural_person",)), f"({_STATUS}) <> 'natural_person'"),
    (Filter("relation", "current", ("customer",)), f"exists ({_RELATED} and e.code = 'customer' and {_NOW})"),
    (Filter("relation", "ever", ("customer", "owner")), f"exists ({_RELATED} and e.code in ('customer', 'owner'))"),
    (Filter("relation", "never", ("supplier",)), f"not exists ({_RELATED} and e.code = 'supplier')"),
    (Filter("group", "any_of", ("vip", "press")), f"'vip' in ({_GROUPS}) or 'press' in ({_GROUPS})"),
    (Filter("group", "none_of", ("lapsed",)), f"'lapsed' not in ({_GROUPS})"),
    (Filter("city", "is", ("SOFIA",)), f"exists ({_ADDRESS} and lower(a.city) = 'sofia')"),
    (Filter("city", "begins", ("со",)), f"exists ({_ADDRESS} and left(lower(a.city), 2) = 'со')"),
    (Filter("city", "is", ("ΑΘΗΝΑΣ",)), f"exists ({_ADDRESS} and a.city = 'ΑΘΗΝΑΣ')"),
    (Filter("city", "begins", ("ΑΘΗΝΑΣ",)), f"exists ({_ADDRESS} and a.city = 'ΑΘΗΝΑΣ')"),
    (Filter("city", "missing"), f"not exists ({_ADDRESS} and a.city is not null)"),
    (Filter("postal_code", "is", ("ab1 2c",)), f"exists ({_ADDRESS} and a.postal_code = 'AB1 2C')"),
    (Filter("postal_code", "begins", ("10",)), f"exists ({_ADDRESS} and left(a.postal_code, 2) = '10')"),
    (Filter("country", "any_of", ("UA", "DE")), f"exists ({_ADDRESS} and a.country in ('UA', 'DE'))"),
    (Filter("phone", "given"), f"exists ({_CONTACT} = 'phone')"),
    (Filter("phone", "missing"), f"not exists ({_CONTACT} = 'phone')"),
    (Filter("email", "given"), f"exists ({_CONTACT} = 'email')"),
    (Filter("email", "missing"), f"not exists ({_CONTACT} = 'email')"),
    (Filter("birthday", "month", ("2",)), "date_part('month', p.birth_date) = 2"),
    (Filter("birthday", "on", ("12-31",)), f"{_BORN} = '12-31'"),
    (Filter("birthday", "next_days", ("45",)), f"{_BORN} >= '11-22' or {_BORN} <= '01-06'"),
    (Filter("birthday", "next_days", ("98",)), f"{_BORN} >= '11-22' or {_BORN} <= '02-29'"),
    (Filter("birthday", "next_days", ("97",)), f"{_BORN} >= '11-22' or {_BORN} <= '02-27'"),
    (Filter("created", "since", ("2026-10-01",)), "p.created_at >= '2026-10-01 00:00+03'"),
    (Filter("created", "before", ("2026-11-01",)), "p.created_at < '2026-11-01 00:00+02'"),
    (Filter("created", "last_days", ("7",)), "p.created_at >= '2026-11-15 00:00+02'"),
    (Filter("changed", "since", ("2026-10-01",)), "p.changed_at >= '2026-10-01 00:00+03'"),
    (Filter("changed", "before", ("2026-11-01",)), "p.changed_at < '2026-11-01 00:00+02'"),
    (Filter("changed", "last_days", ("30",)), "p.changed_at >= '2026-10-23 00:00+03'"),
    (Filter("archived", "only"), "p.archived_at is not null"),
    (Filter("archived", "too"), "true"),
    (Filter("card", "held", ("", "", "")), f"exists ({_CARD})"),
    (Filter("card", "held", ("G", "", "")), f"exists ({_CARD} and s.code = 'G')"),
    (Filter("card", "held", ("", "blocked", "")), f"exists ({_CARD} and c.state = 'blocked')"),
    (
        Filter("card", "held", ("", "frozen", "")),
        f"exists ({_CARD} and c.state = 'active' and '2026-11-22' between c.frozen_from and c.frozen_until)",
    ),
    (
        Filter("card", "held", ("S", "active", "10")),
        f"exists ({_CARD} and s.code = 'S' and c.state = 'active' and c.own_percent >= 100000 and c.frozen_until is null)",
    ),
    (Filter("card", "missing"), "p.id not in (select holder_id from card where holder_id is not null)"),
    (Filter("turnover", "at_least", ("150.00",)), f"({_SUM} ({_HELD}) c) >= 15000"),
    (Filter("turnover", "at_least", ("0",)), f"({_SUM} ({_HELD}) c) >= 0"),
    (Filter("turnover", "under", ("99.5",)), f"({_SUM} ({_HELD}) c) < 9950"),
    (Filter("turnover", "at_least_in", ("30", "10")), f"({_SUM} ({_DAYS}) d where day > '2026-10-23') >= 1000"),
    (Filter("turnover", "under_in", ("60", "5")), f"({_SUM} ({_DAYS}) d where day > '2026-09-23') < 500"),
    (Filter("balance", "at_least", ("20",)), f"(select coalesce(sum(balance), 0) from ({_HELD}) c) >= 2000"),
    (Filter("balance", "under", ("-1",)), f"(select coalesce(sum(balance), 0) from ({_HELD}) c) < -100"),
    (Filter("points", "at_least", ("150",)), f"(select coalesce(sum(points), 0) from ({_HELD}) c) >= 150"),
    (Filter("points", "under", ("90",)), f"(select coalesce(sum(points), 0) from ({_HELD}) c) < 90"),
    (
        Filter("bought", "at_least_in", ("bread", "30", "12.50")),
        f"({_GOODS} = 'bread' and day > '2026-10-23') >= 1250",
    ),
    (Filter("bought", "at_least_in", ("bread", "90", "0")), f"({_GOODS} = 'bread' and day > '2026-08-24') >= 0"),
    (Filter("bought", "under_in", ("milk", "60", "9")), f"({_GOODS} = 'milk' and day > '2026-09-23') < 900"),
    (Filter("score", "is", ("5", "", "")), f"exists ({_SCORE} and recency = 5)"),
    (
        Filter("score", "at_least", ("3", "2", "4")),
        f"exists ({_SCORE} and recency > 2 and frequency > 1 and monetary > 3)",
    ),
    (Filter("score", "missing"), f"not exists ({_SCORE})"),
    (Filter("mailing", "sent", ("1",)), f"exists ({_MAIL} and mailing_id = 1 and sent_at > 'epoch')"),
    (Filter("mailing", "opened", ("2",)), f"exists ({_MAIL} and mailing_id = 2 and opened_at > 'epoch')"),
    (Filter("mailing", "clicked", ("1",)), f"exists ({_MAIL} and mailing_id = 1 and clicked_at > 'epoch')"),
    (Filter("mailing", "bounced", ("2",)), f"exists ({_MAIL} and mailing_id = 2 and bounced_at > 'epoch')"),
    (Filter("mailing", "sent_in", ("30",)), f"exists ({_MAIL} and sent_at >= '2026-10-23 00:00+03')"),
    (Filter("mailing", "opened_in", ("9",)), f"exists ({_MAIL} and opened_at >= '2026-11-13 00:00+02')"),
    (Filter("mailing", "clicked_in", ("20",)), f"exists ({_MAIL} and clicked_at >= '2026-11-02 00:00+02')"),
    (Filter("mailing", "bounced_in", ("20",)), f"exists ({_MAIL} and bounced_at >= '2026-11-02 00:00+02')"),
    (
        Filter("subscribed", "any_of", ("news", "offer")),
        f"exists ({_WANTS} = 'subscribed' and k.code in ('news', 'offer'))",
    ),
    (Filter("subscribed", "none_of", ("news",)), f"not exists ({_WANTS} = 'subscribed' and k.code = 'news')"),
    (Filter("segment", "any_of", ("1",)), _SOFIA),
    (Filter("segment", "any_of", ("1", "2")), f"({_SOFIA}) or ({_OTHERS})"),
    (Filter("segment", "none_of", ("2",)), f"({_OTHERS}) is not true"),
    (
        Filter("last_purchase", "since", ("2026-11-01",)),
        f"(select max(day) from ({_DAYS}) d where receipts > 0) >= '2026-11-01'",
    ),
    (
        Filter("last_purchase", "before", ("2026-11-01",)),
        f"(select max(day) from ({_DAYS}) d where receipts > 0) < '2026-11-01'",
    ),
    (
        Filter("last_purchase", "last_days", ("20",)),
        f"(select max(day) from ({_DAYS}) d where receipts > 0) >= '2026-11-02'",
    ),
    (Filter("last_purchase", "never"), f"(select max(day) from ({_DAYS}) d where receipts > 0) is null"),
    (
        Filter("answers_for", "any_of", ("purchasing", "sales")),
        f"p.id in ({_ANSWERS} where e.code in ('purchasing', 'sales'))",
    ),
    (Filter("contact_of", "party", ("5",)), "p.id in (select person_id from contact_person where party_id = 5)"),
    (
        Filter("reachable", "now"),  # Sunday 12:00 in Sofia, 05:00 in New York, 19:00 in Tokyo
        f"p.id in ({_REACHABLE})",
    ),
    (Filter("party.size", "at_least", ("3",)), f"exists ({_VALUE} = 'size' and v.number_value >= 3)"),
    (Filter("party.size", "is_not", ("1",)), f"not exists ({_VALUE} = 'size' and v.number_value = 1)"),
    (
        Filter("party.since", "between", ("2020-03-01", "2020-08-01")),
        f"exists ({_VALUE} = 'since' and v.date_value >= '2020-03-01' and v.date_value <= '2020-08-01')",
    ),
    (Filter("party.slogan", "contains", ("FRESH",)), f"exists ({_VALUE} = 'slogan' and lower(v.text_value) ~ 'fresh')"),
    (Filter("party.slogan", "empty"), f"not exists ({_VALUE} = 'slogan')"),
    (Filter("party.chain", "is", ("yes",)), f"exists ({_VALUE} = 'chain' and v.flag_value)"),
    (Filter("party.band", "one_of", ("small",)), f"exists ({_CHOSEN} = 'band' and c.code = 'small')"),
    (Filter("party.likes", "is", ("large",)), f"exists ({_CHOSEN} = 'likes' and c.code = 'large')"),
]
"""A filter, and when it holds of the party `p`."""
