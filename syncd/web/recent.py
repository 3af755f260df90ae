"""The latest commits of each feed, as the page shows them.

Each feed has a share of its own, so that a commit of thousands of changes displaces no change of another list. Of a
commit, the changes that a person must see first are kept, and the number of the others. The choice depends on the
commits alone: a replica that has just started shows the same as one that has followed for months.
"""

from bisect import insort
from collections.abc import Iterable, Iterator
from typing import Final

from syncd.core.events import ChangeType
from syncd.web.lines import ChangeLine

COMMITS_KEPT_OF_A_FEED: Final = 8
LINES_KEPT_OF_A_COMMIT: Final = 30
# A commit is followed from its first change; of a larger one only the end is read at a start.
CHANGES_READ_AT_START: Final = 5_000

_RANKS: Final[dict[ChangeType, int]] = {
    "designated": 0,
    "relisted": 0,
    "delisted": 1,
    "amended": 2,
    "rekeyed": 3,
    "baselined": 4,
}


def rank(line: ChangeLine) -> tuple[bool, int, int]:
    """Return the place of a change in its commit for a person: material changes first, designations first of all."""
    return not line.material, _RANKS[line.type], line.sequence


class RecentCommits:
    """The kept lines of all feeds. Iterate to get them, in no particular order."""

    def __init__(self) -> None:
        self._feeds: dict[str, dict[int, list[ChangeLine]]] = {}

    def __iter__(self) -> Iterator[ChangeLine]:
        for commits in self._feeds.values():
            for lines in commits.values():
                yield from lines

    def add(self, line: ChangeLine) -> None:
        """Keep `line`, unless the commit has enough lines that are more urgent."""
        commits = self._feeds.setdefault(line.feed, {})
        lines = commits.setdefault(line.commit, [])
        insort(lines, line, key=rank)
        del lines[LINES_KEPT_OF_A_COMMIT:]
        for commit in sorted(commits)[:-COMMITS_KEPT_OF_A_FEED]:
            del commits[commit]

    def extend(self, lines: Iterable[ChangeLine]) -> None:
        """Add each of `lines`."""
        for line in lines:
            self.add(line)

    def forget(self, feed: str) -> None:
        """Drop the lines of `feed`: the ledger is another one."""
        self._feeds.pop(feed, None)
