"""A colleague: who can be given work. Pure."""

from msgspec import Struct


class Colleague(Struct, frozen=True):
    """A user as others see them; `daily_minutes` is the norm that planned work is held against.

    Who has left keeps their name on what they did, and is given nothing new.
    """

    id: int
    login: str
    name: str
    role: str
    department_id: int | None
    daily_minutes: int
    email: str | None
    language: str
    party_id: int | None
    has_left: bool
