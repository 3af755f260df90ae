"""Keys for lists without ids: a hash of what identifies an entry, the same in any order of the rows.

An entry's key comes from its `identity` alone (regime, kind of target and name, say), so that everything else can
change without the key: a corrected date of birth is an amendment. Where several entries share an identity, each of them
gets the first further field in which all of them differ. When such a neighbour comes or goes, the key of the others
changes while their content does not: `core.rekeying` then finds a re-keying, instead of a delisting and a designation;
so it does when the identity itself is corrected in a part of it (a number, the order of the words in a name).

Positions (schedule and item, row number) never identify: publishers renumber. Nor do letter case, punctuation, blanks
and accents (`folded`): a name that is spelt `Co. Ltd` instead of `CO., LTD.` is the same name, amended.
"""

import re
from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct

from syncd.core import canonical
from syncd.core.ids import KEY_CHARACTERS, of_bytes
from syncd.normalise.texts import tidied

_NO_LETTER = re.compile(r"[\W_]+")


def folded(published: str) -> str:
    """The letters and digits of a text, without case and accents; the tidy text where it has none."""
    text = tidied(published)
    return _NO_LETTER.sub("", canonical.without_accents(text).casefold()) or text


class ContentIdentity(Struct, frozen=True, kw_only=True):
    """The published fields that identify an entry.

    `identity`: the fields whose change makes another entry. `apart`: further fields that may tell two entries of one
    identity apart, the surest first, empty ones as empty texts. `content`: all that the entry says.
    """

    identity: tuple[str, ...]
    apart: tuple[str, ...]
    content: tuple[str, ...]


def content_keys(entries: Sequence[ContentIdentity]) -> list[str]:
    """One key an entry, in the order given: 16 characters of base32, 80 bits.

    White space, Unicode form, invisible characters, letter case, accents and punctuation make no difference. Entries
    with the same content share a key.
    """
    tidied = [_tidy(entry) for entry in entries]
    groups: dict[tuple[str, ...], dict[tuple[str, ...], ContentIdentity]] = defaultdict(dict)
    for entry in tidied:
        groups[entry.identity].setdefault(entry.content, entry)
    further = {identity: _tells_apart(list(group.values())) for identity, group in groups.items()}
    return [_hash(*entry.identity, *further[entry.identity][entry.content]) for entry in tidied]


def _tidy(entry: ContentIdentity) -> ContentIdentity:
    return ContentIdentity(
        identity=tuple(map(folded, entry.identity)),
        apart=tuple(map(folded, entry.apart)),
        content=tuple(map(canonical.text, entry.content)),
    )


def _tells_apart(group: list[ContentIdentity]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """For each content of a group: nothing when it is alone, the first field that tells all apart, else everything."""
    if len(group) == 1:
        return {group[0].content: ()}
    for place in range(len(group[0].apart)):
        if len({entry.apart[place] for entry in group}) == len(group):
            return {entry.content: (str(place), entry.apart[place]) for entry in group}
    return {entry.content: entry.content for entry in group}


def _hash(*parts: str) -> str:
    return of_bytes(canonical.json_bytes(list(parts)), characters=KEY_CHARACTERS)
