"""A channel's statements about itself: where an authority announces, how that is read, and what follows from it.

A channel is one file in this folder that ends in `CHANNEL = NoticeChannel(…)`; nothing else registers it. Its readers
are pure: bytes in, announcements out; no clock, network or logger. A channel touches no list.
"""

from collections.abc import Callable
from datetime import date
from typing import Literal

from msgspec import Struct

from syncd.core.notices.board import ChannelRules
from syncd.core.notices.notice import AnnouncedAct

__all__ = ["AnnouncedAct", "ChannelIndex", "ItemPage", "NoticeChannel", "Question"]

INDEX_BYTES_MAX = 4_000_000
PAGE_BYTES_MAX = 20_000_000
ITEMS_MAX = 100


class Question(Struct, frozen=True, kw_only=True):
    """One request. With `body` it is a POST. `accept` and `language` are sent as headers where they are given."""

    url: str
    accept: str = ""
    language: str = ""
    body: bytes = b""
    content_type: str = ""
    bytes_max: int = INDEX_BYTES_MAX


class ChannelIndex(Struct, frozen=True, kw_only=True):
    """A document that shows which announcements there are. `read(body, url)` raises DocumentRefused when it is not one.

    `question(today)` may name the day. `typical_bytes` is one answer. A `tripwire` is another place in which the same
    announcements appear: what it shows counts only while the first index does not show it. With `latest_only` it has so
    many latest items of everything, whatever they are: what is pushed out between two readings is never seen.
    """

    name: str
    question: Callable[[date], Question]
    read: Callable[[bytes, str], tuple[AnnouncedAct, ...]]
    typical_bytes: int
    tripwire: bool = False
    latest_only: bool = False


class ItemPage(Struct, frozen=True, kw_only=True):
    """The announcement's own page, asked for once, and again while it is young. `question(item)` is None where the
    index says all. `read(body, item)` returns the item with what its page says."""

    question: Callable[[AnnouncedAct], Question | None]
    read: Callable[[bytes, AnnouncedAct], AnnouncedAct]
    typical_bytes: int


class NoticeChannel(Struct, frozen=True, kw_only=True):
    """One place in which an authority announces.

    `slot` is the channel's partition on the topic of notices (`core/partitions.py`); once given it is never changed.
    `gate` is a cheaper question whose answer changes when something is announced; the indexes are asked then, and every
    `whole_hours` in any case. `silence_days`: longer without anything new, and the channel is silent, which is not
    quiet. `evidence`: whether the readers rest on whole pages, on excerpts, or on what the publisher documents;
    `unproven` says what of the channel nobody has seen, in sentences. `typical_items` is how many pages are read on a
    usual day, for the bytes of a day.
    """

    id: str
    slot: int
    title: str
    jurisdiction: str
    authority: str
    homepage: str
    rules: ChannelRules
    indexes: tuple[ChannelIndex, ...]
    interval_seconds: int
    silence_days: float
    gate: Question | None = None
    gate_bytes: int = 0
    whole_hours: int = 6
    page: ItemPage | None = None
    typical_items: int = 2
    evidence: Literal["full", "excerpt", "documented"] = "excerpt"
    unproven: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()

    @property
    def bytes_a_day(self) -> int:
        """About how many bytes the channel sends on a usual day."""
        turns = 86_400 // self.interval_seconds
        wholes = turns if self.gate is None else 24 // self.whole_hours + self.typical_items
        indexes = sum(index.typical_bytes for index in self.indexes) * wholes
        pages = self.page.typical_bytes * self.typical_items * 4 if self.page else 0
        return indexes + pages + (self.gate_bytes * turns if self.gate else 0)
