"""The attributes that are shipped as examples: who looks after a party, its region, and whether it is a VIP."""

from typing import Final

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes import repository
from crm.attributes.definitions import Draft, add_attribute
from crm.attributes.model import Directory, Kind, Target
from database.activity import Act


class Example(Struct, frozen=True):
    """A definition of the set of parties."""

    code: str
    kind: Kind
    names: dict[str, str]
    refers_to: Target | None = None


DIRECTORY: Final[Directory] = "party"
EXAMPLES: Final = (
    Example("manager", "reference", {"en": "Manager", "ru": "Менеджер", "uk": "Менеджер", "bg": "Мениджър"}, "user"),
    Example("region", "text", {"en": "Region", "ru": "Регион", "uk": "Регіон", "bg": "Регион"}),
    Example("vip", "yes_no", {"en": "VIP", "ru": "VIP", "uk": "VIP", "bg": "VIP"}),
)


async def add_examples(connection: AsyncConnection, *, act: Act) -> list[str]:
    """Define the examples that are not there yet, archived ones counting as there, and give their codes.

    Raises AttributeTakenError where an attribute of another code is called the same.
    """
    sets: tuple[Directory, ...] = (DIRECTORY, "person")
    known = {one.code for one in await repository.list_attributes(connection, sets, with_archived=True)}
    new = [one for one in EXAMPLES if one.code not in known]
    for one in new:
        draft = Draft(one.names)
        await add_attribute(connection, DIRECTORY, one.kind, draft, refers_to=one.refers_to, code=one.code, act=act)
    return [one.code for one in new]
