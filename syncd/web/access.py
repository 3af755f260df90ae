"""Who may ask the port.

On loopback: anybody on this machine, under one of its names. A page elsewhere that was made to point at 127.0.0.1 (DNS
rebinding) has another name in its `Host`, and is refused.

On an address that other machines reach, every request but the probes needs the token (`Authorization: Bearer …`, or as
the password of HTTP Basic, which browsers can do) or must come from a trusted proxy that names the person whom it has
let in. The configuration without either is refused before anything listens.

The probes answer everybody: a kubelet has no secret, and they show only whether the ledger can be read. `/metrics`
needs the token, which Prometheus can send (`authorization: credentials_file`), unless `metrics_without_token` is set:
metrics hold no names.
"""

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from syncd.config import HttpSettings
from syncd.config.sections import LOOPBACK_NAMES, is_loopback

PROBES: Final = frozenset({"/livez", "/readyz"})
METRICS: Final = "/metrics"
# Two headers, Basic first: browsers ask for a password only when they know the first challenge that they meet.
_CHALLENGES: Final = ('Basic realm="syncd", charset="UTF-8"', 'Bearer realm="syncd"')


class Access:
    """Judges requests by the settings."""

    def __init__(self, settings: HttpSettings) -> None:
        self._settings = settings
        self._token = settings.token.get_secret_value().encode() if settings.token else b""
        self._is_open = is_loopback(settings.host) and not self._token and not settings.trusted_proxies
        self._names = _names(settings)

    def middleware(self) -> Middleware:
        """Return an aiohttp middleware that answers refused requests itself."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            refused = self.refusal(request)
            return await handler(request) if refused is None else refused

        return guard

    def refusal(self, request: web.Request) -> web.Response | None:
        """Return the answer that refuses `request` (401, or 421 for another name in `Host`); None when it
        is allowed."""
        if request.path in PROBES:
            return None
        if self._names and _host(request) not in self._names:
            return _text(421, "this name is not one of this port's: add it to [http] names")
        if self._is_open or (request.path == METRICS and self._settings.metrics_without_token):
            return None
        if self._has_token(request) or self._comes_by_proxy(request):
            return None
        return _text(401, "a token is needed", _CHALLENGES if self._token else ())

    def _has_token(self, request: web.Request) -> bool:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if not self._token:
            return False
        if scheme.lower() == "bearer":
            return hmac.compare_digest(given.strip().encode("utf-8", "replace"), self._token)
        if scheme.lower() == "basic":
            return hmac.compare_digest(_password(given), self._token)
        return False

    def _comes_by_proxy(self, request: web.Request) -> bool:
        """Whether the peer itself is a trusted proxy and says whom it has let in."""
        peer = _address(request.remote)
        if peer is None or not request.headers.get(self._settings.proxy_user_header, "").strip():
            return False
        return any(peer in network for network in self._settings.trusted_proxies if network.version == peer.version)


def _names(settings: HttpSettings) -> frozenset[str]:
    """Names that a request may be for; empty for any. Beyond loopback, only those that are set bind."""
    stated = {name.lower() for name in settings.names}
    if not is_loopback(settings.host):
        return frozenset(stated)
    return frozenset({*LOOPBACK_NAMES, settings.host.lower(), *stated})


def _host(request: web.Request) -> str:
    """The name in `Host`, without the port; a tunnel may have changed that."""
    try:
        return (urlsplit(f"//{request.headers.get('Host', '')}").hostname or "").lower()
    except ValueError:
        return ""


def _password(given: str) -> bytes:
    try:
        return base64.b64decode(given.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""


def _address(text: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _text(status: int, why: str, challenges: Iterable[str] = ()) -> web.Response:
    response = web.Response(text=f"{why}\n", status=status, charset="utf-8")
    for challenge in challenges:
        response.headers.add("WWW-Authenticate", challenge)
    return response
