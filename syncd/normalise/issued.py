"""Where and when a document was issued, out of the words beside its number: `Issued in Jordan on 8 August 1991`."""

import re

from syncd.core.model import PartialDate
from syncd.errors import Unreadable
from syncd.normalise import countries, dates

NOTE_CHARACTERS_MAX = 2_000

_ISSUED = re.compile(
    r"\b(?:issued|issue date|date of issue|issuance|valid from)\b"
    rf"(?P<gap>[^;]{{0,80}}?)(?<!\d)(?P<date>{dates.IN_A_SENTENCE})",
    re.I,
)
_EXPIRES = re.compile(
    r"\b(?:expir(?:es|ed|y|ing|ation)(?: date)?|date of expir(?:y|ation)|valid (?:until|till|to|up to|through)"
    rf"|(?<=\d )to)\b(?P<gap>[^;\d]{{0,20}}?)(?P<date>{dates.IN_A_SENTENCE})",
    re.I,
)
_ANOTHER = re.compile(r"expir|valid|until|cancel|revok|lost|stolen|born|since", re.I)
_ISSUED_IN = re.compile(r"\bissued (?:in|at|by)\b\s*(?:the )?(?P<place>[^.;()\d]{2,80})", re.I)
_LAST_WORDS = re.compile(r"(?<!\s)\s++(?:on|in|and|under|dated|expir\w*|valid|by|date)\b.*", re.I | re.S)
_OF_A_DOCUMENT = re.compile(
    r"(?:(?<!\s)\s++)?+\b(?:passports?|numbers?|no|national(?: id\w*)?|identi\w+|id|cards?|diplomatic|service|official|"
    r"foreign|travel|documents?|tazkira|tax|personal|civil|issued|authority|registration|military)\b.*",
    re.I | re.S,
)
_ANY_DATE = re.compile(dates.IN_A_SENTENCE)
_WORDS = re.compile(r"[^\W\d_]{3}")


def issued_on(note: str) -> PartialDate | None:
    """The date of issue that `note` states; None without one."""
    found = _ISSUED.search(note[:NOTE_CHARACTERS_MAX])
    return None if found is None or _ANOTHER.search(found["gap"]) else _date(found["date"])


def expires_on(note: str) -> PartialDate | None:
    """The last day of validity that `note` states, past or to come; None without one."""
    found = _EXPIRES.search(note[:NOTE_CHARACTERS_MAX])
    return None if found is None else _date(found["date"])


def country(note: str) -> str | None:
    """The code of the issuing country that `note` names: the note itself (`Qatar`, `(Afghan) (tazkira)`), what stands
    before the kind of document (`Pakistani passport number`), or the place of issue; None without one."""
    note = note[:NOTE_CHARACTERS_MAX]
    leading = re.split(r"[.;,(]", note.strip(" (")[:80], maxsplit=1)[0].strip(" )")
    place = _ISSUED_IN.search(note)
    where = _LAST_WORDS.sub("", place["place"]).strip(" ,") if place else ""
    candidates = (leading, _OF_A_DOCUMENT.sub("", leading), where, where.rpartition(",")[2])
    return next((code for one in candidates if (code := _code(one.strip()))), None)


def is_only_dates(text: str) -> bool:
    """Whether `text` has words, and no other digits than those of dates: `Date of registration: 31.5.1994`."""
    rest = _ANY_DATE.sub("", text[:NOTE_CHARACTERS_MAX])
    return bool(_WORDS.search(text)) and not any(char.isdigit() for char in rest)


def is_country(text: str) -> bool:
    """Whether `text` is nothing but the name of a country."""
    return _code(text) is not None


def _code(name: str) -> str | None:
    """A country by its name; two or three capitals alone may be anything."""
    if len(name) < 4 or name.isdigit():
        return None
    try:
        return countries.code(name)
    except Unreadable:
        return None


def _date(text: str) -> PartialDate | None:
    try:
        found = dates.partial(text)
    except Unreadable:
        return None
    return found[0] if len(found) == 1 else None
