"""How well an entry answers a question, and why: from 0 to 1, with the reasons as sentences.

Of a name it is the share of the question that the name answers: each word counts by how rare it is, and by how alike
the two words are; words that only the record has take a little off. An identifier that is the same is a whole answer.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal

from msgspec import Struct
from rapidfuzz.distance import OSA, JaroWinkler

from syncd.core.coordination.target import feed_of
from syncd.core.linking import births
from syncd.core.linking.features import NameFeature
from syncd.core.linking.frequent import bits
from syncd.core.linking.identifiers import compact
from syncd.core.linking.spelling import bones
from syncd.core.model import Kind
from syncd.core.search.entry import SearchEntry, value_of
from syncd.core.search.query import Query
from syncd.core.state import Status

SHOWN_MIN: Final = 0.5
# How alike two words are: the same letters, at least when they have the same bones, a slip of the pen, an initial.
_SAME, _SAME_BONES_MIN, _SLIP, _INITIAL = 1.0, 0.6, 0.75, 0.3
_SLIP_LETTERS_MIN, _SLIP_ALIKE_MIN, _TOGETHER_ALIKE_MIN = 4, 0.8, 0.8
_WITHOUT_ARTICLE: Final = 0.92
_TOGETHER_LETTERS_MAX: Final = 3
_TOGETHER: Final = 0.95
_AGREES_MIN: Final = 0.9
# What words of the record that the question has not take off at most, and a name that its publisher calls weak.
_LEFT_OVER, _WEAK = 0.12, 0.03
_BORN: Final[dict[births.Agreement, float]] = {
    "day": 0.0,
    "month": -0.01,
    "year": -0.02,
    "years": -0.03,
    "close": -0.06,
    "near": -0.12,
}
_NOT_STATED: Final = -0.05
_WITH_ARTICLE_MIN: Final = 5
_ARTICLES: Final = frozenset({"al", "el", "as", "ad", "ar", "an", "az"})

HitReasonKind = Literal["identifier", "name", "birth_date", "country"]


class HitReason(Struct, frozen=True, kw_only=True):
    """Why a record is shown: `text` is a sentence for a person."""

    kind: HitReasonKind
    text: str


class Hit(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record that answers a question. `score` is from 0 to 1, for ranking alone; `name` is the record's first name as
    published, `birth_dates` and `countries` what it states of them."""

    key: str
    feed: str
    status: Status
    score: float
    reasons: tuple[HitReason, ...]
    name: str = ""
    kind: Kind = "unknown"
    birth_dates: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    listed_on: str | None = None


def judged_hit(entry: SearchEntry, query: Query, status: Status) -> Hit | None:
    """Return the entry as an answer to `query`; None when it is none."""
    best = _identified(entry, query) or _named(entry, query)
    if best is None:
        return None
    score, reasons = best
    for part in (_birth(entry, query), _country(entry, query)):
        if part is None:
            return None
        score += part[0]
        reasons = (*reasons, *part[1])
    if score < SHOWN_MIN:
        return None
    return Hit(
        key=entry.key,
        feed=feed_of(entry.key),
        status=status,
        score=round(max(0.0, score), 3),
        reasons=reasons,
        name=entry.names[entry.shown].full if entry.names else "",
        kind=entry.kind,
        birth_dates=tuple(map(births.birth_text, entry.births)),
        countries=entry.countries,
        programmes=entry.programmes,
        listed_on=entry.listed_on or None,
    )


def best_first(hit: Hit) -> tuple[float, bool, str]:
    """Return the place of a hit among others: the best score first, of the same score what is in force, then by key."""
    return -hit.score, hit.status != "listed", hit.key


Found = tuple[float, tuple[HitReason, ...]]


def _identified(entry: SearchEntry, query: Query) -> Found | None:
    if query.text == entry.key or any(value == compact(entry.key.partition(":")[2]) for value in query.numbers):
        return 1.0, (HitReason(kind="identifier", text=f"the publisher's id: {entry.key.partition(':')[2]}"),)
    for number in entry.numbers:
        if value_of(number) in query.numbers:
            where = f" ({number.country})" if number.country else ""
            text = f"the same {number.type.replace('_', ' ')}: {number.value}{where}"
            return 1.0, (HitReason(kind="identifier", text=text),)
    return None


def _named(entry: SearchEntry, query: Query) -> Found | None:
    person = entry.kind == "person"
    best, name = 0.0, None
    for asked in query.persons if person else query.others:
        wanted = _wanted(asked.words, person)
        for one in entry.names:
            found = _score(wanted, one.words) - _WEAK * (one.rank == 2)
            if found > best:
                best, name = found, one
    if name is None or best < SHOWN_MIN:
        return None
    how = "agrees" if best >= _AGREES_MIN else "agrees in part"
    return best, (HitReason(kind="name", text=f"{_which(name)} {how}: {name.full}"),)


def _which(name: NameFeature) -> str:
    return ("its primary name", "another name of it", "a weak alias of it")[name.rank]


class _Wanted(Struct, frozen=True):
    """A name that is asked for: its words with their weights, the rarest first, and their sum."""

    words: tuple[str, ...]
    weighed: tuple[tuple[str, float], ...]
    total: float
    together: str
    person: bool


@lru_cache(maxsize=64)
def _wanted(words: tuple[str, ...], person: bool) -> _Wanted:
    weighed = sorted(((word, _weight(word, person)) for word in words), key=lambda one: -one[1])
    return _Wanted(words, tuple(weighed), sum(weight for _, weight in weighed), "".join(words), person)


def weight_of(words: tuple[str, ...], *, person: bool) -> float:
    """Return the weight of a name: the sum of its words', in bits."""
    return _wanted(words, person).total


def name_score(asked: tuple[str, ...], words: tuple[str, ...], *, person: bool) -> float:
    """Return the share of the words that are `asked` for which a name answers, 0 … 1, by how rare they are."""
    return _score(_wanted(asked, person), words)


def _score(wanted: _Wanted, words: tuple[str, ...]) -> float:
    if wanted.words == words:
        return 1.0
    left, found, lost = list(words), 0.0, 0.0
    most_lost = (1 - SHOWN_MIN) * wanted.total
    for word, weight in wanted.weighed:
        if lost > most_lost:
            break
        quality, at = 0.0, 0
        for place, one in enumerate(left):
            if (likeness := _likeness(word, one)) > quality:
                quality, at = likeness, place
        lost += (1 - quality) * weight
        if not quality:
            continue
        found += quality * weight
        del left[at]
        if not left:
            break
    if found < SHOWN_MIN * wanted.total:
        return _TOGETHER if _are_together(wanted, words) else 0.0
    if not left:
        return found / wanted.total
    whole = wanted.total + sum([_weight(word, wanted.person) for word in left])
    return found / wanted.total - _LEFT_OVER * (1 - wanted.total / whole)


@lru_cache(maxsize=1 << 13)
def _weight(word: str, person: bool) -> float:
    return bits(bones(word), person=person)


def _are_together(wanted: _Wanted, words: tuple[str, ...]) -> bool:
    """Whether two names are the same when their words are written together: `kimjongun`, `kim jong un`."""
    if len(words) == len(wanted.words):
        return False
    other = "".join(words)
    return (
        abs(len(other) - len(wanted.together)) <= _TOGETHER_LETTERS_MAX
        and JaroWinkler.similarity(wanted.together, other) >= _TOGETHER_ALIKE_MIN
        and bones(wanted.together) == bones(other)
    )


@lru_cache(maxsize=1 << 13)
def _likeness(one: str, other: str) -> float:
    """How alike two words are, 0 … 1."""
    if one == other:
        return _SAME
    mine, yours = bones(one), bones(other)
    if mine == yours:
        return max(_SAME_BONES_MIN, JaroWinkler.similarity(one, other))
    if one[0] == other[0] and 1 in (len(one), len(other)):
        return _INITIAL
    if _without_article(one) == yours or _without_article(other) == mine:
        return _WITHOUT_ARTICLE
    # A slip of the pen at both ends of a word is another word.
    if (one[0] != other[0] and one[-1] != other[-1]) or one.isdigit() or other.isdigit():
        return 0.0
    return _slip(one, other) or _slip(mine, yours)


def _without_article(word: str) -> str:
    """The bones of a word without the article that is written together with it; empty when it has none."""
    return bones(word[2:]) if word[:2] in _ARTICLES and len(word) > _WITH_ARTICLE_MIN else ""


def _slip(one: str, other: str) -> float:
    """A letter that is wrong, missing, too many, or has changed places: in long words two."""
    shorter = min(len(one), len(other))
    if shorter < _SLIP_LETTERS_MIN or abs(len(one) - len(other)) > 2:
        return 0.0
    most = 1 if shorter < 8 else 2
    if OSA.distance(one, other, score_cutoff=most) > most:
        return 0.0
    return _SLIP if JaroWinkler.similarity(one, other) >= _SLIP_ALIKE_MIN else 0.0


def _birth(entry: SearchEntry, query: Query) -> Found | None:
    """What the date of birth adds; None when the two contradict each other."""
    if query.born is None:
        return 0.0, ()
    agreement = births.agreement((query.born,), entry.births)
    if agreement is None:
        return _NOT_STATED, (HitReason(kind="birth_date", text="it states no date of birth"),)
    how, _, theirs = agreement
    if how not in _BORN:
        return None
    exactly = "the same date of birth" if how == "day" else "dates of birth agree as far as both go"
    words = "dates of birth differ a little" if how in ("close", "near") else exactly
    return _BORN[how], (HitReason(kind="birth_date", text=f"{words}: {births.birth_text(theirs)}"),)


def _country(entry: SearchEntry, query: Query) -> Found | None:
    """What the country adds; None when the record states others."""
    if not query.country:
        return 0.0, ()
    if not entry.countries:
        return _NOT_STATED, (HitReason(kind="country", text="it states no country"),)
    if query.country not in entry.countries:
        return None
    return 0.0, (HitReason(kind="country", text=f"it has to do with {query.country}"),)


def asked_shapes(query: Query) -> Iterator[tuple[str, float]]:
    """Yield the bones of each word that is asked for, and its weight."""
    seen: set[str] = set()
    for names, person in ((query.persons, True), (query.others, False)):
        for name in names:
            for word in name.words:
                for shape in filter(None, (bones(word), _without_article(word))):
                    if shape not in seen:
                        seen.add(shape)
                        yield shape, bits(shape, person=person)
