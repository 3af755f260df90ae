"""A single question to records that are read once, without an index: what `syncd search` does beside a daemon."""

import heapq
from functools import lru_cache
from typing import Final

from syncd.core.model import Record
from syncd.core.search.entry import SearchEntry, entry_of, values_of, variants_of, words_of
from syncd.core.search.query import Query
from syncd.core.search.rank import Hit, asked_shapes, best_first, judged_hit
from syncd.core.state import Status

SHAPES_KEPT: Final = 1 << 17


class Scan:
    """Call `take` for each record, then read `best`: the answers so far, at most `limit`."""

    def __init__(self, query: Query, limit: int) -> None:
        self.records = 0
        self.is_more = False
        self._query = query
        self._limit = limit
        self._found: list[Hit] = []
        shapes = {shape for shape, _ in asked_shapes(query)}
        self._together = {"".join(name.words)[:2] for name in (*query.persons, *query.others)}
        near = {variant for shape in shapes for variant in variants_of(shape)}

        @lru_cache(maxsize=SHAPES_KEPT)
        def is_near(shape: str) -> bool:
            return shape in shapes or not near.isdisjoint(variants_of(shape))

        self._is_near = is_near

    def take(self, record: Record, status: Status) -> None:
        """Compare one record with the question."""
        if status != "listed" and not self._query.delisted:
            return
        if self._query.kind and record.kind not in (self._query.kind, "unknown"):
            return
        self.records += 1
        entry = entry_of(record)
        if self._is_candidate(entry) and (hit := judged_hit(entry, self._query, status)) is not None:
            self._found.append(hit)
            if len(self._found) > 4 * self._limit:
                self._found, self.is_more = self.best, True

    def _is_candidate(self, entry: SearchEntry) -> bool:
        if any(self._is_near(shape) for shape in words_of(entry)) or self._query.text == entry.key:
            return True
        if self._query.numbers and any(value in self._query.numbers for value in values_of(entry)):
            return True
        return any(name.words[0][:2] in self._together for name in entry.names)

    @property
    def best(self) -> list[Hit]:
        """The best answers so far, the best first."""
        self.is_more |= len(self._found) > self._limit
        return heapq.nsmallest(self._limit, self._found, key=best_first)
