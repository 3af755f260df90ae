"""Where a host that a publisher names may lead: never into the network that syncd itself stands in.

The addresses of the sources are configured, and may be internal (a mirror of the bank). A redirect's target or a link
found on a page is the publisher's word: its name is resolved here, every address of it must be a public one, and the
connection goes to just these addresses, so that a second answer of the name server cannot lead elsewhere. Through a
proxy it is the proxy that resolves, and decides.
"""

import asyncio
import ipaddress
import socket
import urllib.request
from collections.abc import Collection

import httpx

from syncd.errors import FetchFailed
from syncd.fetch import addresses

ATTEMPTS_MAX = 4


async def pinned_addresses(host: str, *, asked_host: str, internal_hosts: Collection[str] = ()) -> tuple[str, ...]:
    """Return the addresses of `host` to connect to, at most 4; none when it may be connected to by its name.

    By its name: the host that the configuration asks, one of `internal_hosts`, and any host when the asked one is
    internal itself. Raises FetchFailed when the name of `host` is not known here, or has an address that is private,
    link-local, loopback or reserved.
    """
    if host == asked_host or host in internal_hosts:
        return ()
    found = await _resolved(host)
    if not found:
        raise FetchFailed(f"it leads to {host}, a name that is not known here")
    inside = [address for address in found if not _is_public(address)]
    if not inside:
        return tuple(found[:ATTEMPTS_MAX])
    if any(not _is_public(address) for address in await _resolved(asked_host)):
        return ()
    raise FetchFailed(
        f"it leads to {host}, which has an internal address: refused (fetch.internal_hosts lists the hosts that may)"
    )


def is_proxied(host: str) -> bool:
    """Return whether the environment (HTTPS_PROXY, NO_PROXY …) sends requests to `host` through a proxy."""
    proxies = urllib.request.getproxies()
    return bool(set(proxies) & {"http", "https", "all"}) and not urllib.request.proxy_bypass(host)


def pinned(request: httpx.Request, address: str) -> httpx.Request:
    """Return `request` for a connection to `address` alone: the name stays in Host and in the TLS handshake.

    The connection is not kept: a pool tells connections apart by address, and two names may share one.
    """
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers={**request.headers, "host": request.url.netloc.decode("ascii"), "connection": "close"},
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": addresses.host_of(str(request.url))},
    )


async def _resolved(host: str) -> list[str]:
    """The addresses of `host` in the system's order of preference; none when the name is not known here."""
    try:
        answers = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(answer[4][0]).partition("%")[0] for answer in answers))


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_global and not parsed.is_multicast
