"""The HTTP server: what it answers, and what it refuses.

    /            a page for a person
    /api/status  the status of each feed, as JSON
    /livez       200 as long as the schedule turns; 503 when it has not for too long: restart me
    /readyz      200 when every feed is open and has its baseline, or the replica stands by; else 503, one line a feed
    /metrics     Prometheus' text format

GET and HEAD only, no parameters, nothing that changes anything, no names of targets. Connections and the size and time
of a request are bounded; a request that is not understood costs nothing but its answer.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from aiohttp import web

from syncd import __version__
from syncd.errors import ConfigurationError
from syncd.observe.metrics import CONTENT_TYPE, Metrics
from syncd.observe.status import FeedStatus, unready
from syncd.web import page

__all__ = ["CONNECTIONS_MAX", "IDLE_SECONDS", "TICK_SECONDS_MAX", "WebServer"]

CONNECTIONS_MAX: Final = 64
IDLE_SECONDS: Final = 15.0
STOP_SECONDS: Final = 2.0
HEADER_BYTES_MAX: Final = 8192
TICK_SECONDS_MAX: Final = 120.0

_HEADERS: Final = {
    "Server": "syncd",
    "Cache-Control": "no-store",
    "Content-Security-Policy": page.CONTENT_SECURITY_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def _never_late() -> float:
    return 0.0


def _active() -> bool:
    return False


class WebServer:
    """One listening port. Port 0 takes a free one; `port` says which after `start`.

    `statuses` gives the enabled feeds. `seconds_since_tick` says how long ago the schedule last turned; above
    `tick_seconds_max` the process calls itself dead. `standby` is true while another replica is active.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        metrics: Metrics,
        statuses: Callable[[], Sequence[FeedStatus]],
        seconds_since_tick: Callable[[], float] = _never_late,
        standby: Callable[[], bool] = _active,
        tick_seconds_max: float = TICK_SECONDS_MAX,
    ) -> None:
        self.host = host
        self.port = port
        self._metrics = metrics
        self._statuses = statuses
        self._seconds_since_tick = seconds_since_tick
        self._standby = standby
        self._tick_seconds_max = tick_seconds_max
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to listen. Raises ConfigurationError when the port cannot be had."""
        runner = web.AppRunner(
            self._application(),
            handle_signals=False,
            access_log=None,
            keepalive_timeout=IDLE_SECONDS,
            max_line_size=HEADER_BYTES_MAX,
            max_field_size=HEADER_BYTES_MAX,
            shutdown_timeout=STOP_SECONDS,
        )
        await runner.setup()
        self._runner = runner
        try:
            loop = asyncio.get_running_loop()
            self._listener = await loop.create_server(self._protocol, self.host, self.port, backlog=CONNECTIONS_MAX)
        except OSError as error:
            await self.stop()
            why = error.strerror or "no such address"
            raise ConfigurationError(f"cannot listen on {self.host} port {self.port}: {why}") from error
        self.port = _port(self._listener.sockets[0])

    async def stop(self) -> None:
        """Stop listening, let answers under way finish, close what is idle. Stopping twice is harmless."""
        listener, self._listener = self._listener, None
        runner, self._runner = self._runner, None
        if listener is not None:
            listener.close()
        if runner is not None:
            await runner.cleanup()

    def _protocol(self) -> asyncio.Protocol:
        server = self._runner.server if self._runner is not None else None
        if server is None or len(server.connections) >= CONNECTIONS_MAX:
            return _Refusal()
        return server()

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=HEADER_BYTES_MAX)
        application.on_response_prepare.append(_harden)
        application.add_routes(
            [
                web.get("/", self._page),
                web.get("/api/status", self._status),
                web.get("/livez", self._livez),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._exposition),
            ]
        )
        return application

    async def _page(self, _: web.Request) -> web.Response:
        text = page.render(self._statuses(), version=__version__, standby=self._standby())
        return web.Response(text=text, content_type="text/html", charset="utf-8")

    async def _status(self, _: web.Request) -> web.Response:
        answer = {"version": __version__, "standby": self._standby(), "feeds": self._statuses()}
        return web.Response(body=msgspec.json.encode(answer), content_type="application/json")

    async def _livez(self, _: web.Request) -> web.Response:
        late = self._seconds_since_tick()
        if late > self._tick_seconds_max:
            return _lines([f"the schedule has not turned for {late:.0f} s"], status=503)
        return _lines(["ok"])

    async def _readyz(self, _: web.Request) -> web.Response:
        standby = self._standby()
        reasons = unready(self._statuses(), standby=standby)
        if reasons:
            return _lines(reasons, status=503)
        return _lines(["ok, standing by" if standby else "ok"])

    async def _exposition(self, _: web.Request) -> web.Response:
        return web.Response(body=self._metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})


class _Refusal(asyncio.Protocol):
    """One connection too many: closed before a byte is read."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


def _lines(lines: Sequence[str], *, status: int = 200) -> web.Response:
    return web.Response(text="".join(f"{line}\n" for line in lines), status=status, charset="utf-8")


async def _harden(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


def _port(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])
