"""Signatures of messages (DKIM, RFC 6376), verified by arithmetic of our own, by dkimpy and by Perl's Mail::DKIM."""

import base64
import re
import shutil
import subprocess
from hashlib import sha256

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from msgspec import Struct, structs

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


class Signed(Struct, frozen=True):
    """Messages of a mailbox with a key, as they came to the mail server, and the public key."""

    messages: list[bytes]
    key: RSAPublicKey

    @property
    def record(self) -> str:
        """The TXT record that stands in the domain's DNS."""
        public = self.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


@pytest.fixture
async def signed(shop: Shop) -> Signed:
    """Send a mailing from a mailbox that signs."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    run = shop.service.database.run
    box = await run(mailboxes.load_mailbox, shop.mailbox_id)
    details = structs.replace(box.details, dkim_domain="shop.example", dkim_selector="mail2026")
    secrets = Secrets(dkim_secret=pem)
    await run(mailboxes.change_mailbox, box.id, details, secrets, seen=box.version, key=KEY, act=ACT)
    await shop.execute("update mailbox set from_name = 'Мельница, Mill Lane'")
    await shop.mailing(*await shop.customers(2))
    await send_mailings_once(shop.service)
    return Signed(shop.sink.bytes, private.public_key())


ALTERED = ((b"beans", b"Beans"), (b"Subject: Anna", b"Subject: Inna"), (b"15.90", b"15.91"), (b"/u/", b"/v/"))


async def test_messages_of_a_mailbox_with_a_key_are_signed(signed: Signed) -> None:
    for raw in signed.messages:
        assert {"from", "to", "subject", "list-unsubscribe", "list-unsubscribe-post"} <= set(verify(raw, signed.key))
        for old, new in ALTERED:
            assert old in raw
            with pytest.raises(InvalidSignature):
                verify(raw.replace(old, new), signed.key)


async def test_signature_is_verified_by_dkimpy_with_the_record_of_the_domain(signed: Signed) -> None:
    def answer(name: bytes, **_: object) -> bytes | None:
        return signed.record.encode() if name == RECORD_NAME.encode() else None

    for raw in signed.messages:
        assert dkim.verify(raw, dnsfunc=answer)
        assert not any(dkim.verify(raw.replace(old, new), dnsfunc=answer) for old, new in ALTERED)
    assert not dkim.verify(signed.messages[0], dnsfunc=lambda *_, **__: None)


def find_perl() -> str | None:
    """Find a Perl that has Mail::DKIM."""
    perl = shutil.which("perl")
    if perl is None:
        return None
    asked = subprocess.run([perl, "-MMail::DKIM::Verifier", "-e1"], check=False, capture_output=True, timeout=60)
    return None if asked.returncode else perl


async def test_signature_is_verified_by_the_mail_dkim_of_perl(signed: Signed) -> None:
    perl = find_perl()
    if perl is None:
        pytest.skip("there is no Mail::DKIM on this machine")

    def told(raw: bytes) -> str:
        command = [perl, "-e", _PERL, RECORD_NAME, signed.record]
        return subprocess.run(command, input=raw, check=True, capture_output=True, timeout=60).stdout.decode()

    for raw in signed.messages:
        assert told(raw) == "pass"
        assert [told(raw.replace(old, new)) for old, new in ALTERED] == ["fail"] * len(ALTERED)


RECORD_NAME = "mail2026._domainkey.shop.example."
_PERL = """
use Mail::DKIM::Verifier; use Net::DNS;
my ($name, $record) = @ARGV;
no warnings 'redefine';
*Mail::DKIM::DNS::query = sub {
    return "$_[0]." eq $name ? Net::DNS::RR->new(name => $name, type => 'TXT', txtdata => [unpack '(A200)*', $record]) : ();
};
my $verifier = Mail::DKIM::Verifier->new;
binmode STDIN;
while (<STDIN>) { $verifier->PRINT($_) }
$verifier->CLOSE;
print $verifier->result;
"""
