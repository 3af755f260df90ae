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
from syncd.feeds.reading import NOTHING_KNOWN, DocumentReading, Entry, Known
from tests.feeds import workbooks

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


class Shape(NamedTuple):
    """Where a vocabulary has its entries, their id and their names: what a test takes away or turns round.

    A list that gives its entries no id has neither `id_elements` nor `id_attributes`.
    """

    entries: tuple[str, ...]
    names: tuple[str, ...]
    id_elements: tuple[str, ...] = ()
    id_attributes: tuple[str, ...] = ()


SHAPES: Mapping[str, Shape] = {
    "consolidated": Shape(
        ("INDIVIDUAL", "ENTITY"),
        (
            *(f"{number}_NAME" for number in ("FIRST", "SECOND", "THIRD", "FOURTH")),
            *("NAME_ORIGINAL_SCRIPT", "INDIVIDUAL_ALIAS", "ENTITY_ALIAS"),
        ),
        id_elements=("REFERENCE_NUMBER",),
    ),
    "designations": Shape(("Designation",), ("Names", "NonLatinNames"), id_elements=("UniqueID",)),
    "fsf_1_1": Shape(("sanctionEntity",), ("nameAlias",), id_attributes=("euReferenceNumber", "logicalId")),
    "advanced": Shape(("DistinctParty",), ("Alias",), id_attributes=("FixedRef",)),
    "enhanced": Shape(("entity",), ("names",), id_attributes=("id",)),
    "whole_list": Shape(("target",), ("name",), id_attributes=("ssid",)),
    "amendment": Shape(("target",), ("name",), id_attributes=("ssid",)),
    "records": Shape(
        ("record",),
        (
            *("LastName", "GivenName", "Entity", "EntityOrShip", "Aliases"),
            *("LastName-NomDeFamille", "GivenName-Prenom", "EntityOrShip-EntiteOuNavire", "Aliases-Alias"),
            *("ShipIMONumber", "ShipIMONumber-NumeroOMIDuNavire"),
        ),
    ),
}


class Columns(NamedTuple):
    """The columns of a table that its header is known by, an entry's id and its names. `by_name`: the name is the id.
    `only`: a text that the rows of this list hold, in a table of several lists."""

    header: str
    id: str
    names: tuple[str, ...]
    by_name: bool = False
    only: str = ""


CSV_NAMES = ("氏名", "別名・別称", "旧称", "確定に十分でない別名")
COLUMNS: Mapping[tuple[str, str], Columns] = {
    ("au_dfat", "workbook"): Columns("Reference", "Reference", ("Name of Individual or Entity",)),
    ("jp_meti", "workbook"): Columns("No.", "", ("企業名､組織名 Company or Organization",), by_name=True),
    ("jp_mof", "csv"): Columns(
        "番号", "番号", tuple(f"{one}（{of}）" for one in CSV_NAMES for of in ("日本語", "英語"))
    ),
    ("jp_mof", "workbook"): Columns(
        "告示日付", "告示番号", ("日本語表記", "英語表記", "別名・別称", "旧称", "確定に十分でない別名", "別称・旧称")
    ),
    ("nz_russia", "workbook"): Columns(
        "Unique Identifier",
        "Unique Identifier",
        (
            *("First name", "Middle name(s)", "Last name", "Alias/Alternate Spellings"),
            *("Name of Ship as of Date of Sanction", "Alias/Alternate Names"),
        ),
    ),
    **{
        (feed, "screening_list"): Columns("source", "", ("name",), by_name=True, only=f"({abbreviation})")
        for feed, abbreviation in (
            *(("us_bis_el", "EL"), ("us_bis_dpl", "DPL"), ("us_bis_uvl", "UVL"), ("us_bis_meu", "MEU")),
            *(("us_state_isn", "ISN"), ("us_state_aeca", "DTC")),
        )
    },
}

# Vocabularies whose documents do not say when they were published: the publisher's Last-Modified does.
UNDATED = frozenset({"records", "screening_list", "csv"})


def read(
    feed: str, vocabulary: str, body: bytes, *, known: Known = NOTHING_KNOWN, strict: bool = False
) -> tuple[list[Entry], DocumentReading]:
    reading = DocumentReading(all_feeds()[feed], vocabulary, io.BytesIO(body), known=known, strict=strict)
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


def entry_elements(root: etree._Element, vocabulary: str) -> list[etree._Element]:
    """The entries of a document, in its order within each tag."""
    assert vocabulary in SHAPES, f"say in SHAPES where the vocabulary {vocabulary} has its entries, ids and names"
    return [element for tag in SHAPES[vocabulary].entries for element in root.iter(f"{{*}}{tag}")]


def written(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
