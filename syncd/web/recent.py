"""The latest commits of each feed, as the page shows them.

Each feed has a share of its own, so that a commit of thousands of changes pushes out nothing of another list; of a
commit the changes that a person must see first are kept, and of the rest the number. What is kept depends on the
commits alone: a replica that has just started shows what one shows that has followed for months.
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
    """The order of a commit's changes for a person: what matters to a screener first, designations first of all."""
    return not line.material, _RANKS[line.type], line.sequence


class RecentCommits:
    """Iterate to get the kept lines of all feeds, in no promised order."""

    def __init__(self) -> None:
        self._feeds: dict[str, dict[int, list[ChangeLine]]] = {}

    def __iter__(self) -> Iterator[ChangeLine]:
        for commits in self._feeds.values():
            for lines in commits.values():
                yield from lines

    def add(self, line: ChangeLine) -> None:
        """Keep `line`, or what is more urgent of its commit."""
        commits = self._feeds.setdefault(line.feed, {})
        lines = commits.setdefault(line.commit, [])
        insort(lines, line, key=rank)
        del lines[LINES_KEPT_OF_A_COMMIT:]
        for commit in sorted(commits)[:-COMMITS_KEPT_OF_A_FEED]:
            del commits[commit]

    def extend(self, lines: Iterable[ChangeLine]) -> None:
        for line in lines:
            self.add(line)

    def forget(self, feed: str) -> None:
        """The ledger is another one: of `feed` nothing that was kept holds."""
        self._feeds.pop(feed, None)
