"""How well an entry answers a question, and why: from 0 to 1, with the reasons as sentences.

Of a name it is the share of the question that the name answers: each word counts by how rare it is, and by how alike
the two words are; words that only the record has take a little off. An identifier that is the same is a whole answer.
"""

from collections.abc import Iterator, Sequence
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
# Of words whose bones alone are nearly the same, which short ones are by chance.
_SLIP_OF_BONES, _BONES_ALIKE_MIN = 0.6, 0.7
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


class Judge:
    """Judges records as answers to one question. It keeps how alike the words are that it met: names repeat them."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._persons = tuple(_Wanted(name.words, person=True) for name in query.persons)
        self._others = tuple(_Wanted(name.words, person=False) for name in query.others)

    def is_identified(self, entry: SearchEntry) -> bool:
        """Return whether the entry has the key, or a number, that is asked for."""
        return _identified(entry, self._query) is not None

    def hit(self, entry: SearchEntry, status: Status) -> Hit | None:
        """Return the entry as an answer; None when it is none."""
        query = self._query
        best = _identified(entry, query) or self._named(entry)
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

    def _named(self, entry: SearchEntry) -> "Found | None":
        best, name = 0.0, None
        for wanted in self._persons if entry.kind == "person" else self._others:
            for one in entry.names:
                found = wanted.score(one.words) - _WEAK * (one.rank == 2)
                if found > best:
                    best, name = found, one
        if name is None or best < SHOWN_MIN:
            return None
        how = "agrees" if best >= _AGREES_MIN else "agrees in part"
        return best, (HitReason(kind="name", text=f"{_which(name)} {how}: {name.full}"),)


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


def _which(name: NameFeature) -> str:
    return ("its primary name", "another name of it", "a weak alias of it")[name.rank]


class _AskedWord(Struct, frozen=True):
    """A word that is asked for: its weight, its bones, and those without the article that is written together with it
    (empty without one)."""

    text: str
    weight: float
    shape: str
    bare: str


class _Wanted:
    """A name that is asked for: its words, the rarest first, with their weights and the sum of those."""

    def __init__(self, words: tuple[str, ...], *, person: bool) -> None:
        self._words = words
        self._person = person
        asked = (_AskedWord(word, _weight(word, person), bones(word), _without_article(word)) for word in words)
        self._rarest_first = tuple(sorted(asked, key=lambda one: -one.weight))
        self.total = sum(one.weight for one in self._rarest_first)
        self._together = "".join(words)
        # Of each word of a name that was met: how alike it is to each that is asked for; empty when it is to none.
        self._alike: dict[str, tuple[float, ...]] = {}

    def score(self, words: tuple[str, ...]) -> float:
        """Return the share of the words that are asked for which a name answers, 0 … 1, by how rare they are."""
        if self._words == words:
            return 1.0
        known = self._alike
        alike = [known[word] if word in known else self._compared(word) for word in words]
        found, used = self._answered(alike) if any(alike) else (0.0, set())
        if found < SHOWN_MIN * self.total:
            return _TOGETHER if self._are_together(words) else 0.0
        if len(used) == len(words):
            return found / self.total
        left = sum([_weight(word, self._person) for place, word in enumerate(words) if place not in used])
        return found / self.total - _LEFT_OVER * (1 - self.total / (self.total + left))

    def _compared(self, word: str) -> tuple[float, ...]:
        shape, bare = bones(word), _without_article(word)
        alike = tuple([_likeness(asked, word, shape, bare) for asked in self._rarest_first])
        self._alike[word] = alike = alike if any(alike) else ()
        return alike

    def _answered(self, alike: Sequence[tuple[float, ...]]) -> tuple[float, set[int]]:
        """The weight of what is answered, each word by the likest that is left, and the places of the words that do."""
        places = [place for place, found in enumerate(alike) if found]
        found, used = 0.0, set[int]()
        for at, asked in enumerate(self._rarest_first):
            quality, best = 0.0, -1
            for place in places:
                if alike[place][at] > quality and place not in used:
                    quality, best = alike[place][at], place
            if best >= 0:
                found += quality * asked.weight
                used.add(best)
        return found, used

    def _are_together(self, words: tuple[str, ...]) -> bool:
        """Whether two names are the same when their words are written together: `kimjongun`, `kim jong un`."""
        if len(words) == len(self._words):
            return False
        if abs(sum(map(len, words)) - len(self._together)) > _TOGETHER_LETTERS_MAX:
            return False
        other = "".join(words)
        is_alike = JaroWinkler.similarity(self._together, other) >= _TOGETHER_ALIKE_MIN
        return is_alike and bones(self._together) == bones(other)


def weight_of(words: tuple[str, ...], *, person: bool) -> float:
    """Return the weight of a name: the sum of its words', in bits."""
    return sum(_weight(word, person) for word in words)


def _weight(word: str, person: bool) -> float:
    return bits(bones(word), person=person)


def _likeness(asked: _AskedWord, word: str, shape: str, bare: str) -> float:
    """How alike a word, with its bones and those without an article, is to one that is asked for, 0 … 1."""
    text = asked.text
    if text == word:
        return _SAME
    if asked.shape == shape:
        return max(_SAME_BONES_MIN, JaroWinkler.similarity(text, word))
    is_same_begin = text[0] == word[0]
    if is_same_begin and 1 in (len(text), len(word)):
        return _INITIAL
    if asked.bare == shape or bare == asked.shape:
        return _WITHOUT_ARTICLE
    # A slip of the pen at both ends of a word is another word.
    if not (is_same_begin or text[-1] == word[-1]) or text.isdigit() or word.isdigit():
        return 0.0
    if _slip(text, word):
        return _SLIP
    if not _slip(asked.shape, shape):
        return 0.0
    similarity = JaroWinkler.similarity(text, word)
    return _SLIP if similarity >= _SLIP_ALIKE_MIN else _SLIP_OF_BONES if similarity >= _BONES_ALIKE_MIN else 0.0


def _without_article(word: str) -> str:
    """The bones of a word without the article that is written together with it; empty when it has none."""
    return bones(word[2:]) if word[:2] in _ARTICLES and len(word) > _WITH_ARTICLE_MIN else ""


def _slip(one: str, other: str) -> bool:
    """Whether a letter is wrong, missing, too many, or has changed places: in long words two."""
    shorter = min(len(one), len(other))
    if shorter < _SLIP_LETTERS_MIN or abs(len(one) - len(other)) > 2:
        return False
    most = 1 if shorter < 8 else 2
    if OSA.distance(one, other, score_cutoff=most) > most:
        return False
    return JaroWinkler.similarity(one, other) >= _SLIP_ALIKE_MIN


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
