"""Names of the UK list, and whose they are; no feed of its own."""

import re
from collections.abc import Iterable, Iterator, Mapping

from lxml import etree

from syncd.core.canonical import text as tidy
from syncd.core.model import Identifier, Name, NameKind, NamePart, PartKind, Strength
from syncd.formats.fields import Reading, XmlFields
from syncd.normalise import company_imo, names
from syncd.normalise.identifiers import imo_checks

_KINDS: dict[str, NameKind] = {
    "primary name": "primary",
    "primary name variation": "alias",
    "alias": "alias",
    "formerly known as": "former",
    "fka": "former",
}
# By the publisher's guidance, Name6 is the surname or an entity's whole name, Name1 the first name, the rest between.
PARTS: dict[str, PartKind] = {
    "Name1": "given",
    "Name2": "middle",
    "Name3": "middle",
    "Name4": "middle",
    "Name5": "middle",
    "Name6": "family",
}
# `Good quality a.k.a`: the first word tells.
_STRENGTHS: dict[str, Strength] = {"good": "strong", "low": "weak"}
# `IMO 9058713 ("AVAX")`: the name stands in brackets.
_SHIP = re.compile(r"^IMO ?(?P<imo>\d{7}) ?\([\"“”'‘’ ]{0,3}+(?P<name>[^()\"“”]{1,200}+)[\"“” ]{0,3}\)", re.IGNORECASE)

# `GREY LAMP (IMO 9058713) is …`, `IMO 9058713 ("GREY LAMP") is …`
_NUMBER = re.compile(r"(?<![A-Za-z])IMO(?![A-Za-z])\s*+(?:number|no\.?)?\s*+:?\s*+(\d{7})(?!\d)", re.IGNORECASE)
_WORD = re.compile(r"\w++")
# So many characters before and behind a number may be the name.
_NEAR = 80


def names_of_entry(entry: XmlFields, reading: Reading) -> list[Name]:
    """The names of an entry in Latin script, then those in others."""
    wrapped = [name for wrapper in entry.children("Names") for name in wrapper.children("Name")]
    latin = [found for fields in wrapped if (found := _name(fields, reading)) is not None]
    return [*latin, *_non_latin(entry, reading)]


def ship_numbers(found: Iterable[Name]) -> Iterator[Identifier]:
    """The IMO number that stands beside a ship's name in its place."""
    for name in found:
        if name.note and (number := re.match(r"IMO (\d{7})", name.note)):
            yield Identifier(type="imo", value=number[1], label="IMONumber")


def ship_number_of_reasons(found: Iterable[Name], reasons: Iterable[str]) -> Iterator[Identifier]:
    """The IMO number that the reasons name beside the ship's own name; none where they name several, or a wrong one."""
    own = [_words(name.full) for name in found]
    numbers = {number for text in reasons for number in _numbers_beside(own, text)}
    if len(numbers) == 1:
        yield Identifier(type="imo", value=numbers.pop(), label=company_imo.LABEL)


def _numbers_beside(own: list[list[str]], text: str) -> Iterator[str]:
    for stated in _NUMBER.finditer(text):
        before = _words(text[max(0, stated.start() - _NEAR) : stated.start()])
        after = _words(text[stated.end() : stated.end() + _NEAR])
        is_own = any(one and one in (before[-len(one) :], after[: len(one)]) for one in own)
        if is_own and imo_checks(stated[1]):
            yield stated[1]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _name(fields: XmlFields, reading: Reading) -> Name | None:
    published = {tag: text for tag in PARTS if (text := fields.text_optional(tag)) is not None}
    type_ = fields.text_optional("NameType") or "Alias"
    strength = _strength(fields.text_optional("AliasStrength"), reading)
    full = names.join_parts(published.values())
    if not full:
        return None
    kind = reading.word("NameType", _KINDS, type_, "alias")
    variation = kind == "alias" and type_.casefold() != "alias"
    alone = len(published) == 1
    ship = _SHIP.fullmatch(full)
    full, note = (ship["name"].strip(" '’"), f"IMO {ship['imo']}") if ship else (full, type_ if variation else None)
    return Name(
        full=full,
        kind=kind,
        parts=() if alone else tuple(NamePart(kind=PARTS[tag], value=text) for tag, text in published.items()),
        strength=strength,
        script=names.script(full),
        note=note,
    )


def _strength(published: str | None, reading: Reading) -> Strength | None:
    if published is None:
        return None
    found = _STRENGTHS.get(published.partition(" ")[0].casefold())
    if found is None:
        reading.unknown_field("AliasStrength", published)
    return found


def _non_latin(entry: XmlFields, reading: Reading) -> Iterator[Name]:
    for wrapper in entry.children("NonLatinNames"):
        for fields in wrapper.children("NonLatinName"):
            full = fields.text_optional("NameNonLatinScript")
            script, language = (fields.text_optional(f"NonLatinScript{what}") for what in ("Type", "Language"))
            if full is None:
                reading.keep("NonLatinName", script or language)
                continue
            note = ", ".join(part for part in (script, language) if part) or None
            yield Name(full=full, kind="alias", script=names.script(full), note=note)


class NameIndex:
    """Whose a name is, over all entries of a document."""

    def __init__(self) -> None:
        self._ids: dict[str, set[str]] = {}

    def add(self, designation: etree._Element, unique_id: str) -> None:
        """Add all names of one designation under its id."""
        for name in designation.iterfind("{*}Names/{*}Name"):
            full = names.join_parts(name.findtext(f"{{*}}{tag}") for tag in PARTS)
            self._ids.setdefault(_folded(full), set()).add(unique_id)

    def only(self, texts: Iterable[str], *, but: str) -> Mapping[str, str]:
        """Each of `texts` that is a name of exactly one entry, other than `but`, with that entry's id."""
        found = {_folded(text): self._ids.get(_folded(text), set()) for text in texts}
        return {text: next(iter(ids)) for text, ids in sorted(found.items()) if len(ids) == 1 and but not in ids}


def key_of(name: str, known: Mapping[str, str]) -> str | None:
    """The id that `Index.only` found for `name`."""
    return known.get(_folded(name))


def _folded(text: str) -> str:
    return tidy(text).casefold()
