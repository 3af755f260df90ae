"""The sections of Japan's list, and which row stands in which of them.

A row's number (`037-000001`) is that of its section and its own within it, and sections shift when one is inserted:
34 … 37 of 2022 are 37 … 40 of 2026. The CSV names its sections by that number alone. What does not shift is what its
notices were: a section is known by its name in a workbook, else by the days on which its rows were first listed, and
keeps the number that it had in the spring of 2026. A row of a section that is not in the table is keyed by the day
of its notice and its number in it.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from syncd.core.canonical import text as tidy
from syncd.feeds import by_content


class MofSection(NamedTuple):
    """`holds`: `p` persons, `o` organisations, `-` both; `days`: on which its rows were first listed, `20010922`."""

    number: str
    holds: str
    name: str
    days: frozenset[str]


class RowPlace(NamedTuple):
    """Where a row stands in a document. `section`: its number or name there; `holds` as in `MofSection`."""

    section: str
    name: str
    holds: str
    day: str
    number: str
    names: tuple[str, ...]
    content: tuple[str, ...]


class Keyed(NamedTuple):
    """The part of a row's key after the feed, and the name of its section, if it is known."""

    id: str
    section: str | None


def row_keys(places: Sequence[RowPlace]) -> list[Keyed]:
    """One key a row, in the order given, the same under whatever number its section stands."""
    known = _known(places)
    unknown = [place for place in places if place.section not in known]
    found = dict(zip(map(id, unknown), by_content.content_keys([_identity(place) for place in unknown]), strict=True))
    return [_keyed(place, known.get(place.section), found.get(id(place), "")) for place in places]


def _keyed(place: RowPlace, section: MofSection | None, by_notice: str) -> Keyed:
    if section is None:
        return Keyed(by_notice, place.name or None)
    return Keyed(f"{section.number}-{int(place.number):06}", section.name)


def _identity(place: RowPlace) -> by_content.ContentIdentity:
    return by_content.ContentIdentity(
        identity=(place.holds, place.day, place.number), apart=place.names, content=place.content
    )


def _known(places: Iterable[RowPlace]) -> Mapping[str, MofSection]:
    """The sections of a document that are in the table: by their names, else by the days of most of their rows."""
    found: dict[str, MofSection] = {}
    waiting: Counter[tuple[str, str, str]] = Counter()
    for place in places:
        named = _BY_NAME.get(section_as_spelt(place.name))
        if named is not None:
            found[place.section] = named
        else:
            waiting[place.section, place.holds, place.day] += 1
    support: Counter[tuple[str, MofSection]] = Counter()
    for (section, holds, day), rows in waiting.items():
        for candidate in _BY_DAY.get(day, ()):
            if holds == "-" or candidate.holds in (holds, "-"):
                support[section, candidate] += rows
    return found | _surest(support, taken={section.number for section in found.values()})


def _surest(support: Mapping[tuple[str, MofSection], int], taken: set[str]) -> dict[str, MofSection]:
    """One section of the table for each of the document's, those with most rows first; of equals the same number."""
    found: dict[str, MofSection] = {}
    for (section, candidate), _ in sorted(support.items(), key=_rank):
        if section not in found and candidate.number not in taken:
            found[section] = candidate
            taken.add(candidate.number)
    return found


def _rank(one: tuple[tuple[str, MofSection], int]) -> tuple[int, bool, str, str]:
    (section, candidate), rows = one
    return -rows, section.zfill(3) != candidate.number, section.zfill(3), candidate.number


def section_as_spelt(name: str) -> str:
    """A section's name without white space, full-width forms and ideographic brackets: it is written in all of
    them."""
    return "".join(tidy(unicodedata.normalize("NFKC", name)).split())


# Number in spring 2026, whom it holds, name, and the days of first listing of the rows in force then.
_SECTIONS = """
001 p ミロシェビッチ前ユーゴ大統領関係者 20020301
002 - タリバーン関係者等 20010922 20011012 20011027 20011113 20011226 20020116 20020502 20020907 20020913 20021002
    20021012
    20021024 20021027 20021123 20030130 20030205 20030226 20030306 20030703 20030911 20031001 20031216 20040324
    20040826 20041026 20050224 20050516 20050526 20050614 20050823 20050906 20051019 20051221 20060510 20060815
    20061226 20070323 20070713 20071220 20080219 20080708 20080718 20081113 20081205 20081219 20090428 20090717
    20100205 20100525 20100922 20101119 20110218 20110422 20110805 20111118 20120327 20120424 20120824 20120928
    20121109 20121219 20130130 20130319 20130524 20131212 20140206 20140513 20140606 20140723 20140918 20141017
    20141217 20150220 20150327 20150424 20150526 20150828 20150918 20151016 20151030 20151120 20160325 20160520
    20160826 20170113 20170310 20170707 20170721 20170804 20170908 20180323 20180420 20180713 20180831 20180914
    20181026 20181102 20181214 20190315 20190412 20190524 20190607 20190830 20200207 20200227 20200309 20200526
    20200721 20201013 20210618 20211125 20211222 20211231 20220308 20230117 20230128 20230427 20250617
003 - テロリスト等(1) 20020420 20020831
004 - テロリスト等(2) 20011219 20020112 20020706 20031001 20040324 20191112 20200331 20231031 20231226 20240130
    20240305
005 p イラク前政権関係者等（Ⅰ） 20100716
006 - イラク前政権関係者等(Ⅱ) 20100716
007 - イラク前政権関係者等(Ⅲ) 20040826 20100716
009 p コンゴ民主共和国（個人） 20051125 20070508 20090812 20110218 20120210 20130227 20180309 20200310 20231204
    20240416
010 o コンゴ民主共和国(団体) 20051125 20070508 20130227 20150731
012 - スーダン 20060630 20250411
013 - 北朝鮮(決議1695号) 20060919
014 o 北朝鮮(決議1718号等；団体) 20090522 20090724 20120515 20130206 20130405 20140815 20160311 20161209 20170609
    20170816
    20170922 20171228 20180410
015 p 北朝鮮(決議1718号等；個人) 20090724 20130206 20130405 20160311 20161209 20170609 20170816 20171228 20180410
016 o 北朝鮮(協調；団体) 20130405 20130830 20160219 20161209 20170728 20170825 20171107 20171215 20220401 20221018
    20221202
    20230901 20231201
017 p 北朝鮮(協調；個人) 20130405 20130830 20160219 20161209 20170728 20170825 20171107 20220401 20221202 20230317
    20230901
    20231201
019 p イラン（個人） 20250928
020 o イラン(団体) 20250928
021 - ソマリア 20100625 20111018 20120914 20141029 20200124 20210528 20220406 20230804 20240716
022 - リビア(Ⅰ) 20110324
023 - リビア(Ⅱ) 20110308 20110324 20110826 20200630 20211126
024 p シリア（個人） 20110909 20111222 20120309 20120706 20121127
025 o シリア（団体） 20110909 20111222 20120309 20121127
026 p クリミア等（個人） 20140805 20141209 20220226 20220303 20220510 20220705 20221007 20230127 20230228 20230526
    20231215
    20240301 20240621 20250912
027 o クリミア等(団体) 20140805 20141209 20240621 20250912
028 o ロシア連邦(団体(特定銀行を除く)) 20220301 20220308 20220318 20220412 20220705 20221007 20230127 20230228
    20230526 20231215
    20240301 20240524 20240621 20250110 20250912
029 p ロシア連邦(個人) 20220301 20220303 20220308 20220315 20220318 20220325 20220412 20220510 20220705 20221007
    20230127
    20230228 20230526 20231215 20240301 20240524 20240621 20250110 20250912
030 o ロシア連邦(特定銀行） 20220226 20220301 20220303 20220412 20220607 20230228 20240301 20250110
031 p ベラルーシ(個人) 20220303 20220308
032 o ベラルーシ(団体(特定銀行を除く)) 20220303 20220308
033 o ベラルーシ(特定銀行) 20220311 20220607
034 o ロシア及びベラルーシ以外（団体(特定銀行を除く)） 20231215 20240524 20240621 20250912
035 p ロシア及びベラルーシ以外（個人） 20250110
036 o ロシア及びベラルーシ以外（特定銀行) 20250110
037 p 中央アフリカ共和国（個人） 20140821 20151016 20160226 20160401 20161021 20170825 20200630 20200925 20220128
038 o 中央アフリカ共和国（団体） 20160401
039 - イエメン共和国 20141217 20150519 20210528 20220225 20240222
040 - 南スーダン 20150918 20180817
041 - マリ共和国 20200327
042 p ハイチ共和国（個人） 20221111 20240129 20241025 20251125
043 - イスラエル 20240723
044 o ハイチ共和国（団体） 20250813
"""


def _table() -> list[MofSection]:
    lines = _SECTIONS.strip().replace("\n    ", " ").splitlines()
    parts = [line.split(" ", 3) for line in lines]
    return [MofSection(number, holds, name, frozenset(days.split())) for number, holds, name, days in parts]


SECTIONS = _table()
_BY_NAME = {section_as_spelt(section.name): section for section in SECTIONS}
_BY_DAY = {day: [one for one in SECTIONS if day in one.days] for section in SECTIONS for day in section.days}
