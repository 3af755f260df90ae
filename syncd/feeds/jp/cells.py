"""The meaning of single cells of Japan's list: names in two scripts, enumerations, dates, nationalities."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from syncd.core.canonical import text as tidy
from syncd.core.model import Kind, Name, NameKind, PartialDate, Strength
from syncd.errors import Unreadable
from syncd.normalise import cells, countries, dates, name_cells, names
from syncd.normalise.name_cells import CellName

_NOTHING = frozenset({"不明", "該当なし", "なし", "無し", "na", "n/a", "unknown", "-", "－", "ー", "―"})
# `(a)`, `（ｂ）`; a spreadsheet that corrects as one types makes `©` of the third.
MARK = re.compile(r"[（(]\s*+[a-zａ-ｚ]\s*+[)）]|©|^[^\S\n]*+\d{1,2}[)）]", re.MULTILINE)
_NOTICE = re.compile(
    r"(?P<day>\d{4}\.\d{1,2}\.\d{1,2}|\d{4}\.\d{3}|\d{6}\.\d{1,2}|(?:\d{4}|[明治大正昭和平成令]{2}(?:\d{1,2}|元))年\d{1,2}月\d{1,2}日)"
    r"\s*(?:改訂|修正|削除)?"
)
# Notice dates without a point, as they were typed.
_MISTYPED_DAYS = {"2007.713": "2007.7.13", "200812.19": "2008.12.19"}
# Birth dates that no rule reads, and what they say plainly.
_MISTYPED_BIRTHS = {
    "1958、59又は60年生まれ": "1958年又は1959年又は1960年",
    "1983年2(3)月10日": "1983年2月10日又は1983年3月10日",
    "1966/1969年3月27日": "1966年3月27日又は1969年3月27日",
    "2000年2月20/29日": "2000年2月20日又は2000年2月29日",
    "1977年8月から9月の間": "1977年8月から1977年9月の間",
    "1976年10月5 日": "1976年10月5日",
}
_AGE = re.compile(r"(?:約|およそ|おおむね)?\s*+\d{1,2}\s*+(?:[~～〜–-]\s*+\d{1,2})?\s*+[歳才]")
_NO_YEAR = re.compile(r"\d{1,2}月\d{1,2}日\s*\(\s*(?:year unknown|年不明)\s*\)", re.IGNORECASE)
_NOTED = re.compile(r"(?P<date>[^（(]+?)(?<!\s)\s*+[（(](?P<note>[^（）()]++)[)）]")
_OR_IN_BRACKETS = re.compile(r"(?<!\s)\s*+[（(]\s*+(?:又は|または|もしくは)\s*+([^（）()]+)[)）]")
_DATE_FIRST = re.compile(r"(?P<date>\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?)")

_LABEL = re.compile(
    r"^[（(]?\s*+(?P<label>a\.?\s?k\.?\s?a\b\.?|f\.?\s?k\.?\s?a\b\.?|別称|別名|通称|旧称|旧名)\s*+[:：、.)）]*+\s*+",
    re.IGNORECASE,
)
_FORMER_LABEL = re.compile(r"f|旧", re.IGNORECASE)
# `A及びB`: two names, unless the second is no proper name (`連合`), which has Latin letters or katakana in it.
_AND = re.compile(r"(?<=\S)及び(?=[^及]*[A-Za-zＡ-Ｚァ-ヺ])")
_AND_WITHIN = 500
_JAPANESE_LETTER = re.compile(r"[ぁ-ヿ一-鿿]")

_LOST = re.compile(r"剥奪|剝奪|離脱|放棄|withdrawn|revoked", re.IGNORECASE)
_AROUND_NATION = re.compile(r"[（(][^（）()]*[)）]?|国籍.*$|と思われる.*$|と見られる.*$|。.*$|人$")
_LATIN_TAIL = re.compile(r"(?<=[ぁ-ヿ一-鿿])\s*+[A-Za-z][A-Za-z .']*+$")
_NATIONS_APART = re.compile(r"[、，,;；\n]|及び|又は|または|。また")

_STATE = re.compile("(?:共和国|王国|連邦|首長国|民国|合衆国|北朝鮮)$")
_BEHIND_COUNTRY = frozenset("、,( ")
_EMBASSY = re.compile("大使館|領事館|代表部")
_COUNTRY_CHARACTERS_MAX = 20
# Regions with a code of their own.
_REGIONS = {"香港": "HK", "マカ": "MO"}


def says_something(text: str | None) -> bool:
    """Whether a cell says something: `不明` (unknown) and its like do not."""
    return text is not None and tidy(text).lower() not in _NOTHING and bool(text.strip())


def notice_days(published: str) -> tuple[list[str], str]:
    """Return the days of the notices on an entry, `YYYY-MM-DD`, sorted, and the rest of the cell."""
    text = unicodedata.normalize("NFKC", published)
    days = [_MISTYPED_DAYS.get(found["day"], found["day"]) for found in _NOTICE.finditer(text)]
    rest = _NOTICE.sub("", text).strip(" \n\r、,・")
    try:
        return sorted(dates.japanese(day)[0].date or "" for day in days), rest
    except Unreadable:
        return [], text


def values_of_cell(text: str, *, lines: bool = True) -> list[str]:
    """The values of a cell that enumerates them, `(a)…(b)…`, or gives one a line, or divides them by semicolons."""
    found = []
    for part in MARK.split(text):
        for line in part.split("\n") if lines else [part]:
            found += [piece.strip(" 　、,，;；\n") for piece in cut_at_semicolons(line)]
    return [piece for piece in found if says_something(piece)]


def cut_at_semicolons(text: str) -> list[str]:
    """Return the pieces between semicolons of either width that stand outside brackets; empty pieces are left out."""
    parts = [piece for half in cells.outside_brackets(text, ";") for piece in cells.outside_brackets(half, "；")]
    return [part for part in parts if says_something(part)]


class Names(NamedTuple):
    """Return the names of a cell, and the parts of it that name nobody."""

    names: list[Name]
    remarks: list[str]


def primary_names(text: str, kind: Kind) -> Names:
    """The name of a cell, the one in the original script that stands behind it, and former ones in brackets."""
    found = name_cells.names_of_cell(text, "primary") if says_something(text) else name_cells.FoundNames((), ())
    return Names([_name(one, None, kind) for one in found.names], list(found.remarks))


def aliases(text: str, name_kind: NameKind, kind: Kind, strength: Strength | None = None) -> Names:
    """The names of a cell. A label (`（旧称）`, `f.k.a.:`) holds until the next one."""
    names_: list[Name] = []
    remarks: list[str] = []
    current = name_kind
    for line in values_of_cell(text):
        label = _LABEL.match(line)
        if label and name_kind != "former":
            current = "former" if _FORMER_LABEL.match(label["label"]) else "alias"
        found = name_cells.names_of_cell(line[label.end() :] if label else line, current)
        remarks += found.remarks
        names_ += [_name(one, strength, kind) for whole in found.names for one in _apart(whole)]
    return Names(names_, remarks)


def _apart(found: CellName) -> Iterator[CellName]:
    """Japanese names are divided by `、` and 及び; Latin ones are not, since companies have commas in their names."""
    parts = cells.outside_brackets(found.full, "、") if _JAPANESE_LETTER.search(found.full) else [found.full]
    for part in parts:
        for full in _AND.split(part) if len(part) < _AND_WITHIN else [part]:
            if says_something(full) and any(map(str.isalnum, full)):
                yield found._replace(full=full.strip())


def _name(found: CellName, strength: Strength | None, kind: Kind) -> Name:
    """A single word that brackets add to a person's name, as a maiden name, is weak."""
    weak: Strength | None = "weak" if found.bracketed and kind == "person" and " " not in found.full else None
    if names.script(found.full) not in ("Latn", "Jpan"):
        weak = None
    return Name(
        full=found.full,
        kind=found.kind,
        strength=strength or weak,
        script=names.script(found.full),
        note=found.note,
    )


def is_no_date(text: str) -> bool:
    """An age, or a day whose year nobody knows: neither is a date of birth."""
    plain = unicodedata.normalize("NFKC", tidy(text))
    return bool(_AGE.fullmatch(plain) or _NO_YEAR.fullmatch(plain))


def birth_date(text: str) -> tuple[PartialDate, ...]:
    """Return the date or dates of a piece. A bracket behind a date is its note. Raises Unreadable."""
    plain = tidy(text)
    if plain in _MISTYPED_BIRTHS:
        return tuple(replace(date, note=plain) for date in dates.japanese(_MISTYPED_BIRTHS[plain]))
    try:
        return dates.japanese(_OR_IN_BRACKETS.sub(r" 又は \1", text))
    except Unreadable:
        found = _NOTED.fullmatch(text.strip())
        if found is None:
            raise
        return tuple(replace(date, note=found["note"]) for date in dates.japanese(found["date"]))


def date_before_place(text: str) -> tuple[PartialDate, ...]:
    """`1941年8月20日…生`: the date at the beginning of a cell that goes on with the place. Raises Unreadable."""
    found = _DATE_FIRST.match(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise Unreadable(text, "no date at its beginning")
    return dates.japanese(found["date"])


def country_of_cell(text: str) -> str:
    """The code of a country in Japanese or English, in both, or with a remark around it. Raises Unreadable."""
    plain = tidy(text)
    bare = _AROUND_NATION.sub("", plain)
    for candidate in (plain, bare, _AROUND_NATION.sub("", bare), _LATIN_TAIL.sub("", plain), plain.split(",")[-1]):
        try:
            return countries.code(candidate)
        except Unreadable:
            continue
    raise Unreadable(text, "no country is known by this name")


def country_first(text: str) -> str | None:
    """The code of the country with whose Japanese name a place begins: `北朝鮮平壌特別市`, `イエメン、サアダ県`.

    A name in katakana ends before a mark or a bracket, so that it is not half of a longer one; one in ideographs that
    says what state it is goes before anything. None for an embassy, which stands in another country.
    """
    plain = unicodedata.normalize("NFKC", tidy(text))
    if _EMBASSY.search(plain):
        return None
    for end in range(min(len(plain), _COUNTRY_CHARACTERS_MAX), 1, -1):
        name, rest = plain[:end], plain[end : end + 1]
        if name.isascii() or not (_STATE.search(name) or rest in _BEHIND_COUNTRY):
            continue
        try:
            code = countries.code_optional(name)
        except Unreadable:
            continue
        return _REGIONS.get(plain[end : end + 2], code)
    return None


def nationalities(text: str) -> tuple[tuple[str, ...], str | None]:
    """(codes, the text when it says more than they do). A nationality that was lost is none. Raises Unreadable."""
    if _LOST.search(text):
        return (), text
    plain = tidy(text)
    parts = [part for part in _NATIONS_APART.split(plain) if says_something(part)]
    try:
        codes = tuple(country_of_cell(part) for part in parts)
    except Unreadable:
        return (country_of_cell(plain),), text
    exact = all(_is_country(part) for part in parts)
    return codes, None if exact else text


def _is_country(text: str) -> bool:
    try:
        countries.code(tidy(text))
    except Unreadable:
        return False
    return True
