"""The notice: an authority has said that it acted, and its list may not show it yet.

A notice is never screened by. The names in it are evidence for people; records come from lists alone.

A channel is one place in which an authority announces; its id is `<jurisdiction>_<place>`. An announcement is what was
read there, a notice what became of it. Times are ISO 8601 in UTC with a `Z`, dates `YYYY-MM-DD`.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct, field

from syncd.core.ids import content_id, of_bytes

Action = Literal["designated", "amended", "delisted"]
Expectation = Literal["will", "may", "never"]
State = Literal["open", "settled"]
Outcome = Literal["enacted", "not_listed", "unproven", "nothing_followed"]
Grade = Literal["certain", "likely", "possible"]
LinkedBy = Literal["act_number", "id", "name", "programme_and_date"]
NoticeType = Literal["noticed", "revised", "linked", "overdue", "settled"]

# The owner of all notices in a ledger, as `coordinator` is that of the targets.
NOTICES = "notices"
DIGEST_CHARACTERS = 16

_encode = msgspec.json.Encoder().encode


class NamedParty(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One whom an announcement names. `names`: all forms in which it does, the first as it stands first. `references`
    are ids that the authority gives its entries. `administrative`: the authority says itself that this part of the
    announcement changes nothing for the party."""

    action: Action
    names: tuple[str, ...]
    programmes: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    administrative: bool = False


class AnnouncedAct(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a channel says of one act.

    `id` is the channel's own: a slug, a CELEX number, a document's symbol; `also` are other ids of the same act (the
    decision beside a regulation). `published` is the authority's date of it. `act` is the number or title by which a
    list names the act: a CELEX number, a citation, an instrument. `references` are ids of list entries. `action`: what
    it does as a whole, where no party is named. `expects`: whether the list must show it (`will`), may, or never does,
    and `why` that is so. `documents` are addresses that it links to. `elided` lists parts of which only the first are
    here, since the page has more than an event has room for.
    """

    id: str
    url: str
    title: str
    published: str | None = None
    act: str | None = None
    also: tuple[str, ...] = ()
    action: Action | None = None
    programmes: tuple[str, ...] = ()
    parties: tuple[NamedParty, ...] = ()
    references: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    expects: Expectation = "will"
    why: str = ""
    elided: tuple[str, ...] = ()


class NoticeLink(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A change of a list that enacts a notice: the record's key, the change, the commit, when it was seen; by what it
    was linked, and how sure that is: `possible` never settles a notice. `party` is the first name of whom it is about.
    """

    feed: str
    key: str
    sequence: int
    commit: int
    seen_at: str
    action: Action
    by: LinkedBy
    grade: Grade
    party: str | None = None


class Notice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An announcement and what became of it.

    `id` is `<channel>:<id there>`. `document` is the SHA-256 of the page as it was last read, which is in the archive.
    `revision` counts from 1. `links` are the changes that enact it. `overdue_hours` is
    the last step that was said. `outcome` says how it was settled: `enacted`, `not_listed` (no list shows such an act),
    `unproven` (it may have been on the list, and nothing proves it), `nothing_followed`.
    """

    id: str
    channel: str
    announcement: AnnouncedAct
    noticed_at: str
    state: State = "open"
    revision: int = 1
    links: tuple[NoticeLink, ...] = ()
    overdue_hours: int = 0
    settled_at: str | None = None
    outcome: Outcome | None = None
    document: str | None = None


class NoticeEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said of a notice, which is given as it is then. Nobody is screened by a notice: the names in it are
    evidence for people, as a page had them, and records come from lists alone.

    `noticed`: in law, not yet on the list. `revised`: the authority changed its page. `linked`: changes of a list enact
    it; `links` are those that came with this event. `overdue`: nothing followed within `hours`. `settled`: it is
    closed, and `notice.outcome` says how. `sequence` counts up by one within a channel. `elided` lists parts left out
    for size.
    """

    channel: str
    sequence: int
    commit: int
    type: NoticeType
    committed_at: str
    notice: Notice
    links: tuple[NoticeLink, ...] = ()
    hours: int | None = None
    elided: tuple[str, ...] = ()


class ChannelState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a channel was read. `seen`: the digests of the announcements that it showed, by id, the latest last.
    `news_at`: when it last showed something new; `baselined_at`: when it was first read; `reader_version`: of the
    reader that read it last. `seal`: a digest over the events after the sequence `sealed_after`, by which `verify`
    finds what was changed behind it."""

    sequence: int = 0
    seal: str = ""
    sealed_after: int = 0
    baselined_at: str = ""
    news_at: str = ""
    reader_version: int = 0
    seen: dict[str, str] = field(default_factory=dict)


class NoticesState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What goes with the notices in each commit. `cursor`: of each list, the last change that is never read again;
    those after it are read anew by who takes over, since a notice may come after the change that enacts it. `live` is
    how many notices are kept as rows."""

    commit: int = 0
    committed_at: str = ""
    cursor: dict[str, int] = field(default_factory=dict)
    channels: dict[str, ChannelState] = field(default_factory=dict)
    live: int = 0

    @property
    def sequences(self) -> dict[str, int]:
        """Of each channel, the sequence of its last event."""
        return {name: channel.sequence for name, channel in self.channels.items() if channel.sequence}


class NoticesCommit(Struct, frozen=True, kw_only=True):
    """One transaction: events, rows of notices (None: the notice is not kept any longer), and the state."""

    state: NoticesState
    events: tuple[NoticeEvent, ...] = ()
    notices: Mapping[str, bytes | None] = field(default_factory=dict)

    def apply_to(self, rows: dict[str, bytes]) -> None:
        """Write to `rows` what this commit writes."""
        for name, row in self.notices.items():
            if row is None:
                rows.pop(name, None)
            else:
                rows[name] = row


def announced_digest(announcement: AnnouncedAct) -> str:
    """Return 16 characters that are equal as long as the announcement says the same."""
    return of_bytes(_encode(announcement), characters=DIGEST_CHARACTERS)


def notice_event_id(event: NoticeEvent) -> str:
    """Return the id of an event, made of what it says: a commit that is tried again gives the same ids."""
    links = ",".join(f"{link.feed}/{link.sequence}" for link in event.links)
    said = (event.notice.id, event.type, str(event.notice.revision), str(event.hours or ""), links)
    return content_id(event.channel, str(event.sequence), *said)
