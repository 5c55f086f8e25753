"""Writes down what was seen of a campaign from outside, for the proofs to read."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from msgspec import json, structs

from tests.faults.invariants.evidence import Evidence, Mail, Till
from tests.faults.register import TRACK
from tests.faults.till import PER_TILL
from tests.faults.whole.stock import TIERS
from tests.faults.whole.world import BANKS, MAIL_KEY, Place, World

OWN_FILES: Final = frozenset({"server.token", "local.token", "evidence.json"})
"""Files that hold a secret because it is theirs."""

Miscounted = dict[str, dict[str, tuple[int, int]]]
"""What agents counted of readings otherwise than was sent to them, by till and word: counted and sent."""


def write_evidence(world: World, miscounted: Miscounted, file: Path) -> Path:
    """Write the evidence of a campaign whose programs have ended, but for PostgreSQL."""
    cluster = world.data_disk.folder / "data" / "pg"
    files = [one for one in world.folder.rglob("*") if one.is_file() and cluster not in one.parents]
    files.append(world.data_disk.folder / "data" / "postgres.log")
    evidence = Evidence(
        dsn=world.dsn,
        tills=[_describe(place, miscounted[name], world.missing[name]) for name, place in world.places.items()],
        openings=world.stock.openings,
        tiers=TIERS,
        acts=world.office.acts,
        secrets=_secrets(world),
        erased=list(world.stock.person.words),
        files=sorted({one for one in files if one.suffix != ".so"}),
        wal=sorted(one for one in (cluster / "pg_wal").iterdir() if one.is_file()),
        own=[one for one in files if one.name in OWN_FILES],
        mail=Mail(dict(world.post.got), sorted(world.post.taken), world.stock.agreed, world.stock.left_alone),
        wrong_answers=[*world.watch.wrong, *world.office.wrong],
    )
    file.write_bytes(json.encode(asdict(evidence), enc_hook=str))
    return file


def _secrets(world: World) -> dict[str, list[str]]:
    """Give what must be found nowhere: each word is long enough to be nothing else."""
    local = [(place.disk.folder / "local.token").read_text().strip() for place in world.places.values()]
    return {
        "a card of a bank": list(BANKS),
        "a track": [TRACK.format("").strip(";?=")],
        "a token": [*world.tokens, *local],
        "a password": [world.stock.password],
        "a key": [MAIL_KEY],
    }


def _describe(place: Place, miscounted: dict[str, Any], missing: int) -> Till:
    register, cashier = place.till.register, place.till.cashier
    return Till(
        code=register.till,
        folder=place.disk.folder,
        allowance=PER_TILL,
        jumps=place.clock.jumps,
        sent=register.sent,
        acknowledged=list(register.acknowledged),
        voided=list(register.voided),
        unexpected=register.unexpected,
        missing_after_kills=missing,
        shortages=[structs.astuple(one) for one in register.shortages],
        scanned=cashier.scanned,
        heard=cashier.heard.total(),
        spoilt=cashier.spoilt,
        cut_off=len(cashier.cut_off),
        lost=cashier.lost,
        doubled=cashier.doubled,
        miscounted=miscounted,
    )
