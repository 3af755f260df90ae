"""An event loop without a machine beneath it: time passes when nothing is left to do, and chance comes from a seed.

What asyncio promises is kept: callbacks run in the order in which they were given. What it does not promise is drawn:
which of two timers of one moment comes first, how long a thread takes, and when in that span its work has its effect.
Each callback and each piece of a thread's work is one step, before which the process may be killed.
"""

import asyncio
import heapq
import random
import socket
import sys
import weakref
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextvars import Context
from typing import Any, TypeVar

T = TypeVar("T")

# Public, as all of 93.184.0.0/16 is; nobody connects to it.
ADDRESS = "93.184.215.14"
# The share of a thread's work that takes time that others can see.
SLOW = 0.15
SLOW_SECONDS = 0.2
STEPS_MAX = 400_000


class Stuck(Exception):
    """Nothing is left to do, and what was waited for has not come; or it goes on without end."""


class NumberedTask(asyncio.Task[T]):
    """A task that is hashed by its number in the loop: asyncio has sets of tasks (a group's, those that are waited for,
    those that are left at the end), and by their addresses such a set has another order each time."""

    def __init__(self, coro: Coroutine[Any, Any, T], *, number: int, **more: Any) -> None:
        self._number = number  # before it is registered, in a set
        super().__init__(coro, **more)

    def __hash__(self) -> int:
        return self._number


class SimulatedLoop(asyncio.AbstractEventLoop):
    """`started` is the loop's time at its beginning, in seconds. `step` is called before each callback; whatever it
    raises ends `run_until_complete`."""

    def __init__(self, chance: random.Random, started: float, step: Callable[[], None]) -> None:
        self.steps = 0
        self.complaints: list[str] = []
        self._chance = chance
        self._now = started
        self._step = step
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, float, int, asyncio.TimerHandle]] = []
        self._count = 0
        # By the executor itself: another may have the address of one that is gone.
        self._busy: dict[object, float] = {}
        self._running = False
        self._closed = False
        self._generators: weakref.WeakValueDictionary[int, AsyncGenerator[Any, Any]] = weakref.WeakValueDictionary()

    # Time and callbacks.
    def time(self) -> float:
        return self._now

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        return self.call_soon(callback, *args, context=context)

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heapq.heappush(self._timers, (when, self._chance.random(), self._count, timer))
        return timer

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Asked by `TimerHandle.cancel`: a timer that was cancelled is dropped when its time comes."""

    # Running.
    def run_until_complete(self, future: Any) -> Any:
        own = not asyncio.isfuture(future)
        task: asyncio.Future[Any] = self.create_task(future) if own else future
        before = asyncio._get_running_loop()
        hooks = sys.get_asyncgen_hooks()
        asyncio._set_running_loop(None)
        asyncio._set_running_loop(self)
        sys.set_asyncgen_hooks(firstiter=self._begin_generator, finalizer=self._end_generator)
        self._running = True
        try:
            while not task.done():
                self._turn()
        finally:
            self._running = False
            sys.set_asyncgen_hooks(*hooks)
            asyncio._set_running_loop(before)
        return task.result()

    def _turn(self) -> None:
        """Run one callback, or let time pass until the next timer."""
        if not self._ready:
            self._pass_time()
            return
        self.steps += 1
        if self.steps > STEPS_MAX:
            raise Stuck(f"more than {STEPS_MAX:,} steps")
        self._step()
        handle = self._ready.popleft()
        if not handle.cancelled():
            handle._run()

    def _pass_time(self) -> None:
        while self._timers and self._timers[0][3].cancelled():
            heapq.heappop(self._timers)
        if not self._timers:
            raise Stuck("nothing is left to do")
        when = self._timers[0][0]
        self._now = max(self._now, when)
        while self._timers and self._timers[0][0] <= self._now:
            timer = heapq.heappop(self._timers)[3]
            if not timer.cancelled():
                self._ready.append(timer)

    def drain(self, steps: int) -> None:
        """End every task of a process that was killed, in so many steps at most."""
        self._step = lambda: None
        tasks = asyncio.all_tasks(self)
        for task in tasks:
            task.cancel()
        self.complaints.clear()

        async def ended() -> None:
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.shutdown_asyncgens()

        self.steps, before = STEPS_MAX - steps, self.steps
        self.run_until_complete(ended())
        self.steps = before
        self.complaints.clear()

    def is_running(self) -> bool:
        return self._running

    def is_closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True
        self._ready.clear()
        self._timers.clear()

    def get_debug(self) -> bool:
        return False

    def _begin_generator(self, generator: AsyncGenerator[Any, Any]) -> None:
        self._count += 1
        self._generators[self._count] = generator

    def _end_generator(self, generator: AsyncGenerator[Any, Any]) -> None:
        if not self._closed:
            self.create_task(generator.aclose())  # type: ignore[arg-type]

    async def shutdown_asyncgens(self) -> None:
        for generator in list(self._generators.values()):
            await generator.aclose()

    # Futures and tasks.
    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(
        self, coro: Coroutine[Any, Any, T], *, name: str | None = None, context: Context | None = None, **more: Any
    ) -> "asyncio.Task[T]":
        self._count += 1
        return NumberedTask(coro, number=self._count, loop=self, name=name, context=context, **more)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.complaints.append(f"{context.get('message')}: {type(error).__name__}: {error}")

    # Threads: their work is done here, at a drawn moment.
    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Callable[..., T], *args: Any
    ) -> "asyncio.Future[T]":
        """Do the work at one moment between its beginning and its end. The work of an executor of its own is done in
        order, one piece after the other; a piece that is cancelled before its turn is not done."""
        done: asyncio.Future[T] = self.create_future()
        begins = self._now if executor is None else max(self._now, self._busy.get(executor, 0.0))
        if begins <= self._now and self._chance.random() > SLOW:
            self.call_soon(self._work, done, func, args, None)
            return done
        at = begins + self._chance.random() * SLOW_SECONDS
        ends = at + self._chance.random() * SLOW_SECONDS
        if executor is not None:
            self._busy[executor] = ends
        if begins > self._now:
            self.call_at(begins, self._begin, done, func, args, at, ends)
        else:
            self.call_at(at, self._work, done, func, args, ends)
        return done

    def _begin(self, done: "asyncio.Future[T]", func: Callable[..., T], args: Any, at: float, ends: float) -> None:
        if not done.cancelled():
            self.call_at(at, self._work, done, func, args, ends)

    def _work(self, done: "asyncio.Future[T]", func: Callable[..., T], args: Any, ends: float | None) -> None:
        try:
            outcome: tuple[T | None, BaseException | None] = (func(*args), None)
        except Exception as error:  # told to whoever waits
            outcome = (None, error)
        if ends is None:
            _settle(done, *outcome)
        else:
            self.call_at(ends, _settle, done, *outcome)

    async def getaddrinfo(self, host: Any, port: Any, **_: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ADDRESS, port or 0))]


def _settle(done: "asyncio.Future[T]", result: T, error: BaseException | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)
