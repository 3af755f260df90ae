"""Whose fault a failure is."""

import errno
from collections.abc import Iterator

import pytest

from syncd import errors
from syncd.intake.faults import fault_of
from syncd.observe.moments import Fault
from syncd.workers.failure import failure_of

EXPECTED: dict[str, Fault] = {
    "FetchFailed": "network",
    "PublisherFailed": "publisher",
    "SpoolFailed": "disk",
    "DocumentRefused": "publisher",
    "AnotherDocument": "publisher",
    "ArchiveUnavailable": "archive",
    "LedgerError": "ledger",
    "LedgerBusy": "ledger",
    "Fenced": "ledger",
    "NewerState": "ledger",
    "StateMismatch": "ledger",
}


def kinds(of: type[Exception]) -> Iterator[type[Exception]]:
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


@pytest.mark.parametrize("kind", [one for one in kinds(errors.SyncdError) if one.__module__ == errors.__name__])
def test_each_error_is_somebodys_fault(kind: type[Exception]) -> None:
    error = kind("why") if kind is not errors.Unreadable else errors.Unreadable("value", "why")
    assert fault_of(error) == EXPECTED.get(kind.__name__, "internal")


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk"),
        (OSError(errno.EROFS, "Read-only file system"), "disk"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "internal"),
        (KeyError("x"), "internal"),
    ],
)
async def test_what_is_none_of_ours_is_told_apart_too(error: Exception, fault: Fault) -> None:
    async def work() -> None:
        raise error

    failure = await failure_of(work())
    assert failure is not None
    assert failure.fault == fault
