"""Real lists whose publisher renames a tag: what that takes away is held, and what is new goes out."""

import bz2
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from syncd.commands.compare import read_document
from syncd.core import codec, content
from syncd.core.admission import Judgement, judge
from syncd.core.commit import commit_of
from syncd.core.document import Document
from syncd.core.plan import Context, Plan, plan_of
from syncd.core.state import FeedState, Stored
from syncd.feeds import all_feeds
from tests.feeds.remembered import remembered

pytestmark = pytest.mark.shared
NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Ledger:
    """A feed of its own, judged with the limits that its file states."""

    def __init__(self, feed: str) -> None:
        self.feed = all_feeds()[feed]
        self.state = FeedState(feed=feed)
        self.records: dict[str, Stored] = {}

    def document(self, content: bytes) -> Document:
        with remembered():
            return read_document(self.feed, lambda: io.BytesIO(content)).document

    def take(self, document: Document, released: tuple[str, ...] = ()) -> Plan:
        judgement: Judgement = judge(
            self.state,
            self.records,
            document,
            self.feed.limits,
            cause="release" if released else "publication",
            now=NOW,
            released=released,
            preferred=document.note.vocabulary,
        )
        context = Context(
            feed=self.feed.id, cause="publication", now=NOW, preferred=document.note.vocabulary, parser_version=1
        )
        drafted = plan_of(self.state, self.records, document, judgement, context)
        commit = commit_of(drafted, self.state)
        self.state = commit.state
        self.records.update(commit.records)
        return drafted


def stored(shared: Path, feed: str, start: str) -> bytes:
    return bz2.decompress(next((shared / "feeds" / feed).glob(f"{start}*")).read_bytes())


def test_a_renamed_alias_tag_is_held_and_additions_go_out(shared: Path) -> None:
    """The uns list with its alias tag renamed is held and its additions go out."""
    before, today = stored(shared, "un_sc", "2025-11-20"), stored(shared, "un_sc", "2026-02-27")
    ledger = Ledger("un_sc")
    ledger.take(ledger.document(before))
    baseline = dict(ledger.records)
    renamed = today.replace(b"INDIVIDUAL_ALIAS>", b"INDIVIDUAL_ALSO_KNOWN_AS>")
    drafted = ledger.take(ledger.document(renamed))
    (hold,) = (one for one in ledger.state.holds if one.kind == "amendments")
    assert len(hold.loses["names"]) > 500
    assert sum(one.type == "designated" for one in drafted.planned) == 4
    for key in hold.keys:
        kept = codec.unpack_record(ledger.records[key].body)
        assert not content.lost(codec.unpack_record(baseline[key].body), kept), (
            "a name that was in force is not any more"
        )
    true = ledger.document(today)
    ledger.take(true)
    assert ledger.state.holds == ()
    assert ledger.state.ledger_digest == true.note.digest


def test_the_canadian_list_with_its_date_tag_renamed_is_held(shared: Path) -> None:
    content = stored(shared, "ca_sema", "2025-05-25")
    ledger = Ledger("ca_sema")
    ledger.take(ledger.document(content))
    ledger.take(ledger.document(content.replace(b"DateOfBirthOrShipBuildDate", b"DateOfBirthOrBuild")))
    holds = {one.kind: one for one in ledger.state.holds}
    assert set(holds) == {"amendments"}
    assert len(holds["amendments"].loses["birth_dates"]) > 1_500
    assert ledger.state.ledger_records > 4_000


def test_the_uns_list_of_march_2025_has_877_records(shared: Path) -> None:
    ledger = Ledger("un_sc")
    drafted = ledger.take(ledger.document(stored(shared, "un_sc", "2025-03-20")))
    assert {one.type for one in drafted.planned} == {"baselined"}
    assert ledger.state.ledger_records == 877


def test_ids_shifted_by_one_row_take_nobody_off_the_list(shared: Path) -> None:
    ledger = Ledger("un_sc")
    true = ledger.document(stored(shared, "un_sc", "2026-02-27"))
    ledger.take(true)
    keys = sorted(true.entries)
    shifted = {
        new: replace(true.entries[old], key=new) for old, new in zip(keys, [*keys[1:], "un_sc:new"], strict=True)
    }
    drafted = ledger.take(replace(true, entries=shifted))
    assert not [one for one in drafted.planned if one.type == "delisted"]
    assert {one.kind for one in ledger.state.holds} == {"amendments", "removals"}
