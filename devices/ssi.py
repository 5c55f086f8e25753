"""Simple Serial Interface of Zebra and Symbol scanners: packets with a length and a checksum, answered by the host.

The key idea: a packet is cut by its length, since its bytes may hold any value, and is answered at once, for a scanner
that hears no acknowledgement sends again and beeps an error. Packets other than decoded data are acknowledged and
passed over. (SE 923 integration guide chapter 6; Zebra 72E-40451.)
"""

from typing import Final

from devices.barcode import read_scan
from devices.code_identifiers import Label, Told
from devices.framing import Frame, Reply, has_parity_bits
from devices.model import Event, Ignored, ReaderProfile, ReadError

ACKNOWLEDGED: Final = bytes.fromhex("04d00400ff28")
SEND_AGAIN: Final = bytes.fromhex("05d1040001ff25")

_DECODED_DATA: Final = 0xF3
_ANSWERS: Final = (0xD0, 0xD1)
_FROM_DECODER: Final = 0x00
_LOWEST_OPCODE: Final = 0x80
_RETRANSMITTED: Final = 0x01
_CONTINUED: Final = 0x02
_HEADER: Final = 4
_CHECKSUM: Final = 2

_CODE_TYPES: Final[dict[int, Told]] = {
    0x01: "code39", 0x02: "codabar", 0x03: "code128", 0x06: "itf", 0x07: "code93", 0x08: "upca", 0x09: "upce",
    0x0A: "ean8", 0x0B: "ean13", 0x0F: "gs1-128", 0x11: "pdf417", 0x1B: "datamatrix", 0x1C: "qr", 0x30: "databar",
}  # fmt: skip
_ADDON_FLAGS: Final = 0xC0
_RETAIL: Final = (0x08, 0x09, 0x0A, 0x0B)


def pack(data: bytes, told: Told) -> bytes:
    """Give the packet in which a scanner sends one reading; a symbology that has no code type is sent as 0."""
    code_type = next((number for number, meant in _CODE_TYPES.items() if meant == told), 0)
    body = bytes([_HEADER + 1 + len(data), _DECODED_DATA, _FROM_DECODER, 0, code_type]) + data
    return body + (-sum(body) & 0xFFFF).to_bytes(_CHECKSUM)


class SsiFramer:
    """Cuts packets out of a stream, checks them, puts continued ones together, and asks for answers to be sent."""

    def __init__(self, max_frame: int) -> None:
        self._max_frame = max_frame
        self._held = bytearray()
        self._message = bytearray()
        self._last_sum: int | None = None

    def push(self, data: bytes) -> list[Frame]:
        """Take what arrived; a frame is the code type and the data of one reading."""
        self._held += data
        frames: list[Frame] = []
        while self._synchronise() and len(self._held) >= self._held[0] + _CHECKSUM:
            size = self._held[0] + _CHECKSUM
            packet = bytes(self._held[:size])
            del self._held[:size]
            frames += self._take(packet)
        return frames

    def silence(self) -> list[Frame]:
        """Drop a packet or a continued reading whose end never came."""
        is_cut = self.is_waiting
        self._held.clear()
        self._message.clear()
        return [ReadError("truncated")] if is_cut else []

    @property
    def is_waiting(self) -> bool:
        """Whether a packet or a continued reading has begun."""
        return bool(self._held or self._message)

    def _synchronise(self) -> bool:
        """Drop bytes that cannot begin a packet; say whether one begins as far as it must be known."""
        while len(self._held) > _HEADER - 2:
            length, opcode, source = self._held[:3]
            if length >= _HEADER and opcode >= _LOWEST_OPCODE and source == _FROM_DECODER:
                return True
            del self._held[0]
        return False

    def _take(self, packet: bytes) -> list[Frame]:
        """Check one packet. Checksums of accepted packets tell a retransmission from a first hearing."""
        total = sum(packet[:-_CHECKSUM])
        if (total + int.from_bytes(packet[-_CHECKSUM:])) & 0xFFFF:
            self._last_sum = None
            return [ReadError("checksum"), Reply(SEND_AGAIN)]
        opcode, status = packet[1], packet[3]
        if opcode in _ANSWERS:
            return []
        if opcode != _DECODED_DATA:
            return [Reply(ACKNOWLEDGED)]
        is_retransmitted = bool(status & _RETRANSMITTED)
        last_sum, self._last_sum = self._last_sum, total - is_retransmitted
        if is_retransmitted and last_sum == self._last_sum:
            return [Ignored("retransmit"), Reply(ACKNOWLEDGED)]
        return [*self._join(packet[_HEADER:-_CHECKSUM], is_last=not status & _CONTINUED), Reply(ACKNOWLEDGED)]

    def _join(self, data: bytes, *, is_last: bool) -> list[Frame]:
        """Put a continued reading together; each packet repeats the code type."""
        self._message += data[1:] if self._message else data
        if len(self._message) > self._max_frame + 1:
            self._message.clear()
            return [ReadError("overrun")]
        if not is_last:
            return []
        message = bytes(self._message)
        self._message.clear()
        return [message] if len(message) > 1 else []


def read_packet(message: bytes, profile: ReaderProfile) -> Event:
    """Decode the code type and data of one reading."""
    code_type, data = message[0], message[1:].rstrip(b"\r\n")
    if not data.isascii():
        return ReadError("line-settings" if has_parity_bits(data) else "encoding")
    base = code_type & ~_ADDON_FLAGS
    told = _CODE_TYPES.get(base if base in _RETAIL else code_type, "unknown")
    return read_scan(Label(data.decode("ascii"), told), profile)
