"""What takes minutes says so while it lasts: past what pytest captures, also from one of its workers."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

_uncaptured: list[Callable[[], AbstractContextManager[None]]] = [nullcontext]


def say(line: str) -> None:
    """Write a line to the standard error of whoever waits for the tests."""
    with _uncaptured[-1]():
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def say_within(uncaptured: Callable[[], AbstractContextManager[None]]) -> None:
    """Say each line from now on within what `uncaptured` opens, where nothing is captured."""
    _uncaptured.append(uncaptured)
