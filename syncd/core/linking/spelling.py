"""Names as they are compared: Latin letters, words without articles, and the consonants that survive a transliteration.

A word's `bones` are what is left when spellings of one name differ: Mohammed, Muhamad and محمد have the same.
"""

import re
from functools import lru_cache

from anyascii import anyascii

WORDS_MAX = 16

_NOT_WORD = re.compile(r"[^a-z0-9]+")
_APOSTROPHES = re.compile(r"[`'´‘’ʻʼʽʾʿʹʺ\"“”„]")
_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|（([^（）]*)）")
_OTHERWISE = re.compile(r"\b(?:[afn]\.?k\.?a\b\.?|also known as|formerly)", re.IGNORECASE)
# Without any of these there is one name, and most texts have none.
_SEVERAL = re.compile(rf"[(\[（]|{_OTHERWISE.pattern}", re.IGNORECASE)
_SERVANT = re.compile(r"abd(?:u|e|a|i|o)?[lr]?(?=.{3})")
_DOUBLED = re.compile(r"(.)\1+")
_WITHOUT_VOWELS = str.maketrans("", "", "aeiouyhw")
_DIGRAPHS = (
    ("sch", "s"), ("shch", "s"), ("tch", "c"), ("dzh", "j"), ("dj", "j"), ("kh", "k"), ("gh", "g"), ("zh", "j"),
    ("sh", "s"), ("ch", "c"), ("ph", "f"), ("th", "t"), ("dh", "d"), ("ts", "c"), ("tz", "c"), ("ck", "k"), ("x", "ks"),
    ("q", "k"), ("w", "v"),
)  # fmt: skip
# Half of all words have none of them.
_DIGRAPH = re.compile("|".join(several for several, _ in _DIGRAPHS))


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ARTICLES = _listed("al el ul bin ben ibn bn bint ould wald walad wld the")
# `ar-Rahman`, `ash-Shabab`: the article takes the first letter of what follows.
_ASSIMILATED = re.compile(r"\b[aeiu]([rsdztn])h?-(?=\1)")
_SERVANTS = _listed("abd abdul abdel abdal abdol abdur abdus")
_JOINING = _listed("of and for de la le les du des et y in i und the a")
TITLES = _listed(
    "mullah mulla maulavi mawlawi maulawi molvi haji hajji hajj alhaj sheikh shaykh sheik cheikh shaikh sayyid sayed "
    "syed dr doctor mr mrs ms general gen colonel col major maj captain lt lieutenant brigadier professor prof eng "
    "engineer qari hafiz ustad ustadz imam commander akhund"
)
# What a vowelless script also writes for names: Omar.
_SHORT_TITLES = _listed("mr ms mrs dr col gen eng maj lt")
LEGAL_FORMS = _listed(
    "ltd limited llc inc incorporated co company corp corporation gmbh ag sa sal sarl spa srl bv nv ooo oao zao pao ao "
    "jsc ojsc pjsc cjsc ojs fze fzc fzco llp plc pte pty pvt private sdn bhd as kg ltda sas ood eood doo dd ad fe ip "
    "pjs public joint stock liability open closed obshchestvo obschestvo ogranichennoi ogranichennoy otvetstvennostyu "
    "aktsionernoe aktsionernoye publichnoe publichnoye zakrytoe otkrytoe s"
)


@lru_cache(maxsize=1 << 11)
def romanised(text: str) -> str:
    """Return `text` in lower case Latin letters and digits, with single spaces."""
    plain = text if text.isascii() else anyascii(_APOSTROPHES.sub("", text))
    return _NOT_WORD.sub(" ", _ASSIMILATED.sub("", _APOSTROPHES.sub("", plain).lower())).strip()


def variants(text: str) -> tuple[str, ...]:
    """Return a published name, and the names that stand outside and inside of brackets or after an `a.k.a.`: `Special
    Group (SG)`, `A a.k.a. B`."""
    if not _SEVERAL.search(text):
        return (text,) if any(map(str.isalnum, text)) else ()
    pieces = [piece for piece in _OTHERWISE.split(text) if piece.strip(" ,;:()")]
    found: dict[str, None] = {}
    for piece in pieces or [text]:
        inside = [next(filter(None, groups), "") for groups in _BRACKETS.findall(piece)]
        outside = _BRACKETS.sub(" ", piece) if inside else piece
        for name in (piece, outside, *inside):
            if any(char.isalnum() for char in name):
                found.setdefault(name)
    return tuple(found)


def words(text: str, *, person: bool) -> tuple[str, ...]:
    """Return the words of a name in their order, without articles, titles (of a person) and legal forms (of a company);
    at most `WORDS_MAX`."""
    all_words = romanised(_given_first(text) if person else text).split()
    without = TITLES if person else LEGAL_FORMS | _JOINING
    kept = _servants_joined([word for word in all_words if word not in _ARTICLES])
    telling = [word for word in kept if word not in without or (word in _SHORT_TITLES and not text.isascii())]
    return tuple((telling or kept or all_words)[:WORDS_MAX])


def _given_first(text: str) -> str:
    """`TALEBI, Muhammad` → `Muhammad TALEBI`."""
    family, comma, given = text.partition(",")
    return f"{given} {family}" if comma and "," not in given and given.strip() else text


def _servants_joined(parts: list[str]) -> list[str]:
    """`abdul rahman`, `abdurrahman`, `abd al-rahman` → `abdrahman`."""
    joined: list[str] = []
    waiting = False
    for part in parts:
        if part in _SERVANTS:
            waiting = True
            continue
        joined.append("abd" + part if waiting else _SERVANT.sub("abd", part, count=1) if part[:3] == "abd" else part)
        waiting = False
    return [*joined, "abd"] if waiting else joined


def _first_letter(found: re.Match[str]) -> str:
    """Quicker than a template, which is taken apart at each call."""
    return found[1]


def bones_of_joined(word: str) -> str:
    """Return the `bones` of words written as one. They are not remembered: hardly any are asked for again, and those of
    words would be forgotten for them."""
    if word.isdigit():
        return word
    changed = word
    if _DIGRAPH.search(word):
        for several, single in _DIGRAPHS:
            if several in changed:
                changed = changed.replace(several, single)
    left = changed[:1] + changed[1:].translate(_WITHOUT_VOWELS)
    left = _DOUBLED.sub(_first_letter, left)
    left = left[1:] if len(left) > 2 and left[0] in "aeiouyhv" else left
    left = left.replace("c", "k") if len(left) > 1 else left
    return left if len(left) > 1 else word


@lru_cache(maxsize=1 << 14)
def bones(word: str) -> str:
    """Return the consonants of a word, as most transliterations agree on them; a word of one consonant as it stands."""
    return bones_of_joined(word)
