"""The integration guide is true: its commands are run in order, as they stand, against a real agent and server.

A block `sh` is run; the block `json` behind it is its answer, with the status or the event beside the word. An answer
may have more fields than the guide shows; `"..."` stands for any value.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from api.settings import Settings
from api.state import Service
from devices.simulator import SimulatedReader
from tests.conftest import REPOSITORY
from tests.pos_adapter.running import WAIT_SECONDS, Till, running_till
from tests.pos_adapter.shop import Shop, know_snapshot, running_shop

GUIDE = (REPOSITORY / "docs" / "integration.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"^(?:```(?P<language>\w+) ?(?P<mark>[\w-]*)\n(?P<text>.*?)^```|## (?P<heading>[^\n]*))$", re.MULTILINE | re.DOTALL
)
DEFAULT_ADDRESS = "http://127.0.0.1:8471"
AWAY, BACK = "When the server is away", "When it is back"
ANYTHING = "..."


class Step(NamedTuple):
    """A command of the guide, under which heading it stands, and what it answers: a status or an event, and JSON."""

    heading: str
    command: str
    mark: str
    answer: Any


@pytest.fixture
async def shop(settings: Settings, database_url: str, service: Service) -> AsyncIterator[Shop]:
    """Give a shop with the two cards of the guide."""
    async with running_shop(settings, database_url, service) as shop:
        await shop.make_cards("GOLD", discount_percent="10.00")
        await shop.make_cards("MONEY", kind="credit", credit_limit="50.00")
        yield shop


@pytest.fixture
def scanner() -> Iterator[SimulatedReader]:
    with SimulatedReader(baud_rate=0) as scanner:
        yield scanner


@pytest.fixture
def till(shop: Shop, scanner: SimulatedReader, tmp_path: Path) -> Iterator[Till]:
    readers = {"scanner": (scanner.port, "scanner-cr")}
    with running_till(tmp_path, shop.url, readers=readers, token=shop.till_token) as till:
        yield till


async def test_commands_of_the_guide_answer_what_it_says(
    till: Till, shop: Shop, scanner: SimulatedReader, tmp_path: Path
) -> None:
    preamble, *steps = steps_of(GUIDE)
    await know_snapshot(till)
    heading = preamble.heading
    for step in steps:
        if step.heading != heading:
            await change_the_link(step.heading, till, shop)
            heading = step.heading
        script = f"{preamble.command}{step.command}".replace(DEFAULT_ADDRESS, till.url)
        if step.mark == "card-read":
            answer: Any = await read_card(script, scanner, number=step.answer["card"]["number"], folder=tmp_path)
        else:
            status, answer = await run(script, tmp_path)
            assert status == step.mark, (step.command, answer)
        assert list(differences(step.answer, answer)) == [], (step.command, answer)


def test_every_curl_line_of_the_guide_is_run() -> None:
    run_ones = [line for step in steps_of(GUIDE) for line in step.command.splitlines() if line.startswith("curl ")]
    assert len(run_ones) == len(re.findall(r"^\s*\$?\s*curl ", GUIDE, re.MULTILINE)) > 15


def test_answer_that_differs_from_the_guide_is_noticed() -> None:
    shown = {"total": "1.00", "lines": [{"net": "1.00"}], "at": ANYTHING}
    assert list(differences(shown, {"total": "1.00", "lines": [{"net": "1.00", "sku": "1"}], "at": 1, "more": 2})) == []
    assert list(differences(shown, {"total": "2.00", "lines": [{"net": "1.00"}, {}]})) == [
        "total: '2.00' for '1.00'",
        "lines: 2 for 1",
        "at: missing",
    ]


def test_links_of_the_guide_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([\w/.-]+)\)", GUIDE)
    assert [target for target in targets if not (REPOSITORY / "docs" / target).exists()] == []
    assert len(targets) >= 2


def steps_of(guide: str) -> list[Step]:
    """Read the commands with the answers behind them; the first command has none and is the others' preamble."""
    steps: list[Step] = []
    heading = ""
    for found in BLOCK.finditer(guide):
        if found["heading"]:
            heading = found["heading"]
        elif found["language"] == "sh":
            steps.append(Step(heading, found["text"], "", None))
        else:
            steps[-1] = steps[-1]._replace(mark=found["mark"], answer=json.loads(found["text"]))
    return steps


async def change_the_link(heading: str, till: Till, shop: Shop) -> None:
    """Take the server away or bring it back where the guide says so, and wait until the till has noticed."""
    if heading == AWAY:
        shop.stop()
    elif heading == BACK:
        async with till.events() as events:
            shop.start()
            while (await events.next("receipt-state"))[1]["state"] != "posted":
                pass


async def run(script: str, folder: Path) -> tuple[str, Any]:
    """Run a command in the till's folder; gives the last curl's status and answer."""
    wrapped = 'curl() { command curl -w "\\n%{http_code}\\n" "$@"; }\n' + script
    process = await asyncio.create_subprocess_exec(
        "bash", "-euc", wrapped, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(WAIT_SECONDS):
        said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    *_, answer, status = said.splitlines()
    return status, json.loads(answer)


async def read_card(script: str, scanner: SimulatedReader, *, number: str, folder: Path) -> Any:
    """Listen as the guide says, scan a card, and give what was heard of it."""
    process = await asyncio.create_subprocess_exec(
        "bash", "-euc", script.replace("curl ", "exec curl "), cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    scanner.scan(number)
    async with asyncio.timeout(WAIT_SECONDS):
        while await process.stdout.readline() != b"event: card-read\n":
            assert not process.stdout.at_eof()
        data = (await process.stdout.readline()).decode()
    process.terminate()
    await process.wait()
    return json.loads(data.removeprefix("data: "))


def differences(shown: Any, told: Any, place: str = "") -> Iterator[str]:
    """Say where an answer is not what the guide shows of it."""
    if isinstance(shown, dict) and isinstance(told, dict):
        for name, value in shown.items():
            here = f"{place}.{name}".strip(".")
            if name in told:
                yield from differences(value, told[name], here)
            else:
                yield f"{here}: missing"
    elif isinstance(shown, list) and isinstance(told, list) and shown:
        if len(shown) != len(told):
            yield f"{place}: {len(told)} for {len(shown)}"
        for index, (one, other) in enumerate(zip(shown, told, strict=False)):
            yield from differences(one, other, f"{place}[{index}]")
    elif shown not in (ANYTHING, told):
        yield f"{place}: {told!r} for {shown!r}"
