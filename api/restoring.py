"""What of the database belongs into a backup, and what a restore does beyond bringing rows back.

Key idea: a restored database begins another epoch. Tills hear of it in the server's health and send again what they
sent since; people sign in anew; mail that was on its way is held back; sums that can be counted are counted anew.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.restoring.repository import hold_back_mail
from database.activity import Act, record_activity
from database.backups import Kept, Manifest
from loyalty.installation import load_epoch

KEPT: Final = Kept(
    left_out=frozenset(
        {
            "app_session",  # who was signed in signs in again
            "sign_of_life",  # what was done in another life
            "card_group_day",  # counted from receipts, up to a mark that names a transaction of the other database
            "aggregate_mark",
        }
    ),
    renewed=frozenset(
        {
            ("installation", "epoch"),
            ("card", "changed_in"),  # the number of a transaction
        }
    ),
)


def finishing(act: Act) -> Callable[[AsyncConnection, Manifest], Awaitable[None]]:
    """Give what ends a restore, in its transaction."""

    async def finish(connection: AsyncConnection, manifest: Manifest) -> None:
        held_back = structs.asdict(await hold_back_mail(connection))
        data = {"of": manifest.made_at.isoformat(), "epoch": str(await load_epoch(connection)), **held_back}
        await record_activity(
            connection, act=act, what="installation.restored", record="installation", data=data, importance=1
        )

    return finish
