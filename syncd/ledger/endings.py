"""Work that must be known to have ended, however impatient whoever waits for it is."""

import asyncio


async def finish_despite_cancel(writing: "asyncio.Future[None]") -> bool:
    """Wait until `writing` is done, whatever happens to who waits: it goes on anyway, and it must be known what
    became of it. True when the waiting was cancelled."""
    cancelled = False
    while not writing.done():
        try:
            await asyncio.wait({writing})
        except asyncio.CancelledError:
            cancelled = True
    return cancelled
