"""Bytes of messages as RFC 5322, 2045 and 2047 have them, made piece by piece. Pure.

Key idea: a body is quoted-printable, and between two pieces stands a soft line break, which vanishes when it is
read. So each piece is encoded by itself, plain text once for all and a value when it is filled in, and joining the
bytes joins the texts. A header is ASCII by construction: what is not becomes words of Base64, so no value can end it.
"""

from base64 import b64encode
from binascii import b2a_qp
from typing import Final

from crm.mailings.content.placeholders import one_line

SOFT_BREAK: Final = b"=\r\n"
_MOST_LINE: Final = 75
"""Of 76 characters one is left for the soft break."""
_WORD_BYTES: Final = 45
_MOST_PLAIN: Final = 60


def encode_body(text: str) -> bytes:
    """Encode a piece of a body as quoted-printable lines, the last of which has room for a soft break."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    encoded = b2a_qp(lines.encode()).replace(b"\n", b"\r\n")
    start = encoded.rfind(b"\n") + 1
    if len(encoded) - start <= _MOST_LINE:
        return encoded
    cut = start + _MOST_LINE - 3
    cut -= next((back for back in (1, 2) if encoded[cut - back] == ord("=")), 0)
    return encoded[:cut] + SOFT_BREAK + encoded[cut:]


def encode_words(text: str) -> bytes:
    """Encode the text of a header: as it is where it is short ASCII, else as encoded words on lines of their own."""
    line = one_line(text)
    if line.isascii() and len(line) <= _MOST_PLAIN and "=?" not in line:
        return line.encode()
    return _as_words(line)


def encode_mailbox(name: str, address: str) -> bytes:
    """Encode who a message is from or to: a name, as a quoted string or encoded words, and an address."""
    line = one_line(name)
    if not line:
        return address.encode()
    if line.isascii() and len(line) <= _MOST_PLAIN and "=?" not in line:
        escaped = line.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{address}>'.encode()
    return _as_words(line) + b"\r\n <" + address.encode() + b">"


def _as_words(line: str) -> bytes:
    chunks: list[bytes] = [b""]
    for character in line:
        encoded = character.encode()
        if len(chunks[-1]) + len(encoded) > _WORD_BYTES:
            chunks.append(b"")
        chunks[-1] += encoded
    return b"\r\n ".join(b"=?utf-8?b?" + b64encode(chunk) + b"?=" for chunk in chunks)
