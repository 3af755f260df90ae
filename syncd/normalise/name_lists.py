"""Lists of names in one text: by commas, `or`, `and`, a slash. A comma within a name stays where it is.

Whether a comma divides two names shows in what stands behind it: not a legal form (`Acme Co., Ltd.`), not a word in
lower case (`Войска радиационной, химической защиты`), not a given name behind a family name (`Vell, Tamsin`).
"""

import re

from syncd.normalise import cells

_EDGES = " \t\r\n,;　\xa0"
_MARK = "\x1f"
_OR = re.compile(r"(?:^|,|(?<!\s)\s)\s*+(?:or|ou)\s++(?=\S)")
_AND = re.compile(r"(?:,|(?<![\s,])\s)\s*+(?<=\s)(?:and|et)\s++")
_SLASH = re.compile(r"(?:(?<!\s)\s++)?+/\s*+")
_WORD = re.compile(r"[^\W_]{2,}")
_QUOTED = re.compile(r'"[^"]*"|“[^”]*”|«[^»]*»')
# Straight quotation marks within straight ones: the second one opens too, as the white space before it says.
_QUOTED_TWICE = re.compile(r'(?<!\S)"[^"\s][^"]*\s"[^"\s][^"]*"[^"]*(?<=\S)"(?=[\s,;]|$)')
# Words that make up the legal form of a company, and nothing else.
_FORM_WORDS = frozenset(
    {"ltd", "limited", "inc", "llc", "llp", "plc", "corp", "corporation", "co", "company", "pte", "pvt", "gmbh", "ag"}
    | {"sa", "srl", "spa", "bv", "nv", "oy", "ab", "as", "tov", "fsue", "fgup", "jsc", "ojsc", "cjsc", "pjsc", "pjs"}
    | {"oao", "ao", "zao", "pao", "ooo", "sc", "psc", "fze", "fzc", "joint", "stock", "joint-stock", "open", "public"}
    | {"closed", "private", "liability", "publichnoe", "aktsionernoe", "obshchestvo", "ооо", "ао", "оао", "зао", "пао"}
    | {"фгуп", "мк", "ано", "нп", "некоммерческое", "партнерство", "ук", "фкп", "нао", "сао", "открытое", "закрытое"}
    | {"публичное", "акционерное", "общество", "тов", "пат", "ат"}
)
_LEADING_FORMS = frozenset(
    {"jsc", "ojsc", "cjsc", "pjsc", "oao", "ao", "zao", "pao", "ooo", "llc", "fsue", "fgup", "joint", "open", "public"}
    | {"limited", "closed", "pa", "po", "npo", "npp"}
)
# A noun that two adjectives share (`Russian Air, Space Forces`), and that every other name of such a body has.
_SHARED_NOUN = re.compile(r"[A-Z][a-z]{2,20} (?P<noun>Forces|Troops)")
_HALF_A_NAME = re.compile(r"[A-Z][a-z]{2,20}(?:ian|ese|ish|an) [A-Z][a-z]{2,20}")
_WITHIN_A_NAME = re.compile(r"(?:department|faculty|faculté|division|branch|section|school|institute)\b", re.IGNORECASE)


def of_person(text: str) -> list[str]:
    """`A B, C D` and `A or B C` apart; `Family, Given` stays whole."""
    found = []
    for piece in _alternatives(text):
        parts = _commas(piece, person=True)
        whole = len(parts) == 2 and len(parts[0].split()) == 1 and not _are_variants(parts[0], parts[1])
        found += [piece] if whole else [again for part in parts for again in _slashes(part, person=True)]
    return found


def _are_variants(one: str, other: str) -> bool:
    """Two single words that begin alike: `Alexei, Aleksei`, unlike `Vell, Tamsin`."""
    return len(other.split()) == 1 and one[:2].casefold() == other[:2].casefold()


def of_organisation(text: str) -> list[str]:
    """`A Ltd., B and C Co., Ltd.` in three. A legal form alone is no name."""
    found: list[str] = []
    for piece in _alternatives(text):
        parts = _commas(piece)
        found += [again for part in _and(parts) for again in _slashes(part, person=False)]
    return [one for one in found if not is_legal_form(one)] or [text.strip(_EDGES)]


def spelt_out(text: str) -> list[str]:
    """The names behind `also known as` in brackets."""
    parts = _commas(text)
    return _and(parts)


def is_legal_form(text: str) -> bool:
    """Whether the words are the legal form of a company alone: `JSC`, `Co., Ltd.`."""
    words = [word.strip(".,()\"'").casefold() for word in text.split()]
    return bool(words) and all(
        not word or word in _FORM_WORDS or word.replace(".", "") in _FORM_WORDS for word in words
    )


def _alternatives(text: str) -> list[str]:
    marked = _OR.sub(_MARK, _hidden(text))
    return _shown(text, cells.outside_brackets(marked, _MARK))


def _hidden(text: str) -> str:
    """`text` with the commas and words of its quotations out of sight: what is quoted is one name."""
    pattern = _QUOTED_TWICE if _QUOTED_TWICE.search(text) else _QUOTED
    return pattern.sub(lambda quoted: quoted[0].replace(" ", "\x1c").replace(",", "\x1d").replace("/", "\x1e"), text)


def _shown(_text: str, pieces: list[str]) -> list[str]:
    shown = (piece.replace("\x1c", " ").replace("\x1d", ",").replace("\x1e", "/").strip(_EDGES) for piece in pieces)
    return [piece for piece in shown if piece]


def _commas(text: str, *, person: bool = False) -> list[str]:
    pieces = _shown(text, cells.outside_brackets(_hidden(text), ","))
    together: list[str] = []
    for piece in pieces:
        if together and (is_legal_form(piece) or (not person and _is_one(together[-1], piece))):
            together[-1] += f", {piece}"
        else:
            together.append(piece)
    return together


def _is_one(before: str, piece: str) -> bool:
    """Whether the comma between two pieces stands within the name of one organisation."""
    shared = _SHARED_NOUN.fullmatch(piece) and _HALF_A_NAME.fullmatch(before)
    halves = bool(shared) and not before.endswith(("Forces", "Troops"))
    return halves or _goes_on(piece) or is_legal_form(before)


def _goes_on(piece: str) -> bool:
    """Whether a piece behind a comma is no name of its own."""
    return piece[0].islower() or bool(_WITHIN_A_NAME.match(piece))


def _and(parts: list[str]) -> list[str]:
    """The last `and` of a list parts two names when the second is named like another of them."""
    if not parts:
        return parts
    *before, last = parts
    found = list(_AND.finditer(_hidden(last)))
    if not found:
        return parts
    left, right = last[: found[-1].start()].strip(_EDGES), last[found[-1].end() :].strip(_EDGES)
    return [*before, left, right] if left and _is_another(right, left, before) else parts


def _is_another(right: str, left: str, before: list[str]) -> bool:
    words = [word.casefold() for word in _WORD.findall(right)]
    if not words or (not right[0].isupper() and right[0] not in "“\"'‘«"):
        return False
    if any(part.casefold().endswith(f" and {right.casefold()}") for part in before):
        return False
    if words[0] in _LEADING_FORMS or (before and right.isupper()):
        return True
    if before:
        others = {word.casefold() for part in [*before, left] for word in _WORD.findall(part)}
        return any(word in others for word in words)
    return len(words) > 1 and words[0] in {word.casefold() for word in _WORD.findall(left)}


def _slashes(text: str, *, person: bool) -> list[str]:
    """`A B / C D` in two. A slash within a word of an organisation's name (`A/S`) stays."""
    marked = _SLASH.sub(_MARK, _hidden(text))
    pieces = _shown(text, cells.outside_brackets(marked, _MARK))
    several = all(len(piece.split()) > 1 for piece in pieces)
    words = all(len(_WORD.findall(piece)) >= 1 and len(piece) > 2 for piece in pieces)
    return pieces if several or (words and (person or all(len(piece.split()) == 1 for piece in pieces))) else [text]
