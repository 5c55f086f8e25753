import sys
from pathlib import Path

import pytest

from devices.model import LineSettings
from pos_adapter.config import ConfigError, load_config

WHOLE = """
server = "https://loyalty.example/"
store = "0007"
till = "3"
token_file = "server.token"
port = 9000
own_prefixes = ["290"]
origins = ["https://till.example"]

[[readers]]
id = "scanner"
port = "/dev/serial/by-id/usb-scanner"
profile = "scanner-cr"

[[readers]]
id = "stripe"
port = "/dev/serial/by-id/usb-stripe"
profile = "msr-cr"
own_prefixes = ["999001"]
luhn = true
line = { baud_rate = 19200, parity = "E", data_bits = 7 }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "till.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_whole_file_becomes_a_till(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, WHOLE))
    assert (config.server, config.store, config.till, config.port) == ("https://loyalty.example", "0007", "3", 9000)
    assert (config.token_file, config.local_token_file) == (tmp_path / "server.token", tmp_path / "local.token")
    assert config.own_prefixes == ("290", "999001")
    scanner, stripe = config.readers
    assert (scanner.id, scanner.profile.own_prefixes, scanner.line) == ("scanner", ("290",), LineSettings())
    assert (stripe.profile.kind, stripe.profile.own_prefixes, stripe.profile.luhn) == ("msr", ("999001",), True)
    assert stripe.line == LineSettings(baud_rate=19200, parity="E", data_bits=7)


def test_shortest_file_takes_defaults(tmp_path: Path) -> None:
    text = 'server = "http://10.0.0.1:8470"\nstore = "1"\ntill = "1"\ntoken_file = "/etc/tallycard/token"\n'
    config = load_config(written(tmp_path, text))
    assert (config.port, config.readers, config.origins) == (8471, (), ())
    assert config.token_file == Path("/etc/tallycard/token")


def test_profile_of_ones_own_is_written_as_a_table(tmp_path: Path) -> None:
    own = 'profile = { kind = "barcode", framing = "terminator", terminator = "0d0a" }'
    config = load_config(written(tmp_path, WHOLE.replace('profile = "scanner-cr"', own)))
    assert (config.readers[0].profile.terminator, config.readers[0].profile.own_prefixes) == ("0d0a", ("290",))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("port = 9000", "prot = 9000", "prot: is not a known field"),
        ('id = "stripe"', 'id = "stripe"\nbaud = 1', "readers[1].baud: is not a known field"),
        ("parity =", "partiy =", "readers[1].line.partiy: is not a known field"),
        ('store = "0007"', "", "store: is missing"),
        ('till = "3"', "till = 3", "till: must be text, not a whole number"),
        ("port = 9000", "port = 65536", "port: must be at most 65535"),
        ("https://loyalty.example/", "loyalty.example", "server: must be an address as https://loyalty.example"),
        ("https://loyalty.example/", "https://", "server: must be an address as https://loyalty.example"),
        ("https://loyalty.example/", "https://x:a", "server: must be an address as https://loyalty.example"),
        ("https://loyalty.example/", "https://u:p@x", "server: must be an address as https://loyalty.example"),
        ("https://loyalty.example/", "http://[", "server: must be an address as https://loyalty.example"),
        ('id = "stripe"', 'id = "scanner"', "readers[1].id: stands twice"),
        ("usb-stripe", "usb-scanner", "readers[1].port: stands twice"),
        ("/dev/serial/by-id/usb-stripe", "spy:///dev/ttyS0", "readers[1].port: spy:// would show card numbers"),
        ("/dev/serial/by-id/usb-stripe", "socket://h:1?logging=debug", "readers[1].port: socket:// would show card numbers"),
        ('id = "stripe"', 'id = "stripe"\nlibrary = "aioserial"', "readers[1].library: "),
        ('"msr-cr"', '"msr"', "readers[1].profile: no reader profile 'msr'; known are scanner-cr"),
        ('"scanner-cr"', '{ kind = "barcode" }', "readers[0].profile.framing: is missing"),
        (
            '"scanner-cr"', '{ kind = "barcode", framing = "terminator", terminator = "" }',
            "readers[0].profile: terminator: at least one byte is needed",
        ),
        ('"https://till.example"', '"*"', "origins[0]: is not as it should be"),
        ('["999001"]', '[""]', "readers[1].own_prefixes[0]: must have at least 1 character"),
        ('["999001"]', "[]", "readers[1].own_prefixes: a magnetic reader needs at least one"),
        ("port = 9000", "port = ", "Invalid value (at line 6"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_file_and_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = written(tmp_path, WHOLE.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value).startswith(f"{path}: {said}")


def test_library_that_is_not_installed_is_named_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "serialx", None)
    monkeypatch.delitem(sys.modules, "devices.serialx_line", raising=False)
    path = written(tmp_path, WHOLE.replace('id = "stripe"', 'id = "stripe"\nlibrary = "serialx"'))
    with pytest.raises(
        ConfigError, match=r"readers\[1\]\.library: serialx is not installed; install tallycard\[serialx\]"
    ):
        load_config(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"till\.toml cannot be read: No such file"):
        load_config(tmp_path / "till.toml")
