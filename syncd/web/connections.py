"""Which connections the port keeps: as many as it can serve, and of those that ask nothing the latest.

A connection is idle while no question of it is being answered. When a peer has its share of idle ones, its oldest gives
way to its next; when all places are taken, the oldest idle one of anybody does; when none is idle, who comes is turned
away. So no peer keeps another from being answered by merely connecting.
"""

import asyncio
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

CONNECTIONS_MAX: Final = 64
IDLE_OF_A_PEER_MAX: Final = 32


class Connections:
    """The open connections, those that have been idle for longest first."""

    def __init__(self) -> None:
        self._open: dict[LimitedConnection, None] = {}
        self._of: dict[object, LimitedConnection] = {}

    def taken(self, inner: asyncio.Protocol) -> "LimitedConnection":
        """A connection that is about to be made, to be served by `inner`."""
        return LimitedConnection(inner, self)

    def opened(self, connection: "LimitedConnection") -> bool:
        """Whether there is a place for it; then another may have given way."""
        idle = [one for one in self._open if not one.is_busy]
        own = [one for one in idle if one.peer == connection.peer]
        if len(own) >= IDLE_OF_A_PEER_MAX:
            self._close(own[0])
        elif len(self._open) >= CONNECTIONS_MAX:
            if not idle:
                return False
            self._close(idle[0])
        self._open[connection] = None
        self._of[connection.inner] = connection
        return True

    def _close(self, connection: "LimitedConnection") -> None:
        self.gone(connection)
        connection.close()

    def gone(self, connection: "LimitedConnection") -> None:
        self._open.pop(connection, None)
        self._of.pop(connection.inner, None)

    @web.middleware
    async def answering(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A middleware: while a question is answered, its connection is not idle."""
        connection = self._of.get(request.protocol)
        if connection is None:
            return await handler(request)
        connection.is_busy = True
        try:
            return await handler(request)
        finally:
            connection.is_busy = False
            if connection in self._open:
                # Idle from now on: behind all that have been for longer.
                del self._open[connection]
                self._open[connection] = None


class LimitedConnection(asyncio.Protocol):
    """One connection, served by `inner` if there is a place for it."""

    def __init__(self, inner: asyncio.Protocol, connections: Connections) -> None:
        self.inner = inner
        self.peer = ""
        self.is_busy = False
        self._connections = connections
        self._transport: asyncio.BaseTransport | None = None
        self._is_served = False

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        address = transport.get_extra_info("peername")
        self.peer = str(address[0]) if address else ""
        self._is_served = self._connections.opened(self)
        if self._is_served:
            self.inner.connection_made(transport)
        else:
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.gone(self)
        if self._is_served:
            self.inner.connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self._is_served:
            self.inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self.inner.eof_received() if self._is_served else None

    def pause_writing(self) -> None:
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        self.inner.resume_writing()
