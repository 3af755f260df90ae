"""Asking the owner of a feed, or the coordinator, for something, and waiting for the answer.

The signal goes into the ledger. A running daemon answers it within seconds; when nobody writes the SQLite file, the
asker takes it for the moment and answers himself, by the same code. A ledger in Kafka is never taken.
"""

import asyncio
import time
import uuid
from datetime import timedelta
from typing import cast, get_args

from syncd import signals
from syncd.clock import SystemClock
from syncd.config import Config
from syncd.core.admit import iso
from syncd.core.events import Publication, Signal, SignalKind
from syncd.core.target import COORDINATOR
from syncd.daemon import Daemon
from syncd.errors import FetchFailed, LedgerBusy, NobodyAnswered, SignalRefused
from syncd.intake import Intake
from syncd.ledger.contract import Ledger
from syncd.ledger.opening import open_ledger

ANSWER_SECONDS_MAX = 30.0
LOOK_EVERY_SECONDS = 0.2
VALID_FOR = timedelta(minutes=5)


async def ask(config: Config, feed: str, kind: str, *, subject: str, why: str, asserted_by: str) -> Publication:
    """The decision row that answers the signal. Raises NobodyAnswered after 30 s, LedgerError."""
    signal = Signal(
        id=uuid.uuid4().hex,
        feed=feed,
        kind=_kind(kind),
        subject=subject,
        asserted_by=asserted_by,
        why=why,
        expires=iso(SystemClock().now() + VALID_FOR),
    )
    if config.kafka.is_chosen:
        return await _asked(config, signal)
    try:
        if feed == COORDINATOR:
            return await _coordinated(config, signal)
        async with Daemon(config, only=(feed,), web=False, start=False) as owner:
            await owner.ledger.send(signal)
            intake = await owner.runners[0].opened()
            await signals.answer_all(owner.ledger, intake)
            if intake.resync_asked:
                await _resync(intake)
            return await _answer(owner.ledger, signal)
    except LedgerBusy:
        return await _asked(config, signal)


async def _coordinated(config: Config, signal: Signal) -> Publication:
    """The answer of the coordinator, which takes all that is committed first."""
    async with Daemon(config, web=False, start=False) as owner:
        if owner.coordinating is None:
            raise SignalRefused("coordination is not enabled: see [coordination] in the configuration")
        await owner.ledger.send(signal)
        await owner.coordinating.once()
        return await _answer(owner.ledger, signal)


async def _resync(intake: Intake) -> None:
    """There is no daemon whose next poll would do it. Raises FetchFailed."""
    outcome = await intake.poll()
    if outcome.result == "failed":
        raise FetchFailed(f"{intake.feed.id} was not read anew: {outcome.why}")


async def _asked(config: Config, signal: Signal) -> Publication:
    """The answer of whoever owns the feed."""
    ledger = await open_ledger(config, writing=False)
    try:
        await ledger.send(signal)
        return await _answer(ledger, signal)
    finally:
        await ledger.close()


def _kind(kind: str) -> SignalKind:
    assert kind in get_args(SignalKind)
    return cast(SignalKind, kind)


async def _answer(ledger: Ledger, signal: Signal) -> Publication:
    end = time.monotonic() + ANSWER_SECONDS_MAX
    while time.monotonic() < end:
        async for row in ledger.publications(signal.feed):
            if row.signal == signal.id:
                return row
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    raise NobodyAnswered(
        f"nobody answered for {signal.feed} in {ANSWER_SECONDS_MAX:.0f} s: is the daemon that owns the ledger at work? "
        f"The request is void after {signal.expires}"
    )


async def feed_of_hold(config: Config, hold: str) -> str:
    """The feed that has a hold with this id, or had it before the hold changed. Raises SignalRefused."""
    ledger = await open_ledger(config, writing=False)
    try:
        for feed in await ledger.feeds():
            state, _ = await ledger.snapshot(feed)
            if any(hold in (one.id, *one.formerly) for one in state.holds):
                return feed
    finally:
        await ledger.close()
    raise SignalRefused(f"no feed has a hold {hold}; `syncd held` shows those there are")
