"""What every answer says to a browser, whoever gives it: a page, the API, a file, an error, a stream.

Key idea: what is missing is added as the answer leaves, so no route can forget it; what a route says itself stands.
An answer that says nothing of a policy may load nothing and be shown in no frame: pages and letters say more.

It refuses nothing and looks at no request. HTTPS is asked for only where the setting says that it is there.
"""

from typing import Final

from litestar.types import Message, Scope

NOTHING_LOADS: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PERMISSIONS: Final = "camera=(), geolocation=(), microphone=(), payment=(), serial=(), usb=()"
HTTPS_FOR_A_YEAR: Final = "max-age=31536000"

_STANDING: Final = (
    (b"content-security-policy", NOTHING_LOADS.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", PERMISSIONS.encode()),
    (b"cache-control", b"no-store"),
)
_STANDING_SECURE: Final = (*_STANDING, (b"strict-transport-security", HTTPS_FOR_A_YEAR.encode()))


async def add_headers(message: Message, scope: Scope) -> None:
    """Add to the head of an answer what it does not say itself."""
    if message["type"] != "http.response.start":
        return
    standing = _STANDING_SECURE if scope["litestar_app"].state["settings"].secure_cookies else _STANDING
    said = message["headers"]
    names = {name.lower() for name, _ in said}
    message["headers"] = [*said, *(pair for pair in standing if pair[0] not in names)]
