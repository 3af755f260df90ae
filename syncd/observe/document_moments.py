"""Moments of documents with an oddity that keeps none of their records back."""

from syncd.observe.moment import FeedMoment


class DateUnusable(FeedMoment, frozen=True, kw_only=True):
    """A publication's own date is none, or lies ahead of the clock; the document is judged without it."""

    event = "date_unusable"
    level = "warning"
    says = "{feed}: the publication's date {published} is not used: {why}"

    published: str
    why: str


class GateSilent(FeedMoment, frozen=True, kw_only=True):
    """A gate does not answer, or not as a gate does; another gate decides, or the document itself. Logged once until
    the gate answers again."""

    event = "gate_silent"
    level = "warning"
    says = "{feed}: a gate of {source} says nothing, and is done without: {why}"

    source: str
    why: str


class LayoutFound(FeedMoment, frozen=True, kw_only=True):
    """A field that no reader knows is new in (nearly) all entries: another layout of the list. Logged once."""

    event = "layout_found"
    level = "warning"
    says = "{feed}: {entries} of {records} entries have a field that nobody knows: {field}"

    field: str
    entries: int
    records: int


class AdditionsFlood(FeedMoment, frozen=True, kw_only=True):
    """A document has more new records than the limits expect. All of them went out."""

    event = "additions_flood"
    level = "warning"
    says = "{feed}: {why}; they are in force"

    commit: int
    why: str


class RereadingWithoutArchive(FeedMoment, frozen=True, kw_only=True):
    """After an upgrade the last document was not to be had from the archive; the publisher's document is
    read instead."""

    event = "rereading_without_archive"
    level = "warning"
    says = "{feed}: the last document cannot be read again, the publisher's is read instead: {why}"

    why: str
