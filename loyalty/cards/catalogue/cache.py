"""The catalogue in memory: read once, read again when a hot statement reports a newer version."""

from database.engine import Database
from loyalty.cards.catalogue.repository import load_catalogue, load_catalogue_version
from loyalty.cards.model import Catalogue


class CatalogueCache:
    """This process' copy of the catalogue; `own_prefixes` are the heads of its series' templates."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._current: Catalogue | None = None
        self.own_prefixes: tuple[str, ...] = ()

    async def at_least(self, version: int = 0) -> Catalogue:
        """Give the catalogue of a version or a later one."""
        if self._current is None or self._current.version < version:
            self._current = await self._database.run(load_catalogue)
            self.own_prefixes = self._current.own_prefixes
        return self._current

    async def newest(self) -> Catalogue:
        """Give the catalogue as it stands now, at the cost of one look at its version: for the back office."""
        return await self.at_least(await self._database.run(load_catalogue_version))
