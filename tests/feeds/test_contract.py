"""What every feed keeps, whatever its list: statements over all feeds and all golden documents."""

import random
import re
from pathlib import Path

import pytest
from lxml import etree

from syncd.core.partitions import FEEDS_MAX
from syncd.errors import DocumentRefused
from syncd.feeds import all_feeds, one_feed, partition_of, partitions_by_feed
from syncd.feeds.contract import Feed
from syncd.feeds.reading import Known
from tests.feeds import documents
from tests.feeds.documents import Case

every_feed = pytest.mark.parametrize("feed", all_feeds().values(), ids=lambda feed: feed.id)
every_case = pytest.mark.parametrize("case", documents.cases(), ids=lambda case: f"{case.feed}/{case.path.name}")
every_xml_case = pytest.mark.parametrize(
    "case",
    [case for case in documents.cases() if case.path.suffix == ".xml"],
    ids=lambda case: f"{case.feed}/{case.path.name}",
)

BOMB = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>"""
NOT_THE_LIST = {
    "nothing": b"",
    "blanks": b"   \n",
    "an HTML page": b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon</body></html>",
    "an HTML page without a doctype": b"<html><body><h1>Request rejected</h1></body></html>",
    "JSON": b'{"status": 500, "error": "Internal Server Error"}',
    "another XML document": b"<?xml version='1.0'?><rss version='2.0'><channel><item/></channel></rss>",
    "bytes": bytes(range(256)) * 4,
}


@every_feed
def test_a_feed_owns_a_partition(feed: Feed) -> None:
    assert 0 <= partition_of(feed.id) < FEEDS_MAX
    assert partitions_by_feed()[feed.id] == partition_of(feed.id) == feed.partition


@every_feed
def test_no_list_is_asked_for_less_often_than_every_ten_minutes(feed: Feed) -> None:
    assert 0 < feed.interval_seconds <= 600
    assert feed.interval_seconds <= 300 or feed.interval_reason


@every_feed
def test_a_feed_says_whose_list_it_is_and_how_its_keys_are_made(feed: Feed) -> None:
    said = (feed.title, feed.authority, feed.legal_basis, feed.id_rule)
    assert all(text.strip() for text in said)
    assert feed.homepage.startswith("https://")
    assert feed.id.startswith(f"{feed.jurisdiction.lower()}_") or (feed.jurisdiction, feed.id[:3]) == ("GB", "uk_")


@every_feed
def test_the_sources_of_a_feed_are_bounded_and_read_by_one_of_its_readers(feed: Feed) -> None:
    assert len({source.name for source in feed.sources}) == len(feed.sources) > 0
    for source in feed.sources:
        assert source.vocabulary in feed.readers
        assert source.url.startswith("https://")
        assert 0 < source.typical_bytes < source.bytes_max <= source.unpacked_bytes_max
        assert 0 < source.typical_seconds < source.timeout_seconds
    assert feed.limits.records_min > 0


@every_feed
def test_a_list_that_was_never_seen_whole_has_a_partial_limit(feed: Feed) -> None:
    """The first document of a list that was never seen whole is held when it is read badly."""
    assert feed.evidence == "full" or feed.limits.partial_ratio < 1


@every_case
def test_reading_a_document_twice_gives_the_same(case: Case) -> None:
    first, _ = documents.read(case.feed, case.vocabulary, case.body())
    second, _ = documents.read(case.feed, case.vocabulary, case.body())
    assert first == second


@every_case
def test_keys_are_unique_and_begin_with_the_feed(case: Case) -> None:
    entries, _ = documents.read(case.feed, case.vocabulary, case.body(), strict=True)
    keys = [entry.key for entry in entries]
    assert len(set(keys)) == len(keys) > 0
    assert all(key is not None and re.fullmatch(rf"{case.feed}:\S(.*\S)?", key) for key in keys)


@every_case
def test_what_was_read_once_is_known_by_its_fingerprint(case: Case) -> None:
    entries, reading = documents.read(case.feed, case.vocabulary, case.body())
    fingerprints = {entry.fingerprint: entry.key for entry in entries if entry.key}
    known = Known(fingerprints=fingerprints, references=reading.header.references)
    again, _ = documents.read(case.feed, case.vocabulary, case.body(), known=known)
    assert [entry.key for entry in again] == [entry.key for entry in entries]
    assert all(entry.record is None for entry in again)


@every_case
def test_a_document_says_when_it_was_published(case: Case) -> None:
    _, reading = documents.read(case.feed, case.vocabulary, case.body())
    if not all_feeds()[case.feed].readers[case.vocabulary].dated:
        assert reading.header.published is None
    else:
        assert re.match(r"\d{4}-\d{2}-\d{2}", reading.header.published or "")


@every_case
def test_every_record_says_why_its_target_is_listed(case: Case) -> None:
    assert all(record.listings for record in documents.records(case.feed, case.vocabulary, case.body()).values())


@every_xml_case
def test_the_order_of_the_entries_says_nothing(case: Case) -> None:
    root = documents.tree(case.body())
    chance = random.Random(1)
    for parent in {element.getparent() for element in documents.entry_elements(root, case.feed, case.vocabulary)}:
        children = list(parent)
        chance.shuffle(children)
        parent[:] = children
    turned = documents.written(root)
    assert documents.digests(case.feed, case.vocabulary, turned) == documents.digests(
        case.feed, case.vocabulary, case.body()
    )


@every_xml_case
@pytest.mark.parametrize("how", ["element", "attribute"])
def test_a_field_that_nobody_knows_is_kept_and_said_and_costs_no_record(case: Case, how: str) -> None:
    root = documents.tree(case.body())
    element = documents.entry_elements(root, case.feed, case.vocabulary)[0]
    if how == "element":
        namespace = etree.QName(element).namespace
        etree.SubElement(element, etree.QName(namespace, "InventedField")).text = "a value of its own"
    else:
        element.set("inventedField", "a value of its own")
    entries, _ = documents.read(case.feed, case.vocabulary, documents.written(root))
    partial = [entry.record for entry in entries if entry.record and entry.record.completeness == "partial"]
    assert {entry.key for entry in entries} == set(documents.digests(case.feed, case.vocabulary, case.body()))
    assert len(partial) == 1
    assert any("nventedField" in part.name and part.value == "a value of its own" for part in partial[0].other)


@every_xml_case
def test_an_entry_without_any_name_is_set_aside_under_its_key(case: Case) -> None:
    root, shape = documents.tree(case.body()), documents.xml_shape(case.feed, case.vocabulary)
    removed = 0
    for element in documents.entry_elements(root, case.feed, case.vocabulary):
        for name in [name for tag in shape.names for name in element.iter(f"{{*}}{tag}")]:
            name.getparent().remove(name)
            removed += 1
    entries, _ = documents.read(case.feed, case.vocabulary, documents.written(root))
    by_id = bool(shape.id_attributes or shape.id_elements)
    keys = set(documents.digests(case.feed, case.vocabulary, case.body()))
    assert removed
    assert {entry.key for entry in entries} == (keys if by_id else {None})  # by content, it is nobody's
    assert all(entry.problem and entry.record is None for entry in entries)


@every_xml_case
def test_an_entry_without_its_id_is_set_aside_and_the_others_are_read(case: Case) -> None:
    root = documents.tree(case.body())
    element = documents.entry_elements(root, case.feed, case.vocabulary)[0]
    shape = documents.xml_shape(case.feed, case.vocabulary)
    if not (shape.id_attributes or shape.id_elements):
        return  # a list without ids: its entries are identified by their content
    for attribute in shape.id_attributes:
        element.attrib.pop(attribute, None)
    for tag in shape.id_elements:
        for found in element.findall(f"{{*}}{tag}"):
            element.remove(found)
    entries, _ = documents.read(case.feed, case.vocabulary, documents.written(root))
    problems = [entry for entry in entries if entry.problem]
    assert len(problems) == 1
    assert problems[0].key is None
    assert len(entries) == len(documents.digests(case.feed, case.vocabulary, case.body()))


@every_feed
@pytest.mark.parametrize("what", NOT_THE_LIST)
def test_what_is_not_the_list_is_refused_and_said_why(feed: Feed, what: str) -> None:
    for vocabulary in feed.readers:
        with pytest.raises(DocumentRefused) as refusal:
            documents.read(feed.id, vocabulary, NOT_THE_LIST[what])
        assert len(str(refusal.value)) > 10


@pytest.mark.shared
@every_feed
def test_what_publishers_really_answered_on_bad_days_is_refused(shared: Path, feed: Feed) -> None:
    bodies = sorted((shared / "feeds" / "bad_bodies").iterdir())
    assert bodies
    for path in bodies:
        for vocabulary in feed.readers:
            with pytest.raises(DocumentRefused):
                documents.read(feed.id, vocabulary, path.read_bytes())


@every_case
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95, 0.999])
def test_a_document_that_is_cut_off_is_refused(case: Case, share: float) -> None:
    body = case.body().rstrip()
    with pytest.raises(DocumentRefused):
        documents.read(case.feed, case.vocabulary, body[: int(len(body) * share)])


@every_xml_case
def test_a_document_with_a_dtd_is_refused_before_any_entity_is_read(case: Case) -> None:
    body = BOMB + re.sub(rb"^<\?xml[^>]*\?>", b"", case.body().lstrip())
    with pytest.raises(DocumentRefused, match="DTD"):
        documents.read(case.feed, case.vocabulary, body)


def test_a_feed_loaded_alone_is_the_one_among_all() -> None:
    assert {name: one_feed(name) for name in all_feeds()} == all_feeds()
    with pytest.raises(KeyError):
        one_feed("xx_nobody")
