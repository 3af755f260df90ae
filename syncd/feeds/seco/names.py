"""Names of the Swiss list: ordered parts, each with its spelling variants by language and script.

A variant is given for a part, not for a name: the name in another spelling takes, for each part, its variant, and in
Latin script the part itself where it has none. Where a part has several variants of one language and script, each makes
one more name, the other parts in their first variant by alphabet.
"""

from collections.abc import Iterator
from typing import NamedTuple

from syncd.core.model import Name, NameKind, NamePart, PartKind, Strength
from syncd.errors import TooLarge
from syncd.formats.fields import Reading, XmlFields
from syncd.normalise import name_cells, names
from syncd.normalise.texts import whole_number

_NAME_KINDS: dict[str, NameKind] = {"primary-name": "primary", "alias": "alias", "formerly-known-as": "former"}
_STRENGTHS: dict[str, Strength] = {"good": "strong", "low": "weak"}
_PART_KINDS: dict[str, PartKind] = {
    "given-name": "given",
    "further-given-name": "middle",
    "father-name": "patronymic",
    "grand-father-name": "other",
    "family-name": "family",
    "maiden-name": "maiden",
    "tribal-name": "other",
    "suffix": "suffix",
    "whole-name": "whole",
    "other": "other",
}
# Of all spellings of one name; the largest record of any list has 32 kB.
CHARACTERS_MAX = 200_000
_TITLE = "title"
_LATIN = "LATN"
# ISO 639-2 as published → BCP 47.
_LANGUAGES = {
    "ara": "ar", "aze": "az", "bel": "be", "bos": "bs", "bul": "bg", "chi": "zh", "zho": "zh", "eng": "en", "fas": "fa",
    "per": "fa", "fra": "fr", "fre": "fr", "geo": "ka", "kat": "ka", "ger": "de", "deu": "de", "gre": "el", "ell": "el",
    "heb": "he", "hrv": "hr", "hun": "hu", "arm": "hy", "hye": "hy", "ita": "it", "jpn": "ja", "kaz": "kk", "kir": "ky",
    "kor": "ko", "kur": "ku", "lav": "lv", "mac": "mk", "mkd": "mk", "bur": "my", "mya": "my", "pol": "pl", "por": "pt",
    "pus": "ps", "ron": "ro", "rum": "ro", "rus": "ru", "som": "so", "spa": "es", "srp": "sr", "swa": "sw", "tgk": "tg",
    "tuk": "tk", "tur": "tr", "ukr": "uk", "urd": "ur", "uzb": "uz", "vie": "vi",
}  # fmt: skip


class _Spelling(NamedTuple):
    language: str
    script: str


class _Part(NamedTuple):
    order: int
    kind: str
    value: str
    variants: dict[_Spelling, list[str]]


class SecoIdentity:
    """The names of one identity, and the titles that stand among their parts. Only the main one has primary names."""

    def __init__(self, identity: XmlFields, reading: Reading, *, main: bool) -> None:
        self.names: list[Name] = []
        self.titles: list[str] = []
        self._reading = reading
        for fields in identity.children("name"):
            self._read(fields, main=main)

    def _read(self, fields: XmlFields, *, main: bool) -> None:
        fields.ignore("ssid", why="numbers the name in the publisher's own database")
        fields.ignore("lang", why="the language of the edition of the list, whatever that of the name")
        published = fields.attribute_optional("name-type") or "alias"
        kind = self._reading.word("name/@name-type", _NAME_KINDS, published, "alias")
        strength = self._reading.word("name/@quality", _STRENGTHS, fields.attribute_optional("quality"), None)
        parts = sorted((part for one in fields.children("name-part") if (part := _part(one))), key=_order)
        self.titles += [part.value for part in parts if part.kind == _TITLE]
        said = [part for part in parts if part.kind != _TITLE] or parts
        for part in said:
            if part.kind != _TITLE and part.kind not in _PART_KINDS:
                self._reading.unreadable.append("name-part/@name-part-type")
        primary = kind == "primary" and main
        shown: NameKind = kind if main or kind != "primary" else "alias"
        self.names += name_cells.without_labels(_bounded(_spelt(said, shown, None if primary else strength)))


def _order(part: _Part) -> int:
    return part.order


def _part(fields: XmlFields) -> _Part | None:
    order = fields.attribute_optional("order") or "0"
    kind = fields.attribute_optional("name-part-type") or "other"
    value = fields.text_optional("value") or ""
    variants: dict[_Spelling, list[str]] = {}
    for variant in fields.children("spelling-variant"):
        variant.ignore("ssid", "spelling-variant-type", why="how the spelling came about, not what it is")
        spelling = _Spelling(variant.attribute_optional("lang") or "", variant.attribute_optional("script") or "")
        text = variant.own_text()
        if text:
            variants.setdefault(spelling, []).append(text)
    for texts in variants.values():
        texts.sort()
    if not (value or variants):
        return None
    return _Part(whole_number(order) or 0, kind.strip(), value, variants)


def _spelt(parts: list[_Part], kind: NameKind, strength: Strength | None) -> Iterator[Name]:
    """The name as it stands, then in each other spelling."""
    plain = [(part, part.value) for part in parts if part.value]
    if plain:
        yield _name(plain, kind, strength, None)
    for spelling in dict.fromkeys(spelling for part in parts for spelling in part.variants):
        yield from (_name(chosen, _in_variant(kind), strength, spelling) for chosen in _chosen(parts, spelling))


def _bounded(found: Iterator[Name]) -> Iterator[Name]:
    """The names. Raises TooLarge: each variant of a part repeats all other parts, which grows with their square."""
    characters = 0
    for name in found:
        characters += len(name.full)
        if characters > CHARACTERS_MAX:
            raise TooLarge(f"the spellings of a name have more than {CHARACTERS_MAX:,} characters")
        yield name


def _in_variant(kind: NameKind) -> NameKind:
    return "alias" if kind == "primary" else kind


def _chosen(parts: list[_Part], spelling: _Spelling) -> Iterator[list[tuple[_Part, str]]]:
    """For each part its variants in this spelling: all the first ones, then one further variant at a time."""
    latin = spelling.script == _LATIN
    options = [(part, part.variants.get(spelling) or ([part.value] if latin and part.value else [])) for part in parts]
    first = [(part, values[0]) for part, values in options if values]
    yield first
    for place, (part, value) in enumerate(first):
        for further in part.variants.get(spelling, [value])[1:]:
            yield [*first[:place], (part, further), *first[place + 1 :]]


def _name(
    chosen: list[tuple[_Part, str]], kind: NameKind, strength: Strength | None, spelling: _Spelling | None
) -> Name:
    full = names.join_parts(value for _, value in chosen)
    alone = len(chosen) == 1
    parts = () if alone else tuple(NamePart(kind=_PART_KINDS.get(part.kind, "other"), value=v) for part, v in chosen)
    published = spelling.script.strip().title() if spelling else ""
    language = spelling.language.strip().lower() if spelling else ""
    return Name(
        full=full,
        kind=kind,
        parts=parts,
        strength=strength,
        script=published if len(published) == len("Latn") else names.script(full),
        language=_LANGUAGES.get(language, language) or None,
    )
