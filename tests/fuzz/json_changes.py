"""JSON documents changed member by member; also what no library writes: a member twice, numbers without end."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from tests.fuzz.changes import EXTREMES, Change

DEPTHS = (5, 90, 500, 3_000)
COPIES = (2, 40, 1_000)


class Members(list[tuple[str, Any]]):
    """An object by its members, of which two may have one name."""


class Verbatim(str):
    """JSON that stands in the document as it is."""


ODD_VALUES = (
    *map(Verbatim, ("1e999", "-0", "1" * 400, "1" * 5_000, "1.5", "-1", "0", "true", "false", "null", "[]", "{}")),
    *map(Verbatim, ('"\\ud800"', '"\\u0000"', '"\\udfff\\ud800x"', "[null]", "[[]]", '[{"":""}]', '{"":null}')),
)


class Slot(NamedTuple):
    """A place in the tree. `entry` is the number of the entry in which it stands; `holds` entries that are in it."""

    container: Any
    index: int
    entry: int | None
    holds: frozenset[int]

    @property
    def value(self) -> Any:
        found = self.container[self.index]
        return found[1] if isinstance(self.container, Members) else found

    def put(self, value: Any) -> None:
        """Replace the value."""
        if isinstance(self.container, Members):
            value = (self.container[self.index][0], value)
        self.container[self.index] = value


class JsonDocument:
    """A JSON document whose entries are the elements of the array at `path`; without a path nobody knows them."""

    def __init__(self, body: bytes, path: Sequence[str] | None) -> None:
        self._body = body
        self._path = path
        self.spans: Sequence[tuple[int, int]] = []
        self.count = len(self._array(self._tree())) if path is not None else 0
        if path is not None:
            text = body.decode("utf-8-sig")
            self.spans = _spans(text, self._array(json.loads(text)))

    def _tree(self) -> Any:
        return json.loads(self._body.decode("utf-8-sig"), object_pairs_hook=Members)

    def _array(self, tree: Any) -> list[Any]:
        for name in self._path or ():
            tree = dict(tree)[name]
        found: list[Any] = tree
        return found

    def without(self, number: int) -> bytes:
        """Return the document without an entry."""
        tree = self._tree()
        del self._array(tree)[number]
        return written(tree).encode()

    def changed(self, steps: Sequence[int]) -> Change:
        """Return the document after a change a step."""
        tree = [self._tree()]
        # As long as they are kept, no other object has their identity.
        kept = list(self._array(tree[0])) if self._path is not None else []
        entries = {id(entry): number for number, entry in enumerate(kept)}
        touched: set[int] = set()
        inside = True
        for step in steps:
            chosen = random.Random(step)
            slots = list(_slots(tree, entries, None))
            change = chosen.choice(CHANGES)
            inside = inside and change is not _nested
            for slot in change(slots, chosen) if slots else []:
                touched |= slot.holds | ({slot.entry} if slot.entry is not None else set())
                inside = inside and slot.entry is not None
        del kept
        return Change(
            b" ".join(written(root).encode() for root in tree),
            None if self._path is None else frozenset(touched),
            inside,
        )


def _spans(text: str, entries: Sequence[Any]) -> list[tuple[int, int]]:
    """The bytes of each entry, found by reading on from the one before."""
    decoder, found, at = json.JSONDecoder(), [], 0
    for entry in entries:
        while True:
            at = text.index("{", at)
            try:
                value, end = decoder.raw_decode(text, at)
            except ValueError:
                value, end = None, at
            if value == entry:
                break
            at += 1
        found.append((len(text[:at].encode()), len(text[:end].encode())))
        at = end
    return found


def written(value: Any) -> str:
    """Return the JSON of a tree of lists, `Members`, `Verbatim` and scalars."""
    if isinstance(value, Verbatim):
        return str(value)
    if isinstance(value, Members):
        return "{" + ",".join(f"{json.dumps(name)}:{written(part)}" for name, part in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _slots(container: Any, entries: dict[int, int], entry: int | None) -> Iterator[Slot]:
    for index, part in enumerate(container):
        value = part[1] if isinstance(container, Members) else part
        own = entries.get(id(value), entry) if isinstance(value, list) else entry
        holds = frozenset(_held(value, entries)) if own is None else frozenset()
        yield Slot(container, index, own, holds)
        if isinstance(value, list):
            yield from _slots(value, entries, own)


def _held(value: Any, entries: dict[int, int]) -> Iterator[int]:
    if not isinstance(value, list):
        return
    if id(value) in entries:
        yield entries[id(value)]
        return
    for part in value:
        yield from _held(part[1] if isinstance(value, Members) else part, entries)


JsonChange = Callable[[list[Slot], random.Random], list[Slot]]


def _any_slot(slots: list[Slot], chosen: random.Random) -> Slot:
    within = [slot for slot in slots if slot.entry is not None]
    return chosen.choice(within if within and chosen.random() < 0.8 else slots)


def _other_value(slots: list[Slot], chosen: random.Random) -> list[Slot]:
    slot = _any_slot(slots, chosen)
    text = chosen.choice(EXTREMES)
    slot.put(chosen.choice((chosen.choice(ODD_VALUES), text, text, [text], Members([("x", text)]))))
    return [slot]


def _known_value(slots: list[Slot], chosen: random.Random) -> list[Slot]:
    slot, other = _any_slot(slots, chosen), _any_slot(slots, chosen)
    if not isinstance(other.value, list):
        slot.put(other.value)
    return [slot]


def _dropped_member(slots: list[Slot], chosen: random.Random) -> list[Slot]:
    slot = _any_slot(slots, chosen)
    del slot.container[slot.index]
    return [slot]


def _twice(slots: list[Slot], chosen: random.Random) -> list[Slot]:
    slot = _any_slot(slots, chosen)
    again = slot.container[slot.index]
    if isinstance(slot.container, Members) and chosen.random() < 0.7:
        again = (again[0], chosen.choice((*ODD_VALUES, *EXTREMES)))
    for _ in range(chosen.choice((1, 1, 1, *COPIES))):
        slot.container.insert(slot.index + chosen.choice((0, 1)), again)
    return [slot]


def _renamed_member(slots: list[Slot], chosen: random.Random) -> list[Slot]:
    slot = _any_slot(slots, chosen)
    if isinstance(slot.container, Members):
        names = sorted({other.container[other.index][0] for other in slots if isinstance(other.container, Members)})
        slot.container[slot.index] = (chosen.choice((*names, "x", "")), slot.value)
    return [slot]


def _nested(slots: list[Slot], chosen: random.Random) -> list[Slot]:
    slot = _any_slot(slots, chosen)
    depth = chosen.choice(DEPTHS)
    start, end = chosen.choice((("[", "]"), ('{"x":', "}")))
    slot.put(Verbatim(start * depth + "1" + end * depth))
    return [slot]


def _as_list(slots: list[Slot], chosen: random.Random) -> list[Slot]:
    slot = _any_slot(slots, chosen)
    slot.put(chosen.choice(([slot.value], [slot.value, slot.value], Members([("x", slot.value)]))))
    return [slot]


def _exchanged(slots: list[Slot], chosen: random.Random) -> list[Slot]:
    slot, other = _any_slot(slots, chosen), _any_slot(slots, chosen)
    if isinstance(slot.value, list) or isinstance(other.value, list):
        return []
    first, second = slot.value, other.value
    slot.put(second)
    other.put(first)
    return [slot, other]


def _alien(slots: list[Slot], chosen: random.Random) -> list[Slot]:
    """A new element or member."""
    slot = _any_slot(slots, chosen)
    value = chosen.choice((*ODD_VALUES, *EXTREMES))
    slot.container.insert(slot.index, ("x", value) if isinstance(slot.container, Members) else value)
    return [slot]


CHANGES: tuple[JsonChange, ...] = (
    _other_value,
    _other_value,
    _other_value,
    _known_value,
    _dropped_member,
    _twice,
    _renamed_member,
    _nested,
    _as_list,
    _exchanged,
    _alien,
)
