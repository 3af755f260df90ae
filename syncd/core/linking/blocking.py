"""Which records are worth comparing: those that share a key. Keys are so narrow that few records share one.

A key that many records share is not followed; which keys those are depends on the set of records alone.
"""

from collections.abc import Callable, Iterator
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
_SHORT = 3
_KEYS_MAX = 400


def keys(one: Features) -> list[int]:
    """What a record is found under, as 64-bit numbers, sorted."""
    found: set[str] = set()
    days = [day[0] for day in one.births if births.is_day(day)]
    for name in one.names:
        found.update(_name_keys(name.words, one.kind == "person", days))
    numbers = {number_key(value) for _, value, _ in (*one.numbers, *one.references)}
    return sorted(numbers | {_hashed(key) & ~1 for key in sorted(found)[:_KEYS_MAX]})


def number_key(value: str) -> int:
    return _hashed("#" + value) | 1


def is_number_key(key: int) -> bool:
    """Whether it stands for a number; all others stand for names."""
    return bool(key & 1)


def _name_keys(words: tuple[str, ...], person: bool, days: list[str]) -> Iterator[str]:
    shapes = sorted({bones(word) for word in words}, key=lambda word: (-bits(word, person=person), word))
    together = "".join(words)
    yield "=" + (bones(together) if len(bones(together)) > _SHORT else together)
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
    """Key → the records that have it. A record is a small number; most keys have one record, and cost no list.

    `alive(key, records)` says whether a key is followed.
    """

    def __init__(self, alive: Callable[[int, list[int]], bool]) -> None:
        self._records: dict[int, int | list[int]] = {}
        self._alive = alive

    def add(self, key: int, record: int) -> bool:
        """Returns whether the key has ceased to be followed."""
        there = self._records.get(key)
        if there is None:
            self._records[key] = record
            return False
        before = [there] if isinstance(there, int) else there
        after = [*before, record]
        self._records[key] = after
        return self._alive(key, before) and not self._alive(key, after)

    def remove(self, key: int, record: int) -> bool:
        """Returns whether the key is followed again."""
        there = self._records[key]
        if isinstance(there, int):
            del self._records[key]
            return False
        after = [one for one in there if one != record]
        self._records[key] = after if len(after) > 1 else after[0]
        return not self._alive(key, there) and self._alive(key, after)

    def having(self, key: int) -> list[int]:
        """The records that have `key`."""
        there = self._records.get(key, [])
        return [there] if isinstance(there, int) else there

    def followed(self, key: int) -> list[int]:
        """The records that have `key`; none when too many have."""
        there = self._records.get(key)
        if there is None or isinstance(there, int):
            return []
        return there if self._alive(key, there) else []
