"""Signatures of messages (DKIM, RFC 6376), verified by the arithmetic of another library than the one that signs."""

import base64
import re
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from msgspec import structs

from api.mailing.running import send_mailings_once
from crm.mailboxes import service as mailboxes
from crm.mailboxes.model import Secrets
from tests.api.mailing.conftest import KEY, Shop
from tests.conftest import ACT


def verify(raw: bytes, key: RSAPublicKey) -> list[str]:
    """Verify the first signature of a message as RFC 6376 says, relaxed headers and a simple body; gives what is signed.

    Raises InvalidSignature.
    """
    head, _, body = raw.partition(b"\r\n\r\n")
    headers = re.findall(rb"^([!-9;-~]+):([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", head, re.MULTILINE)
    name, value = next(one for one in headers if one[0].lower() == b"dkim-signature")
    tags = dict(re.findall(r"([a-z]+)=([^;]*)", re.sub(r"\s+", "", value.decode())))
    assert (tags["a"], tags["c"]) == ("rsa-sha256", "relaxed/simple")
    digest = base64.b64encode(sha256(body.rstrip(b"\r\n") + b"\r\n").digest()).decode()
    if tags["bh"] != digest:
        raise InvalidSignature("the body is another one")
    unread = [(one.lower(), text) for one, text in headers]
    signed = b""
    for wanted in tags["h"].split(":"):
        place = next((n for n in reversed(range(len(unread))) if unread[n][0] == wanted.encode()), None)
        if place is not None:
            signed += _relaxed(*unread.pop(place)) + b"\r\n"
    signed += _relaxed(name, re.sub(rb"([;\s]b=)[^;]*", rb"\1", value))
    key.verify(base64.b64decode(tags["b"]), signed, padding.PKCS1v15(), SHA256())
    names: list[str] = tags["h"].split(":")
    return names


def _relaxed(name: bytes, value: bytes) -> bytes:
    return name.lower() + b":" + re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip()


async def test_messages_of_a_mailbox_with_a_key_are_signed(shop: Shop) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    run = shop.service.database.run
    box = await run(mailboxes.load_mailbox, shop.mailbox_id)
    signed = structs.replace(box.details, dkim_domain="shop.example", dkim_selector="mail2026")
    secrets = Secrets(dkim_secret=pem)
    await run(mailboxes.change_mailbox, box.id, signed, secrets, seen=box.version, key=KEY, act=ACT)
    await shop.mailing(*await shop.customers(2))
    await send_mailings_once(shop.service)
    for raw in shop.sink.bytes:
        assert {"from", "to", "subject", "list-unsubscribe", "list-unsubscribe-post"} <= set(
            verify(raw, private.public_key())
        )
        for old, new in ((b"beans", b"Beans"), (b"Subject: Anna", b"Subject: Inna"), (b"15.90", b"15.91")):
            assert old in raw
            with pytest.raises(InvalidSignature):
                verify(raw.replace(old, new), private.public_key())
