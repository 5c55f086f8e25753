"""How far the identifiers of rows go: they are `bigint`, and whatever is larger names nothing."""

from typing import Final

MOST_ID: Final = 2**63 - 1
