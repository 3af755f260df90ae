"""FollowTheMoney: one record as the entity of its party (`ftm_party`) and those that hang on it (`ftm_beside`).

The mapping looks at one record alone: so a list streams, and a commit's entities are the difference of its records.
An id is made of feed and key and stays with the key; the ids beside it are made of what they say. An id has letters,
digits, points and dashes alone, which is all that FollowTheMoney allows; another source id stands as its hash.
"""

from collections.abc import Iterator

import msgspec

from syncd.core.model import Record
from syncd.exports import ftm_beside, ftm_party
from syncd.exports.ftm_party import FtmDraft, FtmEntity
from syncd.exports.listing import ListFacts

_encode = msgspec.json.Encoder().encode


def entities(record: Record, facts: ListFacts) -> Iterator[FtmEntity]:
    """Yield the entity of a record, then those that hang on it, in the order of the record."""
    draft = ftm_party.party(record, facts)
    beside: dict[str, FtmDraft] = {}
    for made in ftm_beside.beside(record, facts, draft):
        # Two that say the same are one, with what either says more.
        beside.setdefault(made.id, made).merge(made)
    yield draft.finished(record.feed, target=True)
    yield from (one.finished(record.feed) for one in beside.values())


def entity_line(entity: FtmEntity) -> bytes:
    """Return the line of an entity."""
    return _encode(entity) + b"\n"
