"""Identifiers in one form each. Functions raise Unreadable for a text that is not of that kind.

A wrong check digit is no reason to drop a number that an authority published: the readers look at the form alone, and
the `…_checks` functions say whether the digit is right.
"""

import re

from syncd.errors import Unreadable

_IMO = re.compile(r"^\s*+(?:IMO)?\s*+(?:number|no\.?|№|#)?\s*+:?\s*+(\d{7})\s*+$", re.IGNORECASE)
_LEI = re.compile(r"^[A-Z0-9]{18}\d{2}$")
_ISIN = re.compile(r"^[A-Z]{2}[A-Z0-9]{9}\d$")
_UN = re.compile(r"\b([A-Z]{2})\s?([iev])\s?\.\s?(\d{3})\b", re.IGNORECASE)
_EU = re.compile(r"\bEU\s?\.\s?(\d{1,6})\s?\.\s?(\d{1,3})\b", re.IGNORECASE)

# Committees whose references the lists use: the letters before `i` (individual), `e` (entity) or `v` (vessel).
_UN_COMMITTEES = frozenset(
    {"CD", "CF", "GB", "HT", "IQ", "IR", "KP", "LB", "LY", "ML", "QD", "SD", "SO", "SS", "TA", "YE"}
)


def imo(text: str) -> str:
    """Return the seven digits of an IMO number (ships and companies), without `IMO`. Raises Unreadable."""
    return _matched(_IMO, text, "an IMO number has seven digits")


def imo_checks(number: str) -> bool:
    """Whether the last of a ship's seven digits is right: the others times 7 … 2, summed, end in it."""
    weighed = sum(int(digit) * weight for digit, weight in zip(number, range(7, 1, -1), strict=False))
    return weighed % 10 == int(number[-1])


def imo_company_checks(number: str) -> bool:
    """Whether the last of a company's seven digits is right: the others times 8, 6, 4, 2, 9, 7, summed modulo 11, taken
    from 11, the last digit of that.

    The rule is read off the numbers themselves: it holds for 379 of the 382 that OFAC published until September 2025,
    and for one ship's number in ten.
    """
    weighed = sum(int(digit) * weight for digit, weight in zip(number, (8, 6, 4, 2, 9, 7), strict=False))
    return (11 - weighed % 11) % 10 == int(number[-1])


def lei(text: str) -> str:
    """Return a Legal Entity Identifier (ISO 17442) in upper case. Raises Unreadable."""
    return _compact(_LEI, text, "an LEI has eighteen letters or digits and two check digits")


def lei_checks(value: str) -> bool:
    """Whether the two check digits are right (ISO 7064, mod 97-10)."""
    return int("".join(str(int(char, 36)) for char in value)) % 97 == 1


def isin(text: str) -> str:
    """Return an ISIN (ISO 6166) in upper case. Raises Unreadable."""
    return _compact(_ISIN, text, "an ISIN has two letters, nine letters or digits and a check digit")


def isin_checks(value: str) -> bool:
    """Whether the check digit is right (Luhn over the digits, letters counted as two)."""
    digits = [int(digit) for digit in "".join(str(int(char, 36)) for char in value)]
    doubled = [2 * digit if place % 2 else digit for place, digit in enumerate(reversed(digits))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def inn_checks(value: str) -> bool:
    """Whether the check digits of a Russian taxpayer number (ИНН) of ten or twelve digits are right (Order of the
    Federal Tax Service ММВ-7-6/435@)."""
    digits = [int(digit) for digit in value if digit in "0123456789"]
    if len(digits) != len(value) or len(digits) not in (10, 12):
        return False
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    checked = (9,) if len(digits) == 10 else (10, 11)
    return all(
        sum(digit * weight for digit, weight in zip(digits[:at], weights[-at:], strict=True)) % 11 % 10 == digits[at]
        for at in checked
    )


def un_reference(text: str) -> str:
    """Return a UN reference as the UN spells it: `CDi. 037`, `QDE.145` → `CDi.037`, `QDe.145`. Raises Unreadable."""
    found = _UN.fullmatch(text.strip())
    if found is None:
        raise Unreadable(text, "a UN reference is two letters, i, e or v, a point and three digits")
    return _un(found)


def un_references(text: str) -> tuple[str, ...]:
    """Return all references of known UN committees in a text, each once, in order."""
    known = (found for found in _UN.finditer(text) if found[1].upper() in _UN_COMMITTEES)
    return tuple(dict.fromkeys(_un(found) for found in known))


def eu_reference(text: str) -> str:
    """Return an EU reference, `EU.27.28`. Raises Unreadable."""
    found = _EU.fullmatch(text.strip())
    if found is None:
        raise Unreadable(text, "an EU reference is EU, a number and a number, with points between")
    return f"EU.{found[1]}.{found[2]}"


def _un(found: re.Match[str]) -> str:
    return f"{found[1].upper()}{found[2].lower()}.{found[3]}"


def _matched(pattern: re.Pattern[str], text: str, why: str) -> str:
    found = pattern.match(text)
    if found is None or not found[1].isascii():
        raise Unreadable(text, why)
    return found[1]


def _compact(pattern: re.Pattern[str], text: str, why: str) -> str:
    value = re.sub(r"[\s\-]", "", text).upper()
    if not pattern.match(value) or not value.isascii():
        raise Unreadable(text, why)
    return value
