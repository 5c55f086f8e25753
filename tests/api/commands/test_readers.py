import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from devices.hints import MEANINGS
from devices.simulator import SimulatedReader
from devices.vectors import check_vectors, load_vectors
from tests.conftest import run_command

GOLDEN = Path(__file__).parent.parent.parent / "golden" / "readers.json"
PATIENCE_SECONDS = 60


@pytest.fixture
def device() -> Iterator[SimulatedReader]:
    with SimulatedReader(baud_rate=0) as device:
        yield device


def test_check_of_the_vectors_finds_all_as_expected(tallycard: list[str]) -> None:
    done = run_command([*tallycard, "readers", "check", str(GOLDEN)])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("all as expected\n")


def test_check_prints_what_differs_and_exits_with_one(tallycard: list[str], tmp_path: Path) -> None:
    file = json.loads(GOLDEN.read_bytes())
    (wrong,) = [vector for vector in file["vectors"] if vector["id"] == "frame-cr"]
    wrong["expect"][0]["data"] = "2000000000022"
    (tmp_path / "wrong.json").write_text(json.dumps(file))
    done = run_command([*tallycard, "readers", "check", str(tmp_path / "wrong.json")])
    assert done.returncode == 1
    assert "frame-cr (byte by byte):" in done.stdout
    assert '  expected [{"type":"scan","data":"2000000000022"' in done.stdout
    assert '  given    [{"type":"scan","data":"2000000000015"' in done.stdout
    assert done.stdout.endswith("1 vectors differ\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{}", "is no vectors file"),
        ('{"format": "reader-vectors/1", "profiles": {}, "vectors": [{"id": "a"}]}', "missing required field"),
    ],
)
def test_file_that_is_none_is_refused_in_a_line(tallycard: list[str], tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "x.json").write_text(content)
    done = run_command([*tallycard, "readers", "check", str(tmp_path / "x.json")])
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_missing_file_is_refused_in_a_line(tallycard: list[str], tmp_path: Path) -> None:
    done = run_command([*tallycard, "readers", "check", str(tmp_path / "none.json")])
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot be read: No such file" in done.stderr


def test_list_says_what_is_there(tallycard: list[str]) -> None:
    done = run_command([*tallycard, "readers", "list"])
    assert done.returncode == 0
    assert done.stdout or "no serial port is here" in done.stderr


def test_reader_is_tried_and_shows_numbers_masked(tallycard: list[str], device: SimulatedReader) -> None:
    command = [*tallycard, "readers", "test", "--port", device.port, "--own-prefix", "290", "--seconds", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        _wait_for(process, "connected")
        device.scan("2900000000018")
        device.scan("4111111111111111")
        said, hinted = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert "ean13 ··· 0018" in said
    assert "411111******1111" in said
    assert MEANINGS["refused payment-card"] in said
    assert "hint" not in hinted
    assert "2900000000018" not in said + hinted
    assert "4111111111111111" not in said + hinted


def test_reader_that_is_set_up_wrongly_is_given_a_hint(tallycard: list[str], device: SimulatedReader) -> None:
    command = [*tallycard, "readers", "test", "--port", device.port, "--seconds", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        _wait_for(process, "connected")
        device.send(bytes(byte | (0x80 if byte.bit_count() % 2 else 0) for byte in b"2000000000015\r"))
        _, hinted = process.communicate(timeout=PATIENCE_SECONDS)
    assert 'hint: it sends 7 data bits with parity: set line = { data_bits = 7, parity = "E" }' in hinted


def test_port_that_another_holds_is_said_to_be_so(tallycard: list[str], device: SimulatedReader) -> None:
    holder = [*tallycard, "readers", "test", "--port", device.port]
    with subprocess.Popen(holder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as first:
        _wait_for(first, "connected")
        done = run_command([*tallycard, "readers", "test", "--port", device.port, "--seconds", "1"])
        first.terminate()
    assert "error; another program has this port open" in done.stderr
    assert "hint:" not in done.stderr
    assert f"({first.pid})" in done.stderr


def test_recording_shows_no_card_and_is_a_test_of_its_own(
    tallycard: list[str], device: SimulatedReader, tmp_path: Path
) -> None:
    file = tmp_path / "recorded.json"
    reader = ["--port", device.port, "--profile", "msr-cr", "--own-prefix", "999001"]
    command = [*tallycard, "readers", "record", str(file), *reader, "--count", "2", "--seconds", "30"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        _wait_for(process, "connected")
        device.swipe(track2="9990010000000010=0")
        _wait_for(process, "1 kept")
        device.swipe(track1="B4111111111111111^DOE/JANE^3001201", track2="4111111111111111=3001201")
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert "2 readings in" in said
    assert list(check_vectors(load_vectors(file.read_bytes()))) == []
    assert b"4111111111111111".hex().encode() not in file.read_bytes()
    replayed = run_command([*tallycard, "readers", "replay", str(file)])
    assert (replayed.returncode, replayed.stdout) == (0, "2 vectors played, all as expected\n")
    again = run_command([*tallycard, "readers", "record", str(file), *reader])
    assert (again.returncode, "is there already" in again.stderr) == (1, True)


def test_reader_of_a_till_is_named_by_its_file(tallycard: list[str], device: SimulatedReader, tmp_path: Path) -> None:
    settings = tmp_path / "till.toml"
    settings.write_text(
        'server = "http://127.0.0.1:1"\nstore = "1"\ntill = "1"\ntoken_file = "t"\nown_prefixes = ["290"]\n'
        f'[[readers]]\nid = "scanner"\nport = "{device.port}"\nprofile = "scanner-cr"\n'
    )
    named = run_command([*tallycard, "readers", "test", "--config", str(settings), "--seconds", "1"])
    assert f"{device.port}: connected" in named.stderr
    other = run_command([*tallycard, "readers", "test", "--config", str(settings), "--reader", "x"])
    assert (other.returncode, "the readers of this file are scanner" in other.stderr) == (2, True)
    assert run_command([*tallycard, "readers", "test"]).returncode == 2


def test_port_that_shows_what_passes_is_refused(tallycard: list[str]) -> None:
    done = run_command([*tallycard, "readers", "test", "--port", "spy:///dev/ttyUSB0"])
    assert (done.returncode, done.stderr) == (1, "tallycard: spy:///dev/ttyUSB0 would show card numbers\n")


def _wait_for(process: subprocess.Popen[str], words: str) -> None:
    """Wait until a command says something on standard error."""
    assert process.stderr is not None
    timer = Thread(target=process.wait, args=(PATIENCE_SECONDS,), daemon=True)
    timer.start()
    for line in process.stderr:
        if words in line:
            return
    raise AssertionError(f"it never said {words}")
