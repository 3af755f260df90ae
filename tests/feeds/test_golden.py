"""Each golden document gives, read strictly, the records that stand beside it, in its order."""

import json
from collections.abc import Iterable

import msgspec
import pytest

from syncd.core.model import Record
from syncd.feeds import all_feeds
from tests.feeds import documents


def lines(records: Iterable[Record]) -> str:
    """One record a line, keys sorted, so that a review of a changed golden file shows what changed and no more."""
    plain = (msgspec.to_builtins(record) for record in records)
    return "".join(json.dumps(record, ensure_ascii=False, sort_keys=True) + "\n" for record in plain)


@pytest.mark.parametrize("case", documents.cases(), ids=lambda case: f"{case.feed}/{case.path.name}")
def test_a_golden_document_gives_the_records_beside_it(case: documents.Case, request: pytest.FixtureRequest) -> None:
    found = lines(documents.records(case.feed, case.vocabulary, case.body()).values())
    if request.config.getoption("--rewrite-golden"):
        case.expected.write_text(found, encoding="utf-8")
    assert found == case.expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("feed", all_feeds().values(), ids=lambda feed: feed.id)
def test_every_vocabulary_of_a_feed_has_a_golden_document(feed) -> None:
    covered = {case.vocabulary for case in documents.cases() if case.feed == feed.id}
    assert covered == set(feed.readers)


def test_every_folder_of_golden_documents_belongs_to_a_feed() -> None:
    folders = {path.name for path in documents.GOLDEN.iterdir()}
    assert folders <= set(all_feeds())
