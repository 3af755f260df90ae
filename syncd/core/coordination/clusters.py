"""Groups records into targets, by their links and by what people decided.

A function of the sets given, never of their order. Links count from the strongest to the weakest; one that would bring
together two records which a person has set apart does not count, so that a third record goes with the one that it is
closer to.
"""

from collections.abc import Iterable

from msgspec import Struct


class Tie(Struct, frozen=True, kw_only=True):
    """Two records, `a` < `b`, that belong together. `strength`: the highest counts first."""

    a: str
    b: str
    strength: float

    @property
    def rank(self) -> tuple[float, str, str]:
        """The place of the tie: the strongest first, then by keys."""
        return -self.strength, self.a, self.b


def clusters_of(
    keys: Iterable[str], ties: Iterable[Tie], apart: Iterable[tuple[str, str]] = ()
) -> list[frozenset[str]]:
    """Returns the clusters of `keys`, sorted by their smallest key. Ties to other keys are ignored."""
    of: dict[str, set[str]] = {key: {key} for key in keys}
    strangers: dict[str, set[str]] = {}
    for a, b in apart:
        strangers.setdefault(a, set()).add(b)
        strangers.setdefault(b, set()).add(a)
    for tie in sorted({tie for tie in ties if tie.a in of and tie.b in of}, key=lambda tie: tie.rank):
        one, other = of[tie.a], of[tie.b]
        if one is other or _are_apart(one, other, strangers):
            continue
        small, large = sorted((one, other), key=len)
        large |= small
        for key in small:
            of[key] = large
    return sorted({min(members): frozenset(members) for members in of.values()}.values(), key=min)


def _are_apart(one: set[str], other: set[str], strangers: dict[str, set[str]]) -> bool:
    return bool(strangers) and any(not strangers[key].isdisjoint(other) for key in one & strangers.keys())
