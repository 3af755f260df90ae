"""Names: in which script a text is written, and how its parts are put together."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from msgspec.structs import replace

from syncd.core import canonical
from syncd.core.model import Name

# The first word of a letter's Unicode name → ISO 15924.
_SCRIPTS = {
    "LATIN": "Latn",
    "FULLWIDTH": "Latn",
    "ARABIC": "Arab",
    "CYRILLIC": "Cyrl",
    "GREEK": "Grek",
    "HEBREW": "Hebr",
    "ARMENIAN": "Armn",
    "GEORGIAN": "Geor",
    "CJK": "Hani",
    "HIRAGANA": "Hira",
    "KATAKANA": "Kana",
    "KATAKANA-HIRAGANA": "Kana",
    "HALFWIDTH": "Kana",
    "HANGUL": "Hang",
    "BOPOMOFO": "Bopo",
    "THAI": "Thai",
    "LAO": "Laoo",
    "KHMER": "Khmr",
    "MYANMAR": "Mymr",
    "DEVANAGARI": "Deva",
    "BENGALI": "Beng",
    "GURMUKHI": "Guru",
    "GUJARATI": "Gujr",
    "TAMIL": "Taml",
    "TELUGU": "Telu",
    "KANNADA": "Knda",
    "MALAYALAM": "Mlym",
    "SINHALA": "Sinh",
    "ETHIOPIC": "Ethi",
    "TIBETAN": "Tibt",
    "MONGOLIAN": "Mong",
    "SYRIAC": "Syrc",
    "THAANA": "Thaa",
    "TIFINAGH": "Tfng",
    "NKO": "Nkoo",
}
_JAPANESE = frozenset({"Hira", "Kana"})
_KOREAN = frozenset({"Hang", "Hani"})
# What is no letter of any script.
_NONE = ""


def script(text: str) -> str | None:
    """The ISO 15924 code of the letters of `text`; None when they are of several scripts, or when there are none.

    Han characters alone are `Hani`, because simplified and traditional cannot be told apart for certain; with kana they
    are `Jpan`, with Hangul `Kore`.
    """
    if text.isascii():
        return "Latn" if any(map(str.isalpha, text)) else None
    found = {_script_of(char) for char in set(text)} - {_NONE}
    if len(found) == 1:
        only = found.pop()
        return "Jpan" if only in _JAPANESE else only
    if found & _JAPANESE and found <= _JAPANESE | {"Hani"}:
        return "Jpan"
    return "Kore" if found == _KOREAN else None


@lru_cache(maxsize=10_000)
def _script_of(char: str) -> str | None:
    """Of one character; None for a letter of a script that is not in the table. Modifier letters (ʿ, ʼ, ー) stand with
    any script and are of none."""
    if not char.isalpha() or unicodedata.category(char) == "Lm":
        return _NONE
    if char.isascii():
        return "Latn"
    name = unicodedata.name(char, "")
    if name.startswith("HALFWIDTH HANGUL"):
        return "Hang"
    return _SCRIPTS.get(name.partition(" ")[0])


_IN_BRACKETS = re.compile(
    r"(?P<name>.*[^\s（(])\s*+[（(]\s*+(?P<again>(?:[^（）()]|[（(][^（）()]*+[）)])+?)(?<!\s)\s*+[）)]",
    re.DOTALL,
)


def scripts_apart(text: str) -> tuple[str, ...]:
    """`Korea Ltd. (朝鮮貿易会社)`, `エリック（Eric）` → both: brackets at the end hold it in another script.

    One of the two must be in Latin letters alone and the other in others, so that an acronym or a remark stays where it
    stands.
    """
    found = _IN_BRACKETS.fullmatch(text.strip())
    if found is None or _plainly_latin(found["name"]) is _plainly_latin(found["again"]):
        return (text.strip(),)
    return found["name"], found["again"]


def _plainly_latin(text: str) -> bool:
    return script(text) == "Latn" or not any(char.isalpha() for char in text)


def join_parts(parts: Iterable[str | None]) -> str:
    """The filled ones of `parts`, in the order given, with single spaces between them."""
    return " ".join(part.strip() for part in parts if part and part.strip())


def without_repeats(found: Iterable[Name]) -> tuple[Name, ...]:
    """The names in order, each once: of one that stands several times with other notes, the notes are joined."""
    together: dict[Name, dict[str, None]] = {}
    for name in found:
        notes = together.setdefault(replace(name, full=canonical.text(name.full), note=None), {})
        if name.note:
            notes[name.note] = None
    return tuple(replace(name, note="; ".join(notes) or None) for name, notes in together.items())
