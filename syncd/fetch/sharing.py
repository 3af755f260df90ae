"""One document that several feeds read travels once: a feed that asks soon after another gets a copy of that answer.

Only for sources that are marked as shared. A feed that has read the answer already asks the publisher, whose `304`
costs nothing; one that asks while the document is on its way waits for it, and shares its failure too.
"""

import asyncio
import os
import shutil
from datetime import date
from pathlib import Path
from tempfile import mkstemp

from msgspec import Struct
from msgspec.structs import replace

from syncd.channels.contract import Question
from syncd.core.state import Validators
from syncd.feeds.contract import Gate, Source
from syncd.fetch.answers import Answer, Fetched, NotModified
from syncd.fetch.fetcher import Fetcher

# The feeds of one document ask within one interval of each other (300 s), and a little later for their jitter.
FRESH_SECONDS = 400.0


class _Kept(Struct, frozen=True):
    """The last document of an address, in a file of its own, and when it came (by the loop's clock)."""

    fetched: Fetched
    at: float


class SharingFetcher:
    """A `Fetcher` that gives each feed its own copy of a shared document. One file an address stays in the spool."""

    def __init__(self, fetcher: Fetcher, *, fresh_seconds: float = FRESH_SECONDS) -> None:
        self._fetcher = fetcher
        self._fresh_seconds = fresh_seconds
        self._kept: dict[str, _Kept] = {}
        self._travelling: dict[str, asyncio.Task[NotModified | Fetched]] = {}

    async def gate(self, gate: Gate, validators: Validators, *, today: date) -> Answer | NotModified:
        """As `Fetcher.gate`."""
        return await self._fetcher.gate(gate, validators, today=today)

    async def ask(self, question: Question, validators: Validators) -> NotModified | Answer:
        """As `Fetcher.ask`."""
        return await self._fetcher.ask(question, validators)

    async def document(
        self, source: Source, validators: Validators, *, into: Path, url: str | None = None
    ) -> NotModified | Fetched:
        """As `Fetcher.document`; of a shared source at most `fresh_seconds` old."""
        if not source.shared:
            return await self._fetcher.document(source, validators, into=into, url=url)
        address = url or source.url
        while (travelling := self._travelling.get(address)) is not None:
            await asyncio.wait([travelling])
            if not travelling.cancelled() and (failure := travelling.exception()):
                raise failure
        kept = self._kept.get(address)
        unread = validators == Validators() or (kept is not None and kept.fetched.validators != validators)
        if kept is not None and unread and self._age(kept) <= self._fresh_seconds:
            return await asyncio.to_thread(_copied, kept.fetched, into)
        return await self._asked(address, source, validators, into)

    async def _asked(self, address: str, source: Source, validators: Validators, into: Path) -> NotModified | Fetched:
        task = asyncio.ensure_future(self._fetched(address, source, validators, into))
        self._travelling[address] = task
        try:
            return await task
        finally:
            task.cancel()
            del self._travelling[address]

    async def _fetched(self, address: str, source: Source, validators: Validators, into: Path) -> NotModified | Fetched:
        fetched = await self._fetcher.document(source, validators, into=into, url=address)
        if isinstance(fetched, Fetched):
            await self._keep(address, fetched, into)
        return fetched

    async def _keep(self, address: str, fetched: Fetched, into: Path) -> None:
        before = self._kept.get(address)
        copy = await asyncio.to_thread(_copied, fetched, into)
        self._kept[address] = _Kept(copy, asyncio.get_running_loop().time())
        if before is not None:
            await asyncio.to_thread(before.fetched.path.unlink, missing_ok=True)

    def _age(self, kept: _Kept) -> float:
        return asyncio.get_running_loop().time() - kept.at


def _copied(fetched: Fetched, into: Path) -> Fetched:
    """Return the same document in another file, which takes no more room where the file system can link."""
    handle, name = mkstemp(prefix="fetch-", suffix="-shared", dir=into)
    os.close(handle)
    path = Path(name)
    try:
        path.unlink()
        path.hardlink_to(fetched.path)
    except OSError:
        shutil.copyfile(fetched.path, path)
    return replace(fetched, path=path, received_bytes=0)
