"""The limits of a feed. `TABLE` states for each limit the bounded quantity, its unit and its default.

What a document takes away is counted in that document and over seven days, so that small cuts do not add up unseen. A
ratio is of the records in force; it holds nothing back while fewer records than its `_few` limit are concerned.
Additions have limits too: beyond them a warning is logged, and the additions go out all the same.
"""

from datetime import timedelta

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

WINDOW = timedelta(days=7)
# A record that was delisted and comes back sooner than this was never gone: two servers answer in turn.
RETURNED_WITHIN = timedelta(days=1)
# A publication's own date further ahead of the clock than this is an error of the publisher.
AHEAD_MAX = timedelta(days=1)
# A field that nobody knows and that this share of all entries has belongs to the layout, not to an entry.
LAYOUT_RATIO = 0.5
# In fewer entries than this there is no telling the two apart.
LAYOUT_ENTRIES_MIN = 10
LAYOUT_FIELDS_MAX = 50


class Limits(Struct, frozen=True, kw_only=True):
    """The limits of one feed, beyond which a document is refused or held, or partly held. TABLE says what
    each means."""

    records_min: int
    removals_max: int
    removals_ratio: float = 0.05
    removals_few: int = 10
    reused_max: int = 20
    rekeyed_max: int = 20
    names_max: int = 100
    birth_dates_max: int = 100
    identifiers_max: int = 100
    listings_max: int = 100
    kinds_max: int = 20
    content_ratio: float = 0.05
    content_few: int = 10
    reparse_ratio: float = 0.5
    additions_max: int = 500
    additions_ratio: float = 0.1
    additions_few: int = 20
    share_min: float = 0.2
    quarantined_max: int = 20
    partial_ratio: float = 1.0


class Limit(Struct, frozen=True):
    """One limit: its name, the unit of its value, and what happens beyond it (`says`)."""

    name: str
    unit: str
    says: str


RECORDS = "records"
WEEK = "records in seven days"
SHARE = "share of the records in force"

TABLE: tuple[Limit, ...] = (
    Limit("records_min", RECORDS, "a document with fewer is refused"),
    Limit("quarantined_max", "entries", "a document with more that have no readable id or name is refused"),
    Limit("share_min", SHARE, "a document with a smaller one is held whole"),
    Limit("partial_ratio", "share of the document", "a first document with more that is not wholly read is held whole"),
    Limit("removals_max", WEEK, "more removals, with re-used ids, are held"),
    Limit("removals_ratio", SHARE, "more removals are held"),
    Limit("removals_few", WEEK, "fewer removals are never held for their share"),
    Limit("reused_max", WEEK, "more ids given to somebody else are held"),
    Limit("rekeyed_max", WEEK, "more new keys of the same records are held"),
    Limit("names_max", WEEK, "more records that lose a name are held"),
    Limit("birth_dates_max", WEEK, "more records that lose a birth date are held"),
    Limit("identifiers_max", WEEK, "more records that lose an identifier are held"),
    Limit("listings_max", WEEK, "more records that lose a list, a programme or a measure are held"),
    Limit("kinds_max", WEEK, "more records that become another kind of target are held"),
    Limit("content_ratio", SHARE, "more records that lose content of one sort, ids re-used or keys anew are held"),
    Limit("content_few", WEEK, "fewer of them are never held for their share"),
    Limit("reparse_ratio", SHARE, "more records that lose content of one sort by our own new reading are held"),
    Limit("additions_max", RECORDS, "more new records in one document are said, and go out"),
    Limit("additions_ratio", SHARE, "more new records in one document are said, and go out"),
    Limit("additions_few", RECORDS, "fewer new records are never said for their share"),
)


def default(name: str) -> float | None:
    """Return the default value of the limit called `name`; None for a limit that every feed must state."""
    field: FieldInfo = next(limit for limit in fields(Limits) if limit.name == name)
    return None if field.default is NODEFAULT else field.default
