"""METI's end-user list: the document at hand read whole, what its bilingual cells mean, and its page."""

from pathlib import Path
from typing import Any

import pytest

from syncd.core.model import Record
from syncd.errors import DocumentRefused
from syncd.feeds import jp_meti
from tests.feeds import documents, workbooks

HEADER = [
    *("No.", "国名、地域名\nCountry or Region", "企業名､組織名\nCompany or Organization"),
    *("別名\nAlso Known As", "懸念区分\nType of WMD", "通常兵器\nConventional Weapons"),
]
IRAN = "イラン\nIslamic Republic of Iran"


def records(*rows: list[Any]) -> list[Record]:
    return list(documents.records("jp_meti", "workbook", workbooks.xlsx({"ユーザーリスト": [HEADER, *rows]})).values())


def names(company: str, aliases: str | None = None) -> list[tuple[str, str]]:
    (record,) = records([1, IRAN, company, aliases, None, None])
    return [(name.full, name.kind) for name in record.names]


@pytest.mark.shared
def test_the_document_at_hand_is_understood_to_the_last_field(shared: Path) -> None:
    (path,) = (shared / "feeds" / "jp_meti_eul").iterdir()
    found = documents.records("jp_meti", "workbook", path.read_bytes())
    assert len(found) == 835
    assert not [name for one in found.values() for name in one.names if name.full.startswith("・")]
    assert all(one.countries and one.listings[0].programmes for one in found.values())


def test_rows_that_are_numbered_anew_are_the_same_records() -> None:
    first = records([1, IRAN, "Vell Valves", None, "核\nN", None], [2, IRAN, "Corvin", None, "核\nN", None])
    second = records([1, IRAN, "Corvin", None, "核\nN", None], [2, IRAN, "Vell Valves", None, "核\nN", None])
    assert sorted(first, key=lambda one: one.key) == sorted(second, key=lambda one: one.key)


def test_a_key_names_nobody_and_tells_two_of_one_name_in_two_countries_apart() -> None:
    first, second = records([1, IRAN, "Vell", None, None, None], [2, "中国\nChina", "Vell", None, None, None])
    assert first.key != second.key
    assert "Vell" not in first.key


def test_a_name_in_another_script_is_a_name_of_its_own() -> None:
    """A name in another script behind the english one is a name of its own."""
    assert names("Vell Trading\n(架空貿易会社)") == [("Vell Trading", "primary"), ("架空貿易会社", "primary")]
    assert names("Vell Trading（架空貿易(中国)会社）")[1] == ("架空貿易(中国)会社", "primary")
    assert names("Vell Industries Organization（VIO）") == [("Vell Industries Organization（VIO）", "primary")]


def test_aliases_stand_behind_bullets_and_go_on_over_lines() -> None:
    assert names("Vell", "・Zavod Transportnogo\nMashinostroeniya\n・Harbour\n(架空港)\n灯台工場")[1:] == [
        ("Zavod Transportnogo Mashinostroeniya", "alias"),
        ("Harbour", "alias"),
        ("架空港", "alias"),
        ("灯台工場", "alias"),
    ]


@pytest.mark.parametrize(
    ("text", "conventional", "found"),
    [
        ("ミサイル、核\nM、Ｎ", None, ("Missiles", "Nuclear weapons")),
        ("ミサイルM", "通常兵器\nCW", ("Missiles", "Conventional weapons")),
        ("生物、化学\nB,C ", None, ("Biological weapons", "Chemical weapons")),
        (None, "通常兵器\nCW", ("Conventional weapons",)),
    ],
)
def test_concerns_are_read_from_their_letters(text: str | None, conventional: str | None, found: tuple[str]) -> None:
    (record,) = records([1, IRAN, "Vell", None, text, conventional])
    assert record.listings[0].programmes == found


def test_a_concern_that_nobody_knows_is_published_and_said() -> None:
    body = workbooks.xlsx({"ユーザーリスト": [HEADER, [1, IRAN, "Vell", None, "宇宙\nX", None]]})
    (entry,), _ = documents.read("jp_meti", "workbook", body)
    assert entry.record is not None
    assert entry.record.listings[0].programmes == ("X",)
    assert entry.record.completeness == "partial"


def test_the_workbook_is_discovered_beside_the_words_that_say_what_it_is() -> None:
    page = (
        "<html><head><meta charset='utf-8'></head><body><ul><li>別の表<a href='20260930_1.xlsx'>表</a></li>"
        "<li>外国ユーザーリスト<a href='/policy/anpo/20260929_4.xlsx'>Excel</a></li></ul></body></html>"
    )
    answer = jp_meti.discover(page.encode(), jp_meti.PAGE)
    assert answer.url == "https://www.meti.go.jp/policy/anpo/20260929_4.xlsx"


def test_a_page_without_the_workbook_is_an_error_of_the_feed() -> None:
    for page in (b"", b"<html><body>Sorry</body></html>", b"<a href='20260930_1.xlsx'>something else</a>"):
        with pytest.raises(DocumentRefused):
            jp_meti.discover(page, jp_meti.PAGE)
