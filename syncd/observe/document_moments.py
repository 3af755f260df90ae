"""Moments of what is odd about a whole document, and costs nothing of it."""

from syncd.observe.moment import FeedMoment


class DateUnusable(FeedMoment, frozen=True, kw_only=True):
    """A publication's own date is none, or lies ahead of the clock; the document is judged without it."""

    event = "date_unusable"
    level = "warning"
    says = "{feed}: the publication's date {published} is not used: {why}"

    published: str
    why: str


class GateSilent(FeedMoment, frozen=True, kw_only=True):
    """A gate does not answer, or not as one; another gate decides, or the document itself. Said once until it does."""

    event = "gate_silent"
    level = "warning"
    says = "{feed}: a gate of {source} says nothing, and is done without: {why}"

    source: str
    why: str


class LayoutFound(FeedMoment, frozen=True, kw_only=True):
    """A field that nobody knows is new in (nearly) all entries: another layout of the list, said once."""

    event = "layout_found"
    level = "warning"
    says = "{feed}: {entries} of {records} entries have a field that nobody knows: {field}"

    field: str
    entries: int
    records: int


class AdditionsFlood(FeedMoment, frozen=True, kw_only=True):
    """A document has more new records than the list's habit is. All of them went out."""

    event = "additions_flood"
    level = "warning"
    says = "{feed}: {why}; they are in force"

    commit: int
    why: str


class RereadingWithoutArchive(FeedMoment, frozen=True, kw_only=True):
    """After an upgrade the archive did not give the last document; the publisher's is read instead."""

    event = "rereading_without_archive"
    level = "warning"
    says = "{feed}: the last document cannot be read again, the publisher's is read instead: {why}"

    why: str
