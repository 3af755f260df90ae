"""One poll of each feed, without the daemon: for `syncd once` and for cron."""

from collections.abc import Iterable

from syncd.config import Config
from syncd.core.coordination.target import COORDINATOR
from syncd.errors import LedgerError, SyncdError, place_of
from syncd.intake.pipeline import Outcome
from syncd.workers.assembly import Assembly
from syncd.workers.coordinator import CoordinatorWorker


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
        if assembly.coordinator is not None:
            why = await _coordinated(assembly.coordinator)
            outcomes += [(COORDINATOR, Outcome(result="failed", why=why))] if why else []
    return outcomes


async def _coordinated(coordinating: CoordinatorWorker) -> str:
    """Why it failed, which takes nothing from what the feeds committed; empty when it did not."""
    try:
        await coordinating.once()
    except SyncdError as error:
        return str(error)
    except Exception as error:  # whatever it is, it is the coordinator's alone
        return f"{type(error).__name__} in {place_of(error)}"
    return ""
