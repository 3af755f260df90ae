"""The worker of one webhook: it follows the ledger from where its receiver has come to, and posts what is wanted.

At least once and in the order of each feed: the next event goes out when the one before was taken, however long that
takes, and the position is noted in the ledger each second and at the end. A receiver that fails keeps nobody waiting
but itself. What is posted again after a kill has the same `webhook-id`.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import Final, Self

import httpx

from syncd.clock import AGAIN_SECONDS, Backoff, Clock
from syncd.config import WebhookSettings
from syncd.core.coordination.target import COORDINATOR
from syncd.core.deliveries import Delivery, reachable
from syncd.core.events import change_id
from syncd.core.times import iso
from syncd.errors import LedgerError, SyncdError, place_of
from syncd.fetch.client import explanation, trusted
from syncd.fetch.headers import retry_after_seconds
from syncd.ledger.contract import Ledger
from syncd.observe import moments
from syncd.observe.report import Reporter
from syncd.workers.webhook_request import change_body, coordination_body, is_wanted, outcome_of, signed_headers

RETRY_SECONDS: Final = (1.0, 5.0, 30.0, 120.0, 300.0)
NOTE_SECONDS: Final = 1.0
ANSWER_BYTES_MAX: Final = 64_000


class _Gone(Exception):
    """The receiver wants no more (410)."""


class WebhookWorker:
    """Posts to one receiver until cancelled. `retry_seconds` are the waits after failures in a row. An asynchronous
    context manager, which holds the connections."""

    def __init__(
        self,
        name: str,
        settings: WebhookSettings,
        ledger: Ledger,
        report: Reporter,
        clock: Clock,
        *,
        retry_seconds: tuple[float, ...] = RETRY_SECONDS,
    ) -> None:
        self.name = name
        self._settings = settings
        self._secrets = [
            secret.get_secret_value() for secret in (settings.secret, settings.old_secret) if secret is not None
        ]
        self._ledger = ledger
        self._report = report
        self._clock = clock
        self._backoff = Backoff(retry_seconds)
        self._position: dict[str, int] = {}
        self._noted: dict[str, int] = {}
        self._client: httpx.AsyncClient | None = None
        self._is_gone = False

    async def __aenter__(self) -> Self:
        self._client = httpx.AsyncClient(
            verify=trusted(self._settings.ca_file, f"webhooks.{self.name}.ca_file"),
            timeout=self._settings.timeout_seconds,
            follow_redirects=False,
            headers={"User-Agent": "syncd-webhooks"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def run(self) -> None:
        """Deliver until cancelled, or until the receiver answers that it is gone. A ledger that cannot be read is read
        again, with back-off."""
        backoff = Backoff(AGAIN_SECONDS)
        while not self._is_gone:
            try:
                async with self:
                    await self._deliver()
            except* _Gone:
                self._is_gone = True
                self._report(moments.WebhookGone(webhook=self.name))
            except* LedgerError as errors:
                seconds = backoff.failed()
                self._report(moments.LedgerUnavailable(why=str(errors.exceptions[0]), retry_seconds=seconds))
                await asyncio.sleep(seconds)
            except* Exception as errors:  # whatever it is, this webhook is tried again and the others go on
                seconds = backoff.failed()
                self._report(self._unexpected(errors.exceptions[0], backoff.failures, seconds))
                await asyncio.sleep(seconds)

    def _unexpected(self, error: Exception, failures: int, seconds: float) -> moments.WebhookFailed:
        why = str(error) if isinstance(error, SyncdError) else f"{type(error).__name__} in {place_of(error)}"
        return moments.WebhookFailed(webhook=self.name, event_id="", failures=failures, retry_seconds=seconds, why=why)

    async def _deliver(self) -> None:
        await self._begin()
        try:
            async with asyncio.TaskGroup() as working:
                working.create_task(self._changes(), name=f"{self.name} changes")
                working.create_task(self._note_on(), name=f"{self.name} position")
                if self._settings.coordination:
                    working.create_task(self._coordination(), name=f"{self.name} coordination")
        finally:
            # What was taken is noted, also when we are ended: else it would go out once more.
            with contextlib.suppress(LedgerError):
                await asyncio.shield(self._note())

    async def _begin(self) -> None:
        """Set the position: the noted one, or for a new webhook where its settings say. Raises LedgerError."""
        ends = {feed: (await self._ledger.state(feed)).sequence for feed in await self._ledger.feeds()}
        if self._settings.coordination:
            ends[COORDINATOR] = (await self._ledger.targets(only=()))[0].sequence
        known = (await self._ledger.deliveries()).get(self.name)
        self._position = self.starting_from(known.position if known else None, ends)
        await self._note(first=known is None)

    def starting_from(self, noted: Mapping[str, int] | None, ends: Mapping[str, int]) -> dict[str, int]:
        """Return the position to go on from. Coordination that is switched on later begins where a new webhook would;
        while it is off, its place is kept."""
        if noted is None:
            return dict(ends) if self._settings.begin == "now" else {}
        position = reachable(noted, ends)
        if not self._settings.coordination and COORDINATOR in noted:
            position[COORDINATOR] = noted[COORDINATOR]
        elif self._settings.coordination and self._settings.begin == "now":
            position.setdefault(COORDINATOR, ends[COORDINATOR])
        return position

    async def _changes(self) -> None:
        ledger, settings = self._ledger, self._settings
        position = {feed: at for feed, at in self._position.items() if feed != COORDINATOR}
        async for change in ledger.tail(position, feeds=settings.feeds, follow=True):
            if is_wanted(change, types=settings.types, material=settings.material):
                body = change_body(change, ledger.installation, ledger.identity)
                await self._post(change_id(change), body, change.committed_at)
            self._position[change.feed] = change.sequence

    async def _coordination(self) -> None:
        ledger = self._ledger
        async for event in ledger.coordination(self._position.get(COORDINATOR, 0), follow=True):
            await self._post(
                event.id, coordination_body(event, ledger.installation, ledger.identity), event.committed_at
            )
            self._position[COORDINATOR] = event.sequence

    async def _post(self, event_id: str, body: bytes, committed_at: str) -> None:
        """Post one event until it is taken. Raises _Gone when the receiver wants no more."""
        while True:
            why, wait = await self._attempt(event_id, body)
            if not why:
                self._report(moments.WebhookDelivered(webhook=self.name, seconds=self._seconds_since(committed_at)))
                self._backoff.reset()
                return
            seconds = max(self._backoff.failed(), wait)
            failures = self._backoff.failures
            self._report(
                moments.WebhookFailed(
                    webhook=self.name, failures=failures, retry_seconds=seconds, why=why, event_id=event_id
                )
            )
            await asyncio.sleep(seconds)

    def _seconds_since(self, at: str) -> float:
        return max(0.0, (self._clock.now() - datetime.fromisoformat(at)).total_seconds())

    async def _attempt(self, event_id: str, body: bytes) -> tuple[str, float]:
        """Post once. Returns why it failed, empty when it was taken, and for how long the receiver asks us to wait."""
        if self._client is None:
            raise RuntimeError("a webhook delivers inside its `async with`")
        headers = signed_headers(event_id, int(time.time()), body, self._secrets)
        try:
            async with (
                asyncio.timeout(self._settings.timeout_seconds),
                self._client.stream("POST", self._settings.url, content=body, headers=headers) as answer,
            ):
                await _drained(answer.aiter_raw())
                outcome = outcome_of(answer.status_code)
                wait = retry_after_seconds(answer.headers) or 0.0
        except TimeoutError:
            return f"no answer within {self._settings.timeout_seconds:g} s", 0.0
        except httpx.ConnectError as error:
            return explanation(error), 0.0
        except httpx.TimeoutException:
            return "no answer in time", 0.0
        except httpx.HTTPError:
            return "the connection was cut, or what came is not HTTP", 0.0
        if outcome == "gone":
            raise _Gone
        return ("" if outcome == "taken" else f"it answered {answer.status_code}"), wait

    async def _note_on(self) -> None:
        while True:
            await asyncio.sleep(NOTE_SECONDS)
            await self._note()

    async def _note(self, *, first: bool = False) -> None:
        position = dict(self._position)
        if position == self._noted and not first:
            return
        await self._ledger.note_delivery(
            Delivery(webhook=self.name, position=position, ledger=self._ledger.identity, at=iso(self._clock.now()))
        )
        self._noted = position


async def _drained(chunks: AsyncIterator[bytes]) -> None:
    """Read an answer's body, which says nothing to us, so that the connection can be used again."""
    read = 0
    async for chunk in chunks:
        read += len(chunk)
        if read > ANSWER_BYTES_MAX:
            return
