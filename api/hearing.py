"""What tills' agents say of themselves while they ask for changes: how much of their journal waits.

Key idea: it costs a till no request of its own, and the server one row a minute for each till, so that whoever watches
sees from one place which till is away and which one does not get rid of its receipts.
"""

import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from api.auth.model import Principal
from api.queues.repository import TILL
from database.engine import Database
from database.signs import note_sign

FRESH_SECONDS: Final = 60
"""A till's sign of life is this old at most while it is heard."""

_SAID: Final = re.compile(r"queued=(\d{1,9}), rejected=(\d{1,9})")


class Heard:
    """When this process last wrote down each till's sign. `clock` gives seconds that never jump."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._noted: dict[str, float] = {}

    async def note(self, database: Database, till: Principal, said: str, *, now: datetime) -> None:
        """Note that a till was heard, and what it said in `Tallycard-Journal`; what cannot be read says nothing."""
        what = f"{TILL}{till.store}/{till.till}"
        before = self._noted.get(what)
        if before is not None and self._clock() - before < FRESH_SECONDS:
            return
        found = _SAID.fullmatch(said)
        detail = {} if found is None else {"queued": int(found[1]), "rejected": int(found[2])}
        self._noted[what] = self._clock()
        await database.run(note_sign, what, at=now, is_well=not detail.get("rejected"), detail=detail)
