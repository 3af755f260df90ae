"""Cells that hold names: labels, alternatives, lists, two scripts → the names alone, each with its kind.

A label (`a.k.a.`, `formerly listed as`, `original script:`) never stays in a name: it says the kind of the name behind
it, or in brackets behind a name that of the name before. What is no name (a birth date, a sentence) is a remark.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from syncd.core.model import Name, NameKind
from syncd.normalise import cells, name_lists
from syncd.normalise.name_labels import before_facts, find_name_labels, without_remarks, without_script_behind
from syncd.normalise.names import script
from syncd.normalise.texts import tidied

CELL_CHARACTERS_MAX = 20_000
NAMES_MAX = 200
_DEPTH_MAX = 3

_OPENING, _CLOSING = "(（[", ")）]"
_CLOSES_AT_ONCE = re.compile(r"\s*+[.:：]*+\s*+[)）]")
_LETTER = re.compile(r"[^\W_]")
_EDGES = " \t\r\n,;:：、；　‚"
_BEGINS = re.compile(r"^(?:and|or)\s+", re.IGNORECASE)
_ENDS = re.compile(r"(?<![\s,;])(?:[\s,;]++(?:and|or)){1,9}+\s*+$|(?<![\s,])[\s,]++及び\s*+$")
_IN_BRACKETS = re.compile(
    r"(?P<name>.*[^\s（(])\s*+[（(]\s*+(?P<again>(?:[^（）()]++|[（(][^（）()]*+[）)])++)[）)]", re.DOTALL
)
_ACRONYM = re.compile(r"[A-ZＡ-Ｚ][A-ZＡ-Ｚ\-]{1,11}")
_POINT_APART = re.compile(r"(?<!\s)\s++\.$")
_LIST_FIRST = re.compile(r"[（(]([^（）();；]*+[;；][^（）()]*+)[)）]")
_MAIDEN = re.compile(r"[(（]\s*+n[eé]e\b", re.IGNORECASE)
_COMMAS_MIN = 3
_NAME_WORDS_MAX = 7
_HALF_MARK = re.compile(r"(?:^|(?<=\s))[a-z]\)\s+")
_LIST_IN_BRACKETS = re.compile(r"[（(]([^（）();；]*+[;；][^（）()]*+)[)）]*+$")
_WORDS = re.compile(r"[^\W_]{2,}")
_TWO_WORDS = re.compile(r"\S\s++\S")
# Scripts whose names are not mixed with Latin words, as Japanese ones are.
_APART = frozenset({"Arab", "Cyrl", "Hebr", "Grek", "Armn", "Geor", "Ethi", "Deva", "Hani", "Hang"})


class CellName(NamedTuple):
    """A name in a cell. `bracketed`: its label stood in brackets behind another name."""

    full: str
    kind: NameKind
    note: str | None = None
    bracketed: bool = False


class FoundNames(NamedTuple):
    """The content of a cell: names in order, each once, and remarks that name nobody."""

    names: tuple[CellName, ...]
    remarks: tuple[str, ...]


def names_of_cell(cell: str, kind: NameKind) -> FoundNames:
    """The names of a cell whose column says that they are of `kind`. Names behind a label are no primary ones."""
    if len(cell) > CELL_CHARACTERS_MAX:
        return FoundNames((CellName(cell, kind),), ())
    names: dict[str, CellName] = {}
    remarks: dict[str, None] = {}
    for found in _pieces(_without_marks(without_script_behind(tidied(cell))), kind, 0):
        if isinstance(found, str):
            remarks[found] = None
        elif len(names) < NAMES_MAX:
            names.setdefault(found.full, found)
    return FoundNames(tuple(names.values()), tuple(remarks))


def labelled_names(text: str, kind: NameKind) -> tuple[CellName, ...]:
    """The names of a text of a list that has a place for each: those of `names_of_cell` where a label stands in it all
    the same, else the text as the one name."""
    # `Valentina Ivanova (nee) Tyutina` is one name with a word that belongs to a part of it.
    return _where(bool(find_name_labels(text)) and not _MAIDEN.search(text), text, kind)


def listed_names(text: str, kind: NameKind) -> tuple[CellName, ...]:
    """Like `labelled_names`, and the names of a text in which semicolons stand between them."""
    return _where(bool(find_name_labels(text)) or len(_named(text)) > 1 or text.endswith(";"), text, kind)


def _named(text: str) -> list[str]:
    """The pieces of a list of names; none when one of them is the rest of an abbreviation, `им; А. Ф. Иоффе`."""
    pieces = [piece.strip() for piece in semicolons(text) if piece.strip()]
    return [] if any(len(piece.split()) > _NAME_WORDS_MAX and piece is not pieces[-1] for piece in pieces) else pieces


def _where(is_list: bool, text: str, kind: NameKind) -> tuple[CellName, ...]:
    found = names_of_cell(text, kind) if is_list else FoundNames((), ())
    if not found.names:
        return (CellName(text, kind),)
    first, *others = found.names
    note = "; ".join(part for part in (first.note, *found.remarks) if part) or None
    return (first._replace(note=note), *others)


def without_labels(found: Iterable[Name]) -> Iterator[Name]:
    """The names of a list that has a place for each, without the labels that stand in them all the same."""
    for name in found:
        several = labelled_names(name.full, name.kind)
        if [one.full for one in several] == [name.full]:
            yield name
            continue
        for one in several:
            yield Name(
                full=one.full,
                kind=one.kind,
                strength=name.strength,
                script=script(one.full),
                language=name.language if len(several) == 1 else None,
                note="; ".join(part for part in (name.note, one.note) if part) or None,
            )


class Note(NamedTuple):
    """The content of a note beside a name: the kind of that name, more names, and the rest of the note."""

    kind: NameKind
    names: tuple[str, ...]
    rest: str | None


def in_note(note: str, kind: NameKind) -> Note:
    """`previously listed as` makes the name a former one; `In Arabic: …` and `A. Vell; Aldo V.` hold more names."""
    text, remark = without_remarks(note)
    found = find_name_labels(text)
    former = any(label.kind == "former" for label in found)
    before = _bare(text[: found[0].start] if found else "")
    behind = _bare(text[found[-1].end :] if found else text)
    rest = "; ".join(part for part in (before if _LETTER.search(before) else "", remark) if part) or None
    if found and _LETTER.search(behind):
        pieces = semicolons(behind)
        return Note("former" if former else kind, tuple(pieces), rest)
    listed = _listed(behind) or _in_bracket(behind)
    if listed:
        return Note(kind, tuple(listed), rest or (behind if not _listed(behind) else None))
    return Note("former" if former else kind, (), (rest if found else note) or None)


def _listed(text: str) -> list[str]:
    """The names of a text that is a list of them; else nothing."""
    bare = _unwrapped(text) if text else None
    pieces = semicolons(bare or text)
    if len(pieces) == 1:
        pieces = [piece.strip() for piece in cells.outside_brackets(text, ",")]
        if len(pieces) < _COMMAS_MIN:
            return []
    return pieces if len(pieces) > 1 and all(map(_is_name, pieces)) else []


def _in_bracket(text: str) -> list[str]:
    found = _LIST_IN_BRACKETS.search(text) or _LIST_FIRST.match(text)
    return _listed(found[1]) if found else []


def _is_name(text: str) -> bool:
    """Up to six words without figures, of which the first has a capital or is of a script without any."""
    words = text.split()
    return (
        len(words) <= _NAME_WORDS_MAX
        and not any(char.isdigit() or char in ":." for char in text.replace("Dr.", ""))
        and (not words[0][0].islower())
    )


def semicolons(text: str) -> list[str]:
    """`text` cut at each semicolon outside brackets, ideographic ones too."""
    return [piece for half in cells.outside_brackets(text, ";") for piece in cells.outside_brackets(half, "；")]


def _without_marks(text: str) -> str:
    """`A b) C` as `A ; C`, where the mark of an enumeration is half a pair of brackets that nothing opens."""
    return text if _is_balanced(text) else _HALF_MARK.sub(" ; ", text)


def _pieces(text: str, kind: NameKind, depth: int) -> Iterator[CellName | str]:
    for piece in semicolons(text):
        for segment in _segments(piece, kind):
            inside, behind = _closed(segment.text)
            yield from _names(segment._replace(text=inside), depth)
            if behind and depth < _DEPTH_MAX:
                yield from _pieces(behind, kind if kind != "primary" else "alias", depth + 1)
        if kind == "primary":
            kind = "alias"


def _closed(text: str) -> tuple[str, str]:
    """`A) B` → `A` and `B`: behind a bracket that was opened before a label. Nothing behind: an empty text."""
    depth = 0
    for place, char in enumerate(text):
        depth += (char in _OPENING) - (char in _CLOSING)
        if depth < 0:
            behind = text[place + 1 :].strip(_EDGES + _OPENING + _CLOSING)
            return (text[:place], behind) if len(_WORDS.findall(behind)) > 1 or ";" in behind else (text, "")
    return text, ""


class _Segment(NamedTuple):
    text: str
    kind: NameKind
    bracketed: bool = False
    listed: bool = False


def _segments(text: str, kind: NameKind) -> list[_Segment]:
    """`text` cut at its labels, each piece of the kind that its label says."""
    found: list[_Segment] = []
    current, start, bracketed, listed = kind, 0, False, False
    behind: NameKind | None = None
    for label in find_name_labels(text):
        before = text[start : label.start].rstrip()
        in_bracket = before.endswith(tuple(_OPENING))
        has_name = bool(_LETTER.search(before))
        closing = _CLOSES_AT_ONCE.match(text, label.end)
        if has_name:
            found.append(_Segment(before, current, bracketed, listed))
        elif behind and found:
            # `(previously listed as. In Arabic: …)`: the first label is that of the name before the bracket.
            found[-1] = found[-1]._replace(kind=behind)
        other = label.kind or ("alias" if current == "primary" and label.kind else current)
        if closing and in_bracket and has_name:
            found[-1] = found[-1]._replace(kind=label.kind or current)
            current, start, bracketed, listed, behind = kind, closing.end(), False, False, None
            continue
        behind = label.kind if in_bracket and has_name else None
        current, listed = other, label.spelt_out
        bracketed = bracketed or (in_bracket and has_name)
        start = closing.end() if closing and in_bracket else label.end
    return [*found, _Segment(text[start:], current, bracketed, listed)]


def _names(segment: _Segment, depth: int) -> Iterator[CellName | str]:
    """The names of a piece without labels."""
    text, remark = without_remarks(segment.text)
    text, facts = before_facts(text)
    bare = _bare(text)
    note = "; ".join(part for part in (remark, facts) if part) or None
    if not _LETTER.search(bare):
        if note:
            yield note
        return
    if depth < _DEPTH_MAX:
        if len(semicolons(bare)) > 1:
            yield from _noted(_pieces(bare, segment.kind, depth + 1), note)
            return
        unwrapped = _unwrapped(bare)
        if unwrapped is not None:
            yield from _pieces(unwrapped, segment.kind, depth + 1)
            return
        beside = _IN_BRACKETS.fullmatch(bare)
        again = beside["again"].rstrip() if beside else ""
        if beside and _holds_names(beside["name"], again):
            yield from _noted(_pieces(beside["name"], segment.kind, depth + 1), note)
            kind = "alias" if segment.kind == "primary" and _ACRONYM.fullmatch(again) else segment.kind
            yield from _noted(_pieces(again, kind, depth + 1), note)
            return
    for part in _scripts(bare):
        for full in name_lists.spelt_out(part) if segment.listed and segment.bracketed else (part,):
            yield CellName(full, segment.kind, note, segment.bracketed)
    if depth < _DEPTH_MAX:
        yield from _in_facts(facts or "", segment.kind, depth)


def _in_facts(facts: str, kind: NameKind, depth: int) -> Iterator[CellName | str]:
    """`born in 1971 in Samarra (A. Vell; Aldo Vell)`: the names among what is said of somebody."""
    found = _LIST_IN_BRACKETS.search(facts)
    if found and len(semicolons(found[1])) > 1 and not any(char.isdigit() for char in found[1]):
        yield from _pieces(found[1], kind, depth + 1)


def _noted(found: Iterable[CellName | str], note: str | None) -> Iterator[CellName | str]:
    for one in found:
        yield one if isinstance(one, str) else one._replace(note=one.note or note)


def _holds_names(name: str, again: str) -> bool:
    """Whether a bracket behind a name holds it again: in another script, or as a list divided by semicolons."""
    if len(semicolons(again)) > 1:
        return True
    return _latin(name) is not _latin(again) and any(char.isalpha() for char in again)


def _latin(text: str) -> bool:
    return script(text) == "Latn" or not any(char.isalpha() for char in text)


def _scripts(text: str) -> tuple[str, ...]:
    """`Agha Vell اغا` → both: words in Latin letters, and behind them words in another script."""
    if text.isascii():
        return (text,)
    place = next((at for at, char in enumerate(text) if char.isalpha() and script(char) in _APART), None)
    if not place or not text[place - 1].isspace():
        return (text,)
    first, second = text[:place].strip(_EDGES), text[place:].strip(_EDGES)
    if (
        not name_lists.is_legal_form(first)
        and script(first) == "Latn"
        and script(second) in _APART
        and (_TWO_WORDS.search(first) or _TWO_WORDS.search(second))
    ):
        return first, second
    return (text,)


def _unwrapped(text: str) -> str | None:
    """What stands in a bracket that spans the whole text."""
    if text[0] not in _OPENING or text[-1] not in _CLOSING:
        return None
    inside = text[1:-1]
    return inside if _is_balanced(inside) and _LETTER.search(inside) else None


def _is_balanced(text: str) -> bool:
    depth = 0
    for char in text:
        depth += (char in _OPENING) - (char in _CLOSING)
        if depth < 0:
            return False
    return depth == 0


def _bare(text: str) -> str:
    """`text` without what its label or its neighbour left at its ends: separators, `and`, half a pair of brackets."""
    bare = _BEGINS.sub("", _ENDS.sub("", text.strip(_EDGES))).rstrip(_EDGES + _OPENING).lstrip(_EDGES + _CLOSING)
    over = _depth(bare)
    if over > 0 and bare:
        bare = bare[1:] if bare[0] in _OPENING else bare.rstrip(_EDGES + _OPENING)
        bare += ")" * _depth(bare)
    while over < 0 and bare and bare[-1] in _CLOSING:
        bare, over = bare[:-1].rstrip(_EDGES), over + 1
    if over < 0:
        bare = bare.lstrip(_EDGES + _CLOSING)
    return _POINT_APART.sub(".", bare.lstrip(".")).strip(_EDGES)


def _depth(text: str) -> int:
    """How many brackets are opened in `text` beyond those that are closed."""
    return sum(text.count(char) for char in _OPENING) - sum(text.count(char) for char in _CLOSING)
