"""The records of all lists, found by what they are called and by their numbers.

Everything is in arrays and small packed pieces, as linking keeps it: about 400 bytes a record. The index is used by one
thread at a time.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, get_args

from syncd.core.model import Kind, Record
from syncd.core.packing import Packing, PieceShelf
from syncd.core.search import entry as entries
from syncd.core.search.entry import SearchEntry
from syncd.core.search.postings import Postings
from syncd.core.search.query import Query
from syncd.core.search.rank import Hit, Judge, asked_shapes, best_first, weight_of
from syncd.core.state import Status

JUDGED_MAX: Final = 60
LAST_JUDGED: Final = 20
# Records that share less of a name, by the weight of its words, are not looked at.
LEAST_SHARE: Final = 0.35
# When there are so many candidates already, words that are more frequent than this bring no new ones.
ENOUGH: Final = 400
FREQUENT: Final = 1_500
VARIANTS_FOLLOWED_MAX: Final = 30
VARIANT_SHARE: Final = 0.6
NUMBER_WEIGHT: Final = 1_000.0
TOGETHER_WEIGHT: Final = 30.0
_SAMPLED_EVERY: Final = 16
_STATUSES: Final[tuple[Status, ...]] = get_args(Status)
# What is known of a record in a byte: the place of its kind, and whether it states a country and a date of birth.
_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_KIND, _STATES_COUNTRY, _STATES_BIRTH = 0x0F, 0x10, 0x20


class SearchIndex:
    """Call `put` for each record and `end` for one that is not in force any more, then `find`."""

    def __init__(self) -> None:
        self._postings = Postings()
        self._variants = Postings()
        self._words = array("Q")
        self._packed = PieceShelf()
        self._packing = Packing(every=_SAMPLED_EVERY)
        self._sequences = array("Q")
        self._statuses = bytearray()
        self._facts = bytearray()
        self._ended: set[int] = set()

    def __len__(self) -> int:
        """How many records there are, those that are no longer in force among them."""
        return len(self._packed)

    @property
    def in_force(self) -> int:
        """How many records are in force."""
        return len(self._packed) - len(self._ended)

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
            self._facts.append(0)
            self._add(number, entries.terms_of(entry), entry)
        elif sequence < self._sequences[number]:
            return
        else:
            before, after = entries.terms_of(self._entry(number)), entries.terms_of(entry)
            for term in before - after:
                self._postings.remove(term, number)
            self._add(number, after - before, entry)
        self._packed.replace(number, self._packing.pack(entries.pack_entry(entry)))
        self._facts[number] = _facts_of(entry)
        self._note(number, sequence, status)

    def end(self, key: str, sequence: int, status: Status) -> None:
        """Note that the record under `key` is delisted or has another key."""
        number = self._number(key)
        if number is not None and sequence >= self._sequences[number]:
            self._note(number, sequence, status)

    def _note(self, number: int, sequence: int, status: Status) -> None:
        self._sequences[number] = sequence
        self._statuses[number] = _STATUSES.index(status)
        if status == "listed":
            self._ended.discard(number)
        else:
            self._ended.add(number)

    def sequence(self, key: str) -> int | None:
        """Return the sequence with which the record under `key` was put; None when there is none."""
        number = self._number(key)
        return None if number is None else self._sequences[number]

    def find(self, query: Query, limit: int) -> tuple[list[Hit], bool]:
        """Return the records that answer `query` best, the best first, at most `limit`; and whether there are more that
        were not looked at or not shown. Of a key that there is, its record alone."""
        judge, own = Judge(query), self._number(query.text)
        if own is not None:
            hit = self._judged(own, judge) if self._is_asked_for(own, query) else None
            return [hit] if hit else [], False
        scores = self._candidates(query)
        judged = [self._judged(number, judge) for number in _best(scores)]
        hits = sorted(filter(None, judged), key=best_first)
        # Where the least promising are no answers, those behind them are none.
        is_more = len(scores) > JUDGED_MAX and any(judged[-LAST_JUDGED:])
        return hits[:limit], is_more or len(hits) > limit

    def ended(self, query: Query) -> int:
        """Return how many records have the key or a number that is asked for and are left out, because they are not in
        force any more."""
        if query.delisted:
            return 0
        terms = (entries.key_term(query.text), *map(entries.number_term, query.numbers))
        found = {number for term in terms for number in self._postings.having(term)} & self._ended
        judge = Judge(query)
        return sum(judge.is_identified(self._entry(number)) for number in found)

    def _judged(self, number: int, judge: Judge) -> Hit | None:
        return judge.hit(self._entry(number), _STATUSES[self._statuses[number]])

    def _candidates(self, query: Query) -> dict[int, float]:
        """Return the records that share terms with `query`, and the weight of what they share."""
        scores: dict[int, float] = {}
        exact = [(entries.number_term(value), NUMBER_WEIGHT) for value in query.numbers]
        exact += [(entries.together_term(name.words), TOGETHER_WEIGHT) for name in (*query.persons, *query.others)]
        for term, weight in exact:
            _gather(scores, self._postings.having(term), weight)
        found = [
            (self._postings.having(entries.word_term(shape)), shape, weight) for shape, weight in asked_shapes(query)
        ]
        for numbers, shape, weight in sorted(found, key=lambda one: len(one[0])):
            _gather(scores, numbers, weight)
            near = self._near(shape)
            if near:
                spread = {number for word in near for number in self._postings.having(word)}.difference(numbers)
                _gather(scores, sorted(spread), weight * VARIANT_SHARE)
        least = LEAST_SHARE * _least_weight(query)
        return self._wanted({number: score for number, score in scores.items() if score >= least}, query)

    def _wanted(self, scores: dict[int, float], query: Query) -> dict[int, float]:
        """Return the candidates that are in force, unless others are asked for too, and do not say otherwise of what is
        asked for: kind, country, year of birth."""
        kept = scores if query.delisted else {number: scores[number] for number in scores.keys() - self._ended}
        if query.kind:
            kinds = {_KINDS.index(query.kind), _KINDS.index("unknown")}
            kept = {number: score for number, score in kept.items() if self._facts[number] & _KIND in kinds}
        if query.country:
            kept = self._narrowed(kept, (entries.country_term(query.country),), _STATES_COUNTRY)
        if query.born:
            years = range(int(query.born[0][:4]) - 2, int(query.born[1][:4]) + 3)
            kept = self._narrowed(kept, [entries.year_term(str(year)) for year in years], _STATES_BIRTH)
        return kept

    def _narrowed(self, scores: dict[int, float], terms: Iterable[int], states: int) -> dict[int, float]:
        """Return the candidates that have one of the terms, or do not state such a thing."""
        having = {number for term in terms for number in self._postings.having(term)}
        return {
            number: score for number, score in scores.items() if number in having or not self._facts[number] & states
        }

    def _is_asked_for(self, number: int, query: Query) -> bool:
        return bool(self._wanted({number: 0.0}, query))

    def _near(self, shape: str) -> list[int]:
        """Return the terms of words whose bones are nearly `shape`."""
        own = entries.word_term(shape)
        found = {place for variant in entries.variants_of(shape) for place in self._variants.having(variant)}
        return [self._words[place] for place in sorted(found)[:VARIANTS_FOLLOWED_MAX] if self._words[place] != own]

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
        found = self._postings.having(entries.key_term(key))
        return next((number for number in found if self._entry(number).key == key), None)

    def _entry(self, number: int) -> SearchEntry:
        return entries.unpack_entry(self._packing.unpack(self._packed[number]))


def _least_weight(query: Query) -> float:
    """Return the weight of the shortest name that is asked for; 0 when none is."""
    names = (*((name, True) for name in query.persons), *((name, False) for name in query.others))
    return min((weight_of(name.words, person=person) for name, person in names), default=0.0)


def _best(scores: Mapping[int, float]) -> list[int]:
    """Return the candidates to be judged, the most promising first, of the same score the one that came first."""
    if len(scores) > JUDGED_MAX:
        least = sorted(scores.values(), reverse=True)[JUDGED_MAX - 1]
        scores = {number: score for number, score in scores.items() if score >= least}
    return sorted(scores, key=lambda number: (-scores[number], number))[:JUDGED_MAX]


def _facts_of(entry: SearchEntry) -> int:
    stated = _STATES_COUNTRY * bool(entry.countries) | _STATES_BIRTH * bool(entry.births)
    return _KINDS.index(entry.kind) | stated


def _gather(scores: dict[int, float], numbers: Sequence[int], weight: float) -> None:
    """Add `weight` to the scores of `numbers`; of a frequent word only to those of records that are candidates
    already, once there are enough."""
    if not scores:
        scores.update(dict.fromkeys(numbers, weight))
        return
    known = scores.keys() & numbers
    for number in known:
        scores[number] += weight
    if len(numbers) <= FREQUENT or len(scores) <= ENOUGH:
        scores.update(dict.fromkeys(known.symmetric_difference(numbers), weight))
