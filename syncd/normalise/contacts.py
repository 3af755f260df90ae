"""Contacts of a published cell: telephone and fax numbers, e-mail addresses and websites, each for itself.

Cells hold several of a kind (`+963 11 6183333; +963 11 31913333`), of several kinds (`info@x.example. www.x.example`)
and with their labels (`Télécopie : …`). A cell is cut only where every piece is a contact; else it stays whole.
"""

import re

from syncd.core.model import Contact, ContactType
from syncd.normalise import cells
from syncd.normalise.texts import tidied, tidied_lines

CELL_CHARACTERS_MAX = 2_000

_END = r"(?: (?:number|no|address))?[\s:.]+"
_LABELS: tuple[tuple[re.Pattern[str], ContactType], ...] = (
    (re.compile(rf"(?:(?:tele)?fax|télécopi(?:e|eur)){_END}", re.IGNORECASE), "fax"),
    (re.compile(rf"(?:(?:tele)?phone|tel|téléphone|mobile){_END}", re.IGNORECASE), "phone"),
    (re.compile(rf"(?:e-?mail|courriel){_END}", re.IGNORECASE), "email"),
    (re.compile(rf"(?:web\s?site|site internet){_END}", re.IGNORECASE), "website"),
)
_EMAIL = re.compile(r"[^\s@;,:<>()]{1,64}@(?:[^\s@;,<>().]{1,63}\.){1,6}[^\s@;,<>().]{2,24}")
_WEBSITE = re.compile(r"(?:https?://|www\.)\S+|(?:[^\W_][\w-]{0,62}\.){1,6}[a-z]{2,24}(?:/\S*)?", re.IGNORECASE)
_PHONE = re.compile(
    r"\+?[\d(][\d ().\-–/]{3,38}\d\)?(?:\s*(?:ext\.?|x)\s*\d{1,6})?(?:\s*\([^()\d]{1,40}\))?", re.IGNORECASE
)
_DIGITS_MIN = 5
# A blank after an at sign, a dot or a hyphen of an address that was broken over two lines.
_BROKEN_EMAIL = re.compile(r"(?<=@)\s|\s(?=@)")
# Strong separators first; a comma, a point or a word may also stand inside one number.
_SEPARATORS = (
    re.compile(r" ?[;\n] ?(?:and )?"),
    re.compile(r" ?[;\n] ?(?:and )?| ?, ?(?:and )?|\. | (?:and|or|et|ou) | / "),
    re.compile(r" ?[;,\n] ?(?:and )?|\. | (?:and|or|et|ou) | / | "),
)


def contacts_of_cell(published: str, column: ContactType, note: str | None = None) -> tuple[Contact, ...]:
    """The contacts of one cell, in order; `column` is the kind that the feed's field promises."""
    if len(published) > CELL_CHARACTERS_MAX:
        return (Contact(type=column, value=published, note=note),)
    text = tidied_lines(published)
    if column == "email":
        text = _BROKEN_EMAIL.sub("", text)
    found = [one for value in cells.numbered(text) for one in _apart(value, column, note)]
    return tuple(dict.fromkeys(found))


def _apart(text: str, column: ContactType, note: str | None) -> list[Contact]:
    whole = _contact(tidied(text), column, note)
    for separator in _SEPARATORS:
        pieces = [piece.strip(" ,;") for piece in separator.split(text) if piece.strip(" .,;")]
        found = [_contact(piece, column, note) for piece in pieces]
        if len(found) > 1 and all(_is_one(one) for one in found):
            return found
    return [whole] if whole.value else []


def _contact(text: str, column: ContactType, note: str | None) -> Contact:
    """One contact, of the kind that its label or its form says, else of that of its column."""
    for label, type_ in _LABELS:
        labelled = label.match(text)
        if labelled and labelled.end() < len(text):
            return Contact(type=type_, value=text[labelled.end() :].strip(), note=note)
    bare = text.rstrip(".")
    if column != "email" and _EMAIL.fullmatch(bare):
        return Contact(type="email", value=bare, note=note)
    if column in ("email", "phone", "fax") and _WEBSITE.fullmatch(bare) and not _PHONE.fullmatch(bare):
        return Contact(type="website", value=bare, note=note)
    return Contact(type=column, value=bare if _is_one(Contact(type=column, value=bare)) else text, note=note)


def _is_one(contact: Contact) -> bool:
    """Whether the value has the form of exactly one contact of its kind."""
    if contact.type == "email":
        return _EMAIL.fullmatch(contact.value) is not None
    if contact.type == "website":
        return _WEBSITE.fullmatch(contact.value) is not None
    digits = sum(char.isdigit() for char in contact.value)
    return digits >= _DIGITS_MIN and _PHONE.fullmatch(contact.value) is not None
