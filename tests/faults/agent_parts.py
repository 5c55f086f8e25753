"""Three parts of the campaign against the till agent: killed, cut off from the server, and with a full disk."""

import asyncio
import time
from typing import Final

from tests.faults.campaign import Campaign, busy, end_of_part, figures
from tests.faults.full_disk import FullDisk
from tests.faults.network import FAULTS
from tests.faults.till import open_till
from tests.faults.till_proofs import Proofs, kept_in

LIFE_SECONDS: Final = 0.8
STILLBORN_SHARE: Final = 0.2
CUT_OFF_SHARE: Final = 0.4
FAULT_SECONDS: Final = 1.3
CALM_SECONDS: Final = 0.3
FAULTS_A_LOOK: Final = 10
SLACK_BYTES: Final = 64 * 1024
MOST_BETWEEN: Final = 60
FULL_SECONDS: Final = 1.0
START_SECONDS: Final = 3.0
REFUSED: Final = "journal_unavailable"


async def kill_agent(campaign: Campaign, count: int, *, shift: int = 1) -> Proofs:
    """Kill the agent while it sells and scans: now and then before it is up, now and then with the server away."""
    rng, missing, starts = campaign.rng, 0, []
    room = campaign.room("killed")
    async with open_till(campaign.shop, rng, shift=shift, folder=room) as till:
        async with busy(till):
            for _ in range(count):
                if rng.random() < CUT_OFF_SHARE:
                    await till.network.strike(rng.choice(FAULTS))
                if rng.random() > STILLBORN_SHARE:
                    starts.append(await till.wait_until_up())
                    await till.register.wait_for_more(1)
                await asyncio.sleep(rng.random() * LIFE_SECONDS)
                till.die()
                missing += len(till.register.acknowledged.keys() - kept_in(room))
                till.agent.start()
                await till.network.heal()
            await till.wait_until_up()
        drained = await till.drain()
        differing = await till.cashier.count_differences()
    proofs = await end_of_part(campaign, till, room)
    proofs.must_be_nothing("acknowledged and not in the journal after a kill", missing)
    proofs.must_be_nothing("readings counted otherwise than sent", len(differing))
    campaign.say(
        f"  {count} kills; up again after {figures(starts)}; the queue was empty {drained:.2f} s after the last"
    )
    return proofs


async def fail_network(campaign: Campaign, count: int, *, shift: int = 2) -> Proofs:
    """Let the way to the server fail again and again, each time differently, and heal."""
    rng, drains = campaign.rng, []
    room = campaign.room("cut-off")
    async with open_till(campaign.shop, rng, shift=shift, folder=room) as till:
        for first in range(0, count, FAULTS_A_LOOK):
            async with busy(till):
                for place in range(first, min(first + FAULTS_A_LOOK, count)):
                    await till.network.strike(FAULTS[place % len(FAULTS)])
                    await asyncio.sleep(rng.random() * FAULT_SECONDS)
                    await till.network.heal()
                    await asyncio.sleep(rng.random() * CALM_SECONDS)
            drains.append(await till.drain())
        differing = await till.cashier.count_differences()
    proofs = await end_of_part(campaign, till, room)
    proofs.must_be_nothing("readings counted otherwise than sent", len(differing))
    campaign.say(f"  {count} faults of the network; the queue was empty after {figures(drains)}")
    campaign.say(f"  {len(till.register.answer_seconds):,} answers after {figures(till.register.answer_seconds)}")
    return proofs


async def fill_disk(campaign: Campaign, count: int, *, disk: FullDisk, shift: int = 4) -> Proofs:
    """Let the agent's disk be full again and again, at every fourth time start it so; it goes on when there is room."""
    rng, recoveries = campaign.rng, []
    async with open_till(campaign.shop, rng, shift=shift, folder=disk.folder) as till:
        disk.watch(till.agent)
        async with busy(till):
            for place in range(count):
                await till.register.wait_for_more(rng.randint(1, MOST_BETWEEN))
                disk.fill(slack=rng.randrange(SLACK_BYTES))
                await till.register.wait_for_refusal(REFUSED)
                await asyncio.sleep(rng.random() * FULL_SECONDS)
                if place % 4 == 3:
                    till.die()
                    till.agent.start()
                    await asyncio.sleep(rng.random() * START_SECONDS)
                disk.free()
                began = time.monotonic()
                await till.wait_until_up()
                await till.register.wait_for_more(1)
                recoveries.append(time.monotonic() - began)
        await till.drain()
    proofs = await end_of_part(campaign, till, disk.folder)
    proofs[f"refused with {REFUSED}"] = till.register.refusals[REFUSED]
    campaign.say(f"  {count} times full: {disk.how}; it kept receipts again after {figures(recoveries)}")
    return proofs
