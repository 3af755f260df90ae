"""A single question to records that are read once, without an index: what `syncd search` does beside a daemon."""

import heapq
from functools import lru_cache
from typing import Final

from syncd.core.model import Record
from syncd.core.search.entry import SearchEntry, entry_of, values_of, variants_of, words_of
from syncd.core.search.query import Query
from syncd.core.search.rank import Hit, Judge, asked_shapes, best_first
from syncd.core.state import Status

SHAPES_KEPT: Final = 1 << 17


class Scan:
    """Call `take` for each record, then read `best`: the answers so far, at most `limit`. `ended` is how many have the
    key or a number that is asked for, and are left out because they are not in force any more."""

    def __init__(self, query: Query, limit: int) -> None:
        self.records = 0
        self.ended = 0
        self.is_more = False
        self._query = query
        self._judge = Judge(query)
        self._limit = limit
        self._found: list[Hit] = []
        # Of a key, its record alone.
        self._own: Hit | None = None
        shapes = {shape for shape, _ in asked_shapes(query)}
        self._begins = {name.words[0][:1] for name in (*query.persons, *query.others)}
        near = {variant for shape in shapes for variant in variants_of(shape)}

        @lru_cache(maxsize=SHAPES_KEPT)
        def is_near(shape: str) -> bool:
            return shape in shapes or not near.isdisjoint(variants_of(shape))

        self._is_near = is_near

    def take(self, record: Record, status: Status) -> None:
        """Compare one record with the question."""
        if status != "listed" and not self._query.delisted:
            self.ended += self._judge.is_identified(entry_of(record))
            return
        if self._query.kind and record.kind not in (self._query.kind, "unknown"):
            return
        self.records += 1
        entry = entry_of(record)
        if self._query.text == entry.key:
            self._own = self._judge.hit(entry, status)
        elif self._is_candidate(entry) and (hit := self._judge.hit(entry, status)) is not None:
            self._found.append(hit)
            if len(self._found) > 4 * self._limit:
                self._found, self.is_more = self.best, True

    def _is_candidate(self, entry: SearchEntry) -> bool:
        if any(self._is_near(shape) for shape in words_of(entry)):
            return True
        if self._query.numbers and any(value in self._query.numbers for value in values_of(entry)):
            return True
        return any(name.words[0][:1] in self._begins for name in entry.names)

    @property
    def best(self) -> list[Hit]:
        """The best answers so far, the best first."""
        if self._own is not None:
            self.is_more = False
            return [self._own]
        self.is_more |= len(self._found) > self._limit
        return heapq.nsmallest(self._limit, self._found, key=best_first)
