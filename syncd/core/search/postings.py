"""Term → the records that have it: sorted pairs in short arrays, 8 bytes each.

Of a term, 44 of its 64 bits are kept. Two terms that agree in those share their records, once in some thousand indexes
of this size; who asks compares what it finds with what it wants in any case.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

_SHELF_BITS: Final = 12
_SHELF_SHIFT: Final = 64 - _SHELF_BITS
_MARK_SHIFT: Final = _SHELF_SHIFT - 32
_MARK: Final = (1 << 32) - 1


class Postings:
    """The records of each term. A record is a small number."""

    def __init__(self) -> None:
        self._marks: list[array[int]] = [array("I") for _ in range(1 << _SHELF_BITS)]
        self._records: list[array[int]] = [array("I") for _ in range(1 << _SHELF_BITS)]

    def insert(self, term: int, record: int) -> None:
        """Add a record to a term."""
        shelf, mark = term >> _SHELF_SHIFT, term >> _MARK_SHIFT & _MARK
        first, end = self._found(shelf, mark)
        at = bisect_left(self._records[shelf], record, first, end)
        self._marks[shelf].insert(at, mark)
        self._records[shelf].insert(at, record)

    def remove(self, term: int, record: int) -> None:
        """Remove a record, which it has, from a term."""
        shelf, mark = term >> _SHELF_SHIFT, term >> _MARK_SHIFT & _MARK
        first, end = self._found(shelf, mark)
        at = bisect_left(self._records[shelf], record, first, end)
        assert self._records[shelf][at] == record
        del self._marks[shelf][at], self._records[shelf][at]

    def having(self, term: int) -> Sequence[int]:
        """Return the records that have `term`, in ascending order."""
        shelf, mark = term >> _SHELF_SHIFT, term >> _MARK_SHIFT & _MARK
        first, end = self._found(shelf, mark)
        return self._records[shelf][first:end]

    def _found(self, shelf: int, mark: int) -> tuple[int, int]:
        marks = self._marks[shelf]
        first = bisect_left(marks, mark)
        return first, bisect_right(marks, mark, first)
