"""The links between the records of different lists, kept as records come, change and go.

Links are a function of the set of records and of people's decisions, never of the order in which they came: the score
of a pair depends on the two records alone, the choice of compared pairs depends on the set (`blocking`), and a record
is linked to the record of each other list that fits best, if the fit is best for that one too. One target may stand
twice on a list: a match that is strong by itself is linked beside the best one.
"""

import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import combinations, groupby
from operator import itemgetter
from typing import Self
from zlib import crc32

import msgspec
from msgspec import Struct

from syncd.core.linking import blocking, score
from syncd.core.linking.evidence import Decision, Explained, Link, Reason, Settled, Verdict
from syncd.core.linking.features import Features, features_of, pack_features, unpack_features
from syncd.core.linking.identifiers import SHARED_MAX
from syncd.core.linking.kept import KeptLinking, KeptPairs
from syncd.core.linking.pairs import PairShelf
from syncd.core.model import Record
from syncd.core.packing import Packing, PieceShelf

KEY_RECORDS_MAX = 50
# By how much the best partner must be better than the next of its list, in bits.
MARGIN_BITS = 1.5
_UNPACKED_MAX = 1024
# So many records are opened with their pairs before they are packed, while all are filled in: 4 MB.
_OPEN_MAX = 4096
# Records come list by list: what the first of them have in common is not what all have.
_SAMPLED_EVERY = 16
_DECIDED = score.Judged(99.0, True, (Reason(kind="decision", text="a person confirmed that these are one target"),))
_BETTER_PARTNER = Reason(kind="other_partner", text="another record of that list fits as well or better")


class Weight(Struct, frozen=True, array_like=True, gc=False):
    """The kept part of a judged pair. `stamp` is a checksum of its reasons; the reasons themselves are made again on
    demand."""

    bits: float
    strong: bool
    stamp: int


class JudgedPair(Struct, frozen=True, array_like=True, gc=False):
    """The decision about a pair of records, and the weight on which it rests."""

    decision: Decision
    weight: Weight


_weights = msgspec.msgpack.Decoder(dict[int, Weight])
_judged_pairs = msgspec.msgpack.Decoder(dict[int, JudgedPair])
_encode = msgspec.json.Encoder().encode


Couple = tuple[int, int]
"""Two records by their numbers, the smaller first."""


class Linker:
    """The records of all lists and the links between them. Call `put`, `drop` and `decide` for what happened, then
    `settle` for the links that changed.

    `unkept` is how many records and decisions came, changed or went since the linker was made, or since its last
    `keep`."""

    def __init__(self) -> None:
        self.unkept = 0
        self._numbers: dict[str, int] = {}
        self._free: list[int] = []
        self._keys: list[str] = []
        self._feeds: list[str] = []
        # As objects of their own they take 4 MB more of all lists, and lie between what is soon gone.
        self._packed = PieceShelf()
        # A digest of each record as it was put: the same one again is nothing new.
        self._marks = array("Q")
        self._packing = Packing(every=_SAMPLED_EVERY)
        self._index = blocking.BlockingIndex(self._is_followed)
        self._near = PairShelf(_weights)
        self._dirty: set[int] = set()
        self._gone: set[int] = set()
        self._revived: set[int] = set()
        # The keys of what came since the last settle, which needs them again.
        self._fresh: dict[int, array[int]] = {}
        self._verdicts: dict[str, dict[str, Verdict]] = {}
        # By the smaller number.
        self._settled = PairShelf(_judged_pairs)
        # Those that were near at the last settle and are no more.
        self._parted: set[Couple] = set()
        self._unpacked: dict[int, Features] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def has(self, key: str, content: bytes | msgspec.Raw, *, reused: bool = False) -> bool:
        """Return whether the record under `key` was put as this JSON says, so that it need not be put again."""
        number = self._numbers.get(key)
        return number is not None and number not in self._gone and self._marks[number] == _mark(content, reused)

    def put(self, record: Record, *, reused: bool = False) -> None:
        """Add a record, or replace its earlier version; `reused` as in `features_of`."""
        mark = _mark(_encode(record), reused)
        number = self._numbers.get(record.key)
        if number is not None and number not in self._gone and self._marks[number] == mark:
            return
        new = features_of(record, reused=reused)
        raw = pack_features(new)
        keys = array("Q", blocking.blocking_keys(new))
        before: Sequence[int] = ()
        self.unkept += 1
        if number is None:
            number = self._numbered(record)
        elif number in self._gone:
            self._gone.discard(number)
        elif self._packing.unpack(self._packed[number]) == raw:
            self._marks[number] = mark
            return
        else:
            before = self._keys_of(number)
        self._lose(number, set(before).difference(keys))
        self._packed.replace(number, self._packing.pack(raw))
        self._marks[number] = mark
        self._unpacked.pop(number, None)
        self._dirty.add(number)
        self._fresh[number] = keys
        for key in set(keys).difference(before):
            if self._index.add(key, number):
                self._ceased(key)

    def drop(self, key: str) -> None:
        """Remove the record with this key, if there is one."""
        number = self._numbers.get(key)
        if number is None or number in self._gone:
            return
        self.unkept += 1
        self._lose(number, self._keys_of(number))
        self._fresh.pop(number, None)
        self._unpacked.pop(number, None)
        self._gone.add(number)
        self._dirty.add(number)

    def decide(self, a: str, b: str, verdict: Verdict | None) -> None:
        """Set a person's decision about two keys; None withdraws it. It also holds for records that come later."""
        if self._verdicts.get(a, {}).get(b) == verdict:
            return
        self.unkept += 1
        for one, other in ((a, b), (b, a)):
            if verdict is None:
                self._verdicts.get(one, {}).pop(other, None)
            else:
                self._verdicts.setdefault(one, {})[other] = verdict
            if one in self._numbers:
                self._dirty.add(self._numbers[one])

    def settle(self) -> Settled:
        """Judge what changed since the last call, and return the links that are new, other or gone."""
        touched = {*self._judge_revived()}
        touched |= self._dirty
        for number in self._dirty:
            touched.update(self._forget_partners(number))
        done: set[int] = set()
        for number in sorted(self._dirty - self._gone, key=self._neighbourhood):
            touched.update(self._judge_anew(number, done))
            done.add(number)
        added: list[Link] = []
        removed: list[tuple[str, str]] = []
        for couple in sorted(self._couples_of(touched)):
            self._settle_couple(couple, added, removed)
        for number in self._gone:
            self._forget(number)
        self._dirty.clear()
        self._revived.clear()
        self._fresh.clear()
        self._gone.clear()
        self._parted.clear()
        self._near.pack()
        self._settled.pack()
        return Settled(added=tuple(sorted(added, key=lambda link: (link.a, link.b))), removed=tuple(sorted(removed)))

    def links(self) -> tuple[Link, ...]:
        """Return all links as of the last `settle`, sorted."""
        found = (self._link((number, other), settled) for number, other, settled in self._settled.items())
        return tuple(sorted(found, key=lambda link: (link.a, link.b)))

    def linked(self) -> Iterator[Link]:
        """Yield the links that are more than suggested, in no order: all at once they take 12 MB of all lists."""
        for number, other, settled in self._settled.items():
            if settled.decision == "linked":
                yield self._link((number, other), settled)

    def record_keys(self) -> tuple[str, ...]:
        """Return the keys of the records as of the last `settle`."""
        return tuple(self._numbers)

    def verdicts(self) -> dict[tuple[str, str], Verdict]:
        """Return what people decided, by pair of keys, the smaller first."""
        return {
            (one, other): verdict
            for one, found in self._verdicts.items()
            for other, verdict in found.items()
            if one < other
        }

    def keep(self) -> KeptLinking:
        """Return all that is known as of the last `settle`, after which nothing was put, dropped or decided."""
        assert not self._dirty, "not settled"
        self.unkept = 0
        self._unpacked.clear()
        free = set(self._free)
        index_keys, index_records = self._index.columns()
        pairs = sorted((number, other, judged) for number, other, judged in self._settled.items())
        return KeptLinking(
            keys=tuple("" if number in free else key for number, key in enumerate(self._keys)),
            feeds=tuple(self._feeds),
            marks=self._marks.tobytes(),
            features=tuple(map(self._packed.__getitem__, range(len(self._packed)))),
            sample=self._packing.sample,
            index_keys=index_keys,
            index_records=index_records,
            pairs=KeptPairs(
                ones=array("I", (number for number, _, _ in pairs)).tobytes(),
                others=array("I", (other for _, other, _ in pairs)).tobytes(),
                bits=array("d", (judged.weight.bits for _, _, judged in pairs)).tobytes(),
                strong=array("B", (judged.weight.strong for _, _, judged in pairs)).tobytes(),
                stamps=array("I", (judged.weight.stamp for _, _, judged in pairs)).tobytes(),
                linked=array("B", (judged.decision == "linked" for _, _, judged in pairs)).tobytes(),
            ),
            verdicts={one: dict(found) for one, found in self._verdicts.items() if found},
        )

    @classmethod
    def resumed(cls, kept: KeptLinking) -> Self:
        """Return a linker that goes on from what another one kept."""
        linker = cls()
        linker._keys = [sys.intern(key) for key in kept.keys]
        linker._feeds = [sys.intern(feed) for feed in kept.feeds]
        linker._numbers = {key: number for number, key in enumerate(linker._keys) if key}
        linker._free = [number for number, key in enumerate(linker._keys) if not key]
        linker._marks = array("Q", kept.marks)
        for packed in kept.features:
            linker._packed.append(packed)
        linker._packing = Packing.resumed(kept.sample, every=_SAMPLED_EVERY)
        linker._index.fill(kept.index_keys, kept.index_records)
        linker._verdicts = {one: dict(found) for one, found in kept.verdicts.items()}
        pairs = kept.pairs
        columns = (array("I", pairs.ones), array("I", pairs.others), array("d", pairs.bits), array("B", pairs.strong))
        found = zip(*columns, array("I", pairs.stamps), array("B", pairs.linked), strict=True)
        for place, (one, of_one) in enumerate(groupby(found, key=itemgetter(0))):
            if place % _OPEN_MAX == 0:
                linker._near.pack()
            settled: dict[int, JudgedPair] = {}
            near = linker._near.opened(one)
            for _, other, bits, strong, stamp, linked in of_one:
                near[other] = weight = Weight(bits, bool(strong), stamp)
                linker._near.opened(other)[one] = weight
                settled[other] = JudgedPair("linked" if linked else "suggested", weight)
            linker._settled.fill(one, settled)
        linker._near.pack()
        return linker

    def explained(self, a: str, b: str) -> Explained | None:
        """Return the link between two records as of the last `settle`, with its reasons; None when there is none."""
        one, other = self._numbers.get(a), self._numbers.get(b)
        if one is None or other is None:
            return None
        couple = _couple(one, other)
        settled, judged = self._settled.read(couple[0]).get(couple[1]), self._judged(*couple)
        if settled is None or judged is None:
            return None
        reasons = judged.reasons
        if settled.decision == "suggested" and judged.bits >= score.LINKED_BITS:
            reasons = (*reasons, _BETTER_PARTNER)
        link = self._link(couple, settled)
        return Explained(a=link.a, b=link.b, score=link.score, decision=link.decision, reasons=reasons)

    def _numbered(self, record: Record) -> int:
        # Others have the same strings: one copy is enough.
        key, feed = sys.intern(record.key), sys.intern(record.feed)
        if self._free:
            number = self._free.pop()
            self._keys[number], self._feeds[number] = key, feed
        else:
            number = len(self._keys)
            self._keys.append(key)
            self._feeds.append(feed)
            self._packed.append(b"")
            self._marks.append(0)
        self._numbers[key] = number
        return number

    def _forget(self, number: int) -> None:
        del self._numbers[self._keys[number]]
        self._packed.replace(number, b"")
        self._free.append(number)

    def _lose(self, number: int, keys: Iterable[int]) -> None:
        """Stop finding the record under `keys`."""
        for key in keys:
            if self._index.remove(key, number):
                self._revived.add(key)

    def _keys_of(self, number: int) -> Sequence[int]:
        fresh = self._fresh.get(number)
        return fresh if fresh is not None else blocking.blocking_keys(self._features(number))

    def _ceased(self, key: int) -> None:
        """Judge anew the records under a key that has become too common: pairs that no other key brings
        together end."""
        there = set(self._index.having(key))
        self._dirty.update(
            number for number in there if blocking.is_number_key(key) or there & self._near.read(number).keys()
        )

    def _judge_revived(self) -> Iterable[int]:
        """Judge the pairs that keys bring together which are followed again. Returns the records that have new
        partners."""
        for key in sorted(self._revived):
            there = self._index.followed(key)
            if blocking.is_number_key(key):
                self._dirty.update(there)
                continue
            for one, other in combinations(there, 2):
                if self._dirty.isdisjoint((one, other)) and self._feeds[one] != self._feeds[other]:
                    yield from self._judge(one, other)

    def _neighbourhood(self, number: int) -> tuple[int, int]:
        """Return the place of a record in the order of judging. Records that share keys are likely to share the
        smallest one: judged one after the other, they are unpacked once, though few are kept unpacked."""
        return min(self._keys_of(number), default=0), number

    def _features(self, number: int) -> Features:
        known = self._unpacked.get(number)
        if known is None:
            if len(self._unpacked) >= _UNPACKED_MAX:
                self._unpacked.clear()
            known = self._unpacked[number] = unpack_features(self._packing.unpack(self._packed[number]))
        return known

    def _is_followed(self, key: int, records: Sequence[int]) -> bool:
        if len(records) > KEY_RECORDS_MAX:
            return False
        if len(records) <= SHARED_MAX or not blocking.is_number_key(key):
            return True
        return max(Counter(self._feeds[number] for number in records).values()) <= SHARED_MAX

    def _is_shared(self, value: str) -> bool:
        key = blocking.number_key(value)
        return not self._is_followed(key, self._index.having(key))

    def _forget_partners(self, number: int) -> Iterable[int]:
        partners = self._near.opened(number)
        before = tuple(partners)
        partners.clear()
        for other in before:
            self._near.opened(other).pop(number, None)
            self._parted.add(_couple(number, other))
        return before

    def _judge_anew(self, number: int, done: set[int]) -> Iterable[int]:
        """Compare a record with all its candidates but those in `done`. Returns its new partners."""
        for other in self._candidates(number):
            if other in done:
                continue
            self._judge(number, other)
        return tuple(self._near.opened(number))

    def _judge(self, one: int, other: int) -> tuple[int, ...]:
        """Compare two records. Returns both when they may be one target, else nothing."""
        found = self._judged(one, other)
        if found is None or found.bits < score.SUGGESTED_BITS:
            return ()
        weight = Weight(found.bits, found.strong, crc32(msgspec.msgpack.encode(found.reasons)))
        self._near.opened(one)[other] = weight
        self._near.opened(other)[one] = weight
        return one, other

    def _candidates(self, number: int) -> set[int]:
        feed = self._feeds[number]
        found = {
            other for key in self._keys_of(number) for other in self._index.followed(key) if self._feeds[other] != feed
        }
        for key in self._verdicts.get(self._keys[number], {}):
            if key in self._numbers and self._numbers[key] not in self._gone:
                found.add(self._numbers[key])
        return found

    def _judged(self, number: int, other: int) -> score.Judged | None:
        verdict = self._verdicts.get(self._keys[number], {}).get(self._keys[other])
        if verdict is not None:
            return _DECIDED if verdict == "confirmed" else None
        first, second = (number, other) if self._keys[number] < self._keys[other] else (other, number)
        return score.judged(self._features(first), self._features(second), self._is_shared)

    def _couples_of(self, touched: set[int]) -> set[Couple]:
        """Return the pairs whose link may have changed."""
        near = {_couple(number, other) for number in touched for other in self._near.opened(number)}
        return near | self._parted

    def _settle_couple(self, couple: Couple, added: list[Link], removed: list[tuple[str, str]]) -> None:
        one, other = couple
        settled = self._settled.opened(one)
        before = settled.get(other)
        weight = self._near.opened(one).get(other)
        now = None if weight is None else JudgedPair(self._decision(one, other, weight), weight)
        if before == now:
            return
        if before is not None:
            removed.append(self._named(one, other))
            del settled[other]
        if now is not None:
            settled[other] = now
            added.append(self._link(couple, now))

    def _decision(self, one: int, other: int, weight: Weight) -> Decision:
        if weight.bits < score.LINKED_BITS:
            return "suggested"
        best = self._is_best(one, other, weight) and self._is_best(other, one, weight)
        return "linked" if weight.strong or best else "suggested"

    def _is_best(self, one: int, other: int, weight: Weight) -> bool:
        """Return whether no other record on the list of `other` is nearly as good for `one`."""
        feed = self._feeds[other]
        return all(
            weight.bits >= rival.bits + MARGIN_BITS
            for number, rival in self._near.opened(one).items()
            if number != other and self._feeds[number] == feed
        )

    def _link(self, couple: Couple, settled: JudgedPair) -> Link:
        a, b = self._named(*couple)
        return Link(a=a, b=b, score=score.scale(settled.weight.bits), decision=settled.decision)

    def _named(self, one: int, other: int) -> tuple[str, str]:
        first, second = sorted((self._keys[one], self._keys[other]))
        return first, second


def _mark(content: bytes | msgspec.Raw, reused: bool) -> int:
    return int.from_bytes(blake2b(content, digest_size=8, person=b"reused" if reused else b"").digest())


def _couple(one: int, other: int) -> Couple:
    return (one, other) if one < other else (other, one)
