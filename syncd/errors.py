"""What can go wrong, whose fault it is, and what to do next.

SyncdError
├── ConfigurationError      the operator's: a setting is wrong                          exit 2
├── DocumentRefused         the publisher's: the document is not the list               exit 3
├── SignalRefused           the caller's: a release, reject … that cannot be applied    exit 4
├── NobodyAnswered          no running daemon took the signal in time                   exit 5
├── FetchFailed             the network's: nothing was received
│   ├── PublisherFailed     … the publisher's: it answered that it cannot
│   └── SpoolFailed         … the disk's: what came could not be written
├── EntryError              one entry of a document
│   ├── MissingField        … lacks what every entry must have
│   ├── TooLarge            … is larger than any entry of a list is
│   └── Unreadable          … has a value that no rule reads
├── ArchiveUnavailable      the archive could not be reached or has not the document
└── LedgerError             the ledger's
    ├── LedgerBusy          another process writes it
    ├── Fenced              another process has taken this feed over
    ├── NewerState          a newer syncd wrote it, and this one would read the list otherwise
    └── StateMismatch       what was restored is not what was committed
"""

from collections.abc import Iterator
from contextlib import contextmanager


def place_of(error: BaseException) -> str:
    """Return file and line of the innermost frame in which `error` was raised (`rows.py:41`). The error's own text,
    which may hold names, is left out."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    name = trace.tb_frame.f_code.co_filename.rpartition("/")[2]
    return f"{name}:{trace.tb_lineno}"


class SyncdError(Exception):
    """Root of all errors that syncd raises on purpose. `exit_code` is the exit status of the command line."""

    exit_code = 1


class ConfigurationError(SyncdError):
    """A setting, a file or an address that the operator gave is wrong. The message names the setting and what it must
    be."""

    exit_code = 2


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """Raise ConfigurationError, which names the `extra` of this package to install, for a package that is imported
    within and is not there."""
    try:
        yield
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if name in ("", __name__.partition(".")[0]):
            raise
        raise ConfigurationError(
            f"this needs the package {name}, which this installation leaves out: pip install 'syncd[{extra}]', or all "
            "that deploy/requirements.lock names"
        ) from error


class DocumentRefused(SyncdError):
    """The whole document is not accepted as the list. The message names the feed's document and what is
    wrong with it."""

    exit_code = 3


class AnotherDocument(DocumentRefused):
    """The bytes are not a damaged list but a document of another kind; another vocabulary of the feed may read it."""


class SignalRefused(SyncdError):
    """A signal (release, reject, resync, pause, resume, link) cannot be applied. The message says why."""

    exit_code = 4


class NobodyAnswered(SyncdError):
    """No running daemon applied or refused the signal in time."""

    exit_code = 5


class FetchFailed(SyncdError):
    """Nothing usable was received. `retry_after_seconds` is what the publisher asked for in `Retry-After`,
    else None."""

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class PublisherFailed(FetchFailed):
    """The publisher answered without a document: with an error status, or with too many redirects."""


class SpoolFailed(FetchFailed):
    """The document could not be written to the spool: no room, or no right to write."""


class EntryError(SyncdError):
    """One entry of a document cannot be read. The others of the document go on."""


class MissingField(EntryError):
    """The entry lacks a field that every entry must have."""


class TooLarge(EntryError):
    """An entry, or the record made of it, exceeds a bound: of bytes, or of the number of its parts."""


class Unreadable(EntryError):
    """A published value that no rule of `normalise` reads. `value` is the value as published."""

    def __init__(self, value: str, why: str) -> None:
        super().__init__(f"{value!r}: {why}")
        self.value = value
        self.why = why


class ArchiveUnavailable(SyncdError):
    """The archive could not be reached, does not hold the document, or holds it damaged."""


class LedgerError(SyncdError):
    """The ledger cannot be read or written. The message says why."""


class LedgerBusy(LedgerError):
    """Another process has the ledger open for writing."""


class Fenced(LedgerError):
    """Another process has taken the feed over: this one may not write it any more (fencing)."""


class NewerState(LedgerError):
    """A newer syncd wrote the feed. This version would read the list otherwise and report differences of its own."""


class StateMismatch(LedgerError):
    """The state that was restored is not the state that was committed: the digests differ."""
