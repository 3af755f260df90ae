"""What stands of notices beside a change of a record: which announcement it enacts, and how far apart the two were."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from syncd.core.notices.notice import Grade, LinkedBy, NoticeEvent, NoticeLink
from syncd.core.times import moment

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


class EnactedNotice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The announcement that a change of a list enacts, as it stood when the two were linked.

    `published` is the authority's date of the act, often a day alone; `noticed_at` and `linked_at` are commit times of
    the notice and of its link. `lag_seconds` is from when it was noticed to when the list was seen to show it: negative
    where the list came first. `document` is the SHA-256 of the announcement's page, which is in the archive. `by`,
    `grade` and `party` say by what it was linked, how sure that is, and by which name.
    """

    notice: str
    channel: str
    title: str
    url: str
    noticed_at: str
    linked_at: str
    lag_seconds: float
    by: LinkedBy
    grade: Grade
    published: str | None = None
    act: str | None = None
    party: str | None = None
    document: str | None = None
    revision: int = 1


def enacted_notices(events: Iterable[NoticeEvent], feed: str, keys: frozenset[str]) -> dict[int, list[EnactedNotice]]:
    """Return the notices that changes of `feed` to the records under `keys` enact, by the sequence of the change."""
    found: dict[int, list[EnactedNotice]] = {}
    for event in events:
        for link in _links(event, feed, keys):
            found.setdefault(link.sequence, []).append(_enacted(event, link))
    return found


def _links(event: NoticeEvent, feed: str, keys: frozenset[str]) -> Iterator[NoticeLink]:
    return (link for link in event.links if link.feed == feed and link.key in keys)


def _enacted(event: NoticeEvent, link: NoticeLink) -> EnactedNotice:
    notice, announced = event.notice, event.notice.announcement
    return EnactedNotice(
        notice=notice.id,
        channel=notice.channel,
        title=announced.title,
        url=announced.url,
        noticed_at=notice.noticed_at,
        linked_at=event.committed_at,
        lag_seconds=_lag_seconds(notice.noticed_at, link.seen_at),
        by=link.by,
        grade=link.grade,
        published=announced.published,
        act=announced.act,
        party=link.party,
        document=notice.document,
        revision=notice.revision,
    )


def _lag_seconds(noticed_at: str, seen_at: str) -> float:
    noticed, seen = moment(noticed_at), moment(seen_at)
    return (seen - noticed).total_seconds() if noticed and seen else 0.0


def lag_words(seconds: float) -> str:
    """Return a lag as a person reads it, in its two largest units: `6 d 3 h before the list`, `2 min 5 s after it`."""
    left, parts = int(abs(seconds)), list[str]()
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
        if len(parts) == 2:
            break
    words = " ".join(filter(None, parts)) or "less than 1 s"
    return f"{words} before the list" if seconds >= 0 else f"{words} after the list"
