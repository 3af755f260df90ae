"""The country at the end of a place or address that a publisher writes in one text: `Qom, Qom Province, Iran`.

Only names of countries count, because two or three letters at the end of an address are more often a state's or a
region's (`Los Angeles, CA`); of abbreviations those that can mean nothing else do. The text stays as published, beside
the code.
"""

import re
from functools import lru_cache

from syncd.errors import Unreadable
from syncd.normalise import cells, countries
from syncd.normalise.texts import tidied

PLACE_CHARACTERS_MAX = 2_000
# `Democratic People's Republic of Korea` has five; with `the` before it six.
_NAME_WORDS_MAX = 6
_NAME_PARTS_MAX = 2

_ABBREVIATIONS = frozenset({"USA", "US", "UK", "UAE", "DRC"})
_SHORT_LETTERS = 3
# A country's name behind one of these is a piece of another name: `New Mexico`, `Rue de Tunisie`, `Bank of China`.
_PART_OF_A_NAME = frozenset(
    {"new", "north", "northern", "south", "southern", "east", "eastern", "west", "western", "inner", "outer", "upper"}
    | {"lower", "central", "little", "gulf", "lake", "mount", "rue", "avenue", "de", "du", "des", "d", "la", "el", "al"}
    | {"of", "and", "or", "alt", "in", "near", "from", "to", "bank", "via", "calle", "plaza", "ex", "hotel", "greater"}
)
# `Democratic`, however it is misspelt, makes another country of the Republic of the Congo, and `People's` of Korea's.
_TOLD_APART_BY_AN_ADJECTIVE = frozenset({"CG", "KR", "TW"})
# Parts of a country, and territories, that `country_names` reads as the state that they are said to belong to.
_PART_OF_A_COUNTRY = re.compile(
    r"\b(?:crimea|gaza|west bank|abkhazia|south ossetia|somaliland|nagorno-karabakh|england|scotland|wales"
    r"|(?<!great britain and )northern ireland)\b|クリミア|ガザ|ヨルダン川西岸",
    re.IGNORECASE,
)
# Words that end the name of something within a country: `Niger State`.
_WITHIN = frozenset({"state", "province", "region", "district", "governorate", "oblast", "city", "street", "road"})
# Of a country that is no more, another one may stand beside it: `Tashkent; USSR; Uzbekistan`.
_WITHDRAWN = frozenset({"AN", "CS", "DD", "SU", "YD", "YU"})

_BRACKETED = re.compile(r"[(（\[]([^()（）\[\]]*)[)）\]]?$")
_NOW = re.compile(r"^(?:now|currently|today|presently|aujourd['’]hui|actuellement|heute)\b[\s:,]*", re.IGNORECASE)
_NOT_NOW = re.compile(r"^(?:former|previous|ex\b|until|since|as (?:at|of)\b|at time)", re.IGNORECASE)
_POSTAL_CODE = re.compile(r"(?:^|[\s,.])(?:\d[\d\-]{2,9}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})$")
_AND = re.compile(r"^and\s+", re.IGNORECASE)
_SEPARATOR = re.compile("[,;，、；]")
_SEVERAL = re.compile("[;；\n]")
_EDGES = " \t\r\n.,;:，、；"


def country_at_end(published: str) -> str | None:
    """The alpha-2 code of the country with whose name `published` ends, None when it ends with none.

    A remark in brackets and a postal code behind the country are passed over; of a country in brackets, `Tashkent, USSR
    (Uzbekistan)`, that one counts. None too for a text that holds places in several countries.
    """
    if not published or len(published) > PLACE_CHARACTERS_MAX:
        return None
    found = _at_end(published)
    others = {_at_end(piece) for piece in _SEVERAL.split(published)[:-1]} if found else set()
    return found if others <= {None, found, *_WITHDRAWN} else None


@lru_cache(maxsize=8192)
def with_country(published: str) -> tuple[str | None, str | None]:
    """The text of a place as published, None when it says no more than its country; and the country's code.

    A text that names a part of a country says more: measures hold for Crimea that do not hold for Ukraine.
    """
    code = country_at_end(published)
    bare = tidied(published).strip(_EDGES)
    alone = code is not None and _named(bare) == code and _PART_OF_A_COUNTRY.search(bare) is None
    return (None if alone else published), code


def several(published: str) -> list[str]:
    """The places of a text of lines, or of pieces behind semicolons, each of which ends with its country; else the text
    as the only one."""
    for pieces in (published.splitlines(), cells.outside_brackets(published, ";")):
        found = [_AND.sub("", piece.strip()) for piece in pieces if piece.strip()]
        if len(found) > 1 and all(map(country_at_end, found)):
            return found
    return [published]


@lru_cache(maxsize=8192)
def _at_end(published: str) -> str | None:
    text = tidied(published).rstrip(_EDGES)
    bracketed = _BRACKETED.search(text)
    if bracketed is not None:
        inside = "" if _NOT_NOW.match(bracketed[1]) else _NOW.sub("", bracketed[1])
        return _last(inside) or _last(text[: bracketed.start()])
    return _last(text)


def _last(text: str) -> str | None:
    """The country at the end of a text without remarks, or before the postal code that ends it."""
    text = text.rstrip(_EDGES)
    return _last_name(text) or _last_name(_POSTAL_CODE.sub("", text))


def _last_name(text: str) -> str | None:
    """`Korea, North` before `North`, and both before the last words of a text without commas."""
    parts = [part for part in _SEPARATOR.split(text) if part.strip(_EDGES)]
    for count in range(min(_NAME_PARTS_MAX, len(parts)), 0, -1):
        if found := _named(",".join(parts[-count:]).strip(_EDGES)):
            return found
    return _last_words(parts[-1]) if parts else None


def _last_words(part: str) -> str | None:
    """The longest name of a country that ends a text without commas, unless the word before makes it another name."""
    words = part.split()
    for first in range(max(1, len(words) - _NAME_WORDS_MAX), len(words)):
        if found := _named(" ".join(words[first:])):
            before = re.split(r"\W", words[first - 1].casefold().rstrip(".-"))[-1]
            return None if before in _PART_OF_A_NAME or found in _TOLD_APART_BY_AN_ADJECTIVE else found
    return None


def _named(name: str) -> str | None:
    """The code of a country's name, None for other texts, and for short ones that may be a state's or a town's."""
    letters = re.sub(r"[^A-Za-z]", "", name)
    if name.isascii() and len(letters) <= _SHORT_LETTERS and letters.upper() not in _ABBREVIATIONS:
        return None
    if not name or name.rsplit(maxsplit=1)[-1].casefold() in _WITHIN:
        return None
    try:
        return countries.code_optional(name)
    except Unreadable:
        return None
