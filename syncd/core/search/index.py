"""The records of all lists, found by what they are called and by their numbers.

Everything is in arrays and small packed pieces, as linking keeps it: about 400 bytes a record. The index is used by one
thread at a time.
"""

import heapq
from array import array
from collections.abc import Sequence
from typing import Final, get_args

from syncd.core.linking.blocking import BlockingIndex
from syncd.core.model import Record
from syncd.core.packing import Packing
from syncd.core.search import entry as entries
from syncd.core.search.entry import SearchEntry
from syncd.core.search.query import Query
from syncd.core.search.rank import Hit, asked_shapes, best_first, judged_hit, weight_of
from syncd.core.state import Status

JUDGED_MAX: Final = 60
# Records that share less of a name, by the weight of its words, are not looked at.
LEAST_SHARE: Final = 0.25
# When there are so many candidates already, words that are more frequent than this bring no new ones.
ENOUGH: Final = 400
FREQUENT: Final = 1_500
VARIANTS_FOLLOWED_MAX: Final = 30
VARIANT_SHARE: Final = 0.6
NUMBER_WEIGHT: Final = 1_000.0
TOGETHER_WEIGHT: Final = 30.0
_SAMPLED_EVERY: Final = 16
_STATUSES: Final[tuple[Status, ...]] = get_args(Status)
_LISTED: Final = _STATUSES.index("listed")


def _always(_key: int, _records: Sequence[int]) -> bool:
    return True


class SearchIndex:
    """Call `put` for each record and `end` for one that is not in force any more, then `find`."""

    def __init__(self) -> None:
        self._postings = BlockingIndex(_always)
        self._variants = BlockingIndex(_always)
        self._words = array("Q")
        self._packed: list[bytes] = []
        self._packing = Packing(every=_SAMPLED_EVERY)
        self._sequences = array("Q")
        self._statuses = bytearray()

    def __len__(self) -> int:
        """How many records there are, those that are no longer in force among them."""
        return len(self._packed)

    def put(self, record: Record, sequence: int, status: Status = "listed") -> None:
        """Add a record, or replace its earlier version. `sequence` is that of the change that wrote it; an older one
        than what is there changes nothing."""
        entry = entries.entry_of(record)
        number = self._number(record.key)
        if number is None:
            number = len(self._packed)
            self._packed.append(b"")
            self._sequences.append(0)
            self._statuses.append(0)
            self._add(number, entries.terms_of(entry), entry)
        elif sequence < self._sequences[number]:
            return
        else:
            before, after = entries.terms_of(self._entry(number)), entries.terms_of(entry)
            for term in before - after:
                self._postings.remove(term, number)
            self._add(number, after - before, entry)
        self._packed[number] = self._packing.pack(entries.pack_entry(entry))
        self._sequences[number] = sequence
        self._statuses[number] = _STATUSES.index(status)

    def end(self, key: str, sequence: int, status: Status) -> None:
        """Note that the record under `key` is delisted or has another key."""
        number = self._number(key)
        if number is not None and sequence >= self._sequences[number]:
            self._sequences[number] = sequence
            self._statuses[number] = _STATUSES.index(status)

    def sequence(self, key: str) -> int | None:
        """Return the sequence with which the record under `key` was put; None when there is none."""
        number = self._number(key)
        return None if number is None else self._sequences[number]

    def find(self, query: Query, limit: int) -> tuple[list[Hit], bool]:
        """Return the records that answer `query` best, the best first, at most `limit`; and whether there are more that
        were not looked at or not shown."""
        scores = self._candidates(query)
        chosen = heapq.nlargest(JUDGED_MAX, scores, key=lambda number: (scores[number], -number))
        hits = [hit for number in chosen if (hit := self._judged(number, query)) is not None]
        hits.sort(key=best_first)
        return hits[:limit], len(hits) > limit or len(scores) > JUDGED_MAX

    def _judged(self, number: int, query: Query) -> Hit | None:
        return judged_hit(self._entry(number), query, _STATUSES[self._statuses[number]])

    def _candidates(self, query: Query) -> dict[int, float]:
        """Return the records that share terms with `query`, and the weight of what they share."""
        allowed = self._allowed(query)
        scores: dict[int, float] = {}
        exact = [(entries.number_term(value), NUMBER_WEIGHT) for value in query.numbers]
        exact += [(entries.together_term(name.words), TOGETHER_WEIGHT) for name in (*query.persons, *query.others)]
        exact.append((entries.key_term(query.text), NUMBER_WEIGHT))
        for term, weight in exact:
            _gather(scores, self._postings.having(term), weight)
        found = [
            (self._postings.having(entries.word_term(shape)), shape, weight) for shape, weight in asked_shapes(query)
        ]
        for numbers, shape, weight in sorted(found, key=lambda one: len(one[0])):
            _gather(scores, numbers, weight)
            near = self._near(shape)
            if near:
                known = set(numbers)
                spread = {number for word in near for number in self._postings.having(word)} - known
                _gather(scores, sorted(spread), weight * VARIANT_SHARE)
        least = LEAST_SHARE * _least_weight(query)
        return {
            number: score
            for number, score in scores.items()
            if score >= least and self._is_wanted(number, query, allowed)
        }

    def _near(self, shape: str) -> list[int]:
        """Return the terms of words whose bones are nearly `shape`."""
        own = entries.word_term(shape)
        found = {place for variant in entries.variants_of(shape) for place in self._variants.having(variant)}
        return [self._words[place] for place in sorted(found)[:VARIANTS_FOLLOWED_MAX] if self._words[place] != own]

    def _is_wanted(self, number: int, query: Query, allowed: Sequence[set[int]]) -> bool:
        if not query.delisted and self._statuses[number] != _LISTED:
            return False
        return all(number in some for some in allowed)

    def _allowed(self, query: Query) -> list[set[int]]:
        """Return for each of kind, country and year of birth that is asked for the records that do not say
        otherwise."""
        found = []
        if query.kind:
            found.append(self._having(entries.kind_term(query.kind), entries.kind_term("unknown")))
        if query.country:
            found.append(self._having(entries.country_term(query.country), entries.country_term("")))
        if query.born:
            years = range(int(query.born[0][:4]) - 2, int(query.born[1][:4]) + 3)
            found.append(self._having(*(entries.year_term(str(year)) for year in years), entries.year_term("")))
        return found

    def _having(self, *terms: int) -> set[int]:
        return {number for term in terms for number in self._postings.having(term)}

    def _add(self, number: int, terms: set[int], entry: SearchEntry) -> None:
        for shape in entries.words_of(entry):
            term = entries.word_term(shape)
            if term in terms and not self._postings.having(term):
                self._learn(shape, term)
        for term in terms:
            self._postings.insert(term, number)

    def _learn(self, shape: str, term: int) -> None:
        """Note a word, to be found when it is spelled a little otherwise."""
        variants = entries.variants_of(shape)
        if not variants or any(self._words[place] == term for place in self._variants.having(variants[0])):
            return
        place = len(self._words)
        self._words.append(term)
        for variant in variants:
            self._variants.insert(variant, place)

    def _number(self, key: str) -> int | None:
        return next(iter(self._postings.having(entries.key_term(key))), None)

    def _entry(self, number: int) -> SearchEntry:
        return entries.unpack_entry(self._packing.unpack(self._packed[number]))


def _least_weight(query: Query) -> float:
    """Return the weight of the shortest name that is asked for; 0 when none is."""
    names = (*((name, True) for name in query.persons), *((name, False) for name in query.others))
    return min((weight_of(name.words, person=person) for name, person in names), default=0.0)


def _gather(scores: dict[int, float], numbers: Sequence[int], weight: float) -> None:
    """Add `weight` to the scores of `numbers`; of a frequent word only to those of records that are candidates
    already, once there are enough."""
    if len(numbers) > FREQUENT and len(scores) > ENOUGH:
        for number in scores.keys() & set(numbers):
            scores[number] += weight
        return
    for number in numbers:
        scores[number] = scores.get(number, 0.0) + weight
