"""The worked cases of `pricing.json`: each names the peer or report that its numbers come from.

The cases that are run stand in the test modules, by their identifiers, and none of them is left out.
"""

import json
from pathlib import Path
from typing import Any  # the cases are free in their shapes

Case = dict[str, Any]

CASES: dict[str, Case] = {
    case["id"]: case
    for case in json.loads(Path(__file__).with_name("pricing.json").read_text(encoding="utf-8"))["scenarios"]
}

PRICED = ["P01", "P06a", "P06b", "B06", "B08", "B09", "B11", "B12a", "B12b", "B13a", "B13b"]
RULED = ["P03b", "P07b", "P33", "B16"]
OTHER_RULES = ["P02", "P07a", "R04"]
SHARED = ["P28a", "P28b", "P28c", "P28d", "P28e"]
NUMBERED = ["P36", "B01", "B02", "B05"]
RETURNED = ["R02", "R03"]
OTHER_PRICES = ["B14", "B15", "B39", "P24", "P29"]
BOOKS = [
    "P09", "P11", "P17", "P27", "B04", "B25", "B27", "B28", "B29", "B30", "B31", "B37", "B38", "B40", "R05", "R06", "R07",
]  # fmt: skip
TURNOVERS = ["P18", "B18", "B19", "B20", "B21", "B24", "B33", "B34", "B41"]
POINTS = ["P13", "P15", "P19", "P20", "P21", "P25"]
RUN = [*PRICED, *RULED, *OTHER_RULES, *SHARED, *NUMBERED, *RETURNED, *OTHER_PRICES, *BOOKS, *TURNOVERS, *POINTS]
