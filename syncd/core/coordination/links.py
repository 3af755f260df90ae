"""The links that count, and the decisions of people, by record."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from syncd.core.coordination.clusters import Tie
from syncd.core.coordination.target import LinkDecision
from syncd.core.linking import Link

CONFIRMED = 2.0


class Bonds:
    """Links by record, and decisions by pair. Suggested links are not kept."""

    def __init__(self, decisions: Iterable[LinkDecision] = ()) -> None:
        self._linked: dict[str, dict[str, float]] = {}
        self._decided: dict[tuple[str, str], LinkDecision] = {}
        self._by_key: dict[str, set[str]] = {}
        for one in decisions:
            self.decide(one)

    @property
    def decisions(self) -> tuple[LinkDecision, ...]:
        """What people decided, in order of the keys."""
        return tuple(self._decided[pair] for pair in sorted(self._decided))

    def tie(self, link: Link) -> bool:
        """Keep `link`, unless it is only suggested. Returns whether it was kept."""
        if link.decision != "linked":
            return False
        self._linked.setdefault(link.a, {})[link.b] = link.score
        self._linked.setdefault(link.b, {})[link.a] = link.score
        return True

    def cut(self, a: str, b: str) -> bool:
        """Drop the link between two records. Returns whether there was one that counted."""
        for one, other in ((a, b), (b, a)):
            near = self._linked.get(one, {})
            if near.pop(other, None) is None:
                return False
            if not near:
                del self._linked[one]
        return True

    def decide(self, decision: LinkDecision) -> None:
        """Keep a decision, in the place of an earlier one on the same two records."""
        self._decided[decision.a, decision.b] = decision
        self._by_key.setdefault(decision.a, set()).add(decision.b)
        self._by_key.setdefault(decision.b, set()).add(decision.a)

    def decided(self, a: str, b: str) -> LinkDecision | None:
        """Return the decision on two records, in either order; None when there is none."""
        return self._decided.get((min(a, b), max(a, b)))

    def of(self, key: str) -> Mapping[str, LinkDecision]:
        """Returns the decisions about a record, by the key of the other record."""
        return {other: one for other in sorted(self._by_key.get(key, ())) if (one := self.decided(key, other))}

    def rename(self, old: str, new: str) -> Mapping[str, LinkDecision]:
        """Move the decisions about `old` to `new`. Returns them as they were."""
        found = self.of(old)
        for other, decision in found.items():
            del self._decided[decision.a, decision.b]
            self._by_key[other].discard(old)
            if other != new:
                self.decide(replace(decision, a=min(new, other), b=max(new, other)))
        self._by_key.pop(old, None)
        return found

    def ties(self, key: str) -> Iterator[Tie]:
        """Yield what holds a record to others: links that count, and confirmations, which are stronger."""
        for other, score in self._linked.get(key, {}).items():
            yield Tie(a=min(key, other), b=max(key, other), strength=score)
        if key not in self._by_key:
            return
        for other, decision in self.of(key).items():
            if decision.verdict == "confirmed":
                yield Tie(a=min(key, other), b=max(key, other), strength=CONFIRMED)

    def apart(self, keys: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield the pairs that people forbade, of which one record is in `keys`."""
        for key in keys:
            for decision in self.of(key).values():
                if decision.verdict == "forbidden":
                    yield decision.a, decision.b
