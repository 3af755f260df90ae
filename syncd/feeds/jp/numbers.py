"""Numbers of documents on Japan's list: a cell in Japanese → identifiers with type, country, dates and validity.

A cell holds documents in enumerations, lines and pieces behind `、`: a piece with a number begins a document, one
without goes on with the one before it (`旅券失効日：2016年12月7日`), and a text before the first number is about all
of them. What holds no number at all, as a date or a sentence alone, is no identifier: the feed keeps it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from msgspec.structs import replace

from syncd.core.canonical import text as tidy
from syncd.core.model import Identifier, IdentifierType, PartialDate
from syncd.errors import Unreadable
from syncd.feeds.jp.cells import MARK, says_something
from syncd.normalise import countries, dates, places

CELL_CHARACTERS_MAX = 2_000
NUMBERS_MAX = 50

# What the words before a number say that it is; the first row that matches counts.
_KINDS: tuple[tuple[IdentifierType, str], ...] = (
    ("social_security", r"社会保障|SSN"),
    ("tax", r"納税者|Fiscal Code"),
    ("birth_certificate", r"出生証明"),
    ("driving_licence", r"運転免許"),
    ("travel_document", r"渡航文書|渡航証|レセパセ"),
    ("military", r"軍事識別|軍隊身分|軍\S{0,12}ID"),
    ("residence", r"外国人登録|住民票|在留"),
    ("other", r"有権者|学生|配給|国籍証明|その他のID|冊子番号"),
    ("passport", r"旅券|パスポート"),
    ("national_id", r"国民ID|ID|身分|国民識別"),
)
_WORDS: tuple[tuple[IdentifierType, re.Pattern[str]], ...] = tuple((kind, re.compile(words)) for kind, words in _KINDS)
Validity = Literal["fraudulent", "revoked"]
_VALIDITY: tuple[tuple[Validity, re.Pattern[str]], ...] = (
    ("fraudulent", re.compile("偽造")),
    ("revoked", re.compile("取消|取り消|失効措置")),
)
# Groups of capitals and digits: `D 001206`, `TR-P 614 166`, `8208 No.555627`, `44103- 5251752-5`, `B/011641`.
_NUMBER = re.compile(
    r"(?<![\w./-])(?!(?:SSN|ID|NO)\b)(?:[A-Z]{1,3}(?:-[A-Z])? (?=\d))?(?=[A-Z/.-]{0,20}\d)[A-Z0-9]++"
    r"(?:[./-]++ ?[A-Z0-9]++)*+(?: (?:No\.? ?)?\d{2,12}(?![\w年月日]))*+",
    re.ASCII,
)
_DIGITS_MIN, _CHARACTERS_MIN = 3, 6
_DATE = r"(?:19|20)\d\d年(?:\d{1,2}月(?:\d{1,2}日)?)?頃?"
_ANY_DATE = re.compile(r"(?<!\d)\d{4}年?(?:\d{1,2}月(?:\d{1,2}日)?|(?<=年)|-\d{4}年)")
# The words between a day and 発行 say where and by whom, unless they speak of a birth or of an end.
_ISSUED = (
    re.compile(rf"(?:発行日|発効日)\s*+:?\s*+({_DATE})"),
    re.compile(rf"(?<!\d)({_DATE})(?:(?![生失;。()]|有効)\D|\([^()\d]{{0,40}}\)){{0,120}}?(?:発行|発給|発効)"),
)
_EXPIRES = (
    re.compile(rf"(?:失効日|有効期限)は?\s*+:?\s*+({_DATE})"),
    re.compile(rf"(?<!\d)({_DATE})に?(?:失効(?!措置)|まで有効)"),
)
_ISSUED_AT = re.compile(r"(?:発行地\s*+:|(?<=[日に(、]))\s*+([^日()。、;:]{2,80}(?:、[^日()。、;:]{2,80})?)")
_PLACE_ENDS = re.compile(r"(?:にて|において|により|で|が).*", re.DOTALL)
# What may stand behind the country's name at the beginning of a text, so that it is a country and no part of a name.
_BEHIND_A_COUNTRY = re.compile(
    r"(?:国|共和国|連邦)?(?:$|[旅外公国海軍身運出渡社納市移番偽人政暫IDN(:、,\s0-9]|にて|において|で発行|で[12])"
)
_COUNTRY_CHARACTERS_MAX = 20
_ABBREVIATION_LETTERS_MAX = 3
_WITHIN_A_BRACKET = re.compile(r"\(([^()]*+)\)?")
_LABELLED_WITHIN = re.compile(rf"(?:旅券|番号|カード|ID|証)\s*+:?\s*+({_NUMBER.pattern})", re.ASCII)

_CRYPTO_HEADING = re.compile(r"(?:暗号資産|仮想通貨|ウォレット)[^:0-9A-Za-z。]{0,20}アドレス|暗号資産アドレス")
# What the form of an address says of its currency, by the codes that OFAC uses: its list holds the same addresses.
_CRYPTO_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ETH", re.compile(r"0x[0-9A-Fa-f]{40}")),
    ("XBT", re.compile(r"[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[a-z0-9]{11,87}")),
    ("TRX", re.compile(r"T[1-9A-HJ-NP-Za-km-z]{33}")),
)
_TOKEN = re.compile(r"[0-9A-Za-z]{26,90}")


class CellNumbers(NamedTuple):
    """Return the identifiers of a cell, and the parts of it that hold no number."""

    identifiers: tuple[Identifier, ...]
    remarks: tuple[str, ...]


class _Document(NamedTuple):
    """A number, the words before it, its own piece, and the pieces that go on about it."""

    value: str
    label: str
    said: list[str]


def read_numbers(cell: str, column: IdentifierType, label: str) -> CellNumbers:
    """The numbers of a cell whose column, with the header `label`, promises the type `column`."""
    if len(cell) > CELL_CHARACTERS_MAX:
        return CellNumbers((Identifier(type=column, value=cell, label=label),), ())
    found: list[_Document] = []
    remarks: list[str] = []
    heading = ""
    for place, item in enumerate(MARK.split(_plain(cell))):
        documents, rest = _documents(item, heading)
        found += documents
        if place == 0 and not documents:
            heading = rest
        elif rest:
            remarks.append(rest)
    if heading and not found:
        remarks.insert(0, heading)
    identifiers = tuple(_identifier(one, column, label) for one in found[:NUMBERS_MAX])
    return CellNumbers(identifiers, tuple(one for one in remarks if says_something(one)))


def crypto_addresses(texts: Iterable[str]) -> tuple[Identifier, ...]:
    """The addresses behind `暗号資産アドレス` in remarks, each once, with the currency that their form tells."""
    found: dict[str, Identifier] = {}
    for text in texts:
        heading = _CRYPTO_HEADING.search(text)
        for token in _TOKEN.findall(text, heading.end()) if heading else ():
            currency = next((name for name, form in _CRYPTO_FORMS if form.fullmatch(token)), None)
            if currency:
                found[token] = Identifier(
                    type="crypto_address", value=token, label="暗号資産アドレス", currency=currency
                )
    return tuple(found.values())


def _plain(cell: str) -> str:
    """Full-width forms as usual ones, line by line; a long vowel mark between letters and digits is a hyphen."""
    lines = (tidy(unicodedata.normalize("NFKC", line)) for line in cell.splitlines())
    return re.sub(r"(?<=[A-Za-z0-9])ー(?=\d)", "-", "\n".join(lines))


def _documents(item: str, heading: str) -> tuple[list[_Document], str]:
    """The documents of one item of an enumeration, and the text of an item that has none."""
    found: list[_Document] = []
    before = heading
    for piece in _pieces(item):
        numbers = _numbers(piece, within=bool(found))
        for value, label in numbers:
            found.append(_Document(value, f"{before} {label}".strip(), [piece]))
        if not numbers and found:
            found[-1].said.append(piece)
        elif not numbers:
            before = f"{before} {piece}".strip()
    return found, "" if found else before.removeprefix(heading).strip()


def _pieces(item: str) -> Iterator[str]:
    """`item` cut at its separators outside brackets; of a bracket that does not close all stays together."""
    depth, start = 0, 0
    for position, char in enumerate(item):
        depth = max(0, depth + (char == "(") - (char == ")"))
        if depth == 0 and char in "、,;\n":
            yield from _filled(item[start:position])
            start = position + 1
    yield from _filled(item[start:])


def _filled(piece: str) -> Iterator[str]:
    bare = piece.strip(" 。、,")
    if bare:
        yield bare


def _numbers(piece: str, *, within: bool) -> list[tuple[str, str]]:
    """(number, the words before it) of a piece; in brackets only behind the name of a document."""
    outside = _WITHIN_A_BRACKET.sub("", _without_nesting(piece))
    dateless = _ANY_DATE.sub(" ", outside)
    found = [(one[0], dateless[: one.start()].strip(" :")) for one in _NUMBER.finditer(dateless) if _is_number(one[0])]
    if not found and within and piece.startswith("("):
        inside = _LABELLED_WITHIN.search(piece)
        found = [(inside[1], piece[1 : inside.start(1)].strip(" :"))] if inside and _is_number(inside[1]) else []
    # Words between brackets and number belong to the number: `IDカード(tazkira)番号 57388`.
    return [(value, f"{piece[: piece.find(value)]}".strip(" (:") or label) for value, label in found]


def _without_nesting(piece: str) -> str:
    """`piece` up to a bracket within a bracket, or one that does not close: what follows is all in brackets."""
    depth = 0
    start = 0
    for position, char in enumerate(piece):
        if char == "(":
            start = position if depth == 0 else start
            depth += 1
            if depth > 1:
                return piece[:start]
        elif char == ")":
            depth = max(0, depth - 1)
    return piece[:start] if depth else piece


def _is_number(value: str) -> bool:
    return sum(char.isdigit() for char in value) >= _DIGITS_MIN or len(value) >= _CHARACTERS_MIN


def _identifier(document: _Document, column: IdentifierType, label: str) -> Identifier:
    whole = "、".join(document.said)
    text = f"{document.label} {whole}"
    return Identifier(
        type=_kind(document, column),
        value=document.value,
        label=label,
        country=_country(document, text),
        issued_on=_date(_ISSUED, whole),
        expires_on=_date(_EXPIRES, whole),
        validity=next((word for word, pattern in _VALIDITY if pattern.search(text)), None),
        note=whole if whole != document.value else None,
    )


def _kind(document: _Document, column: IdentifierType) -> IdentifierType:
    """By the words before the number; else by those in the first bracket behind it, if they are only a name."""
    bracket = _WITHIN_A_BRACKET.search(document.said[0].partition(document.value)[2])
    behind = bracket[1] if bracket and bracket[1].endswith("旅券") else ""
    for text in (document.label, behind):
        found = next((kind for kind, words in _WORDS if words.search(text)), None)
        if found:
            return found
    return column


def _country(document: _Document, text: str) -> str | None:
    """The country before the number, in a bracket behind it, or where the document was issued."""
    brackets = [found[1] for found in _WITHIN_A_BRACKET.finditer(text)]
    for candidate in (document.label, *brackets):
        if code := country_before(candidate):
            return code
    for found in _ISSUED_AT.finditer(text):
        at = text[found.start() :]
        if "発行" not in at[: _COUNTRY_CHARACTERS_MAX * 5]:
            continue
        place = _PLACE_ENDS.sub("", found[1])
        if code := country_before(place) or places.country_at_end(place):
            return code
    return None


def country_before(text: str) -> str | None:
    """The code of the country with whose name `text` begins: `アフガニスタン旅券` → `AF`; None without one."""
    for end in range(min(len(text), _COUNTRY_CHARACTERS_MAX), 1, -1):
        name = text[:end]
        if not _BEHIND_A_COUNTRY.match(text, end) or (name.isascii() and not _is_a_word(text, end)):
            continue
        try:
            code = countries.code_optional(name)
        except Unreadable:
            continue
        if code:
            return code
    return None


def _is_a_word(text: str, end: int) -> bool:
    """Whether `text` up to `end` is a word in Latin letters, of more letters than an abbreviation."""
    return end > _ABBREVIATION_LETTERS_MAX and not text[end : end + 1].isalnum()


def _date(patterns: Iterable[re.Pattern[str]], text: str) -> PartialDate | None:
    """The first date that one of the patterns finds, if it is one."""
    found = next((match for pattern in patterns if (match := pattern.search(text))), None)
    if found is None:
        return None
    try:
        read_, *more = dates.japanese(found[1])
    except Unreadable:
        return None
    return None if more else replace(read_, note=None)
