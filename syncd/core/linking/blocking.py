"""Which records are worth comparing: those that share a key. Keys are so narrow that few records share one.

A key that many records share is not followed; which keys those are depends on the set of records alone.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from itertools import combinations

from syncd.core.linking import births
from syncd.core.linking.features import Features
from syncd.core.linking.frequent import bits
from syncd.core.linking.spelling import bones, bones_of_joined

# Names with more words than this are described by their rarest.
_WORDS_MAX = 5
_PAIR_BITS_MIN = 9.0
_ALONE_BITS_MIN = 10.0
_SHORT = 3
_KEYS_MAX = 400
_SHELF_BITS = 12


def blocking_keys(features: Features) -> list[int]:
    """Return the keys under which a record is found, as 64-bit numbers, sorted."""
    found: set[str] = set()
    days = [day[0] for day in features.births if births.is_whole_day(day)]
    for name in features.names:
        found.update(_name_keys(name.words, features.kind == "person", days))
    numbers = {number_key(value) for _, value, _ in (*features.numbers, *features.references)}
    return sorted(numbers | {_hashed(key) & ~1 for key in sorted(found)[:_KEYS_MAX]})


def number_key(value: str) -> int:
    """Return the key of an identifier's value; it is odd, all keys of names are even."""
    return _hashed("#" + value) | 1


def is_number_key(key: int) -> bool:
    """Return whether `key` stands for an identifier; all other keys stand for names."""
    return bool(key & 1)


def _name_keys(words: tuple[str, ...], person: bool, days: list[str]) -> Iterator[str]:
    worth = {shape: bits(shape, person=person) for shape in set(map(bones, words))}
    shapes = sorted(worth, key=lambda shape: (-worth[shape], shape))[:_WORDS_MAX]
    together = "".join(words)
    joined = bones_of_joined(together)
    yield "=" + (joined if len(joined) > _SHORT else together)
    for one, other in combinations(shapes, 2):
        if worth[one] + worth[other] >= _PAIR_BITS_MIN:
            yield f"{one} {other}" if one < other else f"{other} {one}"
    for shape in shapes:
        if len(shape) > 3 and worth[shape] >= _ALONE_BITS_MIN:
            yield "." + shape
        for day in days:
            yield f"{day} {shape}"


def _hashed(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")


Shelf = tuple["array[int]", "array[int]"]
"""Keys, and the record of each."""


class BlockingIndex:
    """Key → the records that have it. A record is a small number.

    Pairs of key and record lie sorted on shelves of short arrays: 12 bytes each, a fifth of what a dictionary of lists
    takes. `alive(key, records)` says whether a key is followed.
    """

    def __init__(self, alive: Callable[[int, Sequence[int]], bool]) -> None:
        self._shelves: dict[int, Shelf] = {}
        self._alive = alive

    def columns(self) -> tuple[bytes, bytes]:
        """Return all keys, sorted, and the record of each, as arrays of 64 and 32 bits."""
        shelves = [self._shelves[number] for number in sorted(self._shelves)]
        return b"".join(keys.tobytes() for keys, _ in shelves), b"".join(records.tobytes() for _, records in shelves)

    def fill(self, keys: bytes, records: bytes) -> None:
        """Put the `columns` of another index into this one, which is empty."""
        all_keys, all_records = array("Q", keys), array("I", records)
        first = 0
        while first < len(all_keys):
            number = all_keys[first] >> (64 - _SHELF_BITS)
            end = bisect_left(all_keys, (number + 1) << (64 - _SHELF_BITS), first)
            self._shelves[number] = (all_keys[first:end], all_records[first:end])
            first = end

    def add(self, key: int, record: int) -> bool:
        """Add a record to a key. Returns whether the key has ceased to be followed by it."""
        keys, records, first, end = self._found(key)
        at = bisect_left(records, record, first, end)
        before = records[first:end] if first < end else ()
        keys.insert(at, key)
        records.insert(at, record)
        return bool(before) and self._alive(key, before) and not self._alive(key, records[first : end + 1])

    def insert(self, key: int, record: int) -> None:
        """Add a record to a key that is always followed."""
        keys, records, first, end = self._found(key)
        at = bisect_left(records, record, first, end)
        keys.insert(at, key)
        records.insert(at, record)

    def remove(self, key: int, record: int) -> bool:
        """Remove a record from a key. Returns whether the key is followed again without it."""
        keys, records, first, end = self._found(key)
        before = records[first:end]
        at = bisect_left(records, record, first, end)
        assert records[at] == record
        del keys[at], records[at]
        return not self._alive(key, before) and self._alive(key, records[first : end - 1])

    def having(self, key: int) -> Sequence[int]:
        """Return the records that have `key`, in ascending order."""
        _, records, first, end = self._found(key)
        return records[first:end]

    def followed(self, key: int) -> Sequence[int]:
        """Return the records that have `key` if there are at least two; none when the key is not followed, because too
        many have it."""
        _, records, first, end = self._found(key)
        if end - first < 2:
            return ()
        there = records[first:end]
        return there if self._alive(key, there) else ()

    def _found(self, key: int) -> tuple["array[int]", "array[int]", int, int]:
        """The shelf of a key, and where on it the key stands, or would stand."""
        number = key >> (64 - _SHELF_BITS)
        shelf = self._shelves.get(number)
        if shelf is None:
            shelf = self._shelves[number] = (array("Q"), array("I"))
        keys, records = shelf
        first = bisect_left(keys, key)
        # Most keys have no record yet, or one.
        end = first
        if end < len(keys) and keys[end] == key:
            end += 1
            if end < len(keys) and keys[end] == key:
                end = bisect_right(keys, key, end)
        return keys, records, first, end
