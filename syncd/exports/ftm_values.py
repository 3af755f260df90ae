"""Published values as FollowTheMoney takes them: cleaned beforehand, because its readers take a file as it stands.

Each function returns the value in that form, or nothing where it has none; then the value goes into the notes.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from syncd.core.model import Address, PartialDate, Place
from syncd.normalise import identifiers

# A range is written out year by year; a longer one says too little to be matched by.
YEARS_MAX = 10
PHONE_DIGITS_MIN, PHONE_DIGITS_MAX = 7, 15

# Withdrawn codes of ISO 3166-1, by the four letters of 3166-3 where those are known; None where no code is.
_COUNTRIES: Mapping[str, str | None] = {"AN": None, "CS": "cshh", "SU": "suhh", "YD": None, "YU": "yucs"}
_DAY = re.compile(r"[12]\d{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?", re.ASCII)
_PHONE = re.compile(r"(?:\+|00)[\d ().\-–/]{7,40}", re.ASCII)
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,6}[A-Za-z]{2,24}"
)
_WEBSITE = re.compile(
    r"(?:https?://)?(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,6}[A-Za-z]{2,24}(?:/[!-~]*)?"
)
_BREAKS = re.compile(r"\r\n|[\n\t;]")
_COMMAS = re.compile(r",(?: ?[,.])+")
_QUOTES = "\"'"
_SSN = re.compile(r"(?!000|666|9)\d{3}-?(?!00)\d{2}-?(?!0000)\d{4}", re.ASCII)
_BIC = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC = re.compile(rf"[159Y][1239]\d{{6}}[{_USCC_LETTERS}]{{10}}")


def country(code: str) -> str | None:
    """Return FollowTheMoney's code of a country of the model; None where it has none."""
    return _COUNTRIES.get(code, code.lower())


def dates(published: PartialDate) -> tuple[str, ...]:
    """Return the dates by which `published` can be matched: itself, its year where it is about, each year of a range of
    at most ten. Empty for an open or longer range, for another calendar, and for what is no date."""
    if published.calendar is not None:
        return ()
    if published.date is not None:
        return tuple(_days(published.date[:4] if published.circa else published.date))
    if not (published.start and published.end):
        return ()
    return tuple(_days(*_between(published.start, published.end, circa=published.circa)))


def _between(start: str, end: str, *, circa: bool) -> Iterator[str]:
    if start[:7] == end[:7] and len(min(start, end, key=len)) >= 7 and not circa:
        yield start[:7]
        return
    if not (start[:4].isdigit() and end[:4].isdigit()):
        return
    first, last = int(start[:4]), int(end[:4])
    if last - first < YEARS_MAX:
        yield from (f"{year:04}" for year in range(first, last + 1))


def _days(*texts: str) -> Iterator[str]:
    yield from (text for text in texts if _DAY.fullmatch(text))


def date_words(published: PartialDate) -> str:
    """Return all that is said of a date, in words."""
    about = "about " if published.circa else ""
    span = f"{published.start or '…'} to {published.end or '…'}" if published.start or published.end else ""
    when = published.date or span or published.text or ""
    calendar = f" ({published.calendar} calendar)" if published.calendar else ""
    return f"{about}{when}{calendar}{': ' + published.note if published.note else ''}"


def name_text(published: str) -> str:
    """Return a name without the straight quotation marks around the whole of it."""
    bare = " ".join(published.split())
    return bare[1:-1] if len(bare) > 2 and bare[0] in _QUOTES and bare[-1] in _QUOTES else bare


def phone(published: str) -> str | None:
    """Return an international number with its digits alone behind the plus; None for any other."""
    if not _PHONE.fullmatch(published):
        return None
    digits = "".join(char for char in published if char.isdigit()).removeprefix("00")
    return f"+{digits}" if PHONE_DIGITS_MIN <= len(digits) <= PHONE_DIGITS_MAX else None


def email(published: str) -> str | None:
    """Return an address with its domain in lower case; None for what is none."""
    bare = published.strip()
    if not _EMAIL.fullmatch(bare):
        return None
    local, _, domain = bare.rpartition("@")
    return f"{local}@{domain.lower()}"


def website(published: str) -> str | None:
    """Return an address with its scheme and its host in lower case; None for what is none."""
    bare = published.strip()
    if not _WEBSITE.fullmatch(bare):
        return None
    scheme, _, rest = bare.rpartition("://") if "://" in bare else ("http", "", bare)
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower()}{slash}{path}"


def address_text(of: Address | Place) -> str:
    """Return an address or a place in one line, its parts in the published order, the country left out."""
    lines = of.lines if isinstance(of, Address) else ()
    parts = (of.full, *lines, of.city, of.region, of.postal_code)
    joined = ", ".join(dict.fromkeys(part for part in parts if part))
    text = _COMMAS.sub(", ", _BREAKS.sub(", ", joined))
    return " ".join(text.split()).strip(" ,")


def checked_imo(value: str) -> str | None:
    """Return the number of a ship or of its company as `IMO9074729`; None where its last digit is wrong."""
    digits = value.upper().removeprefix("IMO").strip()
    if len(digits) != 7 or not digits.isascii() or not digits.isdigit():
        return None
    return f"IMO{digits}" if identifiers.imo_checks(digits) or identifiers.imo_company_checks(digits) else None


def inn(value: str) -> str | None:
    """Return a Russian taxpayer number; None where its check digits are wrong."""
    is_number = value.isascii() and value.isdigit() and len(value) in (10, 12)
    return value if is_number and identifiers.inn_checks(value) else None


def ogrn(value: str) -> str | None:
    """Return a Russian state registration number of 13 or 15 digits; None where its last digit is wrong: the others
    modulo 11 or 13, of which the last digit counts (order of the Federal Tax Service ЕД-7-14/617)."""
    if not (value.isascii() and value.isdigit()) or value[0] == "0" or len(value) not in (13, 15):
        return None
    return value if int(value[:-1]) % (len(value) - 2) % 10 == int(value[-1]) else None


def checked_lei(value: str) -> str | None:
    """Return a Legal Entity Identifier; None where its check digits are wrong."""
    bare = value.upper()
    is_code = len(bare) == 20 and bare.isascii() and bare.isalnum()
    return bare if is_code and identifiers.lei_checks(bare) else None


def bic(value: str) -> str | None:
    """Return the eight characters of the bank and its place; None where it is no BIC (ISO 9362)."""
    bare = value.upper().replace(" ", "")
    return bare[:8] if _BIC.fullmatch(bare) else None


def uscc(value: str) -> str | None:
    """Return a Chinese social credit code; None where its check character is wrong (GB 32100-2015: the others times
    powers of 3, modulo 31)."""
    bare = value.upper()
    if not _USCC.fullmatch(bare):
        return None
    total = sum(_USCC_LETTERS.index(char) * pow(3, at, 31) for at, char in enumerate(bare[:-1]))
    return bare if _USCC_LETTERS[-total % 31] == bare[-1] else None


def social_security(value: str) -> str | None:
    """Return the nine digits of an American social security number; None for any other."""
    return value.replace("-", "") if _SSN.fullmatch(value) else None


def as_it_stands(value: str) -> str | None:
    """Return a value whose form FollowTheMoney leaves to the publisher."""
    return value


CheckedForm = Callable[[str], str | None]
