"""What lies between clients and brokers, to be cut and held: a relay in front of each node of a relayed cluster.

The brokers send clients to the relay's ports; among themselves they speak without it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Self

PIECE_BYTES = 65_536


class Relay:
    """`ports`: its own → that of the node behind it. An asynchronous context manager."""

    def __init__(self, ports: Mapping[int, int]) -> None:
        self._ports = ports
        self._servers: list[asyncio.Server] = []
        self._open: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._questions, self._answers = asyncio.Event(), asyncio.Event()
        self._late_seconds = 0.0
        self.go_on()

    async def __aenter__(self) -> Self:
        for own, behind in self._ports.items():
            self._servers.append(await self._serve(own, behind))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.close()
        self.go_on()
        self.cut()
        await asyncio.gather(*self._serving)

    def cut(self) -> None:
        """End every connection; new ones are taken."""
        for writer in self._open:
            writer.transport.abort()

    def hold(self, *, questions: bool = True) -> None:
        """Let nothing through until `go_on`; without `questions`, only no answers."""
        if questions:
            self._questions.clear()
        self._answers.clear()

    def slow(self, seconds: float) -> None:
        """Each piece of an answer is so late, until `go_on`."""
        self._late_seconds = seconds

    def go_on(self) -> None:
        self._late_seconds = 0.0
        self._questions.set()
        self._answers.set()

    async def _serve(self, own: int, behind: int) -> asyncio.Server:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                await self._between(reader, writer, *await asyncio.open_connection("127.0.0.1", behind))
            writer.close()

        def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(serve(reader, writer))
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)

        return await asyncio.start_server(begin, "127.0.0.1", own)

    async def _between(
        self,
        client: asyncio.StreamReader,
        to_client: asyncio.StreamWriter,
        node: asyncio.StreamReader,
        to_node: asyncio.StreamWriter,
    ) -> None:
        """Until either end closes."""
        both = {to_client, to_node}
        self._open |= both
        ways = [
            asyncio.create_task(_pass_on(client, to_node, self._questions.wait)),
            asyncio.create_task(_pass_on(node, to_client, self._may_answer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._open -= both
            to_node.close()

    async def _may_answer(self) -> None:
        await asyncio.sleep(self._late_seconds)
        await self._answers.wait()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, may_pass: Callable[[], Awaitable[object]]
) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(PIECE_BYTES):
            await may_pass()
            writer.write(piece)
            await writer.drain()
