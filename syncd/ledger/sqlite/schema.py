"""The file: its tables, how it is opened, and its errors in the operator's terms."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from syncd.errors import LedgerError

APPLICATION_ID = 0x73796E63  # "sync": tells a ledger from any other SQLite file
SCHEMA_VERSION = 6

BUSY_TIMEOUT_SECONDS = 30
# Of each reading connection, of which a daemon has four; the system keeps the file in memory as well.
READ_CACHE_KIB = 512
# A baseline leaves a WAL as long as itself; the next checkpoint cuts it back to this.
JOURNAL_BYTES_MAX = 64 * 1024 * 1024

# The schema as it was first, which every older file has; then what each later version adds.
# `position` is the order of the whole file: one writer, one transaction at a time, so each commit's rows are together.
TABLES = """
CREATE TABLE about (installation TEXT NOT NULL);

CREATE TABLE feeds (
    feed TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL,
    state BLOB
);

CREATE TABLE changes (
    position INTEGER PRIMARY KEY,
    feed TEXT NOT NULL REFERENCES feeds,
    sequence INTEGER NOT NULL,
    commit_number INTEGER NOT NULL,
    key TEXT NOT NULL,
    type TEXT NOT NULL,
    committed_at TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (feed, sequence)
);

CREATE TABLE records (
    feed TEXT NOT NULL REFERENCES feeds,
    key TEXT NOT NULL,
    status TEXT NOT NULL,
    digest TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    vocabulary TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    body BLOB NOT NULL,
    since TEXT NOT NULL,
    until TEXT,
    successor TEXT,
    PRIMARY KEY (feed, key)
);

CREATE TABLE publications (
    position INTEGER PRIMARY KEY,
    feed TEXT NOT NULL REFERENCES feeds,
    kind TEXT NOT NULL,
    commit_number INTEGER NOT NULL,
    at TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX publications_of_feed ON publications (feed, position);

CREATE TABLE signals (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    feed TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX signals_of_feed ON signals (feed, position);

CREATE TABLE heartbeats (
    feed TEXT PRIMARY KEY,
    body BLOB NOT NULL
);
"""

# The coordinator's owner is a row of `feeds` without a state: it is none of them.
COORDINATION = """
CREATE TABLE coordinator (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    state BLOB NOT NULL
);

CREATE TABLE targets (
    id TEXT PRIMARY KEY,
    body BLOB NOT NULL
);

CREATE TABLE coordination (
    sequence INTEGER PRIMARY KEY,
    commit_number INTEGER NOT NULL,
    target TEXT NOT NULL,
    type TEXT NOT NULL,
    committed_at TEXT NOT NULL,
    body BLOB NOT NULL
);
"""

# `ends` is how far each feed and the coordination had come when the generation began, as JSON.
IDENTITY = """
ALTER TABLE about ADD COLUMN ledger TEXT NOT NULL DEFAULT '';

CREATE TABLE generations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    since TEXT NOT NULL,
    why TEXT NOT NULL,
    ends BLOB NOT NULL
);
"""

# The owner of the notices is a row of `feeds` without a state, as the coordinator's.
NOTICES = """
CREATE TABLE noticeboard (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    state BLOB NOT NULL
);

CREATE TABLE live_notices (
    id TEXT PRIMARY KEY,
    body BLOB NOT NULL
);

CREATE TABLE notices (
    position INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    commit_number INTEGER NOT NULL,
    notice TEXT NOT NULL,
    type TEXT NOT NULL,
    committed_at TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (channel, sequence)
);
"""

# How far each webhook has come.
WEBHOOKS = """
CREATE TABLE webhooks (
    name TEXT PRIMARY KEY,
    body BLOB NOT NULL
);
"""

# The history of one record, without reading that of its list.
BY_KEY = "CREATE INDEX changes_of_key ON changes (key, position)"

STEPS: dict[int, str] = {1: TABLES, 2: COORDINATION, 3: IDENTITY, 4: WEBHOOKS, 5: BY_KEY, 6: NOTICES}

# Primary result codes of https://www.sqlite.org/rescode.html, and what the reader of the message can do.
ADVICE = {
    sqlite3.SQLITE_FULL: "the disk is full: free some space, then try again",
    sqlite3.SQLITE_BUSY: "another process has held a transaction too long: see who has the file open, and try again",
    sqlite3.SQLITE_LOCKED: "a table is locked: see who has the file open, and try again",
    sqlite3.SQLITE_READONLY: "it cannot be written: check owner and permissions of the file and of its folder",
    sqlite3.SQLITE_PERM: "it may not be opened: check owner and permissions of the file and of its folder",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check that the folder exists, its owner and its permissions",
    sqlite3.SQLITE_CORRUPT: "the file is damaged: keep a copy, and restore it from a backup",
    sqlite3.SQLITE_NOTADB: "this is no SQLite file: give another path, or restore it from a backup",
    sqlite3.SQLITE_IOERR: "the disk answered with an error: check the disk and the system's log",
}


def connect(path: Path) -> sqlite3.Connection:
    """A connection to an existing or a new file, with everything set that the promises rest on."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES_MAX}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_reading(path: Path, *, by_any_thread: bool = False) -> sqlite3.Connection:
    """A connection that needs no right to write, neither to the file nor to its folder. `by_any_thread`: by one at a
    time.

    SQLite reads a WAL through a file beside it, which the writer has made. When nobody writes and it may not be
    made, the file alone is the whole, and stays as it is until `is_being_written`.
    """
    place = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = sqlite3.connect(
        place, uri=True, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=not by_any_thread
    )
    try:
        connection.execute(f"PRAGMA cache_size = -{READ_CACHE_KIB}")
        connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        if is_being_written(path):
            raise
        return sqlite3.connect(
            f"{place}&immutable=1", uri=True, isolation_level=None, check_same_thread=not by_any_thread
        )
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def is_being_written(path: Path) -> bool:
    """Whether there is a WAL: what is in it is not in the file."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def create(connection: sqlite3.Connection, path: Path, installation: str) -> None:
    """Make an empty file a ledger; bring one of an older syncd up to date; leave any other as it is."""
    if _number(connection, "user_version") or _tables(connection):
        _upgrade(connection)
        return
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise LedgerError(f"{path}: the file system does not allow SQLite's WAL: give the ledger a local disk")
    with transaction(connection):
        _step_up(connection, 0)
        connection.execute("INSERT INTO about (installation) VALUES (?)", (installation,))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _upgrade(connection: sqlite3.Connection) -> None:
    version = _number(connection, "user_version")
    if version >= SCHEMA_VERSION or _number(connection, "application_id") != APPLICATION_ID:
        return
    with transaction(connection):
        _step_up(connection, version)


def _step_up(connection: sqlite3.Connection, version: int) -> None:
    """All steps after `version`. Nothing is taken away, so that what was committed stands as it was."""
    for number in range(version + 1, SCHEMA_VERSION + 1):
        for statement in filter(str.strip, STEPS[number].split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")


def check_file(connection: sqlite3.Connection, path: Path) -> None:
    """Raises LedgerError when the file is not a ledger, or one of a newer syncd."""
    version = _number(connection, "user_version")
    if not version and not _tables(connection):
        raise LedgerError(f"{path} is empty: 'syncd run' fills it")
    if _number(connection, "application_id") != APPLICATION_ID:
        raise LedgerError(f"{path} is an SQLite file of something else: give the ledger another path")
    if version > SCHEMA_VERSION:
        raise LedgerError(
            f"{path} was written by a newer syncd (schema {version}, this one knows {SCHEMA_VERSION}): upgrade syncd"
        )


def has_coordination(connection: sqlite3.Connection) -> bool:
    """Whether the file knows of the coordinator: who reads beside an older daemon finds that it does not yet."""
    return _number(connection, "user_version") > 1


def has_identity(connection: sqlite3.Connection) -> bool:
    """Whether the file knows which ledger it is; likewise."""
    return _number(connection, "user_version") > 2


def has_notices(connection: sqlite3.Connection) -> bool:
    """Whether the file has tables for notices; likewise."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'noticeboard'").fetchone()
    return found is not None


def has_webhooks(connection: sqlite3.Connection) -> bool:
    """Whether the file knows of webhooks; likewise."""
    return _number(connection, "user_version") > 3


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _tables(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """All of the block or nothing, also when COMMIT itself fails."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has already rolled back after some errors (disk full), and then there is nothing left to do.
        with suppress(sqlite3.Error):
            connection.rollback()
        raise


def explained(path: Path, error: sqlite3.Error) -> LedgerError:
    """The error in the operator's terms: which file, what is wrong, what to do."""
    code = getattr(error, "sqlite_errorcode", None)
    advice = ADVICE.get(code & 0xFF) if code is not None else None
    return LedgerError(f"{path}: {advice} ({error})" if advice else f"{path}: {error}")
