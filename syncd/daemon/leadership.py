"""Leader election: of the replicas of one ledger in Kafka, one at a time is active and runs the workers.

A term begins when the consumer group names this replica and ends when it names another, or when a worker was fenced.
Each term opens the ledger anew and closes it at its end. A replica that was fenced leaves the group, joins it again and
opens nothing before it is named.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from syncd.clock import Backoff
from syncd.config import Config
from syncd.daemon.consumer_lag import watch
from syncd.errors import LedgerError
from syncd.ledger.contract import Ledger
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.group import Group
from syncd.ledger.kafka.topics import Topics
from syncd.ledger.opening import open_ledger
from syncd.observe import moments
from syncd.observe.kafka import TopicsDiffer
from syncd.observe.report import Reporter

PROVE_EVERY_SECONDS = 30.0
PROVE_AGAIN_SECONDS = 2.0


class Leadership:
    """The part of one process in the election. `belong` and `serve` run as tasks for as long as the process lives."""

    def __init__(self, config: Config, report: Reporter) -> None:
        self.is_active = False
        self._config = config
        self._report = report
        self._group = Group(config.kafka, self._trouble)
        self._backoff = Backoff()

    @property
    def is_standing_by(self) -> bool:
        """Whether this replica is a member of the group, which has named another."""
        return self._group.is_member and not self._group.term

    async def belong(self) -> None:
        """Stay a member of the group until cancelled; then leave it."""
        await self._group.belong()

    async def serve(self, work: Callable[[Ledger], Awaitable[Sequence[str]]]) -> None:
        """In each term open the ledger and run `work` with it until either ends, then close it; until cancelled.

        `work` returns the names of the workers that were fenced; this replica then resigns.
        """
        term = 0
        self._report(moments.ReplicaStandsBy(why="it has just joined"))
        while True:
            term = await self._group.named_after(term)
            try:
                ledger = await open_ledger(self._config, writing=True, report=self._report)
            except LedgerError as error:
                await self._wait(term, str(error))
                term -= 1
                continue
            self._backoff.reset()
            broken = await self._term(term, ledger, work)
            if broken:
                await self._wait(term, broken)
                term -= 1

    async def _term(self, term: int, ledger: Ledger, work: Callable[[Ledger], Awaitable[Sequence[str]]]) -> str:
        """Run one term. Returns how the topics are wrong, when that ended the term; else an empty text."""
        self.is_active = True
        self._report(moments.ReplicaActive(term=term))
        working = asyncio.ensure_future(work(ledger))
        ending = asyncio.create_task(self._group.ended(term))
        proving = asyncio.create_task(self._prove_topics())
        watching = asyncio.create_task(watch(self._config.kafka, self._config.consumers.groups, self._report))
        fenced: Sequence[str] = ()
        try:
            await asyncio.wait({working, ending, proving}, return_when=asyncio.FIRST_COMPLETED)
            fenced = working.result() if working.done() else ()
            broken = proving.result() if proving.done() else ""
        finally:
            tasks = (working, ending, proving, watching)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await ledger.close()
            self.is_active = False
        if fenced:
            self._group.resign()
        why = f"{', '.join(fenced)} was taken over" if fenced else broken or "another was named"
        self._report(moments.ReplicaStandsBy(why=why))
        return "" if fenced else broken

    async def _prove_topics(self) -> str:
        """Check the topics' settings until they break a promise twice in a row; returns how. Other differences are
        reported once."""
        kafka = self._config.kafka
        connection = Connection(kafka)
        topics = Topics(prefix=kafka.prefix, replication=kafka.replication, upserts=kafka.upserts)
        told: list[str] | None = None
        wrong: list[str] = []
        while True:
            # Brokers that do not answer are the feeds' to tell.
            with suppress(LedgerError):
                found = await topics.found(connection)
                # Seen twice: a broker that has just started may not know of a topic yet.
                if wrong and found.wrong:
                    return "; ".join(found.wrong)
                wrong = found.wrong
                if found.differing != told and told is not None:
                    self._report(TopicsDiffer(what=tuple(found.differing)))
                told = found.differing
            await asyncio.sleep(PROVE_AGAIN_SECONDS if wrong else PROVE_EVERY_SECONDS)

    async def _wait(self, term: int, why: str) -> None:
        """Report `why` the ledger cannot be used, and wait for the back-off or the end of the term."""
        seconds = self._backoff.failed()
        self._trouble(why, seconds)
        try:
            async with asyncio.timeout(seconds):
                await self._group.ended(term)
        except TimeoutError:
            pass

    def _trouble(self, why: str, retry_seconds: float) -> None:
        self._report(moments.LedgerUnavailable(why=why, retry_seconds=retry_seconds))
