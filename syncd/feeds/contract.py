"""A feed's statements about itself: where its list is, how it is read, how often, and within which limits.

A feed is one file in this folder that ends in `FEED = Feed(…)` (or `FEEDS = (Feed(…), …)`); nothing else registers it.
Its readers are pure: a binary stream in, entries out; no clock, network or logger.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, Literal

from msgspec import Struct, field

from syncd.core.limits import Limits
from syncd.core.model import Record
from syncd.feeds.difference import Left
from syncd.feeds.measures import Measures
from syncd.formats.fields import Reading
from syncd.formats.pieces import Pieces

__all__ = [
    "DocumentShape",
    "Feed",
    "Gate",
    "GateAnswer",
    "Header",
    "JsonShape",
    "Limits",
    "ListPage",
    "Measures",
    "PagedPart",
    "Pages",
    "Published",
    "RawEntry",
    "Reader",
    "Source",
    "TableShape",
    "XmlShape",
]


class Header(Struct, kw_only=True):
    """A document's statements about itself, filled in while it is read.

    `published`: the date of the publication (a date or an ISO 8601 time with zone), as the document gives it.
    `declared_records`: how many entries the document says that it has, if it does.
    `references`: the document's own code tables, `<table>:<id>` → label. When a label that was there changes, no
    entry's fingerprint can be trusted and all are read again; additions are harmless.
    `layout`: paths such as `listings.measures` that only some layouts have a place for, and this document fills.
    When it differs from that of the document before, what stands there is not taken for an act of the authority.
    `unknown`: fields that no reader knows and (nearly) every entry has, and how many have them, filled in by the loop
    that reads all documents; and lists of which no feed knows whose they are, with how many rows they have.
    """

    published: str | None = None
    declared_records: int | None = None
    references: dict[str, str] = field(default_factory=dict)
    layout: tuple[str, ...] = ()
    unknown: dict[str, int] = field(default_factory=dict)


class RawEntry(Struct, frozen=True, kw_only=True):
    """One entry before it is normalised.

    `raw` holds every byte that the record depends on: its hash is the fingerprint, and equal bytes must give an
    equal record. `content` is what the feed's `record` reads (an element, a row, a bundle of elements).
    """

    raw: bytes
    content: Any


class XmlShape(Struct, frozen=True, kw_only=True):
    """Where an XML document has its entries, and an entry its id and its names: local names of elements and attributes.

    A list that gives its entries no id has neither `id_elements` (children of the entry) nor `id_attributes`.
    """

    entries: tuple[str, ...]
    names: tuple[str, ...]
    id_elements: tuple[str, ...] = ()
    id_attributes: tuple[str, ...] = ()


class JsonShape(Struct, frozen=True, kw_only=True):
    """Where a JSON document has its entries: `entries` is the path of members down to the array; `id` and `names` are
    members of an entry. A list that gives its entries no id has an empty `id`."""

    entries: tuple[str, ...]
    names: tuple[str, ...]
    id: str = ""


class TableShape(Struct, frozen=True, kw_only=True):
    """The columns of a table: one that its header row is known by (`header`), an entry's id, and its names.

    A list that gives its entries no id, and is keyed by their names, has an empty `id`. `only`: a text in each row of
    this list, where one table holds several lists. `delimiter` is that of a CSV.
    """

    header: str
    names: tuple[str, ...]
    id: str = ""
    only: str = ""
    delimiter: str = ","


DocumentShape = XmlShape | JsonShape | TableShape
UserAgent = Literal["browser", "plain"]


class Reader(Struct, frozen=True, kw_only=True):
    """One vocabulary of a feed.

    `entries(stream, header)` splits a document; it raises DocumentRefused when the document is not the list, and must
    have read the document to its end before it is exhausted. Each entry's `content` is valid only until the next.
    `record(content, reading)` normalises one entry; it raises MissingField when id or name cannot be read; everything
    else that it cannot read it leaves with `reading`.
    `shape` says where a document has its entries, ids and names: people read it in `syncd feeds --describe`, and the
    suites take away or turn round what stands there. `dated`: whether a document says when it was published.

    `pieces`: by which a document is compared with the one before, so that only what differs is read; each piece that is
    an entry must give one RawEntry, in its place, and what belongs to no entry comes after them. `entries_without` are
    the entries of a document without the pieces that the third argument has; None where no entry needs to know them.
    """

    entries: Callable[[BinaryIO, Header], Iterator[RawEntry]]
    record: Callable[[Any, Reading], Record]
    shape: DocumentShape
    dated: bool = True
    pieces: Pieces | None = None
    entries_without: Callable[[BinaryIO, Header, Left], Iterator[RawEntry]] | None = None


class Published(Struct, frozen=True, kw_only=True):
    """One publication in a publisher's history: its id there, and its date."""

    id: str
    date: str | None = None


class GateAnswer(Struct, frozen=True, kw_only=True):
    """The answer to a gate's question. `token` is equal as long as nothing new was published.

    `url` is where the document is, when the gate had to discover it. `history` lists recent publications, oldest first.
    """

    token: str
    url: str | None = None
    history: tuple[Published, ...] = ()


class Gate(Struct, frozen=True, kw_only=True):
    """A question cheaper than the document. `read(body, url)` raises DocumentRefused when the answer is not one.

    `url` may contain `{year}`, `{month:02}` and `{day:02}`, of today in UTC. When a gate that is `spared` fails, its
    document is asked for instead, conditionally, at each turn. With `headers` the question is a HEAD, and what `read`
    gets as body are those of these headers that the answer has, `name: value` a line, names in lower case.
    `user_agent` and `sends` as of a source. A gate that `discovers` says where the document is: without its answer
    there is nothing to ask for but the address that it gave last. `name`: by which its token is remembered, and an
    operator may set its address; a source's first gate has none.
    """

    url: str
    read: Callable[[bytes, str], GateAnswer]
    bytes_max: int = 2_000_000
    typical_bytes: int = 0
    spared: bool = False
    headers: tuple[str, ...] = ()
    discovers: bool = False
    name: str = ""
    user_agent: UserAgent = "browser"
    sends: Mapping[str, str] = {}


class ListPage(Struct, frozen=True, kw_only=True):
    """One page of a part: how many entries the part says that it has, and those of this page, by their ids, as they
    stand in the page."""

    total: int
    entries: tuple[tuple[str, bytes], ...]


class PagedPart(Struct, frozen=True, kw_only=True):
    """One part of a list that comes in pages. `query` follows the source's address, with `{skip}` for the number of
    entries before the page; `sends` are headers of its requests."""

    name: str
    query: str
    sends: Mapping[str, str] = {}


class Pages(Struct, frozen=True, kw_only=True):
    """A list that is several documents: parts, of one page or more each. `read(body)` splits a page; it raises
    DocumentRefused when that is none. They become one JSON document, `{"items": [...]}`, with the entries in order of
    part and id, whatever the order of the pages (`fetch.pages`)."""

    parts: tuple[PagedPart, ...]
    read: Callable[[bytes], ListPage]


class Source(Struct, frozen=True, kw_only=True):
    """One document that gives the feed's list.

    `vocabulary` names one of the feed's readers. `packing`: how the document travels; a ZIP holds exactly one document.
    `expect` is what its first bytes must look like: a `table` is CSV text or a workbook.
    `gates` are all asked at each turn, and any of them may say that there is something new: one that fails, or says
    what is not so, hides nothing that another one shows.
    `user_agent` `plain`: the publisher refuses the form of a browser. `sends` are headers of each request, which go to
    no other host; they are public, as everything here is. With `pages` the document is made of them, each at
    `url` with the query of its part.
    `bytes_max` bounds what travels, `unpacked_bytes_max` what comes out of it. A `shared` document is read by several
    feeds, and travels once for all that ask for it within a few minutes.
    """

    name: str
    url: str
    vocabulary: str
    packing: Literal["plain", "zip"] = "plain"
    expect: Literal["xml", "json", "table"] = "xml"
    gates: tuple[Gate, ...] = ()
    bytes_max: int = 200_000_000
    unpacked_bytes_max: int = 600_000_000
    timeout_seconds: float = 300.0
    typical_bytes: int = 0
    typical_seconds: float = 0.0
    shared: bool = False
    user_agent: UserAgent = "browser"
    sends: Mapping[str, str] = {}
    pages: Pages | None = None


ListEffect = Literal["sanction", "export_control", "export_risk", "debarment"]


class Feed(Struct, frozen=True, kw_only=True):
    """One list. `sources` in order of preference; `parser_version` rises whenever the same bytes give other records.

    `partition` is the feed's number on every per-feed topic, 0 … `FEEDS_MAX` - 1 (`core/partitions.py`). Once given it
    is never changed, and never given to another feed: consumers are assigned to it.
    `interval_seconds` is the pace of the gate; a feed slower than 300 s says why in `interval_reason`.
    `measures`: what the list imposes, in words that are the same for all lists, and where that is taken from.
    `bytes_reason` explains a worst case above 2 GB a day. `evidence`: whether the reading rests on whole documents,
    on excerpts or on the shape alone. `delay`: how long after the act the list itself follows, for the reader.
    `effect`: what standing on the list is: under sanctions, under export control, a risk in exporting, or excluded from
    export (`debarment`); exports say it in the words of who reads them. `measures` do not say it: they have
    `export_control` for a licence, for a warning (METI, the Unverified List) and for who may not export (the Denied
    Persons List) alike.
    A feed that is not `on_by_default` runs when `feeds.enable` names it: no document of its list has been seen.
    """

    id: str
    partition: int
    title: str
    jurisdiction: str
    authority: str
    legal_basis: str
    homepage: str
    id_rule: str
    sources: tuple[Source, ...]
    readers: Mapping[str, Reader]
    measures: Measures
    interval_seconds: int
    limits: Limits
    parser_version: int = 1
    interval_reason: str = ""
    bytes_reason: str = ""
    evidence: Literal["full", "excerpt", "shape"] = "full"
    on_by_default: bool = True
    quirks: tuple[str, ...] = ()
    delay: str = ""
    effect: ListEffect = "sanction"

    def source(self, name: str) -> Source:
        """The source called `name`; raises KeyError."""
        for source in self.sources:
            if source.name == name:
                return source
        raise KeyError(name)
