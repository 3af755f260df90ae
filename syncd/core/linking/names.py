"""The agreement of two names: word by word, in any order, across spellings.

Bits add up over the words that agree. Words that stand on both sides and do not agree count against it: they tell apart
brothers, branches of one movement and trading companies of one state. Words that only one side has (a grandfather, a
tribe, a place) hardly count.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct
from rapidfuzz.distance import OSA, JaroWinkler

from syncd.core.linking.features import NameFeature
from syncd.core.linking.frequent import bits
from syncd.core.linking.spelling import bones, bones_of_joined

NAME_PAIRS_MAX = 6
# So many of them have no name in common with one that promises more: who has many spellings has a second name too.
_APART_MAX = 3
# Of names with so many words each, one alone that agrees is not worth a comparison.
_UNLIKE = 3
# Primary names are compared before others that promise as much.
_PRIMARY_FIRST = 3.0
# How much of a word's bits it is worth that two words agree so; the same letters say more than the same consonants.
_EXACT_MORE = 1.5
_SAME_BONES, _ALIKE, _FAR_BONES, _INITIAL = 1.0, 0.75, 0.4, 0.15
_JOINED = 1.0
_ALIKE_LETTERS_MIN = 5
_ALIKE_MIN = 0.88
_BONES_ALIKE_MIN = 0.72
_SHORT = 3
_SHORT_ALIKE_MIN = 0.8
# Of a person, and of an organisation: what a word costs that stands against another one, and one without an opposite.
AGAINST = {True: 12.0, False: 9.0}
AGAINST_NUMBER = 14.0
LEFT_OVER = {True: 0.8, False: 4.0}
# What it is worth that nothing is left over on either side, and that the words are the very same.
WHOLE = {True: 3.0, False: 4.0}
SAME_WORDS = {True: 1.0, False: 4.0}
SAME_PRIMARY = {True: 1.0, False: 3.0}
# The most that names say which agree in part: a clan shares three of four.
IN_PART_MAX = 9.0
# What a name costs that goes on as the other does: chains of fathers' names make a son of the other.
CHILD = 6.0
# What another order of the words costs, beyond the family name standing first or last.
OTHER_ORDER = 4.0
WEAK = 0.6
_PATRONYMIC = re.compile(r"..(?:[aeoy]v(?:[iy]t?c[hz]?|na)|[iy]nichna|[iy]t?ch|[iy]chna)$")
_PATRONYMIC_ALIKE = 0.65
_ARTICLE = frozenset({"al", "el", "as", "ad", "ar", "an", "az"})


Words = tuple[str, ...]
# Words of one side, those of the other with which they agree, and how well.
Pair = tuple[tuple[str, ...], tuple[str, ...], float]


class Agreement(Struct, frozen=True):
    """How two names agree. `matched`: pairs of words that agree; `against`: words that stand on both sides without
    agreeing; `left_over`: words that only one side has."""

    bits: float
    ours: NameFeature
    theirs: NameFeature
    matched: int
    against: int
    left_over: int

    @property
    def whole(self) -> bool:
        """Whether every word of both names agrees with one of the other."""
        return not self.against and not self.left_over


def compared_all(
    ours: tuple[NameFeature, ...], theirs: tuple[NameFeature, ...], *, person: bool
) -> tuple[Agreement, ...]:
    """Return the agreements of the most promising pairs of names (`NAME_PAIRS_MAX`), best first."""
    promising = sorted(_promising(ours, theirs, person))
    if len(promising) > NAME_PAIRS_MAX:
        promising = _apart_first(promising)[:NAME_PAIRS_MAX]
    found = [compared(ours[first], theirs[second], person=person) for _, first, second in promising]
    return tuple(sorted(found, key=lambda one: (-one.bits, one.ours.words, one.theirs.words)))


def _apart_first(promising: list[tuple[float, int, int]]) -> list[tuple[float, int, int]]:
    """Return the pairs with those first, at most `_APART_MAX`, whose names no pair before them has."""
    apart: list[tuple[float, int, int]] = []
    ours: set[int] = set()
    theirs: set[int] = set()
    for pair in promising:
        if len(apart) == _APART_MAX:
            break
        if pair[1] not in ours and pair[2] not in theirs:
            ours.add(pair[1])
            theirs.add(pair[2])
            apart.append(pair)
    return [*apart, *(pair for pair in promising if pair not in apart)]


def each_once(found: tuple[Agreement, ...]) -> tuple[Agreement, ...]:
    """Return those agreements of `found`, best first, whose names no better agreement has used."""
    chosen: list[Agreement] = []
    used: set[tuple[str, ...]] = set()
    for agreement in found:
        if agreement.ours.words not in used and agreement.theirs.words not in used:
            used |= {agreement.ours.words, agreement.theirs.words}
            chosen.append(agreement)
    return tuple(chosen)


@lru_cache(maxsize=1 << 11)
def _shape(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(bones, words))


def _promising(
    ours: tuple[NameFeature, ...], theirs: tuple[NameFeature, ...], person: bool
) -> list[tuple[float, int, int]]:
    """Return the pairs that share bones: the bits of what they share, negative so that the best sort first, and the
    places of both names."""
    flags: dict[str, int] = {}
    others = [(_flags(name.words, flags), "".join(name.words), name.rank) for name in theirs]
    anything = (1 << len(flags)) - 1
    wholes = {whole for _, whole, _ in others}
    # Many names share the same words: these are weighed once.
    worth: dict[int, float] = {}
    found = []
    for first, name in enumerate(ours):
        mine, whole = _flags(name.words, flags), "".join(name.words)
        if not mine & anything and whole not in wholes:
            continue
        for second, (yours, other, rank) in enumerate(others):
            if whole == other:
                found.append((name.rank + rank - 100.0, first, second))
            elif shared := mine & yours:
                count, shorter = shared.bit_count(), min(mine.bit_count(), yours.bit_count())
                if count < 2 and shorter >= _UNLIKE:
                    continue
                if shared not in worth:
                    worth[shared] = sum([bits(word, person=person) for word, flag in flags.items() if flag & shared])
                total = worth[shared] + _PRIMARY_FIRST * ((not name.rank) + (not rank))
                found.append((2.0 * (shorter - count) - total, first, second))
    return found


def _flags(words: tuple[str, ...], flags: dict[str, int]) -> int:
    """Return the bones of a name as bits of a number, each a bit of its own, which `flags` remembers."""
    found = 0
    for word in _shape(words):
        found |= flags.setdefault(word, 1 << len(flags))
    return found


def compared(ours: NameFeature, theirs: NameFeature, *, person: bool) -> Agreement:
    """Return how two names agree, in bits, negative when they speak against one target."""
    if ours.words == theirs.words:
        return _identical(ours, theirs, person)
    total, *counts = _words_compared(ours.words, theirs.words, person, not ours.rank and not theirs.rank)
    return Agreement(_trusted(total, ours, theirs), ours, theirs, *counts)


# A target that stands on several lists has the same names on most of them: half of the answers are here.
@lru_cache(maxsize=1 << 11)
def _words_compared(ours: Words, theirs: Words, person: bool, primary: bool) -> tuple[float, int, int, int]:
    """Return how the words of two names agree: bits, pairs that agree, words that stand on both sides without agreeing,
    and words that only one side has. `primary`: both are primary names."""
    left, right = list(ours), list(theirs)
    total = 0.0
    pairs: list[Pair] = []
    for step in (_same, _same_bones, _article_apart, _joined, _alike, _initials):
        if not left or not right:
            break
        for one, other, quality in step(left, right):
            total += quality * _worth(one, person) + _EXACT_MORE * (one == other)
            pairs.append((one, other, quality))
            _take(left, one)
            _take(right, other)
    against = min(len(left), len(right))
    over = max(len(left), len(right)) - against
    total -= _against(left, right, person) + LEFT_OVER[person] * over
    if not left and not right:
        same = sorted(ours) == sorted(theirs)
        total += WHOLE[person] * (len(pairs) > 1 or same) + SAME_WORDS[person] * same
        total += SAME_PRIMARY[person] * (same and primary)
    if person and len(pairs) > 2 and not _same_order(ours, theirs, pairs):
        total -= OTHER_ORDER
    if person and (_is_child(left, ours, theirs) or _is_child(right, theirs, ours)):
        total -= CHILD
    if against or (not person and over > 1):
        total = min(total, IN_PART_MAX)
    return total, len(pairs), against, over


def _identical(ours: NameFeature, theirs: NameFeature, person: bool) -> Agreement:
    total = sum([bits(bones(word), person=person) + _EXACT_MORE for word in ours.words])
    total += WHOLE[person] + SAME_WORDS[person] + SAME_PRIMARY[person] * (not ours.rank and not theirs.rank)
    return Agreement(_trusted(total, ours, theirs), ours, theirs, len(ours.words), 0, 0)


def _trusted(total: float, ours: NameFeature, theirs: NameFeature) -> float:
    return total * WEAK if total > 0 and 2 in {ours.rank, theirs.rank} else total


def _is_child(left: list[str], longer: Words, shorter: Words) -> bool:
    """Whether the longer name has one word more, before all that are the shorter's, in its order."""
    return bool(left) and longer[0] in left and len(longer) > len(shorter) > 1 and bones(longer[1]) == bones(shorter[0])


def other_patronymic(ours: tuple[NameFeature, ...], theirs: tuple[NameFeature, ...]) -> tuple[str, str] | None:
    """Return two patronymics that contradict each other: both sides have one in a Slavic form, and none of one side is
    like any of the other. Else None."""
    mine, yours = (
        {word for name in side for word in name.words if _PATRONYMIC.search(word)} for side in (ours, theirs)
    )
    if not mine or not yours or any(_alike_bones(one, other) for one in mine for other in yours):
        return None
    return min(mine), min(yours)


def _alike_bones(one: str, other: str) -> bool:
    return OSA.normalized_similarity(bones(one), bones(other)) >= _PATRONYMIC_ALIKE


def _same_order(ours: tuple[str, ...], theirs: tuple[str, ...], pairs: list[Pair]) -> bool:
    """Whether the words that agree follow each other alike, when the last may also stand first."""
    order = [theirs.index(other[0]) for one, other, _ in sorted(pairs, key=lambda pair: ours.index(pair[0][0]))]
    falls = sum(after < before for before, after in pairwise([*order, order[0]]))
    return falls <= 1


def _worth(words: tuple[str, ...], person: bool) -> float:
    return max([bits(bones(word), person=person) for word in words])


def _against(left: list[str], right: list[str], person: bool) -> float:
    if not left or not right:
        return 0.0
    numbers = any(word.isdigit() for word in left) and any(word.isdigit() for word in right)
    return AGAINST[person] * min(len(left), len(right)) + (AGAINST_NUMBER - AGAINST[person]) * numbers


def _take(words: list[str], taken: tuple[str, ...]) -> None:
    for word in taken:
        words.remove(word)


def _same(left: list[str], right: list[str]) -> list[Pair]:
    rest = list(right)
    found: list[Pair] = []
    for word in left:
        if word in rest:
            rest.remove(word)
            found.append(((word,), (word,), 1.0))
    return found


def _same_bones(left: list[str], right: list[str]) -> list[Pair]:
    if set(map(bones, left)).isdisjoint(map(bones, right)):
        return []
    return _greedy(left, right, _bones_quality)


def _bones_quality(one: str, other: str) -> float:
    shape = bones(one)
    if shape != bones(other) or one.isdigit() or other.isdigit():
        return 0.0
    if len(shape) < _SHORT:
        return _SAME_BONES if JaroWinkler.similarity(one, other) >= _SHORT_ALIKE_MIN else 0.0
    return _SAME_BONES if JaroWinkler.similarity(one, other) >= _BONES_ALIKE_MIN else _FAR_BONES


def _article_apart(left: list[str], right: list[str]) -> list[Pair]:
    """`alzahrani`, `zahrani`."""
    if _ARTICLE.isdisjoint([word[:2] for word in (*left, *right)]):
        return []
    return _greedy(left, right, _article_quality)


def _article_quality(one: str, other: str) -> float:
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    apart = longer[:2] in _ARTICLE and len(shorter) > _SHORT and bones(longer[2:]) == bones(shorter)
    return _SAME_BONES if apart else 0.0


def _alike(left: list[str], right: list[str]) -> list[Pair]:
    if {word[0] for word in left}.isdisjoint([word[0] for word in right]):
        return []
    return _greedy(left, right, _alike_quality)


def _alike_quality(one: str, other: str) -> float:
    if one[0] != other[0] or min(len(one), len(other)) < _ALIKE_LETTERS_MIN or one.isdigit() or other.isdigit():
        return 0.0
    close = (
        one[0] == other[0]
        and JaroWinkler.similarity(one, other) >= _ALIKE_MIN
        and OSA.distance(one, other) <= max(1, len(one) // 4)
    )
    return _ALIKE if close else 0.0


def _initials(left: list[str], right: list[str]) -> list[Pair]:
    if 1 not in map(len, (*left, *right)):
        return []
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
    if not candidates:
        return []
    used_left: set[int] = set()
    used_right: set[int] = set()
    pairs: list[Pair] = []
    for negative, one, other, first, second in sorted(candidates):
        if first not in used_left and second not in used_right:
            used_left.add(first)
            used_right.add(second)
            pairs.append(((one,), (other,), -negative))
    return pairs


# A name is compared with several others in a row.
@lru_cache(maxsize=1 << 11)
def _bones_of_two(first: str, second: str) -> str:
    return bones_of_joined(first + second)


def _joined(left: list[str], right: list[str]) -> list[Pair]:
    """Two neighbours on one side that are one word on the other."""
    found: list[Pair] = [(two, (word,), _JOINED) for two, word in _two_in_one(left, right)]
    found += [((word,), two, _JOINED) for two, word in _two_in_one(right, left)]
    return found[:1]


def _two_in_one(several: list[str], single: list[str]) -> list[tuple[tuple[str, str], str]]:
    if len(several) < 2 or not single:
        return []
    shapes = {bones(word): word for word in single if len(word) > 3}
    found = []
    for first, second in pairwise(several):
        other = shapes.get(_bones_of_two(first, second))
        if other is not None and JaroWinkler.similarity(first + second, other) >= _BONES_ALIKE_MIN:
            found.append(((first, second), other))
    return found
