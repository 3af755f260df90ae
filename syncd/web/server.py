"""The HTTP server: one listening port, its routes and its bounds.

    /                  the page for a person; /assets/… its style sheet, script and icon
    /records/…         one record and its history; /search finds it
    /api/…             the same as JSON, described by /api/openapi.json
    /livez, /readyz    for supervisors of processes
    /metrics           Prometheus' text format

Only GET and HEAD: nothing here changes anything. Connections, listeners and the size and time of a request are bounded;
a request that is not understood costs nothing but its answer. An idle connection gives way to a new one: the peer's own
when it has its share, else the oldest idle one of all.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from aiohttp import web

from syncd.archive import Archive
from syncd.config import HttpSettings
from syncd.errors import ConfigurationError
from syncd.observe.metrics import Metrics
from syncd.web.access import Access
from syncd.web.api import Api
from syncd.web.connections import CONNECTIONS_MAX, Connections
from syncd.web.documents import Documents
from syncd.web.follower import Follower
from syncd.web.lists import Lists
from syncd.web.page import CONTENT_SECURITY_POLICY, Page
from syncd.web.probes import TICK_SECONDS_MAX, Patience, Probes
from syncd.web.record_pages import RecordPages

__all__ = ["CONNECTIONS_MAX", "IDLE_SECONDS", "TICK_SECONDS_MAX", "WebServer"]

IDLE_SECONDS: Final = 15.0
STOP_SECONDS: Final = 2.0
HEADER_BYTES_MAX: Final = 8192
USUAL_PATIENCE: Final = Patience()

_HEADERS: Final = {
    "Server": "syncd",
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
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
    """The server. Port 0 takes a free one, which `port` names after `start`. `standby` returns whether another replica
    is active. Documents come out of `archive`, where there is one."""

    def __init__(
        self,
        settings: HttpSettings,
        follower: Follower,
        *,
        metrics: Metrics,
        installation: str,
        seconds_since_tick: Callable[[], float] = _never_late,
        standby: Callable[[], bool] = _active,
        archive: Archive | None = None,
        patience: Patience = USUAL_PATIENCE,
    ) -> None:
        self.host = settings.host
        self.port = settings.port
        self._access = Access(settings)
        self._api = Api(follower, installation=installation, standby=standby)
        self._lists = Lists(follower)
        self._documents = Documents(archive)
        self._page = Page(follower, installation=installation, standby=standby)
        self._record_pages = RecordPages(follower, installation=installation)
        self._probes = Probes(
            follower,
            metrics,
            seconds_since_tick=seconds_since_tick,
            standby=standby,
            patience=patience,
        )
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._connections = Connections()

    @property
    def address(self) -> str:
        """The address of the page, once the server listens."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/"

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
        """Stop listening, let answers under way finish, close idle connections. Stopping twice is harmless."""
        listener, self._listener = self._listener, None
        runner, self._runner = self._runner, None
        if listener is not None:
            listener.close()
        self._api.close()
        if runner is not None:
            await runner.cleanup()

    def _protocol(self) -> asyncio.Protocol:
        server = self._runner.server if self._runner is not None else None
        return self._connections.taken(server()) if server is not None else _Refusal()

    def _application(self) -> web.Application:
        application = web.Application(
            client_max_size=HEADER_BYTES_MAX, middlewares=[self._connections.answering, self._access.middleware()]
        )
        application.on_response_prepare.append(_harden)
        pages = (self._page, self._record_pages, self._api, self._lists, self._documents, self._probes)
        application.add_routes([route for page in pages for route in page.routes()])
        return application


class _Refusal(asyncio.Protocol):
    """A connection to a server that is not there any more: closed before a byte is read."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


async def _harden(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


def _port(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])
