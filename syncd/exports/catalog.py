"""The index by which yente follows the lists: a catalogue of data sets, and for each the deltas of its last commits.

A version is the commit's time and number, so that versions sort as commits do, and is made of digits and one dash,
which yente keeps as they are. Who is at the oldest version of the index, or later, is brought on by deltas; anybody
else reads the whole list.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from syncd.core.events import Publication
from syncd.exports.listing import ListFacts, ListNote

COMMIT_DIGITS: Final = 7
DELTAS_MAX: Final = 100


def version_of(committed_at: str, commit: int) -> str:
    """Return the version of a list after a commit (`20250320140300-0000042`)."""
    return f"{''.join(char for char in committed_at[:19] if char.isdigit())}-{commit:0{COMMIT_DIGITS}}"


def commit_number(version: str) -> int | None:
    """Return the number of the commit that a version names; None when it is no version."""
    time, _, commit = version.partition("-")
    is_version = len(time) == 14 and len(commit) >= COMMIT_DIGITS and (time + commit).isascii()
    return int(commit) if is_version and (time + commit).isdigit() and len(commit) < 19 else None


def dataset(note: ListNote, facts: ListFacts, address: str) -> dict[str, Any]:
    """Return what a catalogue says of a list. `address` is the port's, without a slash at its end."""
    return {
        "name": note.feed,
        "title": facts.title,
        "version": version_of(note.committed_at, note.commit),
        "updated_at": note.committed_at[:19],
        "last_export": note.committed_at[:19],
        "entities_url": f"{address}/api/lists/{note.feed}.ftm.json",
        "delta_url": f"{address}/api/lists/{note.feed}.delta.json",
        "publisher": {"name": facts.authority, "url": facts.homepage},
        "load": True,
    }


def delta_index(feed: str, rows: Iterable[Publication], address: str) -> Mapping[str, Mapping[str, str]]:
    """Return the index of the deltas of a list's last commits, from their publication rows."""
    versions = (version_of(row.at, row.commit) for row in rows)
    return {"versions": {version: f"{address}/api/lists/{feed}.{version}.delta.json" for version in versions}}
