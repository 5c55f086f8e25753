"""Letters as the tests of their room want them."""

from typing import Any  # fields of a letter are free in their values

from crm.letters import service
from crm.letters.listing import LetterFilter, list_letters
from crm.letters.model import Letter, LetterDetails
from database.engine import Database
from tests.conftest import ACT
from tests.crm.merging.people import fetch

TODAY = ACT.at.date()


def details(topic: str = "Flour of the wrong grade", **more: Any) -> LetterDetails:
    """Give what is said of an incoming letter of party 1, registered today."""
    given: dict[str, Any] = {"flow": "incoming", "kind": "claims", "registered_on": TODAY, "party_id": 1} | more
    return LetterDetails(topic=topic, **given)


async def register(database: Database, topic: str = "Flour of the wrong grade", **more: Any) -> Letter:
    """Register a letter as who may say the day."""
    return await database.run(
        service.register_letter, details(topic, **more), today=TODAY, may_date=True, author_id=None, act=ACT
    )


async def change(database: Database, letter: Letter, *, seen: int | None = None, **more: Any) -> Letter:
    """Change some fields of a letter from a version, the one given if none is said."""
    kept = {name: getattr(letter, name) for name in LetterDetails.__struct_fields__}
    return await database.run(
        service.change_letter,
        letter.id,
        LetterDetails(**kept | more),
        seen=letter.version if seen is None else seen,
        today=TODAY,
        may_date=True,
        act=ACT,
    )


async def topics(database: Database, **wanted: Any) -> list[str]:
    """Give the topics that a list shows."""
    return [row.topic for row in (await database.run(list_letters, LetterFilter(**wanted))).rows]


async def add_message(database: Database, content: bytes = b"Scan") -> int:
    """Keep an e-mail and a content that may be a file of it; gives the e-mail's identifier."""
    await fetch(
        database,
        "insert into file_content (hash, size, content, at) values (sha256(:c), 4, :c, now()) on conflict do nothing",
        c=content,
    )
    await fetch(
        database,
        """insert into mailbox (name, address, smtp_host, smtp_port, smtp_security, created_at, changed_at)
        values ('Shop', 'shop@example.com', 'localhost', 25, 'none', now(), now()) on conflict do nothing""",
    )
    ((message_id,),) = await fetch(
        database,
        """insert into mail_message (mailbox_id, flow, state, from_address, at)
        select id, 'incoming', 'received', 'mill@example.com', now() from mailbox returning id""",
    )
    return int(message_id)
