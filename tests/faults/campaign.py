"""What all parts of the campaign against the till agent share: a shop, chance, and how a part ends.

Key idea: every part ends the same way. The last fault is over, the queue has drained by itself, the agent has ended, and
its journal, the server's database, the register and the cashier are compared.
"""

import statistics
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from msgspec import Struct

from tests.faults.till import Shop, Till
from tests.faults.till_proofs import Proofs, prove


class Campaign(Struct, frozen=True):
    """A shop, a folder for its tills, chance, and who is told what came of a part."""

    shop: Shop
    folder: Path
    rng: Random
    say: Callable[[str], None]

    def room(self, name: str) -> Path:
        """Make a folder for a till."""
        room = self.folder / name
        room.mkdir()
        return room


@asynccontextmanager
async def busy(till: Till) -> AsyncIterator[None]:
    """Sell and scan."""
    async with till.register.selling(), till.cashier.scanning():
        yield


async def end_of_part(campaign: Campaign, till: Till, room: Path) -> Proofs:
    """Compare all that is known when a part is over; its agent has ended."""
    proofs = await prove(campaign.shop.dsn, till.register, room)
    cashier = till.cashier
    proofs["readings sent"] = cashier.scanned
    proofs["readings heard"] = cashier.heard.total()
    proofs["spoilt readings told"] = cashier.spoilt
    proofs["readings cut off by a kill"] = len(cashier.cut_off)
    proofs.must_be_nothing("readings lost", len(cashier.lost))
    proofs.must_be_nothing("readings doubled", len(cashier.doubled))
    return proofs


def figures(seconds: Sequence[float]) -> str:
    """Say the middle and the longest of some times."""
    return f"{statistics.median(seconds):.2f} s (median), {max(seconds):.2f} s (longest)"
