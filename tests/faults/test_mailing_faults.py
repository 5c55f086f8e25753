"""A short form of `python -m tests.faults.mailing_faults`: a sender is killed while the mail server does its worst."""

from pathlib import Path

from tests.conftest import SEED
from tests.faults.mailing_faults import torment


async def test_killed_sender_writes_to_nobody_twice_but_in_counted_doubt_and_to_all(
    database_url: str, tmp_path: Path
) -> None:
    proof = await torment(database_url, recipients=1_500, kills=4, seed=SEED, log=tmp_path / "worker.log")
    assert proof.wrongs == []
    assert proof.states["sent"] == 1_500 - proof.states["failed"]
    assert proof.states["failed"] > 0
