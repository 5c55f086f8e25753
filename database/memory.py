"""How a transaction asks for what sums or sorts a million rows; it holds until the transaction ends."""

from typing import Final

from sqlalchemy import text

MORE_MEMORY: Final = text("select set_config('work_mem', '64MB', true)")
"""Sums of a million cards are put together in memory; with less they go to the disk, party by party at worst."""
SUMMED_ONCE: Final = text(
    "select set_config('work_mem', '64MB', true), set_config('max_parallel_workers_per_gather', '0', true)"
)
"""The same, where a sum is one side of a join: each process that helped with the join would sum all for itself."""
