"""All that reads what publishers send, each with a small document of its own: feeds, their gates and pages, channels,
workbooks whatever their form, and what unpacks, decodes and looks at a body before it is read."""

import hashlib
import io
import json
import random
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

from syncd.errors import DocumentRefused
from syncd.feeds import all_feeds
from syncd.feeds.contract import DocumentShape, Gate, JsonShape, Source, XmlShape
from syncd.fetch import sniff, unpack
from syncd.formats import workbook
from tests.channels import documents as answers
from tests.feeds import documents, workbooks
from tests.fuzz import packed_documents, real_documents
from tests.fuzz.changes import Change, Changing, with_other_bytes
from tests.fuzz.json_changes import JsonDocument
from tests.fuzz.markup_changes import with_other_markup
from tests.fuzz.table_changes import TableDocument, with_other_parts
from tests.fuzz.xml_changes import XmlDocument

STEPS = (1, 1, 1, 2, 3, 6)
ChangeOf = Callable[[bytes, Any, Sequence[int]], Change]


class Plan(NamedTuple):
    """How a case changes its document: a way, and the seed of each change."""

    way: str
    steps: tuple[int, ...]


class Reader:
    """Something that reads, and a document that it can read. `read` returns all that it says of a body, or raises."""

    def __init__(self, name: str, body: bytes, ways: Mapping[str, Callable[[Sequence[int]], Change]]) -> None:
        self.name = name
        self.body = body
        self._ways = ways

    def plan(self, seed: int) -> Plan:
        """Return how the case of a seed changes the document."""
        chosen = random.Random(f"{self.name} {seed}")
        way = chosen.choice(list(self._ways))
        return Plan(way, tuple(chosen.randrange(1 << 32) for _ in range(chosen.choice(STEPS))))

    def changed(self, plan: Plan) -> Change:
        """Return the document after the changes of a plan."""
        return self._ways[plan.way](plan.steps)


class PlainReader(Reader):
    """One that is a function of bytes."""

    def __init__(
        self, name: str, body: bytes, ways: Sequence[ChangeOf], read: Callable[[bytes], object], packed: bool = False
    ) -> None:
        made = {way.__name__.strip("_"): partial(way, body, None) for way in ways}
        if packed:
            made["with_other_parts"] = partial(with_other_parts, body)
        super().__init__(name, body, made)
        self.read = read


class ListReader(Reader):
    """A vocabulary of a feed, with a list of a few entries."""

    def __init__(self, feed: str, vocabulary: str, label: str, body: bytes, document: Changing, ways: int = 0) -> None:
        spans = document.spans or None
        if spans and isinstance(document, TableDocument):
            # What stands before the first row decides what each cell is.
            spans = [(0, end) for _, end in spans]
        found: dict[str, Callable[[Sequence[int]], Change]] = {
            "parts": document.changed,
            "more parts": document.changed,
            "bytes": partial(with_other_bytes, body, spans),
        }
        if body.startswith(b"PK"):
            found["archive"] = partial(with_other_parts, body)
        super().__init__(f"{feed}/{vocabulary}/{label}", body, found)
        self.feed = all_feeds()[feed]
        self.vocabulary = vocabulary
        self.document = document

    @cached_property
    def is_keyed_by_content(self) -> bool:
        """Whether the list gives its entries no ids."""
        shape = self.feed.readers[self.vocabulary].shape
        return not (shape.id_elements or shape.id_attributes if isinstance(shape, XmlShape) else shape.id)


def all_readers() -> list[Reader]:
    """Every reader, in an order that stays; those of real documents last, where they are at hand."""
    return [*invented_readers(), *_real_lists()]


def invented_readers() -> list[Reader]:
    """Every reader with a document that the tests bring."""
    return [*list_readers(), *_channels(), *_gates(), *_pages(), *_formats(), *_fetching()]


def list_readers() -> Iterator[ListReader]:
    """Every vocabulary of every feed, with each of its invented lists."""
    for case in documents.cases():
        body = case.body()
        document = changing_document(documents.shape_of(case), body, _sheets(case))
        yield ListReader(case.feed, case.vocabulary, case.path.name.partition(".")[0], body, document)


def _real_lists() -> Iterator[ListReader]:
    numbers: Counter[str] = Counter()
    for found in real_documents.real_documents():
        numbers[f"{found.feed}/{found.vocabulary}"] += 1
        label = f"real {numbers[f'{found.feed}/{found.vocabulary}']}"
        document = changing_document(all_feeds()[found.feed].readers[found.vocabulary].shape, found.body, found.sheets)
        yield ListReader(found.feed, found.vocabulary, label, found.body, document)


def _sheets(case: documents.Case) -> Mapping[str, Any] | None:
    is_workbook = case.path.name.endswith(".xlsx.json")
    return json.loads(case.path.read_text(encoding="utf-8"))["sheets"] if is_workbook else None


def changing_document(shape: DocumentShape, body: bytes, sheets: Mapping[str, Any] | None = None) -> Changing:
    """Return a document as what it is changed by: its format, and where it has its entries."""
    if isinstance(shape, XmlShape):
        return XmlDocument(body, shape.entries)
    if isinstance(shape, JsonShape):
        return JsonDocument(body, shape.entries)
    kind = "xlsx" if sheets is not None else "html" if body.lstrip().startswith(b"{") else "csv"
    return TableDocument(body, kind, shape, sheets)


def _channels() -> Iterator[Reader]:
    for answer in answers.answers():
        body = answer.path.read_bytes()
        ways = (_json if answer.path.suffix == ".json" else with_other_markup, with_other_bytes)
        yield PlainReader(f"{answer.channel.id}/{answer.path.stem}", body, ways, answer.read)


def _json(body: bytes, _: object, steps: Sequence[int]) -> Change:
    return JsonDocument(body, None).changed(steps)


# Answers of gates, of all kinds that there are; each gate is asked about each of them.
PAGE = """<html><head><meta charset="utf-8"></head><body>
<p>ユーザーリスト <a href="/anpo/20260106_1.xlsx">list</a> 12 March</p>
<ul><li><a href="/other.pdf">other</a></li></ul></body></html>"""
LINKS = (
    "/policy/shisantouketsu20260106.csv",
    "/policy/shisantouketsu20260106.xlsx",
    "/policy/ekimukisei_IMOnumber_20260106.csv",
    "/media/639126203301405214/vessels.xlsx",
    "/media/639126203301405214/vessels.csv",
    "/file/Vnitrostatni_sankcni_seznam_2026_01_06.csv",
)
ANSWERS: Mapping[str, tuple[bytes, ChangeOf]] = {
    "rss": (
        b"<rss><channel><item><title>xmlFullSanctionsList_1_1</title><link>https://x.example/xmlFullSanctionsList_1_1"
        b"</link><description>7c1</description></item><item><title>csv</title></item></channel></rss>",
        with_other_markup,
    ),
    "json": (b'[{"publicationID": 7, "datePublished": "2026-01-06T10:00:00"}]', _json),
    "time": (b"02/10/2026 10:36:17", with_other_bytes),
    "iso time": (b'"2026-10-02T10:36:17.123"', with_other_bytes),
    "checksum": (b"d41d8cd98f00b204e9800998ecf8427e", with_other_bytes),
    "headers": (
        b"content-disposition: attachment; filename=consolidated-list_2026-03-02.xml\netag: x\ncontent-length: 7\n",
        with_other_bytes,
    ),
    "page": (
        PAGE.replace("</ul>", "".join(f'<li><a href="{path}">x</a></li>' for path in LINKS) + "</ul>").encode(),
        with_other_markup,
    ),
}
PAGED = (
    b'{"total": 2, "items": [{"id": "A-1", "contentType": "organization", "name": "x", "updateDate": "2026-01-06"},'
    b' {"id": "A-2", "contentType": "organization", "name": "y"}]}'
)


def _gates() -> Iterator[Reader]:
    seen: set[object] = set()
    for feed, source, gate in _all_gates():
        if gate.read in seen:
            continue
        seen.add(gate.read)
        for name, (body, way) in {**ANSWERS, "paged": (PAGED, _json)}.items():
            read = partial(_asked, gate)
            if _is_answer(read, body):
                yield PlainReader(f"{feed}/{source.name}/gate {gate.name or name}", body, (way, with_other_bytes), read)


def _all_gates() -> Iterator[tuple[str, Source, Gate]]:
    for feed in all_feeds().values():
        for source in feed.sources:
            yield from ((feed.id, source, gate) for gate in source.gates)


def _asked(gate: Gate, body: bytes) -> object:
    return gate.read(body, gate.url)


def _is_answer(read: Callable[[bytes], object], body: bytes) -> bool:
    try:
        read(body)
    except DocumentRefused:
        return False
    return True


def _pages() -> Iterator[Reader]:
    for feed in all_feeds().values():
        for source in feed.sources:
            if source.pages:
                yield PlainReader(f"{feed.id}/pages", PAGED, (_json, with_other_bytes), source.pages.read)


def _formats() -> Iterator[Reader]:
    sheets = {"one": [["a", 1, True], [{"date": "1973-11-01", "format": "mmm-yy"}, None, "#N/A"]], "two": [["x"]]}
    bodies = {
        "xlsx": workbooks.xlsx(sheets),
        "ods": packed_documents.ods([["a", "b"], ["c", "d"]]),
        "xls": packed_documents.xls([["a", "b", "c"], ["d", "é", "f"]]),
    }
    for name, body in bodies.items():
        yield PlainReader(f"workbook/{name}", body, (with_other_bytes,), _all_rows, packed=name != "xls")
    records = packed_documents.xls([["a", "b"], ["c", "d"]])
    yield PlainReader("workbook/xls records", records, (packed_documents.with_other_records,), _all_rows)


def _all_rows(body: bytes) -> object:
    opened = workbook.open_workbook(io.BytesIO(body))
    return [(sheet, opened.is_empty(sheet), list(opened.rows(sheet))) for sheet in opened.sheets], opened.modified


def _fetching() -> Iterator[Reader]:
    document = b"<?xml version='1.0'?><list>" + b"<entry>invented</entry>" * 40 + b"</list>"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("LIST.XML"), document)
    yield PlainReader("fetch/zip", packed.getvalue(), (with_other_bytes,), _unzipped, packed=True)
    for name, body in packed_documents.codings(document).items():
        yield PlainReader(f"fetch/{name}", body, (with_other_bytes,), partial(_decoded, name))
    for name, body in {"page": ANSWERS["page"][0], "json": b'{"status": 500, "error": "x"}', "xml": document}.items():
        yield PlainReader(f"fetch/first bytes of {name}", body, (with_other_markup, with_other_bytes), _looked_at)


def _unzipped(body: bytes) -> object:
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(body)
        file.flush()
        stream = io.BytesIO()
        sink = unpack.Sink(stream, expect="any", bytes_max=10_000_000)
        unpack.unzip(Path(file.name), sink)
    return stream.getvalue(), sink.sha256


def _decoded(name: str, body: bytes) -> object:
    """The document, however its bytes come in: one by one, in pieces, or at once."""
    found = [_in_pieces(name, body, length) for length in (1, 7, len(body) or 1)]
    assert found[0] == found[1] == found[2], "it depends on how the bytes come in"
    if isinstance(found[0], str):
        raise DocumentRefused(found[0])
    return found[0]


def _in_pieces(name: str, body: bytes, length: int) -> bytes | str:
    stream = io.BytesIO()
    decoder, sink = unpack.coding(name), unpack.Sink(stream, expect="any", bytes_max=10_000_000)
    try:
        for at in range(0, len(body), length):
            unpack.feed(body[at : at + length], decoder, sink)
        unpack.finish(decoder, sink)
    except DocumentRefused:
        return "refused"
    assert sink.sha256 == hashlib.sha256(stream.getvalue()).hexdigest()
    return stream.getvalue()


def _looked_at(body: bytes) -> object:
    head = body[: sniff.HEAD_BYTES]
    found: list[object] = [sniff.content_kind(head), sniff.media_of(head)]
    for expect in sniff.ACCEPTED:
        try:
            sniff.check_head(head, expect)
        except DocumentRefused as refusal:
            found.append(str(refusal))
    return found
