"""Japan's ships: the rows at hand, a removed row, and the link on the page that other lists share."""

from pathlib import Path

import pytest

from syncd.core.model import Record
from syncd.feeds import jp_mof, one_feed
from tests.feeds import documents

HEADER = "区分,番号,告示日付,告示番号,IMO番号"


def records(*rows: str) -> dict[str, Record]:
    return documents.records("jp_mof_vessels", "csv", "".join(f"{row}\n" for row in (HEADER, *rows)).encode())


@pytest.mark.shared
def test_the_document_at_hand_is_understood_to_the_last_field(shared: Path) -> None:
    (path,) = (shared / "feeds" / "jp_mof_vessels").iterdir()
    found = documents.records("jp_mof_vessels", "csv", path.read_bytes())
    assert [record.identifiers[0].value for record in found.values()] == ["9179842", "8517839", "9339337"]
    assert {record.listings[0].listed_on for record in found.values()} == {"2026-10-02"}


def test_a_ship_goes_by_its_number() -> None:
    record = records("1,００１－000001,2026.10.2,1,９０７４７２９")["jp_mof_vessels:001-000001"]
    assert (record.names[0].full, record.identifiers[0].value) == ("IMO 9074729", "9074729")


def test_a_row_that_was_removed_is_no_record() -> None:
    assert list(records("1,001-000001,2026.10.2,1,9074729", "1,001-000002,2026.11.5削除,2,")) == [
        "jp_mof_vessels:001-000001"
    ]


def test_a_row_without_the_number_of_its_ship_is_set_aside() -> None:
    (entry,), _ = documents.read("jp_mof_vessels", "csv", f"{HEADER}\n1,001-000001,2026.10.2,1,\n".encode())
    assert (entry.key, entry.record) == ("jp_mof_vessels:001-000001", None)


def test_the_page_that_lists_share_gives_each_its_own_file() -> None:
    page = (
        b"<html><body><a href='./shisantouketsu20261002.csv'>freezes</a>"
        b"<a href='./ekimukisei_IMOnumber_20261002.csv'>ships</a></body></html>"
    )
    names = []
    for feed in ("jp_mof", "jp_mof_vessels"):
        (gate,) = one_feed(feed).sources[0].gates
        names.append((gate.read(page, jp_mof.PAGE).url or "").rpartition("/")[2])
    assert names == ["shisantouketsu20261002.csv", "ekimukisei_IMOnumber_20261002.csv"]
