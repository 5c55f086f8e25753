"""An invented shop with a year behind it, for pages to show: three stores, four series, 200 cards, their receipts.

Rows are written as the service would leave them: caches are the sums of the ledgers, and entries of a card are counted
without a gap. The same day gives the same shop.
"""

import random
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from msgspec import Struct, field, structs
from sqlalchemy import Table, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.tables import party, party_contact
from database.activity import Act, activity
from loyalty.accounts.chain import link
from loyalty.accounts.tables import card_day, ledger
from loyalty.cards.model import PriceListSettings, Series, SeriesSettings
from loyalty.cards.series import put_price_list, put_series
from loyalty.cards.tables import card, card_number
from loyalty.installation import ensure_installation, ensure_till
from loyalty.money import Currency, line_gross, percent_of, share
from loyalty.pricing.model import Window
from loyalty.receipts.model import NO_DISCOUNT, TOP_UP
from loyalty.receipts.tables import receipt, receipt_key, receipt_line

EUR = Currency("EUR", 2)
ZONE = "Europe/London"
DAYS = 400
STORES = {"0001": "Mill Lane", "0002": "Quayside", "0003": "Station Road"}
PERCENT = 10_000  # one percent
NATURAL_PERSON = 1  # the first word of the directories
REPLACED = 48  # of every fifty cards
SERIES = {
    "GOLD": SeriesSettings("Gold", "discount", "290%09[1..500000]^", percent=10 * PERCENT, price_lists=("weekend",)),
    "SILVER": SeriesSettings("Silver", "discount", "291%09[1..500000]^", percent=5 * PERCENT),
    "STAFF": SeriesSettings("Staff", "credit", "292%09[1..9999]^", percent=15 * PERCENT, credit_limit=20_000),
    "GIFT": SeriesSettings("Gift", "credit", "293%09[1..99999]^"),
}
SIZES = {"GOLD": 60, "SILVER": 90, "STAFF": 20, "GIFT": 30}
GOODS = [
    ("1001", "Rye loaf, 800 g", 3_2000, 1),
    ("2044", "Gouda, aged", 12_9000, 0),
    ("3310", "Olive oil, 1 l", 8_9000, 1),
    ("3702", "Coffee beans, 1 kg", 18_4000, 1),
    ("4088", "Vine tomatoes", 4_4000, 0),
    ("5120", "Smoked salmon", 34_5000, 0),
    ("6015", "Apple juice, 1 l", 2_1500, 1),
    ("7240", "Dark chocolate, 100 g", 2_4900, 1),
]
FIRST = ("Elin", "Tomas", "Nora", "Jonas", "Mira", "Pavel", "Iris", "Oskar", "Lena", "Victor", "Anna", "Milan")
LAST = ("Marsh", "Beck", "Lindqvist", "Reed", "Novak", "Hale", "Dimitrova", "Ostrom", "Weber", "Sand", "Moreau")


class Account(Struct):
    """A card while the year goes by."""

    card_id: int
    number: str
    code: str
    turnover: int = 0
    purchases: int = 0
    balance: int = 0
    version: int = 0
    chain: str | None = None


class Entry(Struct):
    """An entry of a card's ledger."""

    card_id: int
    seq: int
    business_date: date
    account: str
    amount: int
    after: int
    source: str
    source_uid: UUID
    at: datetime


class Shop(Struct):
    """The rows of the shop so far, and what makes them."""

    chance: random.Random
    rows: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)
    days: dict[tuple[int, date], list[int]] = field(default_factory=dict)

    def add(self, table: Table, **values: object) -> None:
        """Take a row."""
        self.rows.setdefault(table.name, []).append(values)

    def uid(self) -> UUID:
        """Make the next UUID."""
        return UUID(int=self.chance.getrandbits(128), version=4)


class Sale(Struct):
    """A receipt in the making."""

    account: Account | None
    closed_at: datetime
    store: str
    number: int
    kind: str = "sale"
    flags: list[str] = field(default_factory=list)
    lines: list[dict[str, object]] = field(default_factory=list)
    original_uid: UUID | None = None

    @property
    def total(self) -> int:
        """The sum of the nets."""
        return sum(int(str(line["net"])) for line in self.lines)


async def fill_shop(connection: AsyncConnection, *, today: date) -> None:
    """Write the whole shop; the database is migrated and empty."""
    act = Act("command", datetime.combine(today - timedelta(days=DAYS), time(8), UTC))
    await ensure_installation(connection, currency=EUR, timezone=ZONE)
    for code, name in STORES.items():
        for till in ("1", "2", "3"):
            await ensure_till(connection, store=code, till=till)
        await connection.execute(text("update store set name = :name where code = :code"), {"name": name, "code": code})
    weekend = PriceListSettings("Weekend", 1, Window(weekdays=(6, 7)), {"3310": 7_5000})
    await put_price_list(connection, "weekend", weekend, act=act)
    series = {code: (await put_series(connection, code, settings, act=act))[0] for code, settings in SERIES.items()}
    shop = Shop(random.Random(20_261_122))
    _make_cards(shop, series)
    await connection.execute(text("update series set last_counter = :last"), {"last": 7 * len(shop.accounts)})
    for number in range(DAYS, -1, -1):
        _trade(shop, today - timedelta(days=number))
    _finish_cards(shop, series, act.at, today)
    for table in (
        party,
        party_contact,
        card_number,
        card,
        activity,
        receipt_key,
        receipt,
        receipt_line,
        ledger,
        card_day,
    ):
        await connection.execute(insert(table), shop.rows[table.name])
    await connection.execute(
        text("analyze card, card_number, party, receipt, receipt_key, receipt_line, ledger, card_day")
    )


def _make_cards(shop: Shop, series: dict[str, Series]) -> None:
    codes = [code for code, size in SIZES.items() for _ in range(size)]
    shop.chance.shuffle(codes)
    for card_id, code in enumerate(codes, 1):
        template = series[code].template
        assert template is not None
        account = Account(card_id, template.number(card_id * 7), code)
        shop.accounts.append(account)
        shop.add(card_number, number=account.number, card_id=card_id)


def _trade(shop: Shop, day: date) -> None:
    """One day: some cards come by, some customers have none, now and then something is brought back."""
    chance = shop.chance
    visitors: list[Account | None] = [None] * chance.randrange(3)
    visitors += [account for account in shop.accounts if chance.random() < _visits(account)]
    minutes = sorted(chance.randrange(660) for _ in visitors)
    for visitor, minute in zip(chance.sample(visitors, len(visitors)), minutes, strict=True):
        _visit(shop, visitor, datetime.combine(day, time(8), UTC) + timedelta(minutes=minute))


def _visits(account: Account) -> float:
    """How likely a card comes by on a day: one lives here, some come every week, most now and then."""
    if account.card_id == 1 or account.card_id % 50 == REPLACED:
        return 0.7 if account.card_id == 1 else 0
    return {1: 0.4, 2: 0.12, 3: 0.06}.get(account.card_id % 10, 0.02)


def _visit(shop: Shop, account: Account | None, moment: datetime) -> None:
    chance = shop.chance
    number = len(shop.rows.get("receipt", ())) + 1
    sale = Sale(account, moment, chance.choice(list(STORES)), number)
    if account is not None and account.code in {"GIFT", "STAFF"} and account.balance < 2_000:
        _add_line(
            sale, ("9900", "Money on card", chance.choice([20_0000, 50_0000]), 1), quantity=1, percent=0, marks=TOP_UP
        )
    else:
        percent = 0 if account is None else SERIES[account.code].percent
        for goods in chance.sample(GOODS, chance.randrange(1, 6)):
            quantity = chance.randrange(1, 4) if goods[3] else chance.randrange(200, 1_800) / 1_000
            _add_line(sale, goods, quantity=quantity, percent=percent, marks=0)
        if chance.random() < 0.1:
            _add_line(sale, ("9001", "Gift voucher", 12_0000, 1), quantity=1, percent=0, marks=NO_DISCOUNT)
        if chance.random() < 0.02:
            sale.flags.append(chance.choice(["discount_mismatch", "card_blocked"]))
    uid = _post(shop, sale, moment.date())
    if account is not None and len(sale.lines) > 1 and chance.random() < 0.05:
        back = Sale(account, moment + timedelta(seconds=45), sale.store, number + 1, kind="return", original_uid=uid)
        back.lines = [{**sale.lines[0], "line": 1, "original_line": 1}]
        _post(shop, back, moment.date())


def _add_line(sale: Sale, goods: tuple[str, str, int, int], *, quantity: float, percent: int, marks: int) -> None:
    sku, name, price, _ = goods
    millionths = round(quantity * 1_000_000)
    gross = line_gross(millionths, price, EUR.places)
    discount = share(percent_of(gross, percent), [gross])[0]
    line = {"line": len(sale.lines) + 1, "sku": sku, "name": name, "quantity": millionths, "price": price}
    sale.lines.append({**line, "discount": discount, "net": gross - discount, "marks": marks, "original_line": None})


def _post(shop: Shop, sale: Sale, day: date) -> UUID:
    """Write a receipt and what it does to its card, which bears it unless a flag says that no card counts."""
    uid, account = shop.uid(), sale.account
    bearer = None if account is None or "card_blocked" in sale.flags else account
    payments = [{"kind": shop.chance.choice(["cash", "bank_card"]), "amount": sale.total, "card": None}]
    is_top_up = sale.lines[0]["marks"] == TOP_UP
    if bearer is not None:
        sign = 1 if sale.kind == "sale" else -1
        if is_top_up:
            _enter(shop, bearer, sale, uid, day=day, account="money", amount=sale.total)
        else:
            _enter(shop, bearer, sale, uid, day=day, account="turnover", amount=sign * sale.total)
            bearer.purchases += sign == 1
            sums = shop.days.setdefault((bearer.card_id, day), [0, 0])
            sums[0] += sign * sale.total
            sums[1] += sign == 1
            if sale.kind == "sale" and bearer.code in {"GIFT", "STAFF"} and bearer.balance >= sale.total:
                payments = [{"kind": "card", "amount": sale.total, "card": bearer.number}]
                _enter(shop, bearer, sale, uid, day=day, account="money", amount=-sale.total)
    key = {"uid": uid, "store": sale.store, "till": str(sale.number % 3 + 1), "shift": 100 + sale.number // 40}
    key |= {"number": str(sale.number), "kind": sale.kind, "state": "posted", "business_date": day}
    key["card_id"] = 0 if bearer is None else bearer.card_id
    answer = {"state": "posted", "card": None, "flags": sale.flags}
    shop.add(receipt_key, **key, till_instance="", receipt_id=sale.number, fingerprint=bytes(32), answer=answer)
    shop.add(
        receipt, **key, id=sale.number, closed_at=sale.closed_at, received_at=sale.closed_at + timedelta(seconds=1),
        cashier=str(sale.number % 5 + 1), offline=sale.number % 40 == 0, total=sale.total,
        card_number=None if account is None else account.number, entry=None if account is None else "scanned",
        purchases=int(bearer is not None and sale.kind == "sale" and not is_top_up), original_uid=sale.original_uid,
        payments=payments, flags=sale.flags,
    )  # fmt: skip
    for line in sale.lines:
        where = {"card_id": key["card_id"], "business_date": day, "receipt_id": sale.number}
        shop.add(receipt_line, **where, **line)
    return uid


def _enter(shop: Shop, bearer: Account, sale: Sale, uid: UUID, *, day: date, account: str, amount: int) -> None:
    bearer.version += 1
    if account == "money":
        bearer.balance += amount
    else:
        bearer.turnover += amount
    after = bearer.balance if account == "money" else bearer.turnover
    entry = Entry(bearer.card_id, bearer.version, day, account, amount, after, sale.kind, uid, sale.closed_at)
    bearer.chain = link(bearer.chain, corrects=None, **structs.asdict(entry))
    shop.add(ledger, **structs.asdict(entry), hash=bytes.fromhex(bearer.chain))


def _finish_cards(shop: Shop, series: dict[str, Series], made: datetime, today: date) -> None:
    for (card_id, day), (turnover, receipts) in shop.days.items():
        shop.add(card_day, card_id=card_id, day=day, turnover=turnover, receipts=receipts)
    for account in shop.accounts:
        holder = _add_holder(shop) if account.code != "GIFT" and account.card_id % 5 else None
        own = 12 * PERCENT if account.card_id % 40 == 1 else None
        shop.add(
            card, card_id=account.card_id, number=account.number, series_id=series[account.code].id, own_percent=own,
            state=_STATES.get(account.card_id % 50, "active"), holder_id=holder, turnover=account.turnover,
            purchases=account.purchases, balance=account.balance, points=0, held=0, overdraft=0, created_at=made,
            credit_limit=SERIES[account.code].credit_limit, version=account.version, chain=account.chain,
            successor_id=account.card_id - 1 if account.card_id % 50 == REPLACED else None,
            own_expires_on=today + timedelta(days=200) if account.card_id % 3 else None,
        )  # fmt: skip
        if own is not None:
            _add_acts(shop, account.card_id, today)


_STATES = {7: "blocked", 17: "frozen", 27: "issued", 37: "expired", 47: "closed", REPLACED: "replaced"}


def _add_holder(shop: Shop) -> int:
    number = len(shop.rows.get("party", ())) + 1
    name = f"{shop.chance.choice(FIRST)} {shop.chance.choice(LAST)}"
    now = datetime.now(UTC)
    shop.add(party, kind="person", name=name, legal_status_id=NATURAL_PERSON, created_at=now, changed_at=now)
    phone = f"+44 20 7946 {number:04}"
    shop.add(party_contact, party_id=number, position=1, kind="phone", value=phone, canonical=f"44207946{number:04}")
    return number


def _add_acts(shop: Shop, card_id: int, today: date) -> None:
    acts: list[tuple[int, str, str, dict[str, object]]] = [
        (150, "user:tomas", "card.blocked", {"old": "active", "new": "blocked", "reason": "holder phoned: lost"}),
        (148, "user:nora", "card.active", {"old": "blocked", "new": "active", "reason": "found at home"}),
        (20, "user:nora", "card.changed", {"old": {"own_percent": None}, "new": {"own_percent": 12 * PERCENT}}),
        (6, "user:tomas", "card.number_shown", {}),
    ]
    for days, actor, what, data in acts:
        at = datetime.combine(today - timedelta(days=days), time(15, 12), UTC)
        shop.add(activity, at=at, actor=actor, act=what, record=f"card:{card_id}", card_id=card_id, data=data)
