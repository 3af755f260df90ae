"""What `syncd` finds in place of the real machine, network and brokers, and only while a world runs."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any
from unittest import mock


@contextlib.contextmanager
def replaced(values: Iterable[tuple[Any, str, Any]]) -> Iterator[None]:
    """While it is entered, each place has the value under the name; then what it had before."""
    with contextlib.ExitStack() as stack:
        for place, name, value in values:
            stack.enter_context(mock.patch.object(place, name, value))
        yield
