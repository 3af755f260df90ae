"""Cells of the UN list: words that stand for an empty cell, and the country that a text names."""

import re

from syncd.core.canonical import text as tidy
from syncd.core.model import PartialDate
from syncd.errors import Unreadable
from syncd.formats.fields import Reading
from syncd.normalise import countries

# Written by the publisher's software where there is nothing.
_NOTHING = frozenset({"null", "none", "na", "n/a", "-"})
SLASH = re.compile(r"/(?:or )?")


def country_of(published: str | None, path: str, reading: Reading) -> tuple[str | None, str | None]:
    """(code, note): the text as note when it says more than the country; the text as code when nothing reads it.

    Two countries in one cell (`Sudan/South Sudan`) are none for certain: the text stands as note alone.
    """
    if published is None or countries.is_absent(published):
        return None, None
    several = [part for part in SLASH.split(published) if part.strip()]
    if len(several) > 1:
        found = {country_of(part, path, reading)[0] for part in several} - {None}
        return (found.pop() if len(found) == 1 else None), published
    unread: tuple[str, str | None] = (published, None)
    return reading.value(path, _country_or_remark, tidy(published), lambda _: unread)


def _country_or_remark(published: str) -> tuple[str | None, str | None]:
    """`countries.remarked`; a text with figures that names no country (`born in Syria in 1980`) is a remark."""
    try:
        return countries.remarked(published)
    except Unreadable:
        if any(char.isdigit() for char in published):
            return None, published
        raise


def as_published(text: str) -> tuple[PartialDate, ...]:
    """A date that nothing reads, as its text."""
    return (PartialDate(text=text),)


def together(*notes: str | None) -> str | None:
    """Notes one behind the other; None without any."""
    return "; ".join(tidy(note) for note in notes if note) or None


def stated_text(text: str | None) -> str | None:
    """The text, or None where the publisher's software wrote a word for nothing."""
    return None if text is None or text.strip().lower() in _NOTHING else text
