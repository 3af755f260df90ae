"""Real documents, as the records that the feeds read in them, and as the changes from one to the next."""

import bz2
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from syncd.commands.compare import NO_LIMITS, read_document
from syncd.core import plan
from syncd.core.admission import judge
from syncd.core.commit import commit_of
from syncd.core.events import Change
from syncd.core.model import Record
from syncd.core.state import FeedState, Stored
from syncd.feeds import all_feeds
from syncd.feeds.reading import NOTHING_KNOWN, Known
from tests.feeds.remembered import remembered


def bytes_of(path: Path) -> bytes:
    return bz2.decompress(path.read_bytes()) if path.suffix == ".bz2" else path.read_bytes()


def records(feed: str, path: Path) -> list[Record]:
    found: list[Record] = []
    body = bytes_of(path)
    with remembered():
        read_document(all_feeds()[feed], lambda: io.BytesIO(body), each=found.append)
    return found


def first_listed(record: Record) -> str:
    """The earliest date on which the authority says that it listed it; empty where it says none."""
    return min((one.listed_on for one in record.listings if one.listed_on), default="")


def changes(feed: str, paths: list[Path]) -> Iterator[Change]:
    """What the feed commits of these documents, one after the other, each on the date in its file's name."""
    state, ledger = FeedState(feed=feed), dict[str, Stored]()
    for path in paths:
        now = datetime.fromisoformat(path.name[:10]).replace(hour=12, tzinfo=UTC)
        body = bytes_of(path)
        fingerprints = {one.fingerprint: key for key, one in ledger.items() if one.status == "listed"}
        known = Known(fingerprints=fingerprints, references=state.references.get("", {})) if ledger else NOTHING_KNOWN
        digests = {key: one.digest for key, one in ledger.items()}
        with remembered():
            found = read_document(all_feeds()[feed], lambda body=body: io.BytesIO(body), known=known, digests=digests)
        document = replace(found.document, note=replace(found.document.note, vocabulary="", sha256=path.name))
        judgement = judge(state, ledger, document, NO_LIMITS, cause="publication", now=now)
        context = plan.Context(feed=feed, cause="publication", now=now, preferred="", parser_version=1)
        whole = commit_of(plan.plan_of(state, ledger, document, judgement, context), state)
        yield from whole.changes
        ledger |= whole.records
        state = replace(whole.state, references={"": found.document.references})
