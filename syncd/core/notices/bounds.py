"""How large an announcement and an event may be, whatever a page holds; what is left out is named in `elided`.

A page is another's: it may hold ten thousand names, or one of a million letters. An event that no message has room for
would stop the announcements of every authority.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from syncd.core.notices.notice import AnnouncedAct, NamedParty, NoticeEvent

EVENT_BYTES_MAX = 900_000
PARTIES_MAX = 1000
NAMES_MAX = 60
# Of all names together, and of all references and programmes: what an event has room for, whatever letters they have.
NAMES_CHARACTERS_MAX = 60_000
MARKS_CHARACTERS_MAX = 60_000
REFERENCES_MAX = 5000
TEXT_CHARACTERS_MAX = 500
WORD_CHARACTERS_MAX = 100
ID_CHARACTERS_MAX = 200
URL_CHARACTERS_MAX = 1000
DOCUMENTS_MAX = 60

_encode = msgspec.json.Encoder().encode
_T = TypeVar("_T")


class _Room:
    """What is left for texts of one sort."""

    def __init__(self, characters: int) -> None:
        self._left = characters

    def take(self, texts: Sequence[str]) -> bool:
        """Whether there is room for all of `texts`, which is taken then."""
        self._left -= sum(map(len, texts))
        return self._left >= 0


def bounded(announcement: AnnouncedAct) -> AnnouncedAct:
    """Return `announcement` within the bounds of an event: the first parties and references until they fill it. Texts
    are cut; parts that are left out are named in `elided`. What is within the bounds stays as it is."""
    names, marks = _Room(NAMES_CHARACTERS_MAX), _Room(MARKS_CHARACTERS_MAX)
    parties = _first(map(_party, announcement.parties[:PARTIES_MAX]), lambda one: _fits(one, names, marks))
    references = _first(_words(announcement.references[:REFERENCES_MAX]), lambda one: marks.take((one,)))
    addresses = [url for url in announcement.documents if _is_address(url)]
    found = replace(
        announcement,
        id=announcement.id[:ID_CHARACTERS_MAX],
        url=announcement.url if _is_address(announcement.url) else "",
        title=announcement.title[:TEXT_CHARACTERS_MAX],
        act=announcement.act[:TEXT_CHARACTERS_MAX] if announcement.act else None,
        also=_words(announcement.also[:NAMES_MAX]),
        programmes=_words(announcement.programmes[:NAMES_MAX]),
        parties=parties,
        references=references,
        documents=tuple(addresses[:DOCUMENTS_MAX]),
        why=announcement.why[:TEXT_CHARACTERS_MAX],
    )
    counted = {name: len(getattr(announcement, name)) for name in ("parties", "references", "programmes", "also")}
    lost = [name for name, count in counted.items() if len(getattr(found, name)) < count]
    lost += ["names"] if any(len(a.names) < len(b.names) for a, b in _pairs(parties, announcement.parties)) else []
    lost += ["documents"] if len(addresses) > DOCUMENTS_MAX else []
    return replace(found, elided=tuple(dict.fromkeys((*announcement.elided, *lost))))


def _pairs(kept: Sequence[NamedParty], all_of: Sequence[NamedParty]) -> Iterable[tuple[NamedParty, NamedParty]]:
    return zip(kept, all_of, strict=False)


def _party(party: NamedParty) -> NamedParty:
    return replace(
        party,
        names=tuple(name[:TEXT_CHARACTERS_MAX] for name in party.names[:NAMES_MAX]),
        programmes=_words(party.programmes[:NAMES_MAX]),
        references=_words(party.references[:NAMES_MAX]),
    )


def _fits(party: NamedParty, names: _Room, marks: _Room) -> bool:
    return names.take(party.names) and marks.take((*party.programmes, *party.references))


def _words(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word[:WORD_CHARACTERS_MAX] for word in words)


def _first(some: Iterable[_T], fits: Callable[[_T], bool]) -> tuple[_T, ...]:
    """Those before the first that does not fit."""
    found: list[_T] = []
    for one in some:
        if not fits(one):
            break
        found.append(one)
    return tuple(found)


def _is_address(url: str) -> bool:
    return url.startswith(("https://", "http://")) and len(url) <= URL_CHARACTERS_MAX


# In this order: the row of the notice, which the ledger keeps, has all of them.
_LEFT_OUT: dict[str, Callable[[NoticeEvent], NoticeEvent]] = {
    "notice.links": lambda event: replace(event, notice=replace(event.notice, links=())),
    "notice.announcement.parties": lambda event: replace(
        event, notice=replace(event.notice, announcement=replace(event.notice.announcement, parties=()))
    ),
    "links": lambda event: replace(event, links=()),
}


def fitted_notice(event: NoticeEvent, bytes_max: int = EVENT_BYTES_MAX) -> NoticeEvent:
    """Return `event` in at most `bytes_max` bytes of JSON: parts are left out until it fits, and named in `elided`."""
    for part, without in _LEFT_OUT.items():
        if len(_encode(event)) <= bytes_max:
            break
        event = replace(without(event), elided=(*event.elided, part))
    return event
