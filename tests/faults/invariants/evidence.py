"""What a campaign saw from outside, as it is handed to the proofs: a file of JSON, read into these plain values.

Key idea: the proofs know a shop by what was sent to it and answered, by its database, and by the files that it left. They
are given no word of the program's own about itself.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Till:
    """A till: the folder of its journal, what its register sent and was told, and what its cashier scanned.

    `shortages` are payments refused for want of money: card, cents, and the seconds from which to which it was asked.
    """

    code: str
    folder: Path
    allowance: int
    jumps: int
    sent: dict[str, dict[str, Any]]
    acknowledged: list[str]
    voided: list[str]
    unexpected: list[str]
    missing_after_kills: int
    shortages: list[tuple[str, int, float, float]]
    scanned: int
    heard: int
    spoilt: int
    cut_off: int
    lost: list[str]
    doubled: list[str]
    miscounted: dict[str, Any]


@dataclass(frozen=True)
class Mail:
    """What the mail server says: whom it got how many messages for, and to whom it answered that it took one."""

    got: dict[str, int]
    taken: list[str]
    agreed: list[str]
    left_alone: list[str]


@dataclass(frozen=True)
class Evidence:
    """All that is known of a campaign.

    `openings` are cents or points that a card began with, by number. `tiers` are, by series, least turnovers in cents
    with the percent in 1/10000 of a percent, from the lowest. `acts` are acts of people that were answered with success:
    what, on which record. `files` are what is searched for secrets beside the database, and `own` the few that hold one.
    """

    dsn: str
    tills: list[Till]
    openings: dict[str, dict[str, int]]
    tiers: dict[str, list[tuple[int, int]]]
    acts: list[tuple[str, str]]
    secrets: dict[str, list[str]]
    erased: list[str]
    files: list[Path]
    wal: list[Path]
    own: list[Path]
    mail: Mail
    wrong_answers: list[str]


def read_evidence(file: Path) -> Evidence:
    """Read what a campaign wrote."""
    found = json.loads(file.read_text(encoding="utf-8"))
    tills = [
        Till(**one | {"folder": Path(one["folder"]), "shortages": [tuple(each) for each in one["shortages"]]})
        for one in found.pop("tills")
    ]
    for name in ("files", "wal", "own"):
        found[name] = [Path(one) for one in found[name]]
    acts = [(what, record) for what, record in found.pop("acts")]
    return Evidence(tills=tills, mail=Mail(**found.pop("mail")), acts=acts, **found)
