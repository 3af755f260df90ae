"""One poll of each feed, without the daemon: for `syncd once` and for cron."""

from collections.abc import Iterable

from syncd.config import Config
from syncd.core.coordination.target import COORDINATOR
from syncd.core.notices.notice import NOTICES
from syncd.errors import LedgerError
from syncd.intake.pipeline import Outcome
from syncd.workers.assembly import Assembly
from syncd.workers.failure import failure_of


async def poll_once(config: Config, only: Iterable[str] = ()) -> list[tuple[str, Outcome]]:
    """Poll the configured feeds, or `only` those, one after the other, then coordinate. Raises LedgerError when the
    ledger is busy."""
    outcomes = []
    async with Assembly(config, only=only) as assembly:
        for worker in assembly.feed_workers:
            try:
                outcome = await worker.once()
            except LedgerError as error:
                outcome = Outcome(result="failed", why=str(error))
            outcomes.append((worker.feed.id, outcome))
        # A failure of the coordinator takes nothing from what the feeds committed.
        if assembly.coordinator and (failure := await failure_of(assembly.coordinator.once())):
            outcomes.append((COORDINATOR, Outcome(result="failed", why=failure.why)))
        # Likewise of the channels, which touch no list.
        if assembly.notices and (failure := await failure_of(assembly.notices.once())):
            outcomes.append((NOTICES, Outcome(result="failed", why=failure.why)))
    return outcomes
