"""The boundary of a part's failures: of one feed's, or of the coordinator's. Whatever goes wrong inside is that part's
alone; what is in force stands."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from msgspec import Struct

from syncd.errors import Fenced, LedgerError, NewerState, StateMismatch, SyncdError, place_of
from syncd.intake.faults import fault_of
from syncd.observe.moments import Fault

HEARTBEAT_SECONDS = 60.0


class Failure(Struct, frozen=True, kw_only=True):
    """Why work ended. After one that `is_final` this process writes no more; after any other it tries again, later."""

    why: str
    fault: Fault = "ledger"
    is_final: bool = False
    is_fenced: bool = False


async def failure_of(work: Awaitable[object]) -> Failure | None:
    """What `work` failed of, which is not the publisher's doing; None when it ended well."""
    try:
        await work
    except Fenced as error:
        return Failure(why=str(error), is_final=True, is_fenced=True)
    except (NewerState, StateMismatch) as error:
        return Failure(why=str(error), is_final=True)
    except SyncdError as error:
        return Failure(why=str(error), fault=fault_of(error))
    except Exception as error:  # whatever it is, it is this part's alone
        return Failure(why=f"{type(error).__name__} in {place_of(error)}", fault=fault_of(error))
    return None


@asynccontextmanager
async def beating(beat: Callable[[], Awaitable[None]], name: str) -> AsyncIterator[None]:
    """A heartbeat each minute, however long the work inside takes; one that cannot be left says nothing new."""

    async def beat_on() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            with suppress(LedgerError):
                await beat()

    task = asyncio.create_task(beat_on(), name=f"{name} heartbeat")
    try:
        yield
    finally:
        task.cancel()
