"""OFAC's names: how their parts are written out.

Advanced gives the parts alone, Enhanced also a rendering (`formattedFullName`). The rule here gives that rendering
from the parts, so that both vocabularies say the same, and a reader sees what OFAC's own lists show: `FAMILY, Given
Middle` in scripts that have capitals, the name as it is spoken in the others, without separators in Chinese, Japanese
and Korean.
"""

from collections.abc import Sequence

from syncd.core.model import NamePart, PartKind

_CAPITALS = frozenset({"Latn", "Cyrl", "Grek", "Armn"})
_GIVEN_FIRST = frozenset({"Arab", "Hebr"})
_UNSPACED = frozenset({"Hans", "Hant", "Jpan", "Kore", "Hang"})

# A patronymic is a Spanish first surname, or, beside a family name, a Slavic middle name.
_FAMILY: tuple[PartKind, ...] = ("family", "patronymic", "matronymic")
_FAMILY_NAMED: tuple[PartKind, ...] = ("family", "matronymic")
_GIVEN: tuple[PartKind, ...] = ("given", "middle", "nickname", "maiden", "other")
_GIVEN_NAMED: tuple[PartKind, ...] = ("given", "middle", "patronymic", "nickname", "maiden", "other")


def whole_name(parts: Sequence[NamePart], script: str | None) -> str:
    """The whole name as OFAC writes it; empty when there are no parts."""
    capitals = script is None or script in _CAPITALS
    if len(parts) == 1:
        only = parts[0]
        return only.value.upper() if capitals and only.kind in {"whole", *_FAMILY} else only.value
    if any(part.kind == "whole" for part in parts):
        whole = " ".join(part.value for part in parts)
        return whole.upper() if capitals else whole
    named = any(part.kind == "family" for part in parts)
    family = _of_kinds(parts, _FAMILY_NAMED if named else _FAMILY)
    given = _of_kinds(parts, _GIVEN_NAMED if named else _GIVEN)
    if script in _UNSPACED:
        return _unspaced([*family, *given])
    if script in _GIVEN_FIRST:
        return " ".join([*given, *family])
    surname = " ".join(family)
    return ", ".join(text for text in (surname.upper() if capitals else surname, " ".join(given)) if text)


def _of_kinds(parts: Sequence[NamePart], kinds: tuple[PartKind, ...]) -> list[str]:
    return [part.value for kind in kinds for part in parts if part.kind == kind]


def _unspaced(values: list[str]) -> str:
    """Without spaces, unless a part is itself several words or in Latin letters."""
    return (" " if any(" " in value.strip() or value.isascii() for value in values) else "").join(values)
