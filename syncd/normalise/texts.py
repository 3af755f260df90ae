"""Published text → text that patterns may see: unescaped and tidied, once, where a field is taken.

Publishers escape twice (`&amp;amp;`, `&amp;#39;`) and wrap lines inside values. A reader of a field gets its text
from here, so that no pattern meets an entity, a line break with indentation or an invisible character that says
nothing.
"""

import html
import re

from syncd.core import canonical

# Three rounds are more than any publisher was seen to escape.
_ROUNDS_MAX = 3
DIGITS_MAX = 18
# Between letters of Arabic script and of the scripts of India, Burma and Cambodia the two joiners spell a word, and of
# a Persian name two pieces; anywhere else they are invisible and published at random.
_SPELLING = "\u0600-\u077f\u0870-\u0dff\u1000-\u109f\u1780-\u17ff\ufb50-\ufdff\ufe70-\ufefc"
_JOINER = re.compile(f"(?<=[{_SPELLING}])([\u200c\u200d])(?=[{_SPELLING}])")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def tidied(published: str) -> str:
    """`published` unescaped, in NFC, without invisible characters, on one line with single spaces. The joiners of
    scripts that spell with them stay; digests leave them out."""
    text = unescaped(published)
    if text.isascii() or not ("\u200c" in text or "\u200d" in text):
        return canonical.text(text)
    pieces = _JOINER.split(text)
    return "".join(piece if place % 2 else canonical.text(piece) for place, piece in enumerate(pieces))


def tidied_lines(published: str) -> str:
    """Like `tidied`, for a cell in which a line break separates values: each line by itself, blank ones left out."""
    lines = (tidied(line) for line in unescaped(published).splitlines())
    return "\n".join(line for line in lines if line)


def unescaped(published: str) -> str:
    """`published` without character references, however often they were escaped. `AT&T` stays."""
    for _ in range(_ROUNDS_MAX):
        if "&" not in published:
            break
        published = _ENTITY.sub(lambda entity: html.unescape(entity[0]), published)
    return published


def whole_number(text: str) -> int | None:
    """Return the number that a text of decimal digits, of any script, says; None for another text, and for a number
    longer than any that orders or dates something."""
    return int(text) if text.isdecimal() and len(text) <= DIGITS_MAX else None
