"""A question to the search, in the terms of the index."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from syncd.core import times
from syncd.core.linking import births, spelling
from syncd.core.linking.births import Birth
from syncd.core.linking.features import NameFeature
from syncd.core.linking.identifiers import compact
from syncd.core.model import Kind, PartialDate
from syncd.core.search.entry import NUMBER_CHARACTERS_MIN

CHARACTERS_MAX: Final = 200
WORDS_MAX: Final = 10
VARIANTS_MAX: Final = 4
NUMBER_WORDS_MAX: Final = 4
# What romanisation leaves of عبد and of words with the article.
_SERVANT: Final = "bd"
_WITH_ARTICLE_MIN: Final = 4
_COUNTRY: Final = re.compile(r"[A-Za-z]{2}")
_ARABIC_FIRST, _ARABIC_LAST = "\u0600", "\u06ff"


class Query(Struct, frozen=True, kw_only=True):
    """What is looked for. `persons` and `others` are the names that are meant, as names of a person and as names of
    anything else; `numbers` the identifiers, in compact form. `born` and `country` narrow the search, where a record
    states them; so does `kind`. With `delisted`, what is no longer in force is found too."""

    text: str
    persons: tuple[NameFeature, ...]
    others: tuple[NameFeature, ...]
    numbers: tuple[str, ...]
    born: Birth | None = None
    country: str = ""
    kind: Kind | None = None
    delisted: bool = False


def query_of(
    text: str, *, birth: str = "", country: str = "", kind: Kind | None = None, delisted: bool = False
) -> Query:
    """Return the question that `text` asks: a name, an identifier, or a key. `birth` is a date (`1960-03-12`,
    `1960-03`, `1960`), `country` a code. Raises ValueError for a text without a letter or digit, or longer than
    `CHARACTERS_MAX`, for a `birth` that is no date, and for a `country` that is no code of two letters."""
    text = " ".join(text.split())
    if len(text) > CHARACTERS_MAX:
        raise ValueError(f"the question is longer than {CHARACTERS_MAX} characters")
    persons, others = _names(text, person=True), _names(text, person=False)
    numbers = tuple(dict.fromkeys(_numbers(text)))
    if not (persons or others or numbers):
        raise ValueError("ask for a name or a number: there is no letter or digit in this")
    if country and not _COUNTRY.fullmatch(country):
        raise ValueError(f"{country} is no country: write a code of two letters, such as RU")
    born = births.birth_of(PartialDate(date=birth)) if birth else None
    if birth and (born is None or times.moment(born[0]) is None):
        raise ValueError(f"{birth} is no date of birth: write 1960-03-12, 1960-03 or 1960")
    return Query(
        text=text,
        persons=persons,
        others=others,
        numbers=numbers,
        born=born,
        country=country.upper(),
        kind=kind,
        delisted=delisted,
    )


def _names(text: str, *, person: bool) -> tuple[NameFeature, ...]:
    found: dict[tuple[str, ...], NameFeature] = {}
    for variant in spelling.variants(text)[:VARIANTS_MAX]:
        words = spelling.words(variant, person=person)[:WORDS_MAX]
        for spelt in _spelt(words, text):
            found.setdefault(spelt, NameFeature(spelt, 0, variant))
    return tuple(found.values())


def _spelt(words: tuple[str, ...], text: str) -> Iterator[tuple[str, ...]]:
    """Yield a name; of one that was romanised here also as Latin texts write it: Cyrillic has one letter for h and kh,
    and of the Arabic article and of `abd` only consonants are left."""
    if not words:
        return
    yield words
    if text.isascii():
        return
    if any("kh" in word for word in words):
        yield tuple(word.replace("kh", "h") for word in words)
    if any(_ARABIC_FIRST <= char <= _ARABIC_LAST for char in text):
        yield tuple(_as_in_latin(words))


def _as_in_latin(words: tuple[str, ...]) -> Iterator[str]:
    waiting = False
    # Two letters there, and not the sound that Latin texts write so.
    for word in (one.replace("zh", "z") for one in words):
        bare = word[1:] if word[0] == "l" and len(word) > _WITH_ARTICLE_MIN else word
        if waiting or word != _SERVANT:
            yield "abd" + bare if waiting else bare
        waiting = word == _SERVANT and not waiting


def _numbers(text: str) -> Iterator[str]:
    """Yield what may be an identifier: the whole text, and neighbouring words with a digit in them."""
    parts = text.split()[:WORDS_MAX]
    spans = [parts]
    spans += [parts[at : at + size] for size in range(1, NUMBER_WORDS_MAX + 1) for at in range(len(parts) - size + 1)]
    for span in spans:
        value = compact(" ".join(span))
        if len(value) >= NUMBER_CHARACTERS_MIN and any(char.isdigit() for char in value):
            yield value
            if value.startswith("IMO") and value != "IMO":
                yield value.removeprefix("IMO")
