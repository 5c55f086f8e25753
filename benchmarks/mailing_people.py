"""A mailing to as many people as are wanted, each with an address, in one statement."""

from pathlib import Path
from typing import Final

import asyncpg

SQL: Final = (Path(__file__).parent / "sql" / "mailing.sql").read_text()


async def make_mailing(connection: asyncpg.Connection, *, recipients: int, port: int, connections: int = 4) -> int:
    """Make people `p1@d1.example` and on, a mailbox at a port of the loopback, and a mailing about to be prepared.

    Their addresses are of a hundred thousand domains.
    """
    mailing = int(await connection.fetchval(SQL, recipients, port, connections))
    await connection.execute("analyze")
    return mailing
