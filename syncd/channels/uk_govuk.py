"""The change notes of the UK Sanctions List's own page on GOV.UK.

The present form of the UK's notices was not seen; a note says that the list was updated, and mostly under which regime,
never whom. So nothing here is ever overdue.
"""

import re
from datetime import date

import msgspec
from msgspec import Struct

from syncd.channels.contract import AnnouncedAct, ChannelIndex, NoticeChannel, Question
from syncd.core import canonical
from syncd.core.notices.board import ChannelRules
from syncd.core.times import instant
from syncd.errors import DocumentRefused
from syncd.formats.json import UNDECODABLE

PAGE = "/government/publications/the-uk-sanctions-list"
API = f"https://www.gov.uk/api/content{PAGE}"
NOTES_MAX = 30
_REGIME = re.compile(r"The [A-Z][^.;:]{2,80}? \(Sanctions\) (?:\(EU Exit\) )?Regulations \d{4}")


class _Note(Struct):
    note: str
    public_timestamp: str


class _ContentDetails(Struct):
    change_history: list[_Note]


class _Content(Struct):
    details: _ContentDetails


_content = msgspec.json.Decoder(_Content)


def read_notes(body: bytes, _: str) -> tuple[AnnouncedAct, ...]:
    """Return the latest change notes, newest first. Raises DocumentRefused when the answer has none."""
    try:
        notes = _content.decode(body).details.change_history
    except UNDECODABLE:
        raise DocumentRefused("the answer is no content of GOV.UK with a history of changes") from None
    # A note is known by its second alone: notes of one second are one announcement with the words of all.
    dated: dict[str, dict[str, None]] = {}
    for note in notes:
        if at := instant(note.public_timestamp):
            dated.setdefault(at, {})[canonical.text(note.note)] = None
    if not dated:
        raise DocumentRefused("the page's history of changes is empty")
    return tuple(
        _announcement(at, " / ".join(sorted(said))) for at, said in sorted(dated.items(), reverse=True)[:NOTES_MAX]
    )


def _announcement(at: str, title: str) -> AnnouncedAct:
    return AnnouncedAct(
        id=at,
        url=f"https://www.gov.uk{PAGE}",
        title=title,
        published=at,
        programmes=tuple(dict.fromkeys(_REGIME.findall(title))),
        expects="may",
        why="a change note names nobody",
    )


def _question(_: date) -> Question:
    return Question(url=API, accept="application/json")


CHANNEL = NoticeChannel(
    id="uk_govuk",
    slot=5,
    title="GOV.UK, change notes of the UK Sanctions List",
    jurisdiction="GB",
    authority="Foreign, Commonwealth and Development Office",
    homepage=f"https://www.gov.uk{PAGE}",
    rules=ChannelRules(id="uk_govuk", feeds=("uk_sl",), overdue_hours=(24,), names_days=2, flood=NOTES_MAX // 2),
    indexes=(ChannelIndex(name="content", question=_question, read=read_notes, typical_bytes=30_000),),
    interval_seconds=300,
    silence_days=30,
    evidence="documented",
    unproven=("The answer of GOV.UK was not seen, nor any notice in its present form.",),
    quirks=("The present form of the UK's notices was not seen: change notes alone are read.",),
)
