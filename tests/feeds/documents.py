"""Documents as the tests of the feeds need them: golden cases, real ones unpacked, some changed on purpose."""

import bz2
import io
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from syncd.core.model import Record
from syncd.feeds import all_feeds
from syncd.feeds.contract import DocumentShape, XmlShape
from syncd.feeds.reading import NOTHING_KNOWN, DocumentReading, Entry, Known
from tests.feeds import workbooks
from tests.feeds.remembered import RememberedReading

GOLDEN = Path(__file__).parents[1] / "golden"
EXPECTED = ".records.jsonl"


class Case(NamedTuple):
    """One golden document: `tests/golden/<feed>/<name>.<vocabulary>.<ext>`."""

    feed: str
    vocabulary: str
    path: Path

    @property
    def expected(self) -> Path:
        return (
            self.path.with_suffix("")
            .with_suffix("")
            .with_name(f"{self.path.name.split('.')[0]}.{self.vocabulary}{EXPECTED}")
        )

    def body(self) -> bytes:
        """The document; a workbook is written from the text that describes it (`tests.feeds.workbooks`)."""
        if self.path.name.endswith(".xlsx.json"):
            return workbooks.xlsx(**json.loads(self.path.read_text(encoding="utf-8")))
        return self.path.read_bytes()


def cases() -> list[Case]:
    found = []
    for path in sorted(GOLDEN.glob("*/*")):
        if not path.name.endswith(EXPECTED):
            found.append(Case(path.parent.name, path.name.split(".")[1], path))
    return found


def shape_of(case: Case) -> DocumentShape:
    return all_feeds()[case.feed].readers[case.vocabulary].shape


def xml_shape(feed: str, vocabulary: str) -> XmlShape:
    """Where an XML document has its entries, ids and names, as the feed states it."""
    shape = all_feeds()[feed].readers[vocabulary].shape
    assert isinstance(shape, XmlShape), f"{feed} states another shape than XML for {vocabulary}"
    return shape


def read(
    feed: str, vocabulary: str, body: bytes, *, known: Known = NOTHING_KNOWN, strict: bool = False
) -> tuple[list[Entry], DocumentReading]:
    reading = RememberedReading(all_feeds()[feed], vocabulary, io.BytesIO(body), known=known, strict=strict)
    return list(reading), reading


def records(feed: str, vocabulary: str, body: bytes, *, strict: bool = True) -> dict[str, Record]:
    """The records by key; fails on a quarantined entry."""
    entries, _ = read(feed, vocabulary, body, strict=strict)
    assert not [entry.problem for entry in entries if entry.problem]
    return {entry.record.key: entry.record for entry in entries if entry.record}


def references(found: Mapping[str, Record]) -> dict[str, int]:
    """By how many records each list (`un_reference`, `eu_reference`) is referred to: what linking rests on."""
    types = ({one.type for one in record.identifiers if one.type.endswith("_reference")} for record in found.values())
    return dict(Counter(type_ for of_one in types for type_ in of_one))


def digests(feed: str, vocabulary: str, body: bytes) -> dict[str | None, str | None]:
    entries, _ = read(feed, vocabulary, body, strict=True)
    return {entry.key: entry.digest for entry in entries}


def unpacked(path: Path) -> bytes:
    packed = path.read_bytes()
    return bz2.decompress(packed) if path.suffix == ".bz2" else packed


def tree(body: bytes) -> etree._Element:
    return etree.fromstring(body)


def entry_elements(root: etree._Element, feed: str, vocabulary: str) -> list[etree._Element]:
    """The entries of a document, in its order within each tag."""
    return [element for tag in xml_shape(feed, vocabulary).entries for element in root.iter(f"{{*}}{tag}")]


def written(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
