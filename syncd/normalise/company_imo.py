"""IMO numbers of companies that stand in a text: remarks, reasons, addresses.

The International Maritime Organization numbers companies and owners (resolution A.1117(30)) apart from ships.
A text about a company may name ships too: seven digits that check as a ship's alone are a ship's.
"""

import re
import unicodedata
from collections.abc import Iterable

from syncd.core.model import Identifier, Kind
from syncd.normalise.identifiers import imo_checks, imo_company_checks

LABEL = "IMO number"
_NUMBER = re.compile(
    r"(?P<company>\bcompany\s++)?(?:\bnumber\s++)?(?<![A-Za-z])IMO(?![A-Za-z])\s*+(?:番号|company)?\s*+"
    r"(?:number|numbers|no\.?|#)?\s*+:?\s*+(?P<number>\d{7})(?!\d)",
    re.IGNORECASE,
)


def of_texts(texts: Iterable[str], kind: Kind) -> tuple[Identifier, ...]:
    """The numbers of the company that the record is about, each once. None for a ship and for a person."""
    if kind not in ("organisation", "unknown"):
        return ()
    plain = (unicodedata.normalize("NFKC", text) for text in texts)
    found = [match for text in plain for match in _NUMBER.finditer(text)]
    numbers = dict.fromkeys(match["number"] for match in found if match["company"] or not _is_ships(match["number"]))
    return tuple(Identifier(type="imo_company", value=number, label=LABEL) for number in numbers)


def with_numbers_of_texts(found: Iterable[Identifier], texts: Iterable[str], kind: Kind) -> tuple[Identifier, ...]:
    """`found`, each once, and the numbers of `texts` that are not among them."""
    known = dict.fromkeys(found)
    values = {identifier.value for identifier in known}
    return (*known, *(one for one in of_texts(texts, kind) if one.value not in values))


def _is_ships(number: str) -> bool:
    return imo_checks(number) and not imo_company_checks(number)
