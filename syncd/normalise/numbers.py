"""Numbers that identify somebody: a published cell → identifiers with their types, for all feeds alike.

A number is typed by its form where the form proves it (LEI and ISIN by their check digits), else by the words around it
(`number_labels`), else as the feed's column says. Issuing country and dates of a document are read out of what stands
beside its number (`issued`), and stay there.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from syncd.core.model import Identifier, IdentifierType, Kind
from syncd.errors import Unreadable
from syncd.normalise import cells, identifiers, issued
from syncd.normalise.number_labels import NumberLabel, after, find_number_labels
from syncd.normalise.texts import tidied

CELL_CHARACTERS_MAX = 2_000
NUMBERS_MAX = 50

_SEVEN = re.compile(r"[0-9]{7}")
# What a labelled number looks like. What a label promises and the text does not hold is no number of that kind.
_FORMS: dict[IdentifierType, str] = {
    "imo": r"\d{7}(?!\d)",
    "imo_company": r"\d{7}(?!\d)",
    "lei": r"[A-Z0-9]{18}\d\d(?![A-Z0-9])",
    "bic": r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?![A-Za-z0-9])",
    "isin": r"[A-Z]{2}[A-Z0-9]{9}\d(?![A-Z0-9])",
    "bik": r"\d{9}(?!\d)",
    "inn": r"\d{12}(?!\d)|\d{10}(?!\d)",
    "ogrn": r"\d{15}(?!\d)|\d{13}(?!\d)",
    "kpp": r"\d{4}[0-9A-Z]{2}\d{3}(?!\d)",
    "okpo": r"\d{10}(?!\d)|\d{8}(?!\d)",
    "vat": r"[A-Z]{2} ?[A-Z0-9]{8,12}(?![A-Z0-9])|\d{8,15}(?!\d)",
    "uscc": r"[0-9A-Z]{18}(?![0-9A-Z])",
}
# Any other number: letters, digits and what joins them, with a digit in it. A blank joins groups of digits, a series of
# capitals and its number, and the two halves of a Russian passport (`8208 No. 555627`).
_ANY = (
    r"(?:[A-Z]{1,3} (?=\d{3}))?(?=[^\s,;()\d]{0,40}+\d)[^\W_](?:[\w/.°№-]{0,60}[^\W_])?"
    r"(?:(?: (?:No\.? ?|№ ?)?[\d-]{2,12})(?![\w/.]))*"
)
# What a number is that its label calls so, and that has not its form.
_LOOSE: dict[IdentifierType, IdentifierType] = {
    "inn": "tax",
    "vat": "tax",
    "ogrn": "registration",
    "okpo": "registration",
    "uscc": "registration",
}
_COMPILED: dict[IdentifierType, re.Pattern[str]] = {type_: re.compile(form) for type_, form in _FORMS.items()}
_ANY_NUMBER = re.compile(_ANY)
_FORMS_OF_BIC = re.compile(r"[A-Z]{8}(?:[A-Z]{3})?")
_BEFORE = re.compile(rf"(?P<number>{_ANY})\s*[-–,(]?\s*$")
_SENTENCE = re.compile(r"[a-zà-ÿ]{3}")
_SEVERAL = re.compile(r"(?:(?<!\s)\s++)?+(?:;|[.,](?=\s)|(?<=\s)(?:/|and)(?=\s))\s*+")
_MARK = re.compile(r"\(\d\)")
_LONE = re.compile(r"(?=\S*\d)[A-Z0-9][A-Z0-9/-]{3,}")
# Behind these words a note speaks of other things: an office that issued the document, another document.
_ELSEWHERE = re.compile(r"\b(?:issued|mentioned|stated|shown|by|in|on) ", re.IGNORECASE)
_BRACKETED = re.compile(
    r"(?P<number>(?=[^\s(]*\d)[^\s(),;]+)\s*(?:[(,]\s*|(?=issued|expir|valid|revoked|cancel))(?P<beside>[^()]{2,200}?)\s*\)?"
)
# `71 2345678 (Russia), issued 3 May 2019`
_BRACKETED_FIRST = re.compile(
    r"(?P<number>(?=[^(]{0,40}\d)[A-Z0-9][A-Z0-9/ -]{2,40}?)\s*"
    r"\((?P<inside>[^()]{2,100})\)[\s,;:–-]*+(?P<behind>[^()]{2,200})"
)
_INN_AND_KPP = re.compile(r"(?P<inn>\d{10})\s*/\s*(?P<kpp>\d{9})")
# These stand by their label and form alone, wherever they do: also beside another number.
_BESIDE = frozenset(_FORMS) - {"imo", "vat"}


class _Found(NamedTuple):
    """A labelled number: where label and number begin and end."""

    type: IdentifierType
    value: str
    start: int
    end: int


def numbers_of_cell(
    published: str,
    *,
    column: IdentifierType,
    kind: Kind,
    label: str | None = None,
    country: str | None = None,
    note: str | None = None,
) -> tuple[Identifier, ...]:
    """The identifiers of one cell, in order; `column` is the type that the feed's column promises.

    `label` is the publisher's own name of the number, `kind` that of the record, `note` what stands beside the number.
    Words of the cell that are no number go to the note. Empty for a text that holds no number at all, or only dates:
    the feed keeps it.
    """
    text = tidied(published)
    given = Identifier(type=column, value=text, label=label, country=country, note=note)
    if not text or len(text) > CELL_CHARACTERS_MAX:
        return (replace(given, value=published),) if text else ()
    pieces = [piece for line in published.splitlines() for piece in cells.outside_brackets(tidied(line), ";")]
    if len(pieces) > 1 and all(any(char.isdigit() for char in piece) for piece in pieces):
        found = [one for piece in pieces for one in _of_piece(piece, replace(given, value=piece), kind)]
    else:
        found = _of_piece(text, given, kind)
    beside = [one for one in _labelled(note or "", kind) if one.type in _BESIDE]
    known = {(one.type, one.value) for one in found}
    more = [
        replace(given, type=one.type, value=one.value, note=None)
        for one in beside
        if (one.type, one.value) not in known
    ]
    return tuple(_with_document(one) for one in [*found, *more][:NUMBERS_MAX])


def _of_piece(text: str, given: Identifier, kind: Kind) -> list[Identifier]:
    return _labelled_cell(text, given, kind) or _plain_cell(text, given, kind)


def by_form(value: str, otherwise: IdentifierType, kind: Kind) -> IdentifierType:
    """The type that the form of `value` proves: LEI and ISIN by their check digits, `IMO` and seven digits; else
    `otherwise`. An IMO number is a ship's, or that of a company that owns or manages ships."""
    bare = value.upper().replace(" ", "")
    if otherwise in ("imo", "imo_company") or re.fullmatch(r"IMO(?:NO\.?|NUMBER)?:?\d{7}", bare):
        return imo_of(kind, bare[-7:])
    if otherwise != "lei" and _checks(identifiers.lei, identifiers.lei_checks, value):
        return "lei"
    # One digit checks an ISIN: of other numbers every tenth would be right.
    perhaps = otherwise in _PERHAPS_ISIN and kind != "person"
    if perhaps and _checks(identifiers.isin, identifiers.isin_checks, value):
        return "isin"
    return otherwise


# A check digit is right by chance once in ten: a company's R.F.C. (Mexico), twelve letters and digits, is no ISIN.
_PERHAPS_ISIN = frozenset({"registration", "other"})


def imo_of(kind: Kind, number: str = "") -> IdentifierType:
    """`imo` for a ship, `imo_company` for any other target with an IMO number.

    Where nobody says what the record is, the check digit of `number` does.
    """
    if kind != "unknown":
        return "imo" if kind == "vessel" else "imo_company"
    ships = bool(_SEVEN.fullmatch(number)) and identifiers.imo_checks(number)
    companys = bool(_SEVEN.fullmatch(number)) and identifiers.imo_company_checks(number)
    return "imo_company" if companys and not ships else "imo"


def _checks(read: Callable[[str], str], checks: Callable[[str], bool], value: str) -> bool:
    try:
        return checks(read(value))
    except Unreadable:
        return False


def _labelled_cell(text: str, given: Identifier, kind: Kind) -> list[Identifier]:
    """The numbers of a cell that names their kinds; empty when it does not."""
    numbers = _labelled(text, kind)
    if not numbers:
        return []
    spans = [(one.start, one.end) for one in numbers]
    rest = _outside(text, spans)
    lone = _LONE.match(text)
    first = []
    if lone and lone.end() <= spans[0][0]:
        # A number before the first label: it is the column's own, and the others stand beside it.
        first = [replace(given, type=by_form(lone[0], given.type, kind), value=lone[0])]
        rest = _outside(text, [lone.span(), *spans])
    note = "; ".join(part for part in (given.note, rest) if part) or None
    found = [replace(given, type=by_form(one.value, one.type, kind), value=one.value, note=note) for one in numbers]
    return [*(replace(one, note=note) for one in first), *found]


def _labelled(text: str, kind: Kind) -> list[_Found]:
    """Each label of `text` with the number that follows it, or that stands right before it."""
    found: list[_Found] = []
    named = find_number_labels(text[:CELL_CHARACTERS_MAX])
    for index, label in enumerate(named):
        bound = named[index + 1].start if index + 1 < len(named) else len(text)
        number = _number_of(text, label, bound, found[-1].end if found else 0)
        if number:
            type_ = imo_of(kind, number.value) if number.type == "imo" else number.type
            found.append(number._replace(type=type_))
    return found


def _number_of(text: str, label: NumberLabel, bound: int, since: int) -> _Found | None:
    position = after(text, label)
    form = _COMPILED.get(label.type, _ANY_NUMBER)
    follows = form.match(text, position, bound) if position <= bound else None
    if follows and _MARK.match(text, follows.start() - 1):
        return None
    if follows and any(char.isdigit() for char in follows[0]) | (label.type == "bic"):
        return _Found(label.type, follows[0], label.start, follows.end())
    before = _BEFORE.search(text[max(since, label.start - 80) : label.start])
    if before and form.fullmatch(before["number"]):
        start = max(since, label.start - 80) + before.start("number")
        return _Found(label.type, before["number"], start, label.end)
    return None


def _outside(text: str, spans: list[tuple[int, int]]) -> str:
    """What of `text` stands outside of labels and numbers."""
    pieces, last = [], 0
    for start, end in sorted(spans):
        pieces.append(text[last:start])
        last = max(last, end)
    pieces.append(text[last:])
    tidy = (piece.strip(" ,;:.()/-–") for piece in pieces)
    return "; ".join(piece for piece in tidy if len(piece) > 1)


def _plain_cell(text: str, given: Identifier, kind: Kind) -> list[Identifier]:
    """The numbers of a cell without labels: one, several of one kind, or one with a remark beside it."""
    form = _COMPILED.get(given.type)
    if form and form.fullmatch(text.replace(" ", "")):
        # A BIC has no digit: the form of its column tells it from words.
        value = text.replace(" ", "")
        return [replace(given, type=by_form(value, given.type, kind), value=value)]
    pair = _INN_AND_KPP.fullmatch(text)
    if pair and identifiers.inn_checks(pair["inn"]):
        return [replace(given, type="inn", value=pair["inn"]), replace(given, type="kpp", value=pair["kpp"])]
    pieces = _SEVERAL.split(text.rstrip(" .;,"))
    if len(pieces) > 1 and all(_LONE.fullmatch(piece) for piece in pieces):
        return [replace(given, type=by_form(piece, given.type, kind), value=piece) for piece in pieces]
    number, beside = _beside_a_number(text)
    if number:
        note = "; ".join(part for part in (beside, given.note) if part)
        return [replace(given, type=by_form(number, given.type, kind), value=number, note=note)]
    if given.type in _PERHAPS_ISIN and kind != "person" and _FORMS_OF_BIC.fullmatch(text):
        return [given]  # a BIC has no digit; a word in capitals may look like one, so that the column says what it is
    if issued.is_only_dates(text) or not any(char.isdigit() for char in text):
        return []
    where, _, last = text.rpartition(" ")
    if _LONE.fullmatch(last) and issued.is_country(where):
        return [replace(given, type=by_form(last, given.type, kind), value=last, country=given.country, note=where)]
    type_ = _by_note(given) or (_LOOSE.get(given.type, given.type) if form else given.type)
    return [replace(given, type=by_form(text, type_, kind))]


def _beside_a_number(text: str) -> tuple[str, str]:
    """A number and the words beside it; two empty texts for another cell."""
    one = _BRACKETED.fullmatch(text)
    if one and _SENTENCE.search(one["beside"]):
        return one["number"], one["beside"]
    two = _BRACKETED_FIRST.fullmatch(text)
    if two and (issued.is_country(two["inside"]) or _SENTENCE.search(two["behind"])):
        return two["number"], f"{two['inside']}, {two['behind']}"
    return "", ""


def _by_note(given: Identifier) -> IdentifierType | None:
    """What the words beside a number say of its kind, when the column only says that it is one."""
    if given.type not in ("national_id", "registration", "other"):
        return None
    kind, _, _ = _ELSEWHERE.sub("\0", (given.note or "")[:CELL_CHARACTERS_MAX]).partition("\0")
    named = find_number_labels(kind)
    strict = named and named[0].type in _COMPILED and not _COMPILED[named[0].type].fullmatch(given.value)
    return named[0].type if named and not strict else None


def _with_document(one: Identifier) -> Identifier:
    """`one` with the country and the dates that its note states, unless they were published apart."""
    if not one.note:
        return one
    return replace(
        one,
        country=one.country or issued.issuing_country(one.note),
        issued_on=one.issued_on or issued.issued_on(one.note),
        expires_on=one.expires_on or issued.expires_on(one.note),
    )
