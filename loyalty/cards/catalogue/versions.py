"""The catalogue as of any moment, from the versions of series, rules and price lists.

The key idea: when each version began is small and loaded at once; what stands in one is loaded when it is asked for
and remembered, so that months of receipts in their order read each version about once.

The first version of a series or a price list holds from the beginning, as a card is before its creation what it was
created as. Before its first rules a series has none. Time zones of stores are those of today.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.cards.catalogue.repository import load_catalogue
from loyalty.cards.model import Catalogue, PriceListSettings, Series, SeriesSettings
from loyalty.cards.rules import SeriesRules
from loyalty.cards.tables import price_list, price_list_version, series_rules_version, series_version
from loyalty.pricing.model import PriceList

K = TypeVar("K")
T = TypeVar("T")

MOST_REMEMBERED = 256
"""So many versions are remembered; a price list may have a hundred thousand quotations."""


class Beginning(NamedTuple):
    """A version by its number, and when it began."""

    number: int
    since: datetime


def version_at(beginnings: Iterable[Beginning], at: datetime) -> int:
    """Give the number of the version that held at a moment, 0 for a moment before all of them."""
    return max((version.number for version in beginnings if version.since <= at), default=0)


class Versions:
    """The catalogue of today with the beginnings of all versions, and the versions that were read last."""

    def __init__(
        self,
        current: Catalogue,
        *,
        series: dict[int, list[Beginning]],
        rules: dict[int, list[Beginning]],
        lists: dict[str, tuple[int, list[Beginning]]],
    ) -> None:
        self.current = current
        self._series = series
        self._rules = rules
        self._lists = lists
        self._settings: dict[tuple[int, int], SeriesSettings] = {}
        self._rule_sets: dict[tuple[int, int], SeriesRules] = {}
        self._price_lists: dict[tuple[str, int], PriceListSettings] = {}

    async def load_series(self, connection: AsyncConnection, series_id: int, at: datetime) -> Series:
        """Load a series with its rules as of a moment."""
        number = max(1, version_at(self._series[series_id], at))
        v = series_version.c
        query = select(v.definition).where(v.series_id == series_id, v.version == number)
        settings = await _recall(connection, self._settings, (series_id, number), query, SeriesSettings)
        rules_number = version_at(self._rules.get(series_id, ()), at)
        rules = await self._load_rules(connection, series_id, rules_number)
        return Series(series_id, self.current.series[series_id].code, number, settings, rules, rules_number)

    async def _load_rules(self, connection: AsyncConnection, series_id: int, number: int) -> SeriesRules:
        if number == 0:
            return SeriesRules()
        v = series_rules_version.c
        query = select(v.rules).where(v.series_id == series_id, v.version == number)
        return await _recall(connection, self._rule_sets, (series_id, number), query, SeriesRules)

    async def load_price_lists(
        self, connection: AsyncConnection, codes: Iterable[str], at: datetime
    ) -> dict[str, PriceList]:
        """Load price lists as of a moment, by their codes."""
        return {code: await self._load_list(connection, code, at) for code in codes}

    async def _load_list(self, connection: AsyncConnection, code: str, at: datetime) -> PriceList:
        list_id, beginnings = self._lists[code]
        number = max(1, version_at(beginnings, at))
        v = price_list_version.c
        query = select(v.definition).where(v.price_list_id == list_id, v.version == number)
        return (await _recall(connection, self._price_lists, (code, number), query, PriceListSettings)).named(code)


async def _recall(
    connection: AsyncConnection,
    memo: dict[tuple[K, int], T],
    key: tuple[K, int],
    query: Select[object],
    kind: type[T],
) -> T:
    """Give what is remembered under a key, or read it and remember it."""
    found = memo.get(key)
    if found is None:
        found = msgspec.convert((await connection.execute(query)).scalar_one(), kind)
        if len(memo) >= MOST_REMEMBERED:
            memo.clear()
        memo[key] = found
    return found


async def load_versions(connection: AsyncConnection) -> Versions:
    """Load today's catalogue and when each version of everything in it began."""
    s, r, p, v = series_version.c, series_rules_version.c, price_list.c, price_list_version.c
    series: dict[int, list[Beginning]] = {}
    for series_id, number, since in await connection.execute(select(s.series_id, s.version, s.since)):
        series.setdefault(series_id, []).append(Beginning(number, since))
    rules: dict[int, list[Beginning]] = {}
    for series_id, number, since in await connection.execute(select(r.series_id, r.version, r.since)):
        rules.setdefault(series_id, []).append(Beginning(number, since))
    lists: dict[str, tuple[int, list[Beginning]]] = {}
    versions = select(p.code, p.id, v.version, v.since).select_from(
        price_list.join(price_list_version, v.price_list_id == p.id)
    )
    for code, list_id, number, since in await connection.execute(versions):
        lists.setdefault(code, (list_id, []))[1].append(Beginning(number, since))
    return Versions(await load_catalogue(connection), series=series, rules=rules, lists=lists)
