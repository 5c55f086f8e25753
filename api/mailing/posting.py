"""One connection to a mail server, over which messages go out one after the other.

Key idea: it tells at which step something failed, for what follows depends on it: before DATA nothing can have come,
behind it something may. It opens when a message is there, and anew after so many messages or when it was lost.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

import aiosmtplib

from crm.mailboxes.model import Server
from crm.recipients.model import PERMANENT, Said, Step

SMTP_SECONDS: Final = 60
"""A server that says nothing for so long has hung."""
_FAILED: Final = (aiosmtplib.SMTPException, OSError)


class Line:
    """A connection to a server, opened when it is first needed."""

    def __init__(self, server: Server, *, most_messages: int) -> None:
        self._server = server
        self._most = most_messages
        self._smtp: aiosmtplib.SMTP | None = None
        self._sent = 0

    async def post(self, message: bytes, *, sender: str, recipient: str) -> Said:
        """Hand a message over and tell what the server said; the connection is ready for the next one or closed."""
        said = await self._open()
        if said is None:
            assert self._smtp is not None, "an opened line has a connection"
            said = await _hand_over(self._smtp, message, sender=sender, recipient=recipient)
            self._sent += 1
            await self._tidy(said)
        return said

    async def post_to_all(
        self, message: bytes, *, sender: str, recipients: Sequence[str], may_wait: bool
    ) -> tuple[Said, dict[str, Said]]:
        """Hand one message over for several recipients; tells what the server said, and whom it refused.

        Who is put off puts all off while it `may_wait`, so that a later try is true of them all.
        """
        said, refused = await self._open(), dict[str, Said]()
        if said is None:
            assert self._smtp is not None, "an opened line has a connection"
            said, refused = await _hand_over_to_all(self._smtp, message, sender, recipients, may_wait=may_wait)
            self._sent += 1
            await self._tidy(said)
        return said, refused

    async def _open(self) -> Said | None:
        if self._smtp is not None and self._smtp.is_connected and self._sent < self._most:
            return None
        await self.close()
        smtp = client_of(self._server)
        try:
            await smtp.connect()
        except _FAILED as error:
            smtp.close()
            return _said("connect", error)
        self._smtp, self._sent = smtp, 0
        return None

    async def _tidy(self, said: Said) -> None:
        """Begin a message anew behind one that was refused; a connection that failed is given up."""
        if said.is_taken or self._smtp is None:
            return
        if said.code is None or said.code == aiosmtplib.SMTPStatus.domain_unavailable:
            self._smtp.close()
            return
        try:
            await self._smtp.rset()
        except _FAILED:
            self._smtp.close()

    async def close(self) -> None:
        """End the connection as a polite client does."""
        if self._smtp is not None and self._smtp.is_connected:
            with suppress(*_FAILED):
                await self._smtp.quit()
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None


@asynccontextmanager
async def opened(server: Server, *, most_messages: int = 2) -> AsyncIterator[Line]:
    """Give a line for a message or two, or for as many as are said."""
    line = Line(server, most_messages=most_messages)
    try:
        yield line
    finally:
        await line.close()


async def try_server(server: Server) -> Said:
    """Connect, sign in where there is a login, and tell the server's own words."""
    smtp = client_of(server)
    try:
        await smtp.connect()
        answer = await smtp.noop()
    except _FAILED as error:
        return _said("connect", error)
    else:
        with suppress(*_FAILED):
            await smtp.quit()
        return Said("connect", answer.code, answer.message)
    finally:
        smtp.close()


def client_of(server: Server) -> aiosmtplib.SMTP:
    """Give a client for a server; certificates are checked, and where encryption was asked for nothing goes without."""
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.login,
        password=server.password,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        timeout=SMTP_SECONDS,
    )


async def _hand_over(smtp: aiosmtplib.SMTP, message: bytes, *, sender: str, recipient: str) -> Said:
    step: Step = "sender"
    try:
        await smtp.mail(sender)
        step = "recipient"
        await smtp.rcpt(recipient)
        step = "data"
        answer = await smtp.data(message)
    except _FAILED as error:
        return _said(step, error)
    return Said(step, answer.code, answer.message)


async def _hand_over_to_all(
    smtp: aiosmtplib.SMTP, message: bytes, sender: str, recipients: Sequence[str], *, may_wait: bool
) -> tuple[Said, dict[str, Said]]:
    step: Step = "sender"
    refused: dict[str, Said] = {}
    try:
        await smtp.mail(sender)
        step = "recipient"
        for recipient in recipients:
            try:
                await smtp.rcpt(recipient)
            except aiosmtplib.SMTPRecipientRefused as error:
                refused[recipient] = _said(step, error)
        worst = min(refused.values(), key=lambda one: one.code or 0, default=None)
        if worst is not None and (len(refused) == len(recipients) or (may_wait and worst.code not in PERMANENT)):
            return worst, refused
        step = "data"
        answer = await smtp.data(message)
    except _FAILED as error:
        return _said(step, error), refused
    return Said(step, answer.code, answer.message), refused


def _said(step: Step, error: Exception) -> Said:
    if isinstance(error, aiosmtplib.SMTPResponseException) and not isinstance(error, aiosmtplib.SMTPServerDisconnected):
        return Said(step, error.code, _one_line(error.message))
    return Said(step, None, _one_line(f"{type(error).__name__}: {error}"))


def _one_line(text: str) -> str:
    return " ".join(text.split())
