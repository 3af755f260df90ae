"""Which connections the port keeps: a bounded number, and among the idle ones the latest.

A connection is idle while no request of it is being answered. When a peer has its share of idle ones, its oldest gives
way to its next; when all places are taken, the oldest idle one of any peer does; when none is idle, the new one is
closed. So no peer keeps another from being answered by merely connecting.
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
        """Return the protocol of a connection that is about to be made, to be served by `inner`."""
        return LimitedConnection(inner, self)

    def opened(self, connection: "LimitedConnection") -> bool:
        """Take `connection` in, and close an idle one for it if need be. Returns False when there is no place."""
        idle = [known for known in self._open if not known.is_busy]
        own = [known for known in idle if known.peer == connection.peer]
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
        """Forget `connection`, which is closed."""
        self._open.pop(connection, None)
        self._of.pop(connection.inner, None)

    @web.middleware
    async def answering(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Middleware that marks a connection as busy while its request is answered."""
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
    """One connection: passes its events to `inner` when there is a place for it, else closes it. See
    asyncio.Protocol."""

    def __init__(self, inner: asyncio.Protocol, connections: Connections) -> None:
        self.inner = inner
        self.peer = ""
        self.is_busy = False
        self._connections = connections
        self._transport: asyncio.BaseTransport | None = None
        self._is_served = False

    def close(self) -> None:
        """Close the transport."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a place; pass the connection on, or close it."""
        self._transport = transport
        address = transport.get_extra_info("peername")
        self.peer = str(address[0]) if address else ""
        self._is_served = self._connections.opened(self)
        if self._is_served:
            self.inner.connection_made(transport)
        else:
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Give the place back and pass the event on."""
        self._connections.gone(self)
        if self._is_served:
            self.inner.connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Pass `data` on."""
        if self._is_served:
            self.inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass the event on. Returns True when the transport is to stay open."""
        return self.inner.eof_received() if self._is_served else None

    def pause_writing(self) -> None:
        """Pass the event on."""
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass the event on."""
        self.inner.resume_writing()
