"""The command `python -m benchmarks.offline_prices`: prices without the server are those with it, to the byte.

It starts a PostgreSQL, the server and a till agent as a shop does, prices invented receipts through the agent, stops
the server and prices them again. It exits 1 at the first difference and shows it.
"""

import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any  # JSON bodies are free in their values

import click
import httpx
from msgspec import json

from api.auth.tokens import create_token
from api.commands.running import command_act
from api.demo.processes import program
from benchmarks.invented import RULES, STATES, invent_price_lists, invent_receipts, invent_series
from database.embedded import running
from database.engine import Database
from database.migrate import migrate
from loyalty.installation import ensure_installation
from loyalty.money import Currency

STORE, TILL = "0007", "3"
CARDS_PER_SERIES = 40
AT_ONCE = 8
FROZEN_DAYS = 12
WAIT_SECONDS = 60
COMPARED = ("card", "lines", "gross", "discount", "total")


@click.command()
@click.option("--receipts", type=click.IntRange(1), default=10_000, show_default=True, help="How many are compared.")
@click.option("--seed", type=int, help="Seed of everything invented; left out, one is made and printed.")
def main(receipts: int, seed: int | None) -> None:
    """Price invented receipts with the server and without it, and compare the answers byte by byte."""
    seed = secrets.randbits(32) if seed is None else seed
    click.echo(f"seed {seed}")
    now = datetime.now(UTC)
    rng = Random(seed)  # noqa: S311 # invented receipts, no secrets
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)  # PostgreSQL may run under another account
        postgres = stack.enter_context(running(folder / "postgres"))
        admin, till = asyncio.run(prepare(postgres.dsn))
        environment = {"TALLYCARD_DATABASE_URL": postgres.dsn, "TALLYCARD_TIMEZONE": "Europe/Sofia"}
        place = folder / "till"
        place.mkdir()
        with program("server", "serve", "--port", "0", folder=place, environment=environment) as server:
            numbers = fill_shop(client(server, admin), rng, today=now.date())
            config = _write_till(place, server, till)
            agent = stack.enter_context(
                program("till agent", "till", "--config", str(config), folder=place, environment=environment)
            )
            local = (place / "local.token").read_text(encoding="utf-8").strip()
            wait_for_snapshot(client(agent, local))
            asked = list(islice(invent_receipts(rng, numbers, store=STORE, till=TILL, around=now), receipts))
            online = asyncio.run(_price_all(agent, local, asked, "online"))
        offline = asyncio.run(_price_all(agent, local, asked, "offline"))
    differing = [number for number in range(receipts) if online[number] != offline[number]]
    for first in differing[:1]:
        click.echo(f"{json.encode(asked[first]).decode()}\n{online[first].decode()}\n{offline[first].decode()}")
    click.echo(f"{receipts:,} receipts, {len(differing)} differ")
    sys.exit(1 if differing else 0)


def fill_shop(http: httpx.Client, rng: Random, *, today: date) -> list[str]:
    """Fill an empty installation; gives the numbers of its cards, of which some were blocked, closed or frozen."""
    for code, prices in invent_price_lists(rng).items():
        ok(http.put(f"/v1/price-lists/{code}", json=prices))
    numbers = []
    for code, series in invent_series().items():
        ok(http.put(f"/v1/series/{code}", json=series))
        for card in ok(http.post(f"/v1/series/{code}/cards", json={"count": CARDS_PER_SERIES}))["cards"]:
            numbers.append(card["number"])
            _change(http, rng, card["card_id"], today=today)
    for code, rules in RULES.items():
        ok(http.put(f"/v1/series/{code}/rules", json=rules))
    return numbers


def compared(answer: bytes) -> bytes:
    """Give the parts of an answer that must not differ, as bytes."""
    fields = json.decode(answer)
    return json.encode({part: fields[part] for part in COMPARED})


def _change(http: httpx.Client, rng: Random, card_id: int, *, today: date) -> None:
    """Give half of the cards a percent of their own, a third a last day, and some an act that shuts them."""
    act = rng.choice(STATES)
    own: dict[str, str] = {}
    if rng.randrange(2):
        own["discount_percent"] = f"{rng.randint(-500, 2_500) / 100:.2f}"
    if act == "freeze" or not rng.randrange(3):
        own["expires_on"] = (today + timedelta(days=rng.randint(5, 2 * FROZEN_DAYS))).isoformat()
    if own:
        ok(http.patch(f"/v1/cards/{card_id}", json=own))
    first, last = today + timedelta(days=1), today + timedelta(days=FROZEN_DAYS)
    bodies = {"block": {"reason": "lost"}, "freeze": {"from": first.isoformat(), "until": last.isoformat()}}
    if act:
        ok(http.post(f"/v1/cards/{card_id}/{act}", json=bodies.get(act)))


def wait_for_snapshot(http: httpx.Client) -> None:
    """Wait until a till agent has its snapshot."""
    until = time.monotonic() + WAIT_SECONDS
    while ok(http.get("/v1/health"))["snapshot_at"] is None:
        assert time.monotonic() < until, "the till agent got no snapshot"


async def _price_all(agent: str, token: str, asked: Sequence[dict[str, Any]], mode: str) -> list[bytes]:
    began = time.monotonic()
    gate = asyncio.Semaphore(AT_ONCE)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=agent, headers=headers, timeout=WAIT_SECONDS, trust_env=False) as http:

        async def price(body: dict[str, Any]) -> bytes:
            async with gate:
                answer = await http.post("/v1/receipts/calculate", json=body)
            assert answer.is_success, answer.text
            assert answer.json()["mode"] == mode, answer.text
            return compared(answer.content)

        prices = await asyncio.gather(*(price(body) for body in asked))
    click.echo(f"priced {mode}: {time.monotonic() - began:.1f} s")
    return list(prices)


async def prepare(url: str) -> tuple[str, str]:
    """Make an installation in an empty database; gives the tokens of its administrator and of a till."""
    await migrate(url)
    database, act = Database(url), command_act()
    try:
        await database.run(ensure_installation, currency=Currency("EUR", 2), timezone="Europe/Sofia")
        admin = await database.run(create_token, role="admin", act=act)
        return admin, await database.run(create_token, role="till", store=STORE, till=TILL, act=act)
    finally:
        await database.close()


def _write_till(folder: Path, server: str, token: str) -> Path:
    token_file = folder / "server.token"
    token_file.touch(mode=0o600)
    token_file.write_text(token, encoding="utf-8")
    config = folder / "till.toml"
    config.write_text(
        f'server = "{server}"\nstore = "{STORE}"\ntill = "{TILL}"\ntoken_file = "server.token"\nport = 0\n',
        encoding="utf-8",
    )
    return config


def client(address: str, token: str) -> httpx.Client:
    """Give a client of a server or a till agent."""
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=address, headers=headers, timeout=WAIT_SECONDS, trust_env=False)


def ok(answer: httpx.Response) -> dict[str, Any]:
    """Give what an answer holds, which must be a success."""
    assert answer.is_success, f"{answer.request.url.path}: {answer.status_code} {answer.text}"
    found: dict[str, Any] = answer.json()
    return found


if __name__ == "__main__":
    main()
