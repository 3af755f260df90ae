"""One poll of each feed, without the daemon: for `syncd once` and for cron."""

from collections.abc import Iterable

from syncd.config import Config
from syncd.daemon import Daemon
from syncd.errors import LedgerError
from syncd.intake import Outcome


async def poll_once(config: Config, only: Iterable[str] = ()) -> list[tuple[str, Outcome]]:
    """Poll the configured feeds, or `only` those, one after the other. Raises LedgerError when the ledger is busy."""
    outcomes = []
    async with Daemon(config, only=tuple(only), web=False, start=False) as daemon:
        for runner in daemon.runners:
            try:
                outcome = await runner.once()
            except LedgerError as error:
                outcome = Outcome(result="failed", why=str(error))
            outcomes.append((runner.feed.id, outcome))
    return outcomes
