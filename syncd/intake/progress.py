"""What the poller hands over to the pipeline beside a document: values, so that nothing leads back."""

from collections.abc import Mapping

from msgspec import Struct

from syncd.core.state import SourceCursor


class SourceProgress(Struct, frozen=True, kw_only=True):
    """How far the sources of a feed are read at one moment; the next commit keeps it.

    `serving` names the source that is read now. `cursors` are by the name of their source. `publication_id` is the
    publisher's id of the publication that was read last, None where it gives none.
    """

    serving: str
    cursors: Mapping[str, SourceCursor]
    publication_id: str | None = None


class FetchNote(Struct, frozen=True, kw_only=True):
    """How a document was fetched. `cursor` is how far its source is read once the document was compared; `missed` are
    the ids of publications that the publisher replaced before anybody could fetch them."""

    source: str
    cursor: SourceCursor
    missed: tuple[str, ...] = ()
