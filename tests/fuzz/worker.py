"""The process in which cases are tried: what crashes it or hangs in it ends it alone, and is told by who started it."""

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from tests.fuzz.cases import Outcome, made_small, tried_case
from tests.fuzz.oracles import Cost, Fault
from tests.fuzz.readers import all_readers

MEMORY_BYTES_MAX = 3 << 30
# Of wall time: a case takes milliseconds, and a fault is made small in seconds.
SECONDS_MAX = 300.0
# What a table reader allocates for the numbers in an XLS is bounded by the process of the parser alone, which may be
# lost by that: the document is refused then, as `tests/intake/test_parser_process.py` has it.
BOUNDED_BY_ITS_PROCESS = "workbook/xls"


class Worker:
    """Tries cases in a process, which is begun anew when it is lost. `to_small`: make the documents of faults small."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there,), daemon=True)
        self._process.start()
        there.close()

    def try_case(self, reader: str, seed: int, *, to_small: bool) -> Outcome:
        """Return what came of a case; that the process was lost is a fault."""
        self._here.send((reader, seed, to_small))
        try:
            if self._here.poll(SECONDS_MAX):
                found: Outcome = self._here.recv()
                return found
            kind, place = "it does not end", reader
        except EOFError:
            self._process.join()
            kind, place = "the process was lost", f"{reader}: exit code {self._process.exitcode}"
        is_bounded = reader.startswith(BOUNDED_BY_ITS_PROCESS) and self._process.exitcode == -signal.SIGABRT
        self.end()
        self._begin()
        return Outcome(reader, seed, Cost(), 0, [] if is_bounded else [Fault(kind, place, "")])

    def end(self) -> None:
        """End the process."""
        if self._process.pid and self._process.is_alive():
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()
        self._here.close()


def _serve(there: Connection) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, hard))
    readers = {reader.name: reader for reader in all_readers()}
    answer: Callable[[Any], None] = there.send
    while True:
        try:
            name, seed, to_small = there.recv()
        except EOFError:
            return
        found = tried_case(readers[name], seed)
        answer(made_small(readers[name], found) if found.faults and to_small else found)
