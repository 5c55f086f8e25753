"""Of whom a second factor is demanded: one word for the installation, kept in the database.

Key idea: nobody is asked at sign-in alone. Each request of a session learns with the session whether its person still
has to set a factor up (`api.auth.sessions`), so what is demanded now holds for who is signed in already.
"""

from msgspec import Struct
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.errors import PolicyChangedError, SecondFactorRefusedError
from api.auth.model import Demand, UserRole
from api.auth.tables import access_policy
from crm.mailboxes.secrets import LEAST_KEY
from database.activity import Act, record_activity


class Policy(Struct, frozen=True):
    """What is demanded, and the version that whoever changes it has seen."""

    second_factor: Demand
    version: int

    def demands_of(self, role: UserRole) -> bool:
        """Tell whether people of a role must have a second factor."""
        return self.second_factor == "everybody" or (self.second_factor == "administrators" and role == "admin")


async def load_policy(connection: AsyncConnection) -> Policy:
    """Give what is demanded now."""
    row = (await connection.execute(select(access_policy.c.second_factor, access_policy.c.version))).one()
    return Policy(row.second_factor, row.version)


async def change_policy(connection: AsyncConnection, demand: Demand, *, version: int, key: str, act: Act) -> None:
    """Demand a second factor of others than before; the same again changes nothing.

    Raises SecondFactorRefusedError where nobody could set one up for want of a key, PolicyChangedError.
    """
    if demand != "nobody" and len(key) < LEAST_KEY:
        detail = "nobody can set up a second step before TALLYCARD_MAIL_KEY is set, with which its secret is sealed"
        raise SecondFactorRefusedError(detail, field="second_factor")
    row = (await connection.execute(select(access_policy).with_for_update())).one()
    if row.version != version:
        raise PolicyChangedError("somebody else changed whom a second step is demanded of: look at it again")
    if row.second_factor == demand:
        return
    await connection.execute(update(access_policy).values(second_factor=demand, version=version + 1))
    data = {"old": row.second_factor, "new": demand}
    await record_activity(
        connection, act=act, what="access_policy.changed", record="access_policy:1", data=data, importance=1
    )
