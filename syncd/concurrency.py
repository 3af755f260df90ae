"""Work that must not stop the event loop, and work that must not be left half done."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar


async def finish_despite_cancel(writing: "asyncio.Future[None]") -> bool:
    """Wait until `writing` is done, even when the waiting task is cancelled: the write goes on in any case, and its
    outcome must be known. Returns True when the task was cancelled meanwhile; the caller then raises CancelledError
    itself."""
    cancelled = False
    while not writing.done():
        try:
            await asyncio.wait({writing})
        except asyncio.CancelledError:
            cancelled = True
    return cancelled


T = TypeVar("T")


async def in_thread(work: Callable[[], T], name: str) -> T:
    """Run `work` in a daemon thread called `name` and return its result, or raise its error.

    Unlike a thread of the loop's pool it does not delay the end of the process: a caller that is cancelled throws away
    the data that `work` runs on.
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
