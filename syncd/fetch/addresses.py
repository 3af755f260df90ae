"""Addresses: how they are shown, and where a redirect may lead.

A signed URL is a key: its holder may read until it expires. So no address that leaves this package in an error or a log
line has a query, a user or a password, and of the target of a redirect only the host is named.
"""

import ipaddress
from collections.abc import Collection
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from syncd.config.sections import is_loopback
from syncd.errors import FetchFailed

SCHEMES = ("http", "https")
SHOWN_CHARACTERS_MAX = 200
INTERNAL_NAMES = frozenset({"localhost", "ip6-localhost"})


def shown_address(url: str) -> str:
    """Return `url` for people: scheme, host and path; no user, query or fragment; bounded."""
    parts = _split(url)
    if parts is None:
        return "an address that cannot be read"
    whole = urlunsplit((parts.scheme, _host_and_port(parts), parts.path, "", ""))
    return whole if len(whole) <= SHOWN_CHARACTERS_MAX else whole[:SHOWN_CHARACTERS_MAX] + "…"


def host_of(url: str) -> str:
    """Return the host of `url`, the only part of a redirect's target that is ever shown."""
    parts = _split(url)
    return (parts.hostname if parts else None) or "an unknown host"


def without_query(url: str) -> str:
    """Return `url` as the base of relative links: no user, query or fragment."""
    parts = _split(url)
    return urlunsplit((parts.scheme, _host_and_port(parts), parts.path, "", "")) if parts else ""


def redirected(url: str, location: str, *, plain_http_hosts: Collection[str] = ()) -> str:
    """Return the address to which a redirect from `url` leads. Raises FetchFailed when it must not be followed.

    Refused: no address at all, a scheme other than HTTP, a user or password in it, from HTTPS to plain HTTP (but to
    loopback or a host of `plain_http_hosts`), and from a public name to a private, link-local or loopback address.
    """
    target = urljoin(url, location.strip())
    before, after = _split(url), _split(target)
    if before is None or after is None or not after.hostname:
        raise FetchFailed("it redirects to an address that cannot be read")
    if after.username or after.password:
        raise FetchFailed(f"it redirects to {after.hostname} with a user or password in the address")
    open_host = is_loopback(after.hostname) or after.hostname in plain_http_hosts
    if before.scheme == "https" and after.scheme == "http" and not open_host:
        raise FetchFailed(f"it redirects from HTTPS to plain HTTP at {after.hostname}, which is refused")
    if _is_internal(after.hostname) and not _is_internal(before.hostname or ""):
        raise FetchFailed(f"it redirects to the internal address {after.hostname}, which is refused")
    return target


def _is_internal(host: str) -> bool:
    address = _address(host)
    return not address.is_global if address else host.lower() in INTERNAL_NAMES


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _split(url: str) -> SplitResult | None:
    """The parts of an HTTP address; None when it is none."""
    try:
        parts = urlsplit(url)
        port_is_number = parts.port is None or parts.port >= 0
    except ValueError:
        return None
    return parts if parts.scheme in SCHEMES and parts.hostname and port_is_number else None


def _host_and_port(parts: SplitResult) -> str:
    host = parts.hostname or ""
    name = f"[{host}]" if ":" in host else host
    return name if parts.port is None else f"{name}:{parts.port}"
