"""The names of the EU list, which marks none as primary; no feed of its own."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from msgspec.structs import replace

from syncd.core.model import Name, NamePart, PartKind, Strength
from syncd.feeds.eu.documents import notes
from syncd.formats.fields import Reading, XmlFields
from syncd.normalise import name_cells, names
from syncd.normalise.words import TRUTH

_PARTS: tuple[tuple[str, PartKind], ...] = (("firstName", "given"), ("middleName", "middle"), ("lastName", "family"))
# `good quality alias`, `Low quality a.k.a.`, `a.k.a. (low-quality)`; also `qood`, `god` and `lo quality alias`.
_QUALITY = re.compile(r"(?<![^\W_])(?P<word>[a-z]{2,6})[ \-]+quality\b", re.IGNORECASE)
_STRENGTHS: dict[str, Strength] = {
    "good": "strong",
    "high": "strong",
    "strong": "strong",
    "low": "weak",
    "weak": "weak",
    "poor": "weak",
    "bad": "weak",
}
_SIMILAR = 0.7
_NO_NUMBER = 10**12


class Ranked(NamedTuple):
    """A name with what chooses the primary one among its like: script, number, text. None of it is an order."""

    beyond_latin: bool
    number: int
    full: str
    name: Name


def ranked(alias: XmlFields, remarks: list[str], logical_id: str | None, reading: Reading) -> Ranked | None:
    """One `nameAlias` as an alias; None when it has no name."""
    parts = tuple(NamePart(kind=kind, value=value) for tag, kind in _PARTS if (value := alias.attribute_optional(tag)))
    full = alias.attribute_optional("wholeName") or names.join_parts(part.value for part in parts)
    language, strong = alias.attribute_optional("nameLanguage"), alias.attribute_optional("strong")
    is_strong = reading.word("nameAlias/@strong", TRUTH, strong, None)
    if not full:
        return None
    script = names.script(full)
    name = Name(
        full=full,
        kind="alias",
        parts=parts,
        strength=_strength(remarks) or ("weak" if is_strong is False else None),
        script=script,
        language=language.lower() if language else None,
        note=notes(remarks),
    )
    number = int(logical_id) if logical_id and re.fullmatch(r"[0-9]{1,11}", logical_id) else _NO_NUMBER
    return Ranked(script != "Latn", number, full, name)


def merged(found: Iterable[Ranked]) -> tuple[Name, ...]:
    """The primary name, then the others by number; one that a second programme repeats stands once.

    The primary name is the one of the lowest number in Latin script, else that of the lowest number. The order of the
    elements, which changes with every publication, says nothing.
    """
    in_order = sorted(found, key=lambda one: (one.beyond_latin, one.number, one.full, repr(one.name)))
    if not in_order:
        return ()
    first, *others = in_order
    others.sort(key=lambda one: one.number)
    kept = dict.fromkeys([first.name, *(other.name for other in others)])
    ranked_names = (replace(name, kind="primary") if name is first.name else name for name in kept)
    return tuple(dict.fromkeys(name_cells.without_labels(ranked_names)))


def _strength(remarks: list[str]) -> Strength | None:
    """`strong="true"` stands on every alias and says nothing; a remark does, with its typing errors.

    Of remarks that contradict each other the one that says less of the name counts.
    """
    words = (found["word"].lower() for remark in remarks for found in _QUALITY.finditer(remark))
    close = (get_close_matches(word, _STRENGTHS, n=1, cutoff=_SIMILAR) for word in words)
    said = {_STRENGTHS[one[0]] for one in close if one}
    return "weak" if "weak" in said else "strong" if said else None
