"""What stays when the process is killed, and the moments at which it can be.

A process may be killed before each callback of its loop, before each statement of SQLite and before each change of a
file (Python tells of these by audit events). What is on disk then is copied: the new process goes on with the copy, and
the old one is ended beside it, without effect.
"""

import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

WRITES = frozenset({"os.rename", "os.remove", "os.link", "os.truncate"})
WRITING = "wax+"


class Killed(BaseException):
    """The process is no more. What was on disk lies in `folder`."""

    def __init__(self, folder: Path) -> None:
        super().__init__("killed")
        self.folder = folder


class Process:
    """One life of the daemon in `folder`. `kill_at` says after how many steps, or writes, it is killed."""

    def __init__(self, folder: Path, copy: Path) -> None:
        self.folder = folder
        self._copy = copy
        self._steps_left: int | None = None
        self._writes_left: int | None = None
        self._is_copied = False

    def kill_after(self, *, steps: int | None = None, writes: int | None = None) -> None:
        """Be killed after so many more steps or writes; a kill that is already due stands."""
        if self._steps_left is None and self._writes_left is None:
            self._steps_left, self._writes_left = steps, writes

    @property
    def is_doomed(self) -> bool:
        return self._steps_left is not None or self._writes_left is not None

    def step(self) -> None:
        """Count a callback. Raises Killed when its time has come, or the process died within the one before."""
        if self._is_copied:
            raise Killed(self._copy)
        if self._steps_left is None:
            return
        self._steps_left -= 1
        if self._steps_left <= 0:
            self._die()
            raise Killed(self._copy)

    def write(self) -> None:
        """Count a write that is about to be made."""
        if self._writes_left is None or self._is_copied:
            return
        self._writes_left -= 1
        if self._writes_left <= 0:
            self._die()

    def _die(self) -> None:
        """Keep what is on disk now; what the process still does has no effect."""
        self._is_copied = True
        with watching(None):
            shutil.copytree(self.folder, self._copy, ignore=shutil.ignore_patterns("*-shm", "*.lock"))


class watching:  # noqa: N801
    """While it is entered, the writes of this thread are told to `process`; to nobody with None."""

    _process: Process | None = None
    _is_hooked = False

    def __init__(self, process: Process | None) -> None:
        self._entered = process

    def __enter__(self) -> None:
        if not watching._is_hooked:
            watching._is_hooked = True
            sys.addaudithook(_heard)
        self._before, watching._process = watching._process, self._entered

    def __exit__(self, *_: object) -> None:
        watching._process = self._before


def _heard(event: str, args: tuple[Any, ...]) -> None:
    process = watching._process
    if process is None:
        return
    if event in WRITES:
        process.write()
    elif event == "open":
        mode = args[1]
        if mode is not None and any(letter in WRITING for letter in mode):
            process.write()
    elif event == "sqlite3.connect/handle":
        _trace(args[0], process.write)


def _trace(connection: sqlite3.Connection, write: Callable[[], None]) -> None:
    with suppress(sqlite3.Error):
        connection.set_trace_callback(lambda _: write())
