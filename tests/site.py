"""A publishers' site on loopback, for tests: a test says per path what is answered, and reads what was asked.

    async with Site() as site:
        site.put("/list.xml", b"<LIST/>", etag='"1"')
        ... ask site.url("/list.xml") ...
        assert site.asked("/list.xml")[-1].headers["if-none-match"] == '"1"'

It also serves as a forward proxy for plain HTTP: asked for another host's address, it answers by the path alone.
"""

import asyncio
import gzip
import ssl
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web

SIGNATURE = "X-Amz-Signature=5ecre7s19na7ure"

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived. `headers` by their names in lower case; `target` as it stood on the wire."""

    method: str
    path: str
    target: str
    headers: Mapping[str, str]


@dataclass
class Site:
    """`tls` makes it HTTPS. After the `async with` nothing of it is left running."""

    tls: ssl.SSLContext | None = None
    requests: list[Asked] = field(default_factory=list)
    port: int = 0
    connections: int = 0
    _routes: dict[str, Answering] = field(default_factory=dict)
    _runner: web.AppRunner | None = None
    _peers: set[object] = field(default_factory=set)
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self.tls)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def url(self, path: str) -> str:
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}{path}"

    def asked(self, path: str) -> list[Asked]:
        return [request for request in self.requests if request.path == path]

    def put(
        self,
        path: str,
        body: bytes = b"",
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/xml",
        etag: str | None = None,
        last_modified: str | None = None,
        gzipped: bool = False,
        delay_seconds: float = 0.0,
    ) -> None:
        """A plain answer. With `etag` or `last_modified`, 304 to a request that names the same."""
        validators = {"ETag": etag, "Last-Modified": last_modified}
        stated = {name: value for name, value in validators.items() if value is not None}
        content = gzip.compress(body) if gzipped else body
        sent = {"Content-Type": content_type, **({"Content-Encoding": "gzip"} if gzipped else {}), **(headers or {})}

        async def answer(request: web.Request) -> web.StreamResponse:
            await self._pause(delay_seconds)
            if _is_current(request, etag, last_modified):
                return web.Response(status=304, headers=stated)
            return web.Response(status=status, body=content, headers={**sent, **stated})

        self._routes[path] = answer

    def answer(self, path: str, answering: Answering) -> None:
        """Whatever `answering` says."""
        self._routes[path] = answering

    def redirect(self, path: str, to: str, *, status: int = 302, body: bytes = b"") -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            return web.Response(status=status, headers={"Location": to}, body=body)

        self._routes[path] = answer

    def put_signed(
        self,
        path: str,
        body: bytes = b"",
        *,
        status: int = 200,
        etag: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """As OFAC: `path` redirects to a storage address with a secret in its query, which answers as `put` says."""
        storage = f"/storage{path}"
        self.put(storage, body, status=status, etag=etag, headers=headers)
        self.redirect(path, f"{self.url(storage)}?X-Amz-Expires=3600&{SIGNATURE}")

    def drip(self, path: str, body: bytes, *, bytes_at_once: int = 1, pause_seconds: float = 0.05) -> None:
        """A body that comes a few bytes at a time."""

        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "application/xml"})
            await response.prepare(request)
            for start in range(0, len(body), bytes_at_once):
                await response.write(body[start : start + bytes_at_once])
                await self._pause(pause_seconds)
            return response

        self._routes[path] = answer

    def endless(self, path: str, piece: bytes, *, first: bytes = b"") -> None:
        """A body without an end."""

        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "application/xml"})
            await response.prepare(request)
            await response.write(first)
            while not self._ended.is_set():
                await response.write(piece)
            return response

        self._routes[path] = answer

    def cut(self, path: str, body: bytes, *, declared_bytes: int | None = None) -> None:
        """`body`, then the connection breaks: with a Content-Length that promised more, or chunked without its end."""

        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "application/xml"})
            response.content_length = declared_bytes
            await response.prepare(request)
            await response.write(body)
            _hang_up(request)
            return response

        self._routes[path] = answer

    def hang_up(self, path: str) -> None:
        """The connection is closed without an answer."""

        async def answer(request: web.Request) -> web.StreamResponse:
            _hang_up(request)
            return web.Response()

        self._routes[path] = answer

    def silent(self, path: str) -> None:
        """The request is taken and never answered."""

        async def answer(request: web.Request) -> web.StreamResponse:
            await self._ended.wait()
            return web.Response(status=503)

        self._routes[path] = answer

    def remove(self, path: str) -> None:
        """From now on 404."""
        self._routes.pop(path, None)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self._count_connection(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(Asked(request.method, request.path, request.raw_path, headers))
        answer = self._routes.get(request.path)
        return await answer(request) if answer else web.Response(status=404, text="not here")

    def _count_connection(self, request: web.Request) -> None:
        peer = request.transport.get_extra_info("peername") if request.transport else None
        if peer not in self._peers:
            self._peers.add(peer)
            self.connections += 1

    async def _pause(self, seconds: float) -> None:
        """Not longer than the site lives."""
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), seconds)


def _is_current(request: web.Request, etag: str | None, last_modified: str | None) -> bool:
    if etag is not None and "If-None-Match" in request.headers:
        return request.headers["If-None-Match"] == etag
    return last_modified is not None and request.headers.get("If-Modified-Since") == last_modified


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
