"""Real documents (`../shared/feeds`), cut down to a few entries: what no invented list has. None where they are not."""

import bz2
import gzip
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

from syncd.feeds import all_feeds
from syncd.feeds.contract import JsonShape, TableShape, XmlShape
from syncd.formats import workbook
from tests.feeds import workbooks

SHARED = Path(__file__).parents[3] / "shared" / "feeds"
ENTRIES = 7
LINES_MAX = 16
# A larger one is read too seldom to find anything.
BYTES_MAX = 300_000


class RealDocument(NamedTuple):
    """A few entries of a real list; `sheets` are those of a workbook."""

    feed: str
    vocabulary: str
    body: bytes
    sheets: Mapping[str, Any] | None = None


# (feed, vocabulary, path). A pattern names the latest of the documents that fit.
DOCUMENTS: Sequence[tuple[str, str, str]] = (
    ("au_dfat", "workbook", "au_dfat/2026-04-27__*.xlsx"),
    ("be_fod", "csv", "be_fod/*.csv"),
    ("ca_listed", "atom", "ca_listed/*.xml"),
    ("ca_sema", "records", "ca_sema/2025-05-25__*.xml.bz2"),
    ("ca_sema", "records", "ca_sema/REBUILT__2026-08-22__*NEWTAGS*.bz2"),
    ("ch_seco", "whole_list", "ch_seco/EXCERPT_2026-08-27__*.xml"),
    ("cz_mzv", "csv", "cz_mzv/*.csv"),
    ("eu_fsf", "fsf_1_1", "eu_fsf/REBUILT__2026-04-25__*.bz2"),
    ("eu_vessels", "vessels", "eu_vessels/*.csv"),
    ("fr_dgt", "registre", "fr_dgt/EXCERPT*.json"),
    ("il_nbctf", "items", "il_nbctf/*.json"),
    ("jp_meti", "workbook", "jp_meti_eul/*.xlsx"),
    ("jp_mof", "csv", "jp_mof/EXCERPT_2026-08-28__*5rows.csv"),
    ("jp_mof_vessels", "csv", "jp_mof_vessels/*.csv"),
    ("lv_fid", "lvlist", "lv_fid/*.xml"),
    ("mc_freezes", "json", "mc_freezes/*.json"),
    ("nz_russia", "workbook", "nz_russia/REBUILT__2026-03-08__*.xlsx"),
    ("tw_shtc", "csv", "tw_shtc/*.csv"),
    ("uk_hmt_invbans", "page", "uk_hmt_invbans/*.json"),
    ("uk_sl", "designations", "uk_sl/EXCERPT__2026-10-08__*.xml"),
    ("uk_sl", "designations", "uk_sl/REBUILT__2026-08-22__*.bz2"),
    ("un_sc", "consolidated", "un_sc/2026-02-27__*.bz2"),
    ("us_bis_el", "screening_list", "us_csl/EXCERPT__2026-10__consolidated.csv"),
    ("us_ofac_sdn", "enhanced", "us_ofac_sdn_enhanced/*YEMEN*.bz2"),
    ("us_ofac_sdn", "enhanced", "us_ofac_sdn_enhanced/*yemen*.bz2"),
    ("xx_worldbank", "json", "xx_worldbank/2026-02-04__*.bz2"),
)


def real_documents() -> Iterator[RealDocument]:
    """Yield the documents that are at hand, each of a few entries."""
    for feed, vocabulary, path in DOCUMENTS:
        for found in sorted(SHARED.glob(path))[-1:]:
            document = _of_few_entries(feed, vocabulary, _unpacked(found))
            if len(document.body) <= BYTES_MAX:
                yield document


def _unpacked(path: Path) -> bytes:
    how = {".bz2": bz2.decompress, ".gz": gzip.decompress}.get(path.suffix, bytes)
    return how(path.read_bytes())


def _of_few_entries(feed: str, vocabulary: str, body: bytes) -> RealDocument:
    shape = all_feeds()[feed].readers[vocabulary].shape
    if isinstance(shape, XmlShape):
        return RealDocument(feed, vocabulary, _few_elements(body, shape))
    if isinstance(shape, JsonShape):
        return RealDocument(feed, vocabulary, _few_objects(body, shape))
    if body.startswith(b"PK"):
        sheets = _few_rows(body, shape)
        return RealDocument(feed, vocabulary, workbooks.xlsx(sheets), sheets)
    if body.lstrip().startswith(b"{"):
        return RealDocument(feed, vocabulary, body)
    return RealDocument(feed, vocabulary, b"".join(body.splitlines(keepends=True)[:LINES_MAX]))


def _some(count: int) -> set[int]:
    """Which of so many entries stay: some from everywhere."""
    return {number * count // ENTRIES for number in range(ENTRIES)}


def _few_elements(body: bytes, shape: XmlShape) -> bytes:
    root = etree.fromstring(body)
    for tag in shape.entries:
        found = list(root.iter(f"{{*}}{tag}"))
        kept = _some(len(found))
        for number, element in enumerate(found):
            parent = element.getparent()
            if number not in kept and parent is not None:
                parent.remove(element)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _few_objects(body: bytes, shape: JsonShape) -> bytes:
    tree = found = json.loads(body.decode("utf-8-sig"))
    for name in shape.entries:
        found = found[name]
    kept = _some(len(found))
    found[:] = [entry for number, entry in enumerate(found) if number in kept]
    return json.dumps(tree, ensure_ascii=False).encode()


def _few_rows(body: bytes, shape: TableShape) -> dict[str, list[list[str]]]:
    opened = workbook.open_workbook(io.BytesIO(body))
    wanted = "".join(shape.header.split())
    sheets: dict[str, list[list[str]]] = {}
    for sheet in opened.sheets:
        rows = list(opened.rows(sheet))
        header = next((at for at, row in enumerate(rows) if wanted in ("".join(cell.split()) for cell in row)), None)
        sheets[sheet] = rows[:5] if header is None else rows[: header + 1 + ENTRIES]
    return sheets
