"""What answers requests: the publishers, the channels and a webhook's receiver, without a socket.

It stands in the place of httpx's transport (`AsyncHTTPTransport.handle_async_request`), so that the client, its
redirects, deadlines and bounds are the real ones. What the transport promises is kept: its errors are httpx's, and a
server that is silent costs the seconds that the client allows.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx

from tests.simulation.world.publishers import ADDRESSES, Issue, Publisher, Trouble, http_date

HTML = (
    b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body><p>Back soon, after a while.</p></body></html>"
)
STORAGE = "storage.example"
LATENCY_SECONDS = 0.4
ENDLESS_PIECE = b" " * 50_000


class Dead(Exception):
    """The process that asks was killed."""


class Stream(httpx.AsyncByteStream):
    """A body that comes in pieces; what its iterator raises is httpx's."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._pieces:
            yield piece


def said(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> httpx.Response:
    """An answer as it comes from a connection: its body is not read yet."""
    return httpx.Response(status, headers=headers, stream=Stream(_pieces(body, None)))


class Internet:
    """`others` answers what no publisher is asked for. `is_dead` is set when the process was killed: then nothing
    leaves it any more."""

    def __init__(
        self,
        publishers: dict[str, Publisher],
        chance: random.Random,
        others: Callable[[httpx.Request], httpx.Response | None],
    ) -> None:
        self.is_dead = False
        self._publishers = {httpx.URL(ADDRESSES[feed]).host: one for feed, one in publishers.items()}
        self._chance = chance
        self._others = others

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if self.is_dead:
            raise httpx.ConnectError("killed")
        await asyncio.sleep(self._chance.random() * LATENCY_SECONDS)
        if self.is_dead:
            raise httpx.ReadError("killed")
        host = request.headers["host"].partition(":")[0]
        publisher = self._publishers.get(request.url.path.strip("/") if host == STORAGE else host)
        if publisher is None:
            found = self._others(request)
            return found if found is not None else said(404)
        trouble = publisher.current_trouble()
        if trouble is not None and host != STORAGE and (bad := TROUBLES.get(trouble.kind)) is not None:
            return await bad(request, trouble)
        return self._delivered(request, publisher, trouble)

    def _delivered(self, request: httpx.Request, publisher: Publisher, trouble: Trouble | None) -> httpx.Response:
        issue = publisher.served(trouble, self._chance)
        body = issue.body
        headers = _validators(publisher, issue)
        if publisher.is_stamped:
            body += b"<!-- %d -->" % self._chance.randrange(1 << 30)
            headers = {}
        if _is_current(request, headers) or (trouble is not None and trouble.kind == "lying_304" and _asks_if(request)):
            return said(304, headers)
        headers["Content-Type"] = "application/xml"
        return httpx.Response(200, headers=headers, stream=Stream(_pieces(body, trouble)))


def _validators(publisher: Publisher, issue: Issue) -> dict[str, str]:
    if publisher.feed == "un_sc":
        return {"ETag": issue.etag}
    return {"ETag": issue.etag, "Last-Modified": http_date(issue.last_modified)}


def _asks_if(request: httpx.Request) -> bool:
    return "if-none-match" in request.headers or "if-modified-since" in request.headers


def _is_current(request: httpx.Request, headers: dict[str, str]) -> bool:
    if "ETag" in headers and "if-none-match" in request.headers:
        return bool(request.headers["if-none-match"] == headers["ETag"])
    return "Last-Modified" in headers and request.headers.get("if-modified-since") == headers["Last-Modified"]


async def _pieces(body: bytes, trouble: Trouble | None) -> AsyncIterator[bytes]:
    kind, number = (trouble.kind, trouble.number) if trouble is not None else ("", 0)
    if kind == "cut":
        yield body[: number % len(body)]
        if number % 2:
            raise httpx.ReadError("cut")
    elif kind == "slow":
        step, pause = len(body) // 5 + 1, (1.0, 8.0, 40.0)[number % 3]
        for start in range(0, len(body), step):
            yield body[start : start + step]
            await asyncio.sleep(pause)
    elif kind == "endless":
        yield body[: len(body) // 2]
        while True:
            yield ENDLESS_PIECE
    else:
        yield body


async def _error(_: httpx.Request, trouble: Trouble) -> httpx.Response:
    status = (500, 503, 404, 403, 429, 502)[trouble.number % 6]
    wait: dict[str, str] = ({}, {"Retry-After": "120"}, {"Retry-After": "99999"}, {"Retry-After": "soon"})[
        trouble.number % 4
    ]
    return said(status, wait, b"no")


async def _html(_: httpx.Request, trouble: Trouble) -> httpx.Response:
    return said(200, {"Content-Type": "text/html"}, HTML)


async def _empty(_: httpx.Request, trouble: Trouble) -> httpx.Response:
    return said(200)


async def _hang_up(_: httpx.Request, trouble: Trouble) -> httpx.Response:
    raise httpx.RemoteProtocolError("hung up")


async def _unreached(_: httpx.Request, trouble: Trouble) -> httpx.Response:
    raise httpx.ConnectError("nobody there")


async def _silent(request: httpx.Request, trouble: Trouble) -> httpx.Response:
    allowed: dict[str, Any] = request.extensions.get("timeout", {})
    await asyncio.sleep(allowed.get("read") or 60.0)
    raise httpx.ReadTimeout("silent")


async def _redirect(request: httpx.Request, trouble: Trouble) -> httpx.Response:
    """To a storage address with a secret, in a circle, or nowhere."""
    host = request.headers["host"]
    where = (f"https://{STORAGE}/{host}?X-Amz-Signature=5ecre7", str(request.url), "")[trouble.number % 3]
    return said(302, {"Location": where} if where else {})


TROUBLES = {
    "error": _error,
    "html": _html,
    "empty": _empty,
    "hang_up": _hang_up,
    "silent": _silent,
    "unreached": _unreached,
    "redirect": _redirect,
}
