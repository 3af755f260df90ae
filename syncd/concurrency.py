"""Long computations beside the event loop."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar


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


T = TypeVar("T")


async def in_thread(work: Callable[[], T], name: str) -> T:
    """What `work` gives or raises, done in a thread of its own.

    Unlike a thread of the loop's pool it does not hold up the end of the process: whoever is cancelled meanwhile throws
    away what `work` was done on.
    """
    done: Future[T] = Future()
    # It has begun: a cancellation is of whoever waits, and not of the work.
    done.set_running_or_notify_cancel()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # told to whoever waits
            done.set_exception(error)
        else:
            done.set_result(result)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await asyncio.wrap_future(done)
