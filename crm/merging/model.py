"""What duplicates and merges are. Pure.

Key idea: nothing is ever deleted by a merge. What belongs to the merged party is put under the kept one, and what the
kept one has already stays where it is, out of sight with the merged party. So taking a merge back is putting rows back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct, to_builtins

from crm.consents.model import State as SubscriptionState
from crm.parties.model import Party

Reason = Literal["registration", "email", "phone", "name", "birth_date", "city"]

WEIGHTS: Final[Mapping[Reason, int]] = {
    "registration": 8,
    "email": 5,
    "name": 4,
    "birth_date": 3,
    "phone": 3,
    "city": 1,
}
"""How much each thing that two parties have in common says; their sum is a pair's strength.

A name alone makes no pair: it takes the same birth date or city beside it.
"""

FIELDS: Final = ("name", "legal_status", "birth_date", "language", "note")
"""What of a party itself is chosen from one of the two; the rest is put together."""

Field = Literal["name", "legal_status", "birth_date", "language", "note"]


class Pair(Struct, frozen=True):
    """Two parties that may be one, `first_id` being the lower number."""

    first_id: int
    second_id: int
    first_name: str
    second_name: str
    reasons: tuple[Reason, ...]
    strength: int
    found_at: datetime
    dismissed_at: datetime | None
    dismissed_by: str | None


class Lookalike(Struct, frozen=True):
    """A party that another one looks like."""

    party_id: int
    name: str
    reasons: tuple[Reason, ...]
    strength: int


class Choices(Struct, frozen=True):
    """What the kept party takes from the merged one where both have something: fields, and attributes by identifier."""

    fields: frozenset[Field] = frozenset()
    attributes: frozenset[int] = frozenset()


class Snapshot(Struct, frozen=True):
    """What a merge did, kept so that it can be taken back.

    `before` and `after` are fields of the kept party; `moved` holds, by part, the rows that were put under it, each
    with its key and what else of it was changed; `attributes` the values of both before, by attribute; `refused`
    what the kept party had said to kinds of mailings that the merged one refused.
    """

    before: dict[str, object] = {}
    after: dict[str, object] = {}
    moved: dict[str, list[dict[str, object]]] = {}
    attributes: dict[str, dict[str, list[dict[str, object]]]] = {}
    uses: list[dict[str, int]] = []
    responsibilities: list[dict[str, int]] = []
    refused: dict[str, SubscriptionState] = {}


class Merge(Struct, frozen=True):
    """A merge as it is kept; `before` is gone where a person was erased."""

    id: int
    kept_id: int
    merged_id: int
    at: datetime
    actor: str
    before: Snapshot | None
    undone_at: datetime | None


def order_reasons(reasons: Sequence[str]) -> tuple[Reason, ...]:
    """Put reasons in order, the one that says most first."""
    return tuple(reason for reason in WEIGHTS if reason in reasons)


def choose_fields(kept: Party, merged: Party, choices: Choices) -> dict[str, object]:
    """Give the fields of the kept party that change, as JSON: those chosen from the other one, those that it lacks."""
    changed: dict[str, object] = {}
    values = to_builtins(kept.details), to_builtins(merged.details)
    for field in FIELDS:
        own, other = (side[field] for side in values)
        is_wanted = field in choices.fields or own is None
        if is_wanted and other is not None and other != own:
            changed[field] = other
    return changed


def refusal_of(kept: Party, merged: Party) -> str | None:
    """Say why two parties cannot become one, None where they can."""
    if kept.id == merged.id:
        return "a party cannot be merged with itself"
    if kept.kind != merged.kind:
        return "a person and an organisation cannot become one"
    for party in (kept, merged):
        if party.merged_into is not None:
            return f"party {party.id} was merged into party {party.merged_into} already"
        if party.erased_at is not None:
            return f"the person of party {party.id} was erased"
    if kept.archived_at is not None:
        return f"party {kept.id} is archived: bring it back first, or keep the other one"
    return None
