"""Pairs of records with a value each, found by either record and packed while nobody works on them.

Of all lists there are 67,000 pairs. As dictionaries of objects they take 30 MB, packed 8 MB; they are opened for the
records that a change touches.
"""

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

import msgspec

V = TypeVar("V")


class PairShelf(Generic[V]):
    """The partners of each record, by their numbers, with a value that `decoder` reads."""

    def __init__(self, decoder: msgspec.msgpack.Decoder[dict[int, V]]) -> None:
        self._packed: dict[int, bytes] = {}
        self._open: dict[int, dict[int, V]] = {}
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = decoder.decode

    def opened(self, number: int) -> dict[int, V]:
        """Return the partners of a record, to be read or changed; what is changed holds until the next `pack` and is
        packed by it."""
        found = self._open.get(number)
        if found is None:
            found = self._open[number] = self._unpacked(number)
        return found

    def read(self, number: int) -> Mapping[int, V]:
        """Return the partners of a record, to be read alone."""
        return self._open[number] if number in self._open else self._unpacked(number)

    def items(self) -> Iterator[tuple[int, int, V]]:
        """Yield each record, its partner and the value."""
        for number in self._packed.keys() | self._open.keys():
            for other, value in self.read(number).items():
                yield number, other, value

    def fill(self, number: int, partners: dict[int, V]) -> None:
        """Put all partners of a record in the place of those that it had."""
        self._open.pop(number, None)
        self._packed[number] = self._encode(partners)

    def pack(self) -> None:
        """Pack what was opened. The dictionaries that `opened` returned are of no more use."""
        for number, partners in self._open.items():
            if partners:
                self._packed[number] = self._encode(partners)
            else:
                self._packed.pop(number, None)
        self._open.clear()

    def _unpacked(self, number: int) -> dict[int, V]:
        packed = self._packed.get(number)
        return {} if packed is None else self._decode(packed)
