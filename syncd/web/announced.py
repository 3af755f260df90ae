"""The notices for the port: those that a list has not followed, with their ages, and those that explain a hold."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from syncd.channels import all_channels
from syncd.core.notices.enactments import name_forms
from syncd.core.notices.notice import Notice
from syncd.ledger.contract import Ledger
from syncd.web.lines import HoldCard, clipped

TITLE_CHARACTERS_MAX: Final = 200
KEPT_MAX: Final = 2000


class NoticeRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One act that is in law and that no list shows yet, or not wholly. `since` is the authority's date, or when it was
    noticed; `named` of its parties `found` are on a list. `lists` are those that must follow."""

    notice: str
    channel: str
    authority: str
    title: str
    url: str
    since: str
    noticed_at: str
    lists: tuple[str, ...]
    named: int = 0
    found: int = 0
    overdue_hours: int = 0
    expects: str = "will"


class NoticesView:
    """Notices as they are followed: of each the last that was said."""

    def __init__(self) -> None:
        self._notices: dict[str, Notice] = {}
        self._position: dict[str, int] = {}

    async def begin(self, ledger: Ledger) -> None:
        """Begin anew where the ledger is another: one that has not come as far."""
        state, _ = await ledger.live_notices()
        if any(state.sequences.get(channel, 0) < at for channel, at in self._position.items()):
            self._notices.clear()
            self._position.clear()

    async def follow(self, ledger: Ledger) -> None:
        """Keep what is said of each notice. Ends only with the ledger's error or a cancellation."""
        async for event in ledger.notices(dict(self._position), follow=True):
            self._position[event.channel] = event.sequence
            self._notices.pop(event.notice.id, None)
            self._notices[event.notice.id] = event.notice
            if len(self._notices) > KEPT_MAX:
                del self._notices[self._first_to_go()]

    def _first_to_go(self) -> str:
        settled = (name for name, notice in self._notices.items() if notice.state == "settled")
        return next(settled, next(iter(self._notices)))

    def latest(self) -> list[Notice]:
        """Return the notices, the one that was last spoken of first."""
        return list(reversed(self._notices.values()))

    def rows(self) -> list[NoticeRow]:
        """Return a row for each act that a list must follow and has not: the overdue first, then the oldest."""
        found = [_row(one) for one in self._notices.values() if one.state == "open"]
        wanted = [row for row in found if row.expects == "will"]
        return sorted(wanted, key=lambda row: (-row.overdue_hours, row.since, row.notice))

    def explaining(self, hold: HoldCard) -> list[Notice]:
        """Return the notices of the list's authority that announce what the hold keeps back: by name, as evidence for
        the person who decides."""
        names = name_forms(entry.name for entry in hold.entries)
        return [one for one in self._notices.values() if hold.feed in _lists(one) and names & _deleted(one)]


def _row(notice: Notice) -> NoticeRow:
    announced = notice.announcement
    named = [party for party in announced.parties if not party.administrative]
    linked = {link.party for link in notice.links}
    return NoticeRow(
        notice=notice.id,
        channel=notice.channel,
        authority=_channel_authority(notice.channel),
        title=clipped(announced.title, TITLE_CHARACTERS_MAX),
        url=announced.url,
        since=announced.published or notice.noticed_at,
        noticed_at=notice.noticed_at,
        lists=_lists(notice),
        named=len(named),
        found=sum(party.names[0] in linked for party in named),
        overdue_hours=notice.overdue_hours,
        expects=announced.expects,
    )


def _channel_authority(name: str) -> str:
    channel = all_channels().get(name)
    return channel.authority if channel else name


def _lists(notice: Notice) -> tuple[str, ...]:
    channel = all_channels().get(notice.channel)
    return channel.rules.feeds if channel else ()


def _deleted(notice: Notice) -> frozenset[str]:
    parties: Iterable[str] = (
        name for one in notice.announcement.parties if one.action == "delisted" for name in one.names
    )
    return name_forms(parties)
