"""Search over records: by names in any script, order and spelling, and by identifiers, ranked with the reasons.

For looking things up, and no screening: it shows what is most alike, promises to find nothing, and decides nothing.

entry   what is kept of a record, and the terms under which it is found
query   a question, and the terms that it asks for
rank    how well an entry answers a question, and why
postings  the records of each term
index   the records, kept as they come, change and go; what is most alike
scan    one question to records that are read once

Names are compared as linking compares them: the same words and bones (`linking.spelling`), the same weights of words
(`linking.frequent`), the same arrays of sorted keys (`linking.blocking`).
"""

from syncd.core.search.index import SearchIndex
from syncd.core.search.query import Query, query_of
from syncd.core.search.rank import Hit, HitReason
from syncd.core.search.scan import Scan

__all__ = ["NOTICE", "Hit", "HitReason", "Query", "Scan", "SearchIndex", "query_of"]

NOTICE = (
    "For looking things up. This is no screening: it shows what is most alike, and promises neither to find everybody "
    "nor that whom it shows is meant."
)
