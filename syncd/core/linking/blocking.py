"""Which records are worth comparing: those that share a key. Keys are so narrow that few records share one.

A key that many records share is not followed; which keys those are depends on the set of records alone.
"""

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from itertools import combinations

from syncd.core.linking import births
from syncd.core.linking.features import Features
from syncd.core.linking.frequent import bits
from syncd.core.linking.spelling import bones

# Names with more words than this are described by their rarest.
_WORDS_MAX = 5
_PAIR_BITS_MIN = 9.0
_ALONE_BITS_MIN = 10.0
_KEYS_MAX = 400


def keys(one: Features) -> list[int]:
    """What a record is found under, as 64-bit numbers, sorted."""
    found: set[str] = set()
    for value in (*one.numbers, *one.references):
        found.add("#" + value[1])
    days = [day[0] for day in one.births if births.is_day(day)]
    for name in one.names:
        found.update(_name_keys(name.words, one.kind == "person", days))
    return sorted(_hashed(key) for key in sorted(found)[:_KEYS_MAX])


def number_key(value: str) -> int:
    return _hashed("#" + value)


def _name_keys(words: tuple[str, ...], person: bool, days: list[str]) -> Iterator[str]:
    shapes = sorted({bones(word) for word in words}, key=lambda word: (-bits(word, person=person), word))
    yield "=" + "".join(sorted(bones("".join(words))))
    for one, other in combinations(shapes[:_WORDS_MAX], 2):
        if bits(one, person=person) + bits(other, person=person) >= _PAIR_BITS_MIN:
            yield f"{min(one, other)} {max(one, other)}"
    for shape in shapes[:_WORDS_MAX]:
        if len(shape) > 3 and bits(shape, person=person) >= _ALONE_BITS_MIN:
            yield "." + shape
        for day in days:
            yield f"{day} {shape}"


def _hashed(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")


class Index:
    """Key → the records that have it. A record is a small number; most keys have one record, and cost no list."""

    def __init__(self, alive: Callable[[list[int]], bool]) -> None:
        self._records: dict[int, int | list[int]] = {}
        self._alive = alive

    def add(self, key: int, record: int) -> Iterable[int]:
        """Returns the records for which the key has ceased to be followed."""
        there = self._records.get(key)
        if there is None:
            self._records[key] = record
            return ()
        before = [there] if isinstance(there, int) else there
        after = [*before, record]
        self._records[key] = after
        return before if self._alive(before) and not self._alive(after) else ()

    def remove(self, key: int, record: int) -> Iterable[int]:
        """Returns the records for which the key is followed again."""
        there = self._records[key]
        if isinstance(there, int):
            del self._records[key]
            return ()
        after = [one for one in there if one != record]
        self._records[key] = after if len(after) > 1 else after[0]
        return after if not self._alive(there) and self._alive(after) else ()

    def followed(self, key: int) -> list[int]:
        """The records that have `key`; none when too many have."""
        there = self._records.get(key)
        if there is None or isinstance(there, int):
            return []
        return there if self._alive(there) else []

    def is_shared(self, key: int) -> bool:
        """Whether too many have it."""
        there = self._records.get(key)
        return isinstance(there, list) and not self._alive(there)
