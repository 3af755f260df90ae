"""Sends a signal to the owner of a feed, or to the coordinator, and waits for the decision row that answers it.

The signal is written to the ledger. A running daemon answers it within seconds. When no process writes the SQLite file,
the command opens it for writing and answers the signal itself, by the same code. A ledger in Kafka is never opened so.
"""

import asyncio
import time
import uuid
from datetime import timedelta
from typing import cast, get_args

from syncd.clock import SystemClock
from syncd.config import Config
from syncd.core.coordination.target import COORDINATOR
from syncd.core.events import Publication, Signal, SignalKind
from syncd.core.state import Hold
from syncd.core.times import iso
from syncd.errors import LedgerBusy, NobodyAnswered, SignalRefused
from syncd.ledger.contract import Ledger
from syncd.ledger.opening import open_ledger
from syncd.workers.assembly import Assembly

ANSWER_SECONDS_MAX = 30.0
# A document that is fetched and read whole before the answer.
RESYNC_SECONDS_MAX = 600.0
LOOK_EVERY_SECONDS = 0.2
VALID_FOR = timedelta(minutes=5)


async def ask(config: Config, feed: str, kind: str, *, subject: str, why: str, asserted_by: str) -> Publication:
    """Send a signal of `kind` and return the decision row that answers it, applied or refused.

    Raises NobodyAnswered after 30 s (a resync: ten minutes), SignalRefused for a link without coordination,
    LedgerError.
    """
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
        async with Assembly(config, only=(feed,)) as owner:
            await owner.ledger.send(signal)
            await owner.feed_workers[0].answer_signals()
            return await _answer(owner.ledger, signal)
    except LedgerBusy:
        return await _asked(config, signal)


async def _coordinated(config: Config, signal: Signal) -> Publication:
    """Send `signal` and let the coordinator answer it here, after it took all that is committed."""
    async with Assembly(config) as owner:
        if owner.coordinator is None:
            raise SignalRefused("coordination is not enabled: see [coordination] in the configuration")
        await owner.ledger.send(signal)
        await owner.coordinator.once()
        return await _answer(owner.ledger, signal)


async def _asked(config: Config, signal: Signal) -> Publication:
    """Send `signal` and wait for the answer of the process that owns the feed."""
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
    patience = RESYNC_SECONDS_MAX if signal.kind == "resync" else ANSWER_SECONDS_MAX
    end = time.monotonic() + patience
    while time.monotonic() < end:
        async for row in ledger.publications(signal.feed):
            if row.signal == signal.id:
                return row
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    raise NobodyAnswered(
        f"nobody answered for {signal.feed} in {patience:.0f} s: is the daemon that owns the ledger at work? "
        f"The request is void after {signal.expires}"
    )


async def hold_named(config: Config, identity: str) -> tuple[str, Hold]:
    """Returns the feed and the hold that has this id, or had it before the hold changed. Raises SignalRefused when
    there is none."""
    ledger = await open_ledger(config, writing=False)
    try:
        for feed in await ledger.feeds():
            state = await ledger.state(feed)
            for hold in state.holds:
                if identity in (hold.id, *hold.formerly):
                    return feed, hold
    finally:
        await ledger.close()
    raise SignalRefused(f"no feed has a hold {identity}; `syncd held` shows those there are")
