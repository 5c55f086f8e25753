"""An invented shop that writes to its customers: a draft, a mailing that ended, one that stopped itself.

It has a mailbox, a group and a segment. The mailing that ended went out four weeks before the shop's last day, so that
what was bought since can be compared; of its letters all became that may become of one.
"""

from datetime import timedelta
from pathlib import Path
from typing import Final

from msgspec import structs
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.settings import Settings
from crm.mailboxes.model import MailboxDetails, Secrets
from crm.mailboxes.service import make_mailbox
from crm.mailings import service as mailings
from crm.mailings.model import Audience, MailingDetails, Variant
from crm.mailings.templates import TemplateDetails, make_template
from loyalty.money import Scale
from tests.api.pages.shop import ZONE, fill_shop
from tests.conftest import ACT

KEY: Final = "a key of the tests, long enough"
SENT_DAYS_AGO: Final = 28
DRAFT, SENT, STUCK, ALONE = 1, 2, 3, 4
OFFER = 2
_SQL: Final = Path(__file__).with_name("mailing_shop.sql")
_LETTER: Final = """<h1>Beans of the week</h1>
<p>{{ salutation }},</p>
<p>your card ··· {{ card | default("of ours") }} takes <b>10 % off</b> all coffee until Saturday.</p>
<p><a href="https://shop.example/beans">See the beans</a></p>"""


def with_mail(settings: Settings) -> Settings:
    """Give settings with which letters may go out."""
    return structs.replace(settings, mail_key=KEY, public_url="https://shop.example")


async def fill_mailing_shop(connection: AsyncConnection) -> None:
    """Write the whole shop; the database is migrated and empty."""
    await fill_shop(connection, today=ACT.at.date())
    details = MailboxDetails(
        name="Offers", address="offers@shop.example", from_name="Mill Lane", smtp_host="127.0.0.1", smtp_port=9,
        smtp_security="none", messages_per_minute=60,
    )  # fmt: skip
    box = await make_mailbox(connection, details, Secrets(), key=KEY, act=ACT)
    for statement in _SQL.read_text().split(";\n"):
        await connection.execute(text(statement))
    audience = Audience(groups=(await _group(connection),), parties=(3,), segments=(1,))
    variants = (
        Variant("A", 50, "{{ first_name }}, beans at 15.90", _LETTER),
        Variant("B", 50, "Ten percent off all coffee", _LETTER),
    )
    await make_template(connection, TemplateDetails("Weekly offer", "Beans of the week", _LETTER), act=ACT)
    office = mailings.Office(ZONE, Scale(2), ACT.at)
    for name in ("Coffee week", "Autumn bread", "Holiday hours", "Harvest"):
        draft = MailingDetails(
            name=name, kind_id=OFFER, mailbox_id=box.id, audience=audience, variants=variants, control_percent=20
        )
        made = await mailings.make_mailing(connection, draft, author_id=None, act=ACT)
        if made.id == DRAFT:
            continue
        if made.id == ALONE:
            await connection.execute(text("update mailing set control_percent = 0 where id = :id"), {"id": made.id})
        then = structs.replace(ACT, at=ACT.at - timedelta(days=SENT_DAYS_AGO))
        await mailings.begin(connection, made.id, office, seen=made.version, can_link=True, act=then)
        while await mailings.prepare(connection, made.id, office, act=then):
            continue
    for ended in (SENT, ALONE):
        await connection.execute(text(_SENT), {"mailing": ended, "at": ACT.at - timedelta(days=SENT_DAYS_AGO)})
    stuck = "update mailing set state = 'paused', problem = '451 4.7.1 too many messages' where id = :mailing"
    await connection.execute(text(stuck), {"mailing": STUCK})


async def _group(connection: AsyncConnection) -> int:
    found = await connection.execute(text("select group_id from party_group limit 1"))
    return int(found.scalar_one())


_SENT: Final = """
with done as (
    update mailing_recipient set due_at = :at, tries = 1,
        state = case when id % 23 = 0 then 'failed' when id % 29 = 0 then 'bounced' when id % 31 = 0 then 'deferred'
            else 'sent' end,
        reason = case when id % 23 = 0 then '550 5.1.1 no such user' when id % 29 = 0 then '5.2.2 mailbox full'
            when id % 31 = 0 then '451 4.3.0 try later' end,
        sent_at = case when id % 23 <> 0 and id % 31 <> 0 then cast(:at as timestamptz) end,
        bounced_at = case when id % 29 = 0 then cast(:at as timestamptz) end,
        opened_at = case when id % 2 = 0 then cast(:at as timestamptz) + interval '2 hours' end,
        clicked_at = case when id % 6 = 0 then cast(:at as timestamptz) + interval '2 hours' end
    where mailing_id = :mailing and state = 'queued')
update mailing set state = 'sent', is_tracked = true, ended_at = cast(:at as timestamptz) + interval '9 minutes'
where id = :mailing
"""
