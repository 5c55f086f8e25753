"""The command `python -m tests.faults.agent_faults`: kills, faults of the network, power cuts and a full disk for a till.

A real PostgreSQL, server and agent, a register and a cashier who keep to the rules of the till API. After each part what
must hold (I2, I3, I5, I9 of the service's promises) is asked with plain SQL; exit 1 if anything does not.
"""

import asyncio
import secrets
import sys
import tempfile
from collections.abc import Awaitable
from pathlib import Path
from random import Random
from typing import Final

import click
from msgspec import Struct

from database.embedded import running
from tests.faults.agent_parts import fail_network, fill_disk, kill_agent
from tests.faults.campaign import Campaign
from tests.faults.disk_trace import build_trace
from tests.faults.full_disk import full_disk
from tests.faults.power import cut_power
from tests.faults.till import open_shop
from tests.faults.till_proofs import Proofs

TRACED_RECEIPTS: Final = 600
STARTS: Final = 10
HOW_OFTEN: Final = click.IntRange(0)


class Orders(Struct, frozen=True):
    """How often each fault is to be done."""

    kills: int
    network: int
    power_cuts: int
    disk_full: int


@click.command()
@click.option("--kills", type=HOW_OFTEN, default=100, show_default=True, help="Kills of the agent.")
@click.option("--network", type=HOW_OFTEN, default=300, show_default=True, help="Faults between agent and server.")
@click.option("--power-cuts", type=HOW_OFTEN, default=500, show_default=True, help="Power cuts of the journal.")
@click.option("--disk-full", type=HOW_OFTEN, default=20, show_default=True, help="Times at which the disk is full.")
@click.option("--seed", type=int, help="Seed of everything random; left out, one is made and printed.")
def main(*, kills: int, network: int, power_cuts: int, disk_full: int, seed: int | None) -> None:
    """Do the faults part by part and print what was counted; exit 1 if anything was lost, doubled or overspent."""
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    click.echo(f"seed {seed}")
    orders = Orders(kills, network, power_cuts, disk_full)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may run under another account
        with running(folder / "postgres") as postgres:
            broken = asyncio.run(_run(postgres.dsn, folder, orders, Random(seed)))
    sys.exit(1 if broken else 0)


async def _run(dsn: str, folder: Path, orders: Orders, rng: Random) -> bool:
    broken = False
    async with open_shop(dsn, folder) as shop:
        campaign = Campaign(shop, folder, rng, click.echo)
        if orders.kills:
            broken |= await _tell("Kills of the agent", kill_agent(campaign, orders.kills))
        if orders.network:
            broken |= await _tell("Faults of the network", fail_network(campaign, orders.network))
        if orders.power_cuts:
            broken |= await _tell("Power cuts", _cut_power(campaign, orders.power_cuts))
        if orders.disk_full:
            with full_disk(campaign.room("full")) as disk:
                broken |= await _tell("A full disk", fill_disk(campaign, orders.disk_full, disk=disk))
    return broken


async def _cut_power(campaign: Campaign, count: int) -> Proofs:
    library = build_trace(campaign.folder)
    if library is None:
        raise click.ClickException("power cuts need Linux and a C compiler (cc): leave them out with --power-cuts 0")
    starts = min(STARTS, count)
    return await cut_power(campaign, count, library=library, receipts=TRACED_RECEIPTS, starts=starts)


async def _tell(name: str, part: Awaitable[Proofs]) -> bool:
    """Do a part and print what was counted; tells whether anything is broken."""
    click.echo(f"{name}:")
    proofs = await part
    click.echo("  " + ", ".join(f"{what} {number:,}" for what, number in proofs.items() if number))
    click.echo(f"  none: {', '.join(what for what, number in proofs.items() if not number)}")
    for line in proofs.broken:
        click.echo(f"  BROKEN: {line}", err=True)
    return bool(proofs.broken)


if __name__ == "__main__":
    main()
