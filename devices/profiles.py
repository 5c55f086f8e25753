"""Ready profiles of the readers that shops have, by the name under which settings choose one.

The key idea: a reader is framed by what it is set up to send, never by guessing, for one letter means different things
to different makers. A profile that fits none of these is written out in settings with the fields of `ReaderProfile`.
"""

from collections.abc import Collection
from typing import Final

from msgspec.structs import replace

from devices.model import ReaderProfile

READY_PROFILES: Final = {
    "scanner-cr": ReaderProfile(kind="barcode", framing="terminator"),
    "scanner-lf": ReaderProfile(kind="barcode", framing="terminator", terminator="0a"),
    "scanner-tab": ReaderProfile(kind="barcode", framing="terminator", terminator="09"),
    "scanner-stx-etx": ReaderProfile(kind="barcode", framing="stx-etx"),
    "scanner-aim": ReaderProfile(kind="barcode", framing="terminator", code_id="aim"),
    "scanner-auto": ReaderProfile(kind="barcode", framing="terminator", code_id="auto"),
    "scanner-honeywell": ReaderProfile(kind="barcode", framing="terminator", code_id="honeywell"),
    "scanner-datalogic-usa": ReaderProfile(kind="barcode", framing="stx-etx", code_id="datalogic-usa"),
    "scanner-datalogic-eu": ReaderProfile(kind="barcode", framing="terminator", code_id="datalogic-eu"),
    "scanner-symbol": ReaderProfile(kind="barcode", framing="terminator", code_id="symbol"),
    "scanner-idle": ReaderProfile(kind="barcode", framing="idle"),
    "scanner-ssi": ReaderProfile(kind="barcode", framing="ssi"),
    "msr-cr": ReaderProfile(kind="msr", framing="terminator"),
    "msr-lrc-cr": ReaderProfile(kind="msr", framing="terminator", lrc=True),
    "msr-stx-etx": ReaderProfile(kind="msr", framing="stx-etx", card_sensor=True),
    "msr-track-cr": ReaderProfile(kind="msr", framing="track-cr", idle_ms=100),
    "msr-uic": ReaderProfile(kind="msr", framing="uic", lrc=True),
    "rfid-stx-hex-etx": ReaderProfile(
        kind="rfid", rfid="hex", framing="stx-etx", duplicate_ms=1000, sliding=True, max_frame=64
    ),
    "rfid-ironlogic": ReaderProfile(
        kind="rfid", rfid="z2", framing="terminator", terminator="0a", duplicate_ms=1000, sliding=True, max_frame=128
    ),
    "rfid-colon": ReaderProfile(
        kind="rfid", rfid="colon", framing="terminator", duplicate_ms=1000, sliding=True, max_frame=64
    ),
    "rfid-binary": ReaderProfile(kind="rfid", rfid="bin", framing="binary-len", duplicate_ms=1000, sliding=True),
}


def ready_profile(name: str, *, own_prefixes: Collection[str], luhn: bool = False) -> ReaderProfile:
    """Give a ready profile with the installation's own card prefixes, which are the literal heads of all series.

    `luhn` is for installations whose series all end in the Luhn digit. Raises LookupError that lists the known names.
    """
    if name not in READY_PROFILES:
        raise LookupError(f"no reader profile {name!r}; known are {', '.join(READY_PROFILES)}")
    return replace(READY_PROFILES[name], own_prefixes=tuple(own_prefixes), luhn=luhn)
