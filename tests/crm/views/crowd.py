"""A crowd of invented parties with a bit of everything that a filter may ask for. The same seed gives the same crowd."""

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any  # rows are free in their values
from zoneinfo import ZoneInfo

from msgspec import to_builtins
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes.tables import attribute, attribute_choice, attribute_value
from crm.consents.tables import subscription
from crm.directories.tables import directory_entry
from crm.parties.tables import (
    contact_person,
    contact_person_responsibility,
    party,
    party_address,
    party_contact,
    party_group,
    party_relation,
)
from crm.recipients.tables import mailing_recipient
from crm.scores.tables import party_score
from crm.views.tables import segment
from crm.views.trees import AllOf, AnyOf, Leaf, Not
from loyalty.accounts.tables import card_day
from loyalty.bought.tables import card_group_day
from loyalty.cards.model import SeriesSettings
from loyalty.cards.series import put_series
from loyalty.cards.tables import card
from loyalty.installation import ensure_installation
from loyalty.money import Currency
from tests.conftest import ACT

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Sofia")
EUR = Currency("EUR", 2)
MONEY = EUR.scale
PARTIES = 90
CITIES = ("Sofia", "sofia", "София", "Varna", "ΑΘΗΝΑΣ", None)
NAMES = ("Ivanova", "ивановa", "Smith & Sons", "O'Neil", "50% Off_Ltd", "Öztürk", "Петренко", "de Vries", "Ng", "Zhou")
FIRST = ("Anna", "Ivan", "Мария", "Bob", "Élodie")
WORKING = {"days": [1, 2, 3, 4, 5], "since": "09:00:00", "until": "18:00:00"}
SUNDAYS = {"days": [6, 7], "since": "10:00:00", "until": "00:00:00"}
HOURS: list[dict[str, Any]] = [
    {},
    {"hours": []},
    {"hours": [WORKING], "timezone": "Europe/Sofia"},
    {"hours": [WORKING, SUNDAYS], "timezone": "Europe/Sofia"},
    {"hours": [SUNDAYS], "timezone": "America/New_York"},
    {"hours": [SUNDAYS], "timezone": "Asia/Tokyo"},
]
GROUPS = ("vip", "press", "lapsed")


async def fill_crowd(connection: AsyncConnection) -> None:
    """Write the crowd into a migrated, empty database."""
    chance = random.Random(7)
    await ensure_installation(connection, currency=EUR, timezone="Europe/Sofia")
    groups = [
        {"directory": "group", "code": code, "names": {"en": code}, "position": place, "version": 1}
        for place, code in enumerate(GROUPS)
    ]
    await connection.execute(insert(directory_entry), groups)
    rows = await connection.execute(select(directory_entry.c.directory, directory_entry.c.code, directory_entry.c.id))
    entries: dict[str, dict[str, int]] = {}
    for directory, code, entry_id in rows:
        entries.setdefault(directory, {})[code] = entry_id
    statuses = list(entries["legal_status"].values())
    await connection.execute(insert(party), [_party(chance, statuses) for _ in range(PARTIES)])
    await connection.execute(text("update party set merged_into = 1, archived_at = now() where id in (40, 41)"))
    await _add_details(connection, chance, entries)
    await _add_attributes(connection, chance)
    await _add_cards(connection, chance)
    await _add_goods(connection, chance)
    await _add_mail(connection, chance)


def _party(chance: random.Random, statuses: list[int]) -> dict[str, Any]:
    made = datetime.combine(TODAY - timedelta(days=chance.randrange(120)), time(chance.randrange(24)), UTC)
    return {
        "kind": chance.choice(["person", "organisation"]),
        "name": f"{chance.choice(FIRST)} {chance.choice(NAMES)}",
        "legal_status_id": chance.choice(statuses),
        "birth_date": chance.choice(
            [None, date(1980, 2, 29), date(1975, 12, 31), date(1990, 11, 25), date(1999, 1, 2)]
        ),
        "note": chance.choice([None, "Ivan paid late", "likes rye"]),
        "version": 1,
        "created_at": made,
        "changed_at": made + timedelta(hours=chance.randrange(200)),
        "archived_at": made if chance.random() < 0.15 else None,
    }


async def _add_details(connection: AsyncConnection, chance: random.Random, entries: dict[str, dict[str, int]]) -> None:
    rows: dict[Any, list[dict[str, Any]]] = {}
    people: set[tuple[int, int]] = set()
    relations: set[tuple[int, int]] = set()
    people.add((3, PARTIES))  # whom a filter asks for by number; the rest is chance
    for one in range(1, PARTIES + 1):
        for position in range(1, chance.randrange(1, 4)):
            where = {"city": chance.choice(CITIES), "postal_code": chance.choice(["1000", "1001", "AB1 2C", None])}
            where |= {"country": chance.choice(["BG", "UA", None]), "line": "1 Mill Lane"}
            rows.setdefault(party_address, []).append({"party_id": one, "position": position, **where})
        for position in range(1, chance.randrange(1, 4)):
            kind = chance.choice(["phone", "email"])
            value = f"+3592{one:07}" if kind == "phone" else f"p{one}@example.com"
            contact = {"kind": kind, "value": value, "canonical": value.removeprefix("+"), "pinned": position == 2}
            contact |= {"uses": chance.randrange(3)}
            rows.setdefault(party_contact, []).append({"party_id": one, "position": position, **contact})
        for group_id in chance.sample(list(entries["group"].values()), chance.randrange(3)):
            rows.setdefault(party_group, []).append({"party_id": one, "group_id": group_id})
        relations |= {(one, chance.choice(list(entries["relation"].values()))) for _ in range(chance.randrange(3))}
        people |= {(chance.randrange(1, 20), one) for _ in range(chance.randrange(2)) if one > 20}
    for party_id, relation_id in sorted(relations):
        since = chance.choice([None, TODAY - timedelta(days=50), TODAY + timedelta(days=5)])
        until = chance.choice([None, TODAY + timedelta(days=9), None if since else TODAY - timedelta(days=1)])
        dates = {"since": since, "until": until}
        rows.setdefault(party_relation, []).append({"party_id": party_id, "relation_id": relation_id, **dates})
    for number, (party_id, person_id) in enumerate(sorted(people), 1):
        link = {"party_id": party_id, "person_id": person_id, "position": number, "timezone": None, "hours": None}
        rows.setdefault(contact_person, []).append(link | chance.choice(HOURS))
        for entry_id in chance.sample(list(entries["responsibility"].values()), chance.randrange(3)):
            answers = {"contact_person_id": number, "responsibility_id": entry_id}
            rows.setdefault(contact_person_responsibility, []).append(answers)
    for table, found in rows.items():
        await connection.execute(insert(table), found)


async def _add_attributes(connection: AsyncConnection, chance: random.Random) -> None:
    kinds = {
        "size": "number",
        "since": "date",
        "slogan": "text",
        "chain": "yes_no",
        "band": "choice",
        "likes": "choices",
    }
    for position, (code, kind) in enumerate(kinds.items(), 1):
        row = {"directory": "party", "code": code, "names": {"en": code}, "kind": kind, "position": position}
        await connection.execute(insert(attribute).values(**row, version=1))
    choices = [
        {"attribute_id": place, "code": code, "names": {"en": code}, "position": number}
        for place in (5, 6)
        for number, code in enumerate(("small", "large"))
    ]
    await connection.execute(insert(attribute_choice), choices)
    for one in range(1, PARTIES + 1):
        values: list[dict[str, Any]] = [
            {"attribute_id": 1, "number_value": chance.randrange(5)},
            {"attribute_id": 2, "date_value": date(2020, chance.randrange(1, 13), 1)},
            {"attribute_id": 3, "text_value": chance.choice(["Fresh daily", "fresh", "100%"])},
            {"attribute_id": 4, "flag_value": chance.random() < 0.5},
            {"attribute_id": 5, "choice_id": chance.choice([1, 2])},
        ]
        values = [value for value in values if chance.random() < 0.6]
        likes = chance.choice([(), (3,), (4,), (3, 4)])
        values += [{"attribute_id": 6, "choice_id": choice, "item": item} for item, choice in enumerate(likes)]
        for value in values:
            await connection.execute(insert(attribute_value).values({"record_id": one, "item": 0} | value))


async def _add_cards(connection: AsyncConnection, chance: random.Random) -> None:
    gold = SeriesSettings("Gold", "discount", "290%09^", percent=100_000)
    silver = SeriesSettings("Silver", "credit", "291%09^", percent=50_000)
    series = [(await put_series(connection, code, one, act=ACT))[0].id for code, one in (("G", gold), ("S", silver))]
    cards: list[dict[str, Any]] = []
    days: list[dict[str, Any]] = []
    for card_id in range(1, 100):
        turnover, state = chance.randrange(-20, 400) * 100, chance.choice(["active", "active", "blocked", "replaced"])
        frozen = state == "active" and chance.random() < 0.3
        row = {
            "card_id": card_id,
            "credit_limit": 1_000,
            "number": f"29{card_id:09}",
            "series_id": chance.choice(series),
            "state": state,
        }
        row |= {"holder_id": chance.choice([None, chance.randrange(1, 70)]), "turnover": turnover, "purchases": 1}
        row |= {"own_percent": chance.choice([None, None, 120_000]), "balance": chance.randrange(-5, 50) * 100}
        row |= {"frozen_from": TODAY if frozen else None, "frozen_until": TODAY if frozen else None}
        row |= {"successor_id": 1 if state == "replaced" else None}
        cards.append({**_ZEROS, **row, "created_at": NOW})
        for day in {TODAY - timedelta(days=chance.randrange(100)) for _ in range(chance.randrange(4))}:
            sums = {"turnover": chance.randrange(-20, 90) * 100, "receipts": chance.randrange(2)}
            days.append({"card_id": card_id, "day": day, **sums})
    await connection.execute(insert(card), cards)
    await connection.execute(insert(card_day), days)


async def _add_goods(connection: AsyncConnection, chance: random.Random) -> None:
    """Points, what was bought of some groups of goods, with replaced cards too, and scores."""
    for card_id in range(1, 100):
        points = update(card).where(card.c.card_id == card_id).values(points=chance.randrange(0, 200))
        await connection.execute(points)
    days = [
        {"item_group": group, "card_id": card_id, "day": TODAY - timedelta(days=ago), "net": net * 100, "lines": 1}
        for group in ("bread", "milk")
        for card_id in chance.sample(range(1, 100), 60)
        for ago, net in ((chance.randrange(40), chance.randrange(-5, 60)), (50, chance.randrange(60)))
    ]
    scores = [
        {"party_id": one, "receipts": 1, "turnover": 1, "last_purchase": TODAY, "scored_on": TODAY}
        | {name: chance.randrange(1, 6) for name in ("recency", "frequency", "monetary")}
        for one in range(1, 60)
    ]
    await connection.execute(insert(card_group_day), days)
    await connection.execute(insert(party_score), scores)


async def _add_mail(connection: AsyncConnection, chance: random.Random) -> None:
    """Two mailings and what became of them, subscriptions, and segments."""
    mailings = (
        "insert into mailing (name, kind_id, created_at, changed_at) values ('a', 1, :now, :now), ('b', 2, :now, :now)"
    )
    await connection.execute(text(mailings), {"now": NOW})
    for one in range(1, 80):
        sent = NOW - timedelta(days=chance.randrange(60))
        row = {"mailing_id": chance.choice([1, 2]), "party_id": one, "address": f"p{one}@example.com", "occurrence": ""}
        row |= {"domain": "example.com", "state": "sent", "due_at": sent, "tries": 1, "doubts": 0}
        row |= {
            f"{name}_at": sent if chance.random() < 0.5 else None for name in ("sent", "opened", "clicked", "bounced")
        }
        await connection.execute(insert(mailing_recipient).values(row))
        kind = {"party_id": one, "kind_id": chance.choice([1, 2, 3]), "changed_at": NOW}
        state = chance.choice(["subscribed", "pending", "unsubscribed"])
        await connection.execute(insert(subscription).values(kind | {"state": state}))
    for name, tree in (("Sofia", SOFIA), ("Others", OTHERS)):
        row = {"name": name, "definition": to_builtins(tree), "version": 1, "created_at": NOW, "changed_at": NOW}
        await connection.execute(insert(segment).values(row))


SOFIA = AllOf((Leaf("city", "is", ("Sofia",)), Leaf("email", "given")))
OTHERS = AnyOf((Not(Leaf("birthday", "month", ("2",))), Leaf("turnover", "at_least", ("150",))))
_ZEROS: dict[str, Any] = dict.fromkeys(("points", "credit_limit", "held", "overdraft", "version", "spent"), 0)
