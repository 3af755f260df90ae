"""The parts of a big document on several processors: the parser process and copies of it that it makes (fork).

The parts are dealt out in turn: with two processes one reads the parts 0, 2, 4 …, the other 1, 3, 5 …. A copy writes
what it read into a pipe, and waits while the pipe is full, so that no more than a part's results a process are held.
"""

import contextlib
import fcntl
import os
import signal
import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO

# A second process has a first reading of the largest list done in little more than half the time. Each further one
# takes 50 MB more, and the tree of processes is to stay below 220 MB.
PROCESSES_MAX = 2
PIPE_BYTES = 1 << 20
_LENGTH = struct.Struct(">I")


def processes_count() -> int:
    """Return how many processes may read a document: as many as there are processors for this one, two at most."""
    return min(len(os.sched_getaffinity(0)), PROCESSES_MAX)


def on_processors(work: Callable[[int], bytes], count: int) -> Iterator[bytes]:
    """The Spread (`feeds.parts`) over this process and its copies; work for one number is done by a copy. Raises what
    `work` raises here, EOFError when a copy ends before its work is done."""
    if count == 1:
        with _copy(work, range(1)) as stream:
            yield _received(stream)
        return
    processes = min(processes_count(), count)
    with contextlib.ExitStack() as stack:
        copies = [stack.enter_context(_copy(work, range(first, count, processes))) for first in range(1, processes)]
        for number in range(count):
            turn = number % processes
            yield _received(copies[turn - 1]) if turn else work(number)


@contextlib.contextmanager
def _copy(work: Callable[[int], bytes], numbers: range) -> Iterator[BinaryIO]:
    """A copy of this process that does the work for these numbers; the stream of its results."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        _work_and_end(work, numbers, writing)
    os.close(writing)
    with contextlib.suppress(OSError):
        fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    try:
        with os.fdopen(reading, "rb") as stream:
            yield stream
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _work_and_end(work: Callable[[int], bytes], numbers: range, writing: int) -> None:
    """The life of a copy: it ends here, without what the parser process does at its end."""
    status = 1
    try:
        with os.fdopen(writing, "wb") as stream:
            for number in numbers:
                payload = work(number)
                stream.write(_LENGTH.pack(len(payload)) + payload)
                stream.flush()
        status = 0
    finally:
        os._exit(status)


def _received(stream: BinaryIO) -> bytes:
    """The next result of a copy."""
    head = stream.read(_LENGTH.size)
    payload = stream.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""
    if len(head) < _LENGTH.size or len(payload) < _LENGTH.unpack(head)[0]:
        raise EOFError
    return payload
