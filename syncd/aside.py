"""Long computations beside the event loop."""

import asyncio
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

# A thread that computes keeps the loop waiting for so long each time that something arrives: with Python's own five
# milliseconds, a document that comes in hundreds of pieces comes a second later.
TURN_SECONDS = 0.0001


async def aside(work: Callable[[], T], name: str) -> T:
    """What `work` gives or raises, done in a thread of its own.

    Unlike a thread of the loop's pool it does not hold up the end of the process: whoever is cancelled meanwhile throws
    away what `work` was done on.
    """
    sys.setswitchinterval(TURN_SECONDS)
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # whatever T is

    def run() -> None:
        result, failed = None, None
        try:
            result = work()
        except BaseException as error:  # told to whoever waits
            failed = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(settle, result, failed)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await done
