"""The command `python -m tests.fuzz.decoders --seconds N`: coverage-guided fuzzing of every reader profile's decoder.

Key idea: each profile is fuzzed by a process of its own, from the vectors of that profile, with the same properties as
in every run of the tests. It needs atheris (dependency group `fuzz`). Exit 1 if any profile failed; the input that did
it is named and lies in the folder of findings.
"""

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

CHILD: Final = "--fuzz-one-profile"
LONGEST_INPUT: Final = 2_048
SECONDS_AN_INPUT: Final = 5
MEGABYTES: Final = 1_024
TOLD_LINES: Final = 25


@click.command()
@click.option("--seconds", type=click.IntRange(1), default=10, show_default=True, help="How long for each profile.")
@click.option("--only", multiple=True, metavar="PROFILE", help="Profiles to fuzz; all for none.")
@click.option("--findings", type=click.Path(path_type=Path, file_okay=False), help="Where inputs that fail are kept.")
@click.option("--seed", type=int, default=1, show_default=True)
def main(seconds: int, only: tuple[str, ...], findings: Path | None, seed: int) -> None:
    """Fuzz the decoders."""
    from devices.profiles import READY_PROFILES  # noqa: PLC0415 # a child must not have loaded it before it is watched

    with TemporaryDirectory(prefix="tallycard-fuzz-") as folder:
        kept = findings or Path(folder) / "findings"
        kept.mkdir(parents=True, exist_ok=True)
        done = {name: _fuzz(name, Path(folder) / name, kept, (seconds, seed)) for name in only or READY_PROFILES}
    click.echo(
        f"{sum(runs for runs, _ in done.values()):,} executions, {sum(not ok for _, ok in done.values())} failed"
    )
    if not all(is_well for _, is_well in done.values()):
        raise click.exceptions.Exit(1)


def _fuzz(name: str, corpus: Path, findings: Path, times: tuple[int, int]) -> tuple[int, bool]:
    """Run one profile's process and give its executions and whether it found nothing."""
    from tests.fuzz.properties import samples_of  # noqa: PLC0415 # see above

    corpus.mkdir()
    for place, sample in enumerate(samples_of(name)):
        (corpus / str(place)).write_bytes(sample)
    seconds, seed = times
    limits = [f"-max_total_time={seconds}", f"-seed={seed}", f"-max_len={LONGEST_INPUT}"]
    limits += [f"-timeout={SECONDS_AN_INPUT}", f"-rss_limit_mb={MEGABYTES}", f"-artifact_prefix={findings}/{name}-"]
    command = [sys.executable, "-m", "tests.fuzz.decoders", CHILD, name, *limits, str(corpus)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    runs = max((int(count) for count in re.findall(r"^(?:#|Done )(\d+)", done.stderr, re.MULTILINE)), default=0)
    covered = re.findall(r"cov: (\d+)", done.stderr)
    click.echo(f"{name:24} {runs:10,} executions, {covered[-1] if covered else '?'} places reached")
    if done.returncode:
        click.echo("\n".join((done.stdout + done.stderr).splitlines()[-TOLD_LINES:]))
    return runs, not done.returncode


def _be_fuzzed(name: str, arguments: list[str]) -> None:
    """Fuzz one profile until libFuzzer ends the process."""
    import atheris  # noqa: PLC0415 # of an extra group

    with atheris.instrument_imports(include=["devices", "loyalty"]):
        from tests.fuzz.properties import examine, profile_of  # noqa: PLC0415 # imported under watch
    profile = profile_of(name)
    atheris.Setup([sys.argv[0], *arguments], lambda data: examine(profile, data))
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        _be_fuzzed(sys.argv[2], sys.argv[3:])
    else:
        main()
