"""Numbers of documents on Japan's list: what a cell says of each, and what is no number. The cells are invented."""

from typing import Any

import pytest

from syncd.core.model import Identifier, PartialDate
from syncd.feeds.jp import numbers


def one(cell: str, column: Any = "passport") -> Identifier:
    (found,) = numbers.read_numbers(cell, column, "番号").identifiers
    return found


def values(cell: str, column: Any = "passport") -> list[tuple[str, str]]:
    return [(found.type, found.value) for found in numbers.read_numbers(cell, column, "番号").identifiers]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("アフガニスタン旅券 D 009206 （2001年7月17日発行）", "D 009206"),
        ("アフガニスタン旅券：SEー091697", "SE-091697"),
        ("E97979708（中国旅券）", "E97979708"),
        ("トルコ旅券 TR-P 914 166 （2006年3月22日発行）", "TR-P 914 166"),
        ("ロシア旅券番号9208 No.955627、架空事務所発行", "9208 No.955627"),
        ("フランス旅券番号 92CP63882.3FRA、2012年7月31日発行", "92CP63882.3FRA"),
        ("リビア旅券番号：B/091897", "B/091897"),
        ("リビア旅券番号：G92FYPRL、発行日：2014年5月8日", "G92FYPRL"),
        ("外交旅券番号Ｄ０９４４３３", "D094433"),
        ("南スーダン旅券、D00098623", "D00098623"),
    ],
)
def test_the_number_is_whole_and_nothing_else(cell: str, value: str) -> None:
    assert one(cell).value == value


@pytest.mark.parametrize(
    ("cell", "remarks"),
    [
        ("（1998年9月13日にカブールで発行）", ("(1998年9月13日にカブールで発行)",)),
        ("発行地不詳", ("発行地不詳",)),
        ("旅券失効日：2016年12月7日", ("旅券失効日:2016年12月7日",)),
        ("架空・アルドの名で1993年に発行されたエジプト旅券", ("架空・アルドの名で1993年に発行されたエジプト旅券",)),
        ("不明", ()),
        ("", ()),
    ],
)
def test_a_date_or_a_sentence_is_no_number(cell: str, remarks: tuple[str, ...]) -> None:
    assert numbers.read_numbers(cell, "passport", "番号") == numbers.CellNumbers((), remarks)


@pytest.mark.parametrize(
    ("cell", "type_"),
    [
        ("米国社会保障番号：948-91-5411", "social_security"),
        ("SSN　956-92-9858 (米国)", "social_security"),
        ("Italian Fiscal Code（イタリア納税者番号）: VLLTMS74T11Z352Z", "tax"),
        ("マリ出生証明番号　912546", "birth_certificate"),
        ("デンマーク偽造運転免許証 no. 90645897", "driving_licence"),
        ("ドイツ渡航証明書(Reiseausweis) A 9139243", "travel_document"),
        ("イエメン軍事識別番号：90432", "military"),
        ("サウジアラビア外国人登録番号9054275397", "residence"),
        ("配給カード番号　9094195", "other"),
        ("イラク国籍証明書900397", "other"),
        ("ロシア国民旅券番号9900203535", "passport"),
        ("94643632（1999年6月18日発行）", "national_id"),
        ("M4809002143743\n（旅券に記載された身分登録番号）", "national_id"),
    ],
)
def test_the_words_before_a_number_say_its_type(cell: str, type_: str) -> None:
    assert one(cell, "national_id").type == type_


@pytest.mark.parametrize(
    ("cell", "country", "issued", "expires"),
    [
        ("チュニジア旅券 L 991609（1996年2月28日発行、2001年2月27日失効）", "TN", "1996-02-28", "2001-02-27"),
        ("OA 954044（アフガニスタンにて発行）", "AF", None, None),
        ("90085243（イエメン国サナアにて1997年11月17日に発行）", "YE", "1997-11-17", None),
        ("ドイツ旅券 9005552350 （2001年3月27日ドイツのキール（Kiel）市当局が発行）", "DE", "2001-03-27", None),
        ("クウェート旅券 9541451 （2017年2月16日まで有効）", "KW", None, "2017-02-16"),
        ("981420754\n旅券発行日：2011年12月7日\n旅券失効日：2016年12月7日", None, "2011-12-07", "2016-12-07"),
        ("タンザニア共和国AB950901（有効期限2026年12月11日）", "TZ", None, "2026-12-11"),
        ("英国旅券番号 901121547（2019年6月16日失効予定で2009年6月16日発行）", "GB", "2009-06-16", "2019-06-16"),
        ("フランス旅券95AT521433（2005年11月30日Police of Lorient, Franceにより発行）", "FR", "2005-11-30", None),
        ("956-92-9858 (米国)", "US", None, None),
        ("SSN 956929858", None, None, None),
        ("旅券98765（1985年3月4日Jakarta生まれのアルドとして発行）", None, None, None),
        ("サウジアラビア旅券F954645（1426年6月24日発行）", "SA", None, None),
        ("パキスタン旅券 FA9157612（2013年時点で公式に失効措置済み）", "PK", None, None),
    ],
)
def test_country_and_dates_of_a_document_are_read(
    cell: str, country: str | None, issued: str | None, expires: str | None
) -> None:
    found = one(cell)
    assert found.country == country
    assert found.issued_on == (PartialDate(date=issued) if issued else None)
    assert found.expires_on == (PartialDate(date=expires) if expires else None)


def test_a_document_issued_about_a_year_says_about() -> None:
    assert one("ヨルダン旅券番号954781（2009年頃発行）").issued_on == PartialDate(date="2009", circa=True)


def test_a_forged_document_and_a_revoked_one_say_so() -> None:
    assert one("デンマーク偽造運転免許証 no. 90645897").validity == "fraudulent"
    assert one("ドイツ渡航証明書 A 9139243（2012年9月取消）").validity == "revoked"


def test_several_documents_of_a_cell_keep_their_own_words() -> None:
    cell = "(a)ドイツ旅券 98642163 （2001年5月6日発行） \n(b)モロッコ旅券 954242 \n(c)アルドの名で発行された旅券"
    found = numbers.read_numbers(cell, "passport", "旅券番号")
    assert [(each.value, each.country, each.note) for each in found.identifiers] == [
        ("98642163", "DE", "ドイツ旅券 98642163 (2001年5月6日発行)"),
        ("954242", "MA", "モロッコ旅券 954242"),
    ]
    assert found.remarks == ("アルドの名で発行された旅券",)


def test_words_before_the_first_mark_are_about_every_number() -> None:
    found = numbers.read_numbers(
        "アフガニスタン国民ＩＤカード(tazkira)番号: (a)9132370 (b)912673", "national_id", "ID番号"
    )
    assert [(each.value, each.country) for each in found.identifiers] == [("9132370", "AF"), ("912673", "AF")]


def test_two_numbers_of_a_cell_without_marks_are_two() -> None:
    assert values("192-9238459-9、出生時の国籍証明書902581", "national_id") == [
        ("national_id", "192-9238459-9"),
        ("other", "902581"),
    ]
    assert values("リビア旅券903037（トリポリにて発行）； （リビア旅券947834、2014年2月21日失効）") == [
        ("passport", "903037"),
        ("passport", "947834"),
    ]


ETHER, BITCOIN = "0x" + "9a" * 20, "1" + "Ve11rTamsin" * 3


def test_crypto_addresses_stand_in_remarks_behind_their_heading() -> None:
    found = numbers.crypto_addresses([f"性別：男性\n暗号資産アドレス：\n{ETHER}；\n{BITCOIN}；\n{ETHER}；"])
    assert [(each.value, each.currency) for each in found] == [(ETHER, "ETH"), (BITCOIN, "XBT")]
    assert not numbers.crypto_addresses([f"電話：{ETHER}", "暗号資産アドレス：不明"])


def test_a_cell_beyond_all_measure_stands_as_published() -> None:
    cell = "旅券 9876543、" * 400
    assert one(cell).value == cell
    assert len(values("9876543、" * 200)) == numbers.NUMBERS_MAX
