"""When a publication was published, as far as its document and its publisher say it."""

from datetime import UTC, datetime

import pytest

from syncd.observe.committed import published_at

NOON = datetime(2031, 4, 2, 12, tzinfo=UTC)
HEADER = "Wed, 02 Apr 2031 12:00:00 GMT"


@pytest.mark.parametrize(
    ("published", "last_modified", "known"),
    [
        ("2031-04-02T12:00:00Z", None, NOON),
        ("2031-04-02T14:00:00+02:00", "Wed, 02 Apr 2031 15:00:00 GMT", NOON),
        ("2031-04-02T12:00:00", None, NOON),
        ("2031-04-02", HEADER, NOON),
        ("2031-04-01", HEADER, NOON),
        (None, HEADER, NOON),
        ("2031-04-03", HEADER, None),
        ("2031-04-02", None, None),
        ("2031-04-02", "yesterday", None),
        ("2031-04-02Tea", HEADER, None),
        (None, None, None),
    ],
    ids=str,
)
def test_a_documents_own_time_counts_before_that_of_its_file(
    published: str | None, last_modified: str | None, known: datetime | None
) -> None:
    """A time in the document counts and else that of the file if it is no older than the documents day."""
    assert published_at(published, last_modified) == known
