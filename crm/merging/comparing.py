"""Two parties side by side, before they become one: what each is and has, and what would be chosen between."""

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes.model import Attribute, Given
from crm.attributes.service import RecordValues, load_values
from crm.merging.model import refusal_of
from crm.merging.repository.sides import Lines, list_lines
from crm.parties.model import Party
from crm.parties.service import load_party


class ComparedValue(Struct, frozen=True):
    """An attribute of which at least one of two parties has a value."""

    attribute: Attribute
    first: Given
    second: Given
    names: tuple[str | None, str | None]
    """What the values lead to, where the attribute is a reference."""


class Comparison(Struct, frozen=True):
    """Two parties, what hangs on them by part, and why they cannot become one if they cannot, by who is kept."""

    first: Party
    second: Party
    lines: dict[int, dict[str, Lines]]
    values: tuple[ComparedValue, ...]
    refusals: tuple[str | None, str | None]


async def compare_parties(connection: AsyncConnection, first_id: int, second_id: int, *, language: str) -> Comparison:
    """Lay two parties side by side. Raises PartyNotFoundError."""
    first, second = await load_party(connection, first_id), await load_party(connection, second_id)
    of_first = await load_values(connection, "party", first_id)
    of_second = await load_values(connection, "party", second_id)
    return Comparison(
        first=first,
        second=second,
        lines=await list_lines(connection, {first_id, second_id}, language=language),
        values=_compare(of_first, of_second),
        refusals=(refusal_of(first, second), refusal_of(second, first)),
    )


def _compare(first: RecordValues, second: RecordValues) -> tuple[ComparedValue, ...]:
    known = {attribute.id: attribute for attribute in (*first.attributes, *second.attributes)}
    return tuple(
        ComparedValue(
            attribute,
            first.given(attribute),
            second.given(attribute),
            (first.referred(attribute), second.referred(attribute)),
        )
        for attribute in known.values()
        if attribute.id in first.values or attribute.id in second.values
    )
