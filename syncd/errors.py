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


def place_of(error: BaseException) -> str:
    """Where it was raised, without what was in it: file and line of the innermost frame."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    name = trace.tb_frame.f_code.co_filename.rpartition("/")[2]
    return f"{name}:{trace.tb_lineno}"


class SyncdError(Exception):
    """Root of all errors that syncd raises on purpose. `exit_code` is what the command line ends with."""

    exit_code = 1


class ConfigurationError(SyncdError):
    exit_code = 2


class DocumentRefused(SyncdError):
    """The whole document is not to be believed. The message names the feed's document and what is wrong with it."""

    exit_code = 3


class AnotherDocument(DocumentRefused):
    """What came is not a damaged list but something else; another vocabulary of the feed may know it."""


class SignalRefused(SyncdError):
    exit_code = 4


class NobodyAnswered(SyncdError):
    exit_code = 5


class FetchFailed(SyncdError):
    """Nothing usable was received. `retry_after_seconds` is what the publisher asked for, if it did."""

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class PublisherFailed(FetchFailed):
    pass


class SpoolFailed(FetchFailed):
    pass


class EntryError(SyncdError):
    pass


class MissingField(EntryError):
    pass


class TooLarge(EntryError):
    pass


class Unreadable(EntryError):
    """A published value that no rule of `normalise` reads. `value` is the value as published."""

    def __init__(self, value: str, why: str) -> None:
        super().__init__(f"{value!r}: {why}")
        self.value = value
        self.why = why


class ArchiveUnavailable(SyncdError):
    pass


class LedgerError(SyncdError):
    pass


class LedgerBusy(LedgerError):
    pass


class Fenced(LedgerError):
    pass


class NewerState(LedgerError):
    pass


class StateMismatch(LedgerError):
    pass
