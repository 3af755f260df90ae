"""How lists and announcements name one act: by a CELEX number, a citation, or the title of an instrument."""

import re

from syncd.core.canonical import text

# The year stands first since 2015 (Official Journal, numbering of acts from 1 January 2015), and always in decisions.
YEARS_FIRST = range(2015, 2100)
_NUMBER = re.compile(r"(?<!\d)(\d{1,4})/(\d{1,5})(?:/(CFSP|EC|EU|EEC))?(?!\d)")
_DASHES = re.compile(r" ?[-‐-―] ?")


def celex_of(number_title: str) -> str | None:
    """Return the CELEX number of an EU act by its number (`2022/1270 (OJ L193)` → `32022R1270`); None when there is no
    number. `/EC` and `/CFSP` behind it mark a decision, whose year stands first."""
    found = _NUMBER.search(number_title)
    if found is None:
        return None
    first, second, suffix = int(found[1]), int(found[2]), found[3]
    if suffix:
        return _celex(first, "D", second)
    return _celex(first, "R", second) if first in YEARS_FIRST else _celex(second, "R", first)


def _celex(year: int, kind: str, number: int) -> str:
    return f"3{year:04d}{kind}{number:04d}"


def act_key(feed: str, authority: str) -> str:
    """Return the form in which a list's act is compared: of a list of the EU its CELEX number, else its text without
    differences of case, blanks and dashes."""
    celex = celex_of(authority) if feed.startswith("eu_") else None
    return celex or folded_title(authority)


def folded_title(title: str) -> str:
    """Return `title` as titles are compared: without differences of letter case, blanks and dashes."""
    return _DASHES.sub("-", text(title)).casefold().rstrip(". ")
