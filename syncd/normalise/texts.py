"""Published text → text that patterns may see: unescaped and tidied, once, where a field is taken.

Publishers escape twice (`&amp;amp;`, `&amp;#39;`) and wrap lines inside values. Whoever reads a field gets its text
from here, so that no pattern meets an entity, a line break with indentation or an invisible character.
"""

import html
import re

from syncd.core import canonical

# Three rounds are more than any publisher was seen to escape.
_ROUNDS_MAX = 3
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def tidied(published: str) -> str:
    """`published` unescaped, in NFC, without invisible characters, on one line with single spaces."""
    return canonical.text(unescaped(published))


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
