"""An authority's ids in their canonical form, which makes the record's key.

Publishers change the letter case of an id, put blanks and invisible characters into it, and take them out again; the
target stays the same. The id as published stands in `Record.published_id` when it is another text.
"""

import re
import unicodedata

from syncd.core import canonical
from syncd.errors import MissingField

ID_CHARACTERS_MAX = 200
_BLANKS = re.compile(r"\s+")
# What a keyboard or a word processor writes in place of a hyphen: non-breaking and figure hyphens, dashes, a minus.
_HYPHENS = re.compile("[\u2010-\u2015\u2212]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")


def upper(published: str) -> str:
    """`published` in capitals, without blanks and invisible characters: `rus 9001` → `RUS9001`. Full-width characters
    (`００２－１`) are usual ones, and dashes are hyphens.

    Raises MissingField for a text that is no id: blank, longer than `ID_CHARACTERS_MAX`, or with control characters.
    """
    return _checked(_BLANKS.sub("", in_usual_characters(published)).upper(), published)


def in_usual_characters(published: str) -> str:
    """`published` tidied, with usual characters in place of full-width ones and hyphens in place of dashes."""
    return _HYPHENS.sub("-", canonical.text(unicodedata.normalize("NFKC", published)))


def spaced(published: str) -> str:
    """`published` without invisible characters and with single spaces, letter case kept: for an authority whose ids
    are texts. Raises MissingField like `upper`."""
    return _checked(canonical.text(published), published)


def _checked(canonical_id: str, published: str) -> str:
    if not canonical_id:
        raise MissingField("the id is blank")
    if len(canonical_id) > ID_CHARACTERS_MAX:
        raise MissingField(f"the id has {len(canonical_id)} characters, more than {ID_CHARACTERS_MAX}")
    if _CONTROLS.search(published.strip()):
        raise MissingField("the id holds control characters")
    return canonical_id
