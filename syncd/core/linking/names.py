"""How far two names are the same name: word by word, in any order, across spellings.

Bits add up over the words that agree. Words that stand on both sides and do not agree speak against it, because that is
how brothers, branches of one movement and trading companies of one state are told apart; words that only one side has
(a grandfather, a tribe, a place) hardly do.
"""

from collections.abc import Callable
from itertools import pairwise

from msgspec import Struct
from rapidfuzz.distance import OSA, JaroWinkler

from syncd.core.linking.features import NameFeature
from syncd.core.linking.frequent import bits
from syncd.core.linking.spelling import bones

NAME_PAIRS_MAX = 12
_EXACT, _SAME_BONES, _ALIKE, _FAR_BONES, _INITIAL = 1.0, 0.9, 0.75, 0.5, 0.15
_JOINED = 0.9
_ALIKE_LETTERS_MIN = 4
_ALIKE_MIN = 0.88
_BONES_ALIKE_MIN = 0.72
# In bits: what a word costs that stands against another one, and one that has no opposite.
AGAINST = {True: 12.0, False: 9.0}
AGAINST_NUMBER = 14.0
LEFT_OVER = {True: 0.8, False: 1.0}
WHOLE = 3.0
# The most that names say which agree in part: a clan shares three of four.
IN_PART_MAX = 9.0
WEAK = 0.6


class Agreement(Struct, frozen=True):
    """How `ours` and `theirs` agree. `against`: how many words stand on both sides without agreeing."""

    bits: float
    ours: NameFeature
    theirs: NameFeature
    matched: int
    against: int
    left_over: int

    @property
    def whole(self) -> bool:
        return not self.against and not self.left_over


def best(ours: tuple[NameFeature, ...], theirs: tuple[NameFeature, ...], *, person: bool) -> tuple[Agreement, ...]:
    """The names that agree best, best first, each name of either side once."""
    promising = sorted(_promising(ours, theirs, person), key=lambda one: (-one[0], one[1], one[2]))[:NAME_PAIRS_MAX]
    found = [compared(ours[first], theirs[second], person=person) for _, first, second in promising]
    found.sort(key=lambda one: (-one.bits, one.ours.words, one.theirs.words))
    chosen: list[Agreement] = []
    used: set[tuple[str, ...]] = set()
    for one in found:
        if one.ours.words not in used and one.theirs.words not in used:
            used |= {one.ours.words, one.theirs.words}
            chosen.append(one)
    return tuple(chosen)


def _promising(
    ours: tuple[NameFeature, ...], theirs: tuple[NameFeature, ...], person: bool
) -> list[tuple[float, int, int]]:
    """Pairs that share bones, with the bits of what they share."""
    shapes = [frozenset(map(bones, name.words)) for name in theirs]
    together = ["".join(name.words) for name in theirs]
    found = []
    for first, name in enumerate(ours):
        shape, whole = frozenset(map(bones, name.words)), "".join(name.words)
        for second, other in enumerate(shapes):
            shared = shape & other
            if whole == together[second]:
                found.append((100.0, first, second))
            elif shared:
                said = sum(bits(word, person=person) for word in shared)
                found.append((said - 2.0 * (min(len(shape), len(other)) - len(shared)), first, second))
    return found


def compared(ours: NameFeature, theirs: NameFeature, *, person: bool) -> Agreement:
    left, right = list(ours.words), list(theirs.words)
    said = 0.0
    matched = 0
    for step in (_same, _same_bones, _joined, _alike, _initials):
        for one, other, quality in step(left, right):
            said += quality * _worth(one, person)
            matched += 1
            _take(left, one)
            _take(right, other)
    against = min(len(left), len(right))
    over = max(len(left), len(right)) - against
    said -= _against(left, right, person) + LEFT_OVER[person] * over
    if not left and not right and matched > 1:
        said += WHOLE
    if against:
        said = min(said, IN_PART_MAX)
    if 2 in {ours.rank, theirs.rank}:
        said = min(said, said * WEAK)
    return Agreement(said, ours, theirs, matched, against, over)


def _worth(words: tuple[str, ...], person: bool) -> float:
    return max(bits(bones(word), person=person) for word in words)


def _against(left: list[str], right: list[str], person: bool) -> float:
    if not left or not right:
        return 0.0
    numbers = any(word.isdigit() for word in left) and any(word.isdigit() for word in right)
    return AGAINST[person] * min(len(left), len(right)) + (AGAINST_NUMBER - AGAINST[person]) * numbers


def _take(words: list[str], taken: tuple[str, ...]) -> None:
    for word in taken:
        words.remove(word)


Pair = tuple[tuple[str, ...], tuple[str, ...], float]


def _same(left: list[str], right: list[str]) -> list[Pair]:
    rest = list(right)
    found: list[Pair] = []
    for word in left:
        if word in rest:
            rest.remove(word)
            found.append(((word,), (word,), _EXACT))
    return found


def _same_bones(left: list[str], right: list[str]) -> list[Pair]:
    return _greedy(left, right, _bones_quality)


def _bones_quality(one: str, other: str) -> float:
    if bones(one) != bones(other) or one.isdigit() or other.isdigit():
        return 0.0
    return _SAME_BONES if JaroWinkler.similarity(one, other) >= _BONES_ALIKE_MIN else _FAR_BONES


def _alike(left: list[str], right: list[str]) -> list[Pair]:
    return _greedy(left, right, _alike_quality)


def _alike_quality(one: str, other: str) -> float:
    if min(len(one), len(other)) < _ALIKE_LETTERS_MIN or one.isdigit() or other.isdigit():
        return 0.0
    close = JaroWinkler.similarity(one, other) >= _ALIKE_MIN and OSA.distance(one, other) <= max(1, len(one) // 4)
    return _ALIKE if close else 0.0


def _initials(left: list[str], right: list[str]) -> list[Pair]:
    return _greedy(left, right, _initial_quality)


def _initial_quality(one: str, other: str) -> float:
    return _INITIAL if 1 in {len(one), len(other)} and one[0] == other[0] and one.isalpha() else 0.0


def _greedy(left: list[str], right: list[str], quality: Callable[[str, str], float]) -> list[Pair]:
    """Words that agree, best first, each used once."""
    candidates = [
        (-found, one, other, first, second)
        for first, one in enumerate(left)
        for second, other in enumerate(right)
        if (found := quality(one, other))
    ]
    used_left: set[int] = set()
    used_right: set[int] = set()
    pairs: list[Pair] = []
    for negative, one, other, first, second in sorted(candidates):
        if first not in used_left and second not in used_right:
            used_left.add(first)
            used_right.add(second)
            pairs.append(((one,), (other,), -negative))
    return pairs


def _joined(left: list[str], right: list[str]) -> list[Pair]:
    """Two neighbours on one side that are one word on the other."""
    found: list[Pair] = [(two, (one,), _JOINED) for two, one in _two_in_one(left, right)]
    found += [((one,), two, _JOINED) for two, one in _two_in_one(right, left)]
    return found[:1]


def _two_in_one(several: list[str], single: list[str]) -> list[tuple[tuple[str, str], str]]:
    if len(several) < 2 or not single:
        return []
    shapes = {bones(word): word for word in single if len(word) > 3}
    found = []
    for first, second in pairwise(several):
        other = shapes.get(bones(first + second))
        if other is not None and JaroWinkler.similarity(first + second, other) >= _BONES_ALIKE_MIN:
            found.append(((first, second), other))
    return found
