"""Links between the records of different lists, kept as records come, change and go.

Links are a function of the set of records and of people's decisions, never of the order in which they came: the score
of a pair depends on the two records alone, which pairs are compared depends on the set (`blocking`), and a record is
linked to the one of each other list that fits best, if it is the best for that one too. One target may stand twice on a
list: whatever is strong by itself is linked beside the best.
"""

from collections.abc import Iterable, Iterator
from zlib import crc32

import msgspec
from msgspec import Struct

from syncd.core.linking import blocking, score
from syncd.core.linking.evidence import Decision, Link, Reason, Settled, Verdict
from syncd.core.linking.features import Features, features, pack, unpack
from syncd.core.linking.identifiers import SHARED_MAX
from syncd.core.model import Record

KEY_RECORDS_MAX = 150
# By how much the best partner must be better than the next of its list, in bits.
MARGIN_BITS = 1.5
_UNPACKED_MAX = 2048
_DECIDED = score.Judged(99.0, True, (Reason(kind="decision", text="a person confirmed that these are one target"),))
_BETTER_PARTNER = Reason(kind="other_partner", text="another record of that list fits as well or better")


class Weight(Struct, frozen=True, array_like=True):
    """What is kept of a judged pair; `stamp` is a checksum of its reasons, which are told anew when asked for."""

    bits: float
    strong: bool
    stamp: int


class Told(Struct, frozen=True, array_like=True):
    decision: Decision
    weight: Weight


class Linker:
    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._free: list[int] = []
        self._keys: list[str] = []
        self._feeds: list[str] = []
        self._packed: list[bytes] = []
        self._index = blocking.Index(self._is_followed)
        self._near: dict[int, dict[int, Weight]] = {}
        self._dirty: set[int] = set()
        self._gone: set[int] = set()
        self._verdicts: dict[str, dict[str, Verdict]] = {}
        self._told: dict[int, dict[int, Told]] = {}
        self._unpacked: dict[int, Features] = {}

    def put(self, record: Record) -> None:
        """A record that is new or has changed."""
        new = features(record)
        packed = pack(new)
        number = self._numbers.get(record.key)
        if number is None:
            number = self._numbered(record)
        elif number in self._gone:
            self._gone.discard(number)
        elif self._packed[number] == packed:
            return
        else:
            self._unfound(number)
        self._packed[number] = packed
        self._unpacked.pop(number, None)
        self._dirty.add(number)
        for key in blocking.keys(new):
            self._dirty.update(self._index.add(key, number))

    def drop(self, key: str) -> None:
        """A record that is no more. Nothing happens when there is none."""
        number = self._numbers.get(key)
        if number is None or number in self._gone:
            return
        self._unfound(number)
        self._gone.add(number)
        self._dirty.add(number)

    def decide(self, a: str, b: str, verdict: Verdict | None) -> None:
        """A person's decision about two keys; None takes it back. It holds whether or not the records are here."""
        for one, other in ((a, b), (b, a)):
            if verdict is None:
                self._verdicts.get(one, {}).pop(other, None)
            else:
                self._verdicts.setdefault(one, {})[other] = verdict
            if one in self._numbers:
                self._dirty.add(self._numbers[one])

    def settle(self) -> Settled:
        """What has changed among the links since the last time."""
        touched = set(self._dirty)
        for number in sorted(self._dirty):
            touched.update(self._judge_anew(number))
        added: list[Link] = []
        removed: list[tuple[str, str]] = []
        for one, other in sorted(self._pairs_of(touched)):
            self._tell(one, other, added, removed)
        for number in self._gone:
            self._forget(number)
        self._dirty.clear()
        self._gone.clear()
        return Settled(added=tuple(sorted(added, key=lambda link: (link.a, link.b))), removed=tuple(sorted(removed)))

    def links(self, key: str) -> tuple[Link, ...]:
        """The links of a record as of the last `settle`, by key."""
        number = self._numbers.get(key)
        if number is None:
            return ()
        told = self._told.get(number, {})
        return tuple(
            sorted((self._link(number, other, one) for other, one in told.items()), key=lambda link: (link.a, link.b))
        )

    def _numbered(self, record: Record) -> int:
        if self._free:
            number = self._free.pop()
            self._keys[number], self._feeds[number] = record.key, record.feed
        else:
            number = len(self._keys)
            self._keys.append(record.key)
            self._feeds.append(record.feed)
            self._packed.append(b"")
        self._numbers[record.key] = number
        return number

    def _forget(self, number: int) -> None:
        del self._numbers[self._keys[number]]
        self._packed[number] = b""
        self._free.append(number)

    def _unfound(self, number: int) -> None:
        for key in blocking.keys(self._features(number)):
            self._dirty.update(self._index.remove(key, number))
        self._unpacked.pop(number, None)

    def _features(self, number: int) -> Features:
        known = self._unpacked.get(number)
        if known is None:
            if len(self._unpacked) >= _UNPACKED_MAX:
                self._unpacked.clear()
            known = self._unpacked[number] = unpack(self._packed[number])
        return known

    def _is_followed(self, records: list[int]) -> bool:
        if len(records) <= SHARED_MAX:
            return True
        return len(records) <= KEY_RECORDS_MAX

    def _is_shared(self, value: str) -> bool:
        return self._index.is_shared(blocking.number_key(value))

    def _judge_anew(self, number: int) -> Iterable[int]:
        """Compares a record with all that it may be one with. Returns whose partners changed, by that or before."""
        before = self._near.pop(number, {})
        for other in before:
            self._near[other].pop(number, None)
        if number in self._gone:
            return before
        now: dict[int, Weight] = {}
        for other in self._candidates(number):
            found = self._judged(number, other)
            if found is not None and found.bits >= score.SUGGESTED_BITS:
                now[other] = Weight(found.bits, found.strong, crc32(msgspec.msgpack.encode(found.reasons)))
        for other, weight in now.items():
            self._near.setdefault(other, {})[number] = weight
        if now:
            self._near[number] = now
        return {*before, *now}

    def _candidates(self, number: int) -> set[int]:
        feed = self._feeds[number]
        found = {
            other
            for key in blocking.keys(self._features(number))
            for other in self._index.followed(key)
            if self._feeds[other] != feed
        }
        for key in self._verdicts.get(self._keys[number], {}):
            if key in self._numbers and self._numbers[key] not in self._gone:
                found.add(self._numbers[key])
        return found

    def _judged(self, number: int, other: int) -> score.Judged | None:
        verdict = self._verdicts.get(self._keys[number], {}).get(self._keys[other])
        if verdict is not None:
            return _DECIDED if verdict == "confirmed" else None
        first, second = sorted((number, other), key=self._keys.__getitem__)
        return score.judged(self._features(first), self._features(second), self._is_shared)

    def _pairs_of(self, touched: set[int]) -> Iterator[tuple[int, int]]:
        found = set()
        for number in touched:
            for other in (*self._near.get(number, ()), *self._told.get(number, ())):
                found.add((min(number, other), max(number, other)))
        return iter(found)

    def _tell(self, one: int, other: int, added: list[Link], removed: list[tuple[str, str]]) -> None:
        before = self._told.get(one, {}).get(other)
        weight = self._near.get(one, {}).get(other)
        now = None if weight is None else Told(self._decision(one, other, weight), weight)
        if before == now:
            return
        if before is not None:
            removed.append(self._named(one, other))
            del self._told[one][other], self._told[other][one]
        if now is not None:
            self._told.setdefault(one, {})[other] = now
            self._told.setdefault(other, {})[one] = now
            added.append(self._link(one, other, now))

    def _decision(self, one: int, other: int, weight: Weight) -> Decision:
        if weight.bits < score.LINKED_BITS:
            return "suggested"
        best = self._is_best(one, other, weight) and self._is_best(other, one, weight)
        return "linked" if weight.strong or best else "suggested"

    def _is_best(self, one: int, other: int, weight: Weight) -> bool:
        """Whether no other of the list of `other` is nearly as good for `one`."""
        feed = self._feeds[other]
        return all(
            weight.bits >= rival.bits + MARGIN_BITS
            for number, rival in self._near[one].items()
            if number != other and self._feeds[number] == feed
        )

    def _link(self, one: int, other: int, told: Told) -> Link:
        a, b = self._named(one, other)
        judged = self._judged(one, other)
        assert judged is not None
        reasons = judged.reasons
        if told.decision == "suggested" and judged.bits >= score.LINKED_BITS:
            reasons = (*reasons, _BETTER_PARTNER)
        return Link(a=a, b=b, score=judged.score, decision=told.decision, reasons=reasons)

    def _named(self, one: int, other: int) -> tuple[str, str]:
        first, second = sorted((self._keys[one], self._keys[other]))
        return first, second
