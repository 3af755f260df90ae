"""One poll of each feed, without the daemon: for `syncd once` and for cron."""

from collections.abc import Iterable

from syncd.config import Config
from syncd.core.coordination.target import COORDINATOR
from syncd.daemon.daemon import Daemon
from syncd.errors import LedgerError
from syncd.intake.pipeline import Outcome
from syncd.workers.failure import failure_of


async def poll_once(config: Config, only: Iterable[str] = ()) -> list[tuple[str, Outcome]]:
    """Poll the configured feeds, or `only` those, one after the other, then coordinate. Raises LedgerError when the
    ledger is busy."""
    outcomes = []
    async with Daemon(config, only=tuple(only), web=False, start=False) as daemon:
        for runner in daemon.runners:
            try:
                outcome = await runner.once()
            except LedgerError as error:
                outcome = Outcome(result="failed", why=str(error))
            outcomes.append((runner.feed.id, outcome))
        # A failure of the coordinator takes nothing from what the feeds committed.
        if daemon.coordinating and (failure := await failure_of(daemon.coordinating.once())):
            outcomes.append((COORDINATOR, Outcome(result="failed", why=failure.why)))
    return outcomes
