"""Which ledger a file is, and which of its lives: a position means something in one ledger and one generation only.

A file that comes back from a backup goes on from an earlier place and gives sequences again, with other content. So it
begins a new generation, and remembers at which sequences. A restore is noticed by a small file beside the ledger, its
mark, which says how far the ledger had come: where the ledger is behind it, or has none, or that of another, it has
been put there. The mark is written after each commit and may be behind the ledger, never ahead; whatever brings back
ledger and mark together (a snapshot of the disk) is for the operator to say: `syncd restored`.
"""

import secrets
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from syncd.core.coordination.target import COORDINATOR
from syncd.errors import LedgerError
from syncd.ledger.sqlite.schema import has_identity, transaction

SUFFIX = ".mark"
LEDGER_BYTES, GENERATION_BYTES = 8, 4

PLACES = """
SELECT (SELECT coalesce(max(position), 0) FROM changes), (SELECT coalesce(max(position), 0) FROM publications),
(SELECT coalesce(max(sequence), 0) FROM coordination)
"""
ENDS = """
SELECT feed, max(sequence) FROM changes GROUP BY feed
UNION ALL SELECT ?, coalesce(max(sequence), 0) FROM coordination
"""
ADD_GENERATION = "INSERT INTO generations (name, since, why, ends) VALUES (?, ?, ?, ?)"
LATER = "SELECT since, ends FROM generations WHERE number > (SELECT number FROM generations WHERE name = ?)"


class Mark(Struct, frozen=True, kw_only=True):
    """How far a ledger had come: the last places of changes, publications and coordination events."""

    ledger: str
    generation: str
    places: tuple[int, int, int]


_marks = msgspec.json.Decoder(Mark)
_ends = msgspec.json.Decoder(dict[str, int])


def assure(connection: sqlite3.Connection, path: Path) -> str:
    """Give a file that has none its identity, and one that was restored a new generation. Returns why there is a new
    one; empty when there is none."""
    if not _ledger(connection):
        with transaction(connection):
            connection.execute("UPDATE about SET ledger = ?", (secrets.token_hex(LEDGER_BYTES),))
            _add_generation(connection, "made")
        remember(connection, path)
        return ""
    why = _restored(_mark(connection), _read_mark(path))
    if why:
        begin_generation(connection, path, why)
    remember(connection, path)
    return why


def begin_generation(connection: sqlite3.Connection, path: Path, why: str) -> str:
    """From here on sequences may be given that were given before. Returns the identity."""
    with transaction(connection):
        _add_generation(connection, why)
    remember(connection, path)
    return identity_of(connection)


def identity_of(connection: sqlite3.Connection) -> str:
    """`<ledger>.<generation>`; empty for a file of an older syncd that has not been opened for writing since."""
    if not has_identity(connection):
        return ""
    mark = _mark(connection)
    return f"{mark.ledger}.{mark.generation}" if mark.ledger else ""


def refuse_foreign(connection: sqlite3.Connection, position: Mapping[str, int], of: str) -> None:
    """Raises LedgerError when a position that was noted under the identity `of` does not mean the same here."""
    if not has_identity(connection):
        raise LedgerError("this ledger has no identity yet: 'syncd run' of this version gives it one")
    ledger, _, generation = of.partition(".")
    here = _ledger(connection)
    if ledger != here:
        raise LedgerError(f"the position is of ledger {ledger or 'none'}, and this is {here}: begin anew")
    known = connection.execute("SELECT 1 FROM generations WHERE name = ?", (generation,)).fetchone()
    if not known:
        raise LedgerError(
            f"the position is of generation {generation or 'none'}, which this ledger does not know: it was restored "
            "from a backup that is older. Begin anew"
        )
    for since, ends in connection.execute(LATER, (generation,)).fetchall():
        _refuse_beyond(position, generation, since, _ends.decode(ends))


def _refuse_beyond(position: Mapping[str, int], generation: str, since: str, ends: Mapping[str, int]) -> None:
    for feed, sequence in position.items():
        end = ends.get(feed, 0)
        if sequence > end:
            raise LedgerError(
                f"{feed}: position {sequence} is of generation {generation}, of which this ledger has only the first "
                f"{end}: it was restored from a backup, and what follows {end} was committed anew since {since}. "
                f"Undo what you took after {end} and go on from there, or begin anew"
            )


def remember(connection: sqlite3.Connection, path: Path) -> None:
    """Write the mark. One that cannot be written stays behind the ledger, which does no harm."""
    mark = path.with_name(path.name + SUFFIX)
    part = path.with_name(f"{path.name}{SUFFIX}.part")
    with suppress(OSError):
        part.write_bytes(msgspec.json.encode(_mark(connection)) + b"\n")
        part.replace(mark)


def file_identity(path: Path) -> tuple[int, int] | None:
    """What tells one file from another that has its name; None when there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _restored(here: Mark, beside: Mark | None) -> str:
    """By what it is seen that the ledger came from a backup; empty when it did not."""
    if beside is None:
        return "there is no mark beside it"
    if (here.ledger, here.generation) != (beside.ledger, beside.generation):
        return "the mark beside it is of another ledger or generation"
    if any(has < had for has, had in zip(here.places, beside.places, strict=True)):
        return "it is behind its mark"
    return ""


def _ledger(connection: sqlite3.Connection) -> str:
    return str(connection.execute("SELECT ledger FROM about").fetchone()[0])


def _mark(connection: sqlite3.Connection) -> Mark:
    generation = connection.execute("SELECT name FROM generations ORDER BY number DESC LIMIT 1").fetchone()
    places = connection.execute(PLACES).fetchone()
    return Mark(ledger=_ledger(connection), generation=generation[0] if generation else "", places=places)


def _read_mark(path: Path) -> Mark | None:
    try:
        return _marks.decode(path.with_name(path.name + SUFFIX).read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None


def _add_generation(connection: sqlite3.Connection, why: str) -> None:
    ends = dict(connection.execute(ENDS, (COORDINATOR,)).fetchall())
    since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    name = secrets.token_hex(GENERATION_BYTES)
    connection.execute(ADD_GENERATION, (name, since, why, msgspec.json.encode(ends)))
