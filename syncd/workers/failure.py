"""The boundary of a worker's failures, a feed's or the coordinator's. What goes wrong inside stops that worker alone;
what is in force stands."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from msgspec import Struct

from syncd.errors import Fenced, LedgerError, NewerState, StateMismatch, SyncdError, place_of
from syncd.intake.faults import fault_of
from syncd.observe.moments import Fault

HEARTBEAT_SECONDS = 60.0


class Failure(Struct, frozen=True, kw_only=True):
    """Why a worker failed, and whose fault it is. After a failure that `is_final` this process writes no more; after
    any other the worker tries again, later. `is_fenced`: another process has taken over."""

    why: str
    fault: Fault = "ledger"
    is_final: bool = False
    is_fenced: bool = False


async def failure_of(work: Awaitable[object]) -> Failure | None:
    """Await `work`; return its failure, or None. A publisher's faults are handled by the poller. Raises only what is no
    Exception, such as CancelledError."""
    try:
        await work
    except Fenced as error:
        return Failure(why=str(error), is_final=True, is_fenced=True)
    except (NewerState, StateMismatch) as error:
        return Failure(why=str(error), is_final=True)
    except SyncdError as error:
        return Failure(why=str(error), fault=fault_of(error))
    except Exception as error:  # whatever it is, it is this worker's alone
        return Failure(why=f"{type(error).__name__} in {place_of(error)}", fault=fault_of(error))
    return None


@asynccontextmanager
async def with_heartbeats(beat: Callable[[], Awaitable[None]], name: str) -> AsyncIterator[None]:
    """Call `beat` each minute while the block runs, in a task of the worker's `name`. A heartbeat that the ledger does
    not take is left out: the worker learns of it by its own writes.

    All workers of a process do it at the same moment: those who follow the ledger look at it once a minute for that,
    not each second.
    """

    async def beat_each_minute() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS - time.monotonic() % HEARTBEAT_SECONDS)
            with suppress(LedgerError):
                await beat()

    task = asyncio.create_task(beat_each_minute(), name=f"{name} heartbeat")
    try:
        yield
    finally:
        task.cancel()
