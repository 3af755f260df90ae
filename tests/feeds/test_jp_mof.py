"""Japan's list of asset freezes: every document at hand read whole, what its cells mean, and its page."""

import io
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from syncd.core import diff
from syncd.core.model import PartialDate, Record
from syncd.errors import AnotherDocument, DocumentRefused
from syncd.feeds import jp_mof
from syncd.formats import workbook as workbook_format
from tests.feeds import documents, workbooks

# Every document at hand: the beginning of its name → vocabulary, records (rows without the removed and the unfilled).
DOCUMENTS = {
    "2022-05-05__sanctions.xls": ("workbook", 1_954),
    "2022-05-12__sanctions.xls": ("workbook", 2_095),
    "2026-03-05__shisantouketsu20260305.xlsx": ("workbook", 2_862),
    "EXCERPT_2026-08-28__shisantouketsu20260828_5rows.csv": ("csv", 5),
    "EXCERPT__2026-10-09__shisantouketsu20261009_3rows-shortened.csv": ("csv", 3),
}
# Rows retyped with words for what was left out.
SHORTENED = "EXCERPT__2026-08-28__shisantouketsu20260828_3more-rows-shortened.csv"
SECTION = "2.架空組織関係者等"
HEADER = ["告示日付", "告示\n番号", "日 本 語 表 記", "英 語 表 記"]
CSV_HEADER = "区分,番号,告示日付,告示番号,個人・団体,氏名（日本語）,氏名（英語）"


def document(shared: Path, name: str) -> bytes:
    return (shared / "feeds" / "jp_mof" / name).read_bytes()


@cache
def version(shared: Path, name: str) -> Mapping[str, Record]:
    return documents.records("jp_mof", DOCUMENTS[name][0], document(shared, name))


def workbook(*rows: dict[str, Any], sheet: str = SECTION) -> bytes:
    usual = {"告示日付": "2001.9.22", "告示\n番号": 1, "日 本 語 表 記": "アルド"}
    columns = list(dict.fromkeys([*HEADER, *(name for row in rows for name in row)]))
    return workbooks.xlsx(
        {sheet: [["題"], columns, *([(usual | row).get(column) for column in columns] for row in rows)]}
    )


def entry(sheet: str = SECTION, **cells: Any) -> Record:
    (record,) = documents.records("jp_mof", "workbook", workbook(cells, sheet=sheet)).values()
    return record


def csv(*rows: str) -> bytes:
    return ("\r\n".join([CSV_HEADER, *rows]) + "\r\n").encode("utf-8-sig")


@pytest.mark.shared
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_at_hand_is_understood_to_the_last_field(shared: Path, name: str) -> None:
    found = version(shared, name)
    assert len(found) == DOCUMENTS[name][1]
    assert documents.references(found) == (
        {"un_reference": 10} if "2026-03-05" in name else {"un_reference": 1} if "10-09" in name else {}
    )


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "rows", "unfilled"), list(zip(DOCUMENTS, (2_506, 2_647, 3_461), (2, 2, 1), strict=False))
)
def test_a_row_that_is_no_record_is_that_of_a_removed_entry(shared: Path, name: str, rows: int, unfilled: int) -> None:
    """Or of one of the two numbers that were never filled. A removed entry's row says nothing else."""
    opened = workbook_format.open_workbook(io.BytesIO(document(shared, name)))
    filled = [[cell for cell in row if cell.strip()] for sheet in opened.sheets for row in opened.rows(sheet)]
    removed = [row for row in filled if any("削除" in cell for cell in row)]
    assert all(len(row) <= 2 for row in removed)
    assert DOCUMENTS[name][1] + len(removed) + unfilled == rows


@pytest.mark.shared
def test_every_document_at_hand_is_in_the_table(shared: Path) -> None:
    assert {path.name for path in (shared / "feeds" / "jp_mof").iterdir()} == {*DOCUMENTS, SHORTENED}


@pytest.mark.shared
def test_a_week_in_2022_brought_141_new_entries_and_changed_27(shared: Path) -> None:
    """By row: +168/−27, where an entry that changed is one row less and one row more."""
    before, after = (version(shared, f"2022-05-{day}__sanctions.xls") for day in ("05", "12"))
    assert len(after.keys() - before.keys()) == 141
    assert not before.keys() - after.keys()
    assert sum(bool(diff.field_changes(before[key], after[key])) for key in before) == 27
    assert not any(diff.is_another_target(before[key], after[key]) for key in before)


@pytest.mark.shared
def test_the_csv_gives_the_keys_that_the_workbook_before_it_gave(shared: Path) -> None:
    rows = version(shared, list(DOCUMENTS)[3])
    sheets = version(shared, list(DOCUMENTS)[2])
    assert rows.keys() <= sheets.keys()
    assert not any(diff.is_another_target(sheets[key], rows[key]) for key in rows)


def test_numbers_repeat_across_sheets_and_keys_do_not() -> None:
    sheet = [HEADER, ["2001.9.22", 1, "アルド", None]]
    body = workbooks.xlsx({"9.架空（個人）": sheet, "10.架空 (団体)": sheet})
    assert len(documents.records("jp_mof", "workbook", body)) == 2


@pytest.mark.parametrize("number", [186, "186", "*186", "#186", "186(*12)", " 186（#12） "])
def test_marks_at_a_number_are_kept_and_are_no_part_of_the_key(number: Any) -> None:
    record = entry(**{"告示\n番号": number})
    assert record.key == "jp_mof:002-000186"
    assert [part.value for part in record.other] == ([] if str(number).isdigit() else [number.strip()])


@pytest.mark.parametrize("day", ["2023.11.16削除", "2001.9.22\n2023.11.16削除"])
def test_a_removed_entry_is_no_record(day: str) -> None:
    assert not documents.records("jp_mof", "workbook", workbook({"告示日付": day, "日 本 語 表 記": None}))
    assert not documents.records("jp_mof", "csv", csv(f'2,002-000003,"{day}",3,,,'))


def test_a_number_that_was_never_filled_is_no_record() -> None:
    assert not documents.records("jp_mof", "workbook", workbook({"日 本 語 表 記": None}))


def test_the_index_and_sections_that_were_lifted_have_no_records() -> None:
    sheets = {
        "一覧": [[1, "架空"]],
        "3.【解除】架空": [["【2015年12月18日告示廃止】"]],
        SECTION: [HEADER, ["2001.9.22", 1, "a"]],
    }
    assert len(documents.records("jp_mof", "workbook", workbooks.xlsx(sheets))) == 1


def test_a_section_without_its_header_is_refused() -> None:
    with pytest.raises(DocumentRefused, match=r"of the sheet 4\.架空"):
        documents.read("jp_mof", "workbook", workbooks.xlsx({"4.架空": [["a", "b"]]}))


def test_a_row_without_date_and_number_goes_on_with_the_one_above() -> None:
    more = {"告示日付": None, "告示\n番号": None, "日 本 語 表 記": None, "その他の情報": "続き"}
    body = workbook({"その他の情報": "始め"}, more, {"告示\n番号": 2})
    found = documents.records("jp_mof", "workbook", body)
    assert [one.remarks for one in found.values()] == [("始め\n続き",), ()]


@pytest.mark.parametrize(
    ("published", "listed", "amended"),
    [
        ("2002.3.1", "2002-03-01", None),
        ("2001.9.22\n2008.6.25改訂\n2012.3.27改訂", "2001-09-22", "2012-03-27"),
        ("2001.9.22 2008.6.25改訂", "2001-09-22", "2008-06-25"),
        ("2005.8.23\n2007.713改訂", "2005-08-23", "2007-07-13"),
    ],
)
def test_the_first_notice_lists_and_the_last_one_amends(published: str, listed: str, amended: str | None) -> None:
    (listing,) = entry(告示日付=published).listings
    assert (listing.listed_on, listing.amended_on) == (listed, amended)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1963年頃", (PartialDate(date="1963", circa=True),)),
        ("１９７９年頃", (PartialDate(date="1979", circa=True),)),
        ("おおよそ1964年", (PartialDate(date="1964", circa=True),)),
        ("1965年又は1966年", (PartialDate(date="1965"), PartialDate(date="1966"))),
        ("1972年から1973年までの間", (PartialDate(start="1972", end="1973"),)),
        ("1955年-1958年頃", (PartialDate(start="1955", end="1958", circa=True),)),
        ("約1960年又は1966年", (PartialDate(date="1960", circa=True), PartialDate(date="1966", circa=True))),
        ("1960年又は1966年頃", (PartialDate(date="1960", circa=True), PartialDate(date="1966", circa=True))),
        ("1960年頃又は1966年", (PartialDate(date="1960", circa=True), PartialDate(date="1966"))),
        ("1960年頃から1966年頃", (PartialDate(start="1960", end="1966", circa=True),)),
        ("1960年から", (PartialDate(start="1960", note="1960年から"),)),
        ("1960年頃以降", (PartialDate(start="1960", circa=True, note="1960年頃以降"),)),
        ("～1966年", (PartialDate(end="1966", note="~1966年"),)),
        ("1966年以前", (PartialDate(end="1966", note="1966年以前"),)),
        ("1991年7月14日又は6月14日", (PartialDate(date="1991-07-14"), PartialDate(date="1991-06-14"))),
        ("(a)1970年\n(b)1973 年1月15日", (PartialDate(date="1970"), PartialDate(date="1973-01-15"))),
        ("1968年5月15日\n1970年", (PartialDate(date="1968-05-15"), PartialDate(date="1970"))),
        ("1979年3月3日（偽造旅券より）", (PartialDate(date="1979-03-03", note="偽造旅券より"),)),
        ("1402年6月24日（ヒジュラ暦）", (PartialDate(date="1402-06-24", calendar="islamic"),)),
        ("1941/8/20", (PartialDate(date="1941-08-20"),)),
        ({"date": "1941-08-20"}, (PartialDate(date="1941-08-20"),)),
        ("不明", ()),
        ("10月10日（year unknown）", ()),
    ],
)
def test_a_birth_date_is_as_exact_as_the_list_gives_it(text: Any, found: tuple[PartialDate, ...]) -> None:
    assert entry(生年月日=text).birth_dates == found


@pytest.mark.parametrize(
    ("text", "codes", "kept"),
    [
        ("アフガニスタン、ロシア連邦", ("AF", "RU"), False),
        ("(a) コンゴ民主共和国、\n(b) 南スーダン共和国", ("CD", "SS"), False),
        ("リビア Libya", ("LY",), True),
        ("ソビエト社会主義共和国連邦（1991年まで）", ("SU",), True),
        ("スーダン人（生まれ）", ("SD",), True),
        ("2002年にクウェート国籍を剥奪された。", (), True),
        ("不明", (), False),
    ],
)
def test_a_nationality_is_a_code_and_its_remark_is_kept(text: str, codes: tuple[str, ...], kept: bool) -> None:
    record = entry(国籍=text)
    assert record.nationalities == codes
    assert bool(record.other) is kept


def test_aliases_stand_in_enumerations_in_two_scripts_and_under_labels() -> None:
    aliases = (
        "（別称）(a)ヴェル会社(b)ヴェル商会（Vell Co.）\n(a.k.a.: (a)Vell Trading, Inc. (b)VT)\n（旧称）灯台、港光"
    )
    cells = {"別称・旧称": aliases, "確定に十分でない別名": "不明"}
    record = entry(**cells)
    assert [(name.full, name.kind) for name in record.names[1:]] == [
        ("ヴェル会社", "alias"),
        ("ヴェル商会", "alias"),
        ("Vell Co.", "alias"),
        ("Vell Trading, Inc.", "alias"),
        ("VT", "alias"),
        ("灯台", "former"),
        ("港光", "former"),
    ]


def test_the_original_script_behind_a_name_is_a_name() -> None:
    record = entry(**{"英 語 表 記": "ALDO CORVIN\n（original script：ألدو كورفين）"})
    assert [(name.full, name.script) for name in record.names[1:]] == [("ALDO CORVIN", "Latn"), ("ألدو كورفين", "Arab")]


def test_a_number_has_its_column_as_label_and_what_is_none_is_kept() -> None:
    record = entry(旅券番号="アフガニスタン旅券 D 009206 （2001年7月17日発行）", 身分登録番号="発行地不詳")
    (number,) = record.identifiers
    assert (number.type, number.value, number.label, number.country) == ("passport", "D 009206", "旅券番号", "AF")
    assert [(part.name, part.value) for part in record.other] == [("身分登録番号", "発行地不詳")]


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("北朝鮮平壌特別市架空洞", "KP"),
        ("中央アフリカ共和国ヴェル県（Vell）", "CF"),
        ("中華人民共和国香港特別行政区", "HK"),
        ("ウガンダ、架空（Vell）", "UG"),
        ("ヴェル通り、カブール、アフガニスタン", "AF"),
        ("インドネシア大使館通り", None),
        ("北朝鮮大使館（北京）", None),
        ("ヴェルミア", None),
    ],
)
def test_a_place_that_begins_or_ends_with_a_country_has_its_code(text: str, country: str | None) -> None:
    record = entry(住所=text, 出生地=text)
    assert (record.addresses[0].country, record.birth_places[0].country) == (country, country)


def test_numbers_that_stand_in_remarks_alone_are_identifiers() -> None:
    ether = "0x" + "9a" * 20
    record = entry("10.架空 (団体)", その他の情報=f"ＩＭＯ番号：9342883\n暗号資産アドレス：\n{ether}；")
    assert [(one.type, one.value, one.currency) for one in record.identifiers] == [
        ("imo_company", "9342883", None),
        ("crypto_address", ether, "ETH"),
    ]
    assert not entry("9.架空（個人）", その他の情報="ＩＭＯ番号：9342883").identifiers


ADDRESS_HEADER = "住所・所在地（国）（英語）,住所・所在地（都市その他の情報）（英語）"


@pytest.mark.parametrize(
    ("country", "rest", "found"),
    [
        ("Russia", "Minsk", [("Minsk", "RU")]),
        ("Russia; Belarus", "1 Harbour Street, Vellmere; Minsk", [(None, "RU"), (None, "BY")]),
        ("Russia", "Vellmere; Minsk", [(None, "RU")]),
        ("Russia; Belarus", "", [(None, "RU"), (None, "BY")]),
    ],
)
def test_countries_and_cities_of_two_cells_are_not_paired_by_position(
    country: str, rest: str, found: list[tuple[str | None, str]]
) -> None:
    body = "\r\n".join(
        [f"{CSV_HEADER},{ADDRESS_HEADER}", f'1,001-000001,2002.3.1,1,個人,ヴェル,Vell,{country},"{rest}"', ""]
    )
    (record,) = documents.records("jp_mof", "csv", body.encode("utf-8-sig")).values()
    several = [(one, None) for one in rest.split("; ")] if len(found) != 1 or "; " in rest else []
    assert [(one.full, one.country) for one in record.addresses] == [*found, *(one for one in several if one[0])]


@pytest.mark.parametrize("number", ["", "1\x07", "9" * 300])
def test_a_row_of_the_csv_with_no_id_costs_itself_alone(number: str) -> None:
    rows = [f"1,{number},2002.3.1,1,個人,ヴェル,Vell", "1,001-000002,2002.3.1,2,個人,アルド,Aldo"]
    entries, _ = documents.read("jp_mof", "csv", csv(*rows))
    assert [(one.key, bool(one.problem)) for one in entries] == [(None, True), ("jp_mof:001-000002", False)]


@pytest.mark.parametrize(
    ("sheet", "cells", "kind"),
    [
        ("9.架空（個人）", {}, "person"),
        ("10.架空 (団体)", {}, "organisation"),
        ("33.架空(特定銀行)", {}, "organisation"),
        ("2.架空", {"生年月日": "1963年"}, "person"),
        ("2.架空", {"生年月日": "不明"}, "unknown"),
    ],
)
def test_the_section_says_what_a_target_is_or_else_its_birth_date_does(sheet: str, cells: Any, kind: str) -> None:
    assert entry(sheet, **cells).kind == kind


def test_a_csv_whose_last_row_is_cut_off_is_refused() -> None:
    with pytest.raises(DocumentRefused, match="cut off: its last row has 5 of 7 columns"):
        documents.read("jp_mof", "csv", csv("1,001-000001,2002.3.1,1,個人"))


def test_an_unknown_kind_of_target_is_published_and_said() -> None:
    (found,), _ = documents.read("jp_mof", "csv", csv("1,001-000001,2002.3.1,1,飛行船,ヴェル,Vell"))
    assert found.record is not None
    assert found.record.completeness == "partial"
    assert [(part.name, part.value) for part in found.record.other] == [("個人・団体", "飛行船")]


def page(*links: str) -> bytes:
    items = "".join(f"<li>対象者リスト <a href='{link}'>CSV</a></li>" for link in links)
    return f"<html><head><meta charset='utf-8'></head><body><ul>{items}</ul></body></html>".encode()


def test_the_newest_list_is_discovered_on_the_page() -> None:
    body = page("./shisantouketsu20260828.csv", "./shisantouketsu20260904.csv")
    answer = jp_mof.discover(jp_mof.CSV_LINK)(body, jp_mof.PAGE)
    assert answer.url == f"{jp_mof.PAGE.rpartition('/')[0]}/shisantouketsu20260904.csv"


def test_a_page_without_the_list_is_an_error_of_the_feed() -> None:
    for body in (page(), page("./other20260904.csv"), b"", json.dumps({"error": 1}).encode()):
        with pytest.raises(DocumentRefused):
            jp_mof.discover(jp_mof.CSV_LINK)(body, jp_mof.PAGE)


def test_a_document_of_the_other_kind_is_told_from_a_damaged_one() -> None:
    """So that a reader of files finds the vocabulary that fits, and the reason of the refusal when none does."""
    for vocabulary, body in (("csv", workbook({})), ("workbook", csv("1,001-000001,2002.3.1,1,個人,ヴェル,Vell"))):
        with pytest.raises(AnotherDocument):
            documents.read("jp_mof", vocabulary, body)


@pytest.mark.shared
def test_sections_that_shifted_between_2022_and_2026_keep_their_keys(shared: Path) -> None:
    before, after = (version(shared, list(DOCUMENTS)[at]) for at in (1, 2))
    central_africa = {key for key, one in before.items() if "中央アフリカ" in one.listings[0].programmes[0]}
    assert central_africa
    assert central_africa <= after.keys()


def test_a_section_that_is_inserted_shifts_no_key() -> None:
    rows = [
        ("2", "002-000001", "2001.9.22", "1"),
        ("3", "003-000001", "2031.5.6", "1"),
        ("4", "004-000007", "2031.7.8", "7"),
    ]
    shifted = [(str(int(rows[0][0])), *rows[0][1:])] + [
        (str(int(section) + 1), f"{int(section) + 1:03}{key[3:]}", day, number)
        for section, key, day, number in rows[1:]
    ]
    one, other = (
        set(documents.records("jp_mof", "csv", csv(*(f"{a},{b},{c},{d},個人,氏{d},NAME {d}" for a, b, c, d in rows_))))
        for rows_ in (rows, shifted)
    )
    assert one == other


@pytest.mark.parametrize("removed", ["一部削除", "一部 削除", " 別名　削除", " 一部（削除）"])
def test_a_part_removed_leaves_the_entry_in_force_and_is_said(removed: str) -> None:
    row = f"2,002-000002,2001.9.22 2023.11.16{removed},2,個人,アルド,ALDO CORVIN"
    (entry,), _ = documents.read("jp_mof", "csv", csv(row))
    assert entry.record is not None
    assert (entry.record.completeness, entry.record.listings[0].listed_on) == ("partial", "2001-09-22")


@pytest.mark.parametrize("number", ["００２－０００００２", "2-2", "002‐000002", "002−000002", " 002 - 000002"])
def test_a_number_in_other_characters_is_the_same_key(number: str) -> None:
    (entry,), _ = documents.read("jp_mof", "csv", csv(f"2,{number},2001.9.22,2,個人,アルド,ALDO CORVIN"))
    assert entry.key == "jp_mof:002-000002"
