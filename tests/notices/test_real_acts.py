"""Real announcements against the real lists that followed them (`../shared`): what is linked, and what is not."""

import bz2
import csv
import html
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from syncd.channels import au_dfat_news, eu_oj, us_ofac_actions
from syncd.channels.contract import AnnouncedAct
from syncd.core.events import Change
from syncd.core.model import Name, Record
from syncd.core.notices.notice import NamedParty, Notice
from tests.core import published
from tests.notices.invented import Told, change, record

pytestmark = pytest.mark.shared

SDN = "us_ofac_sdn"
PARTY = re.compile(rb'<DistinctParty FixedRef="(\d+)"[^>]*>(.*?)</DistinctParty>', re.DOTALL)
NAME = re.compile(rb"<DocumentedName .*?</DocumentedName>", re.DOTALL)
PART = re.compile(rb"<NamePartValue[^>]*>([^<]*)<")
DAYS = ("2025-05-29", "2025-07-01", "2025-08-14")


def at_noon(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)


def july(shared: Path) -> AnnouncedAct:
    (path,) = (shared / "notices" / "us_ofac_recent_actions").glob("EXCERPT_2025-07-01*")
    item = AnnouncedAct(id="20250701", url=f"{us_ofac_actions.HOME}/20250701", title="", published="2025-07-01")
    return us_ofac_actions.read_page(path.read_bytes(), item)


def august(shared: Path) -> tuple[AnnouncedAct, dict[str, str]]:
    """The page, of which the names were kept; and the id of each that was added."""
    (path,) = (shared / "notices" / "us_ofac_recent_actions").glob("EXCERPT_2025-08-14*")
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    parties = tuple(
        NamedParty(action="designated" if "added" in heading else "amended", names=(name,))
        for heading, name, *_ in rows
    )
    page = AnnouncedAct(id="20250814", url=us_ofac_actions.HOME, title="", published="2025-08-14", parties=parties)
    return page, {name: key for heading, name, _, key in rows if "added" in heading}


class Listed(NamedTuple):
    """One party of a version of the SDN list, read without the feed: its names, and a mark of all that it says."""

    names: tuple[str, ...]
    mark: int


def parties_of(path: Path) -> dict[str, Listed]:
    """Id → party. A version is 110 MB: what a feed makes of it takes a minute, and names alone some seconds."""
    found = {}
    for party in PARTY.finditer(bz2.decompress(path.read_bytes())):
        names = (b" ".join(PART.findall(name)).decode() for name in NAME.findall(party[2]))
        found[party[1].decode()] = Listed(tuple(html.unescape(name) for name in names), zlib.crc32(party[2]))
    return found


def changes_between(before: dict[str, Listed], now: dict[str, Listed], day: str) -> Iterator[Change]:
    for number, key in enumerate(sorted(before.keys() | now.keys()), 1):
        kind = "amended" if key in before and key in now else "designated" if key in now else "delisted"
        if kind != "amended" or before[key].mark != now[key].mark:
            versions = (record(f"{SDN}:{key}", *one[key].names) if key in one else None for one in (before, now))
            yield change(number, kind, *versions, at_noon(day), commit=DAYS.index(day) + 1)


@pytest.fixture(scope="module")
def sdn(shared: Path) -> list[Change]:
    """What OFAC's list did between the versions at hand, each on its day."""
    folder = shared / "feeds" / "us_ofac_sdn_advanced"
    found: list[Change] = []
    before: dict[str, Listed] | None = None
    for day in DAYS:
        now = parties_of(next(folder.glob(f"{day}__*")))
        if before is not None:
            more = len(found)
            found += (
                msgspec.structs.replace(one, sequence=more + place)
                for place, one in enumerate(changes_between(before, now, day), 1)
            )
        before = now
    return found


@pytest.fixture(scope="module")
def linked(shared: Path, sdn: list[Change]) -> dict[str, Notice]:
    """The two pages, each noticed on its morning, and the list's changes in the order of their commits."""
    told = Told(us_ofac_actions.CHANNEL.rules, at_noon(DAYS[0]))
    pages = {"2025-07-01": july(shared), "2025-08-14": august(shared)[0]}
    for day, page in pages.items():
        told.shows(at_noon(day) - timedelta(hours=2), page)
        told.takes(at_noon(day), *(one for one in sdn if one.committed_at.startswith(day)))
    # As last told: what was settled a month ago is not kept.
    return {event.notice.announcement.id: event.notice for event in told.events}


def keys(notice: Notice, action: str) -> set[str]:
    return {link.key for link in notice.links if link.action == action}


def test_all_26_additions_of_ofac_are_linked_for_certain(shared: Path, linked: dict[str, Notice]) -> None:
    july_keys, august_keys = (keys(linked[day], "designated") for day in ("20250701", "20250814"))
    assert (len(july_keys), len(august_keys)) == (8, 18)
    assert august_keys == {f"{SDN}:{number}" for number in august(shared)[1].values()}
    assert {link.grade for notice in linked.values() for link in notice.links} == {"certain"}
    assert {notice.outcome for notice in linked.values()} == {"enacted"}


def test_the_deletion_and_the_renamed_one_are_linked(linked: dict[str, Notice], sdn: list[Change]) -> None:
    gone = {one.key for one in sdn if one.type == "delisted" and b"GOLD MILES LIMITED" in _upper(one.before)}
    assert keys(linked["20250701"], "delisted") == gone and len(gone) == 1
    (renamed,) = keys(linked["20250701"], "amended")
    (winson,) = (one for one in sdn if one.key == renamed and one.committed_at.startswith("2025-07-01"))
    assert b"WINSUN" in _upper(winson.before) and b"WINSON" in _upper(winson.after)


def _upper(one: msgspec.Raw | None) -> bytes:
    """The list's letter case differs from the page's."""
    return bytes(one or b"").upper()


def test_none_of_the_other_changes_is_linked(linked: dict[str, Notice], sdn: list[Change]) -> None:
    count = {day: sum(one.committed_at.startswith(day) for one in sdn) for day in DAYS}
    assert count["2025-07-01"] > 700, "between the versions lies a mass delisting"
    assert len(linked["20250701"].links) == 8 + 1 + 1
    assert len(linked["20250814"].links) == 18 + len(keys(linked["20250814"], "amended"))
    assert len(keys(linked["20250814"], "amended")) <= 2


def dfat(shared: Path) -> Iterator[str]:
    """The references of Australia's list of 2026, some of which a page of news names."""
    path = next((shared / "feeds" / "au_dfat").glob("2026-04-27__*"))
    for one in published.records("au_dfat", path):
        yield one.key


def test_australias_news_links_exactly_its_149_entries(shared: Path) -> None:
    text = (shared / "notices" / "au_dfat" / "EXCERPT_news_70-persons-and-79-entities.txt").read_text("utf-8")
    page = "".join(f"<p>{line}</p>" for line in text.splitlines())
    news = au_dfat_news.read_news_item(page.encode(), AnnouncedAct(id="n", url=au_dfat_news.HOME, title="n"))
    day = at_noon("2025-02-24")
    told = Told(au_dfat_news.CHANNEL.rules, day)
    told.shows(day, news)
    listed = [
        change(
            number,
            "designated",
            None,
            Record(key=key, feed="au_dfat", kind="unknown", names=(Name(full=key, kind="primary"),)),
            day + timedelta(hours=30),
        )
        for number, key in enumerate(dfat(shared), 1)
    ]
    assert told.takes(day + timedelta(hours=30), *listed) == ["linked", "settled"]
    (notice,) = told.board.notices.values()
    assert len(listed) > 2000
    assert len(notice.links) == len({link.key for link in notice.links}) == 149 == 70 + 79
    assert {link.by for link in notice.links} == {"id"}


class EuSet(msgspec.Struct, frozen=True):
    """One row of the table of lags: an act on a framework, and the day on which the file first had its entries."""

    framework: str
    start: str
    listed: str | None
    lag: int | None


def eu_sets(shared: Path) -> list[EuSet]:
    lines = (shared / "notices" / "eu_oj" / "act_to_list_lag.txt").read_text("utf-8").splitlines()[1:]
    found = []
    for line in lines:
        if not line.startswith("3"):
            continue
        framework, start, *_ = line.split()
        days = [part.split("'")[0] for part in line.split(", '20")[1:]]
        firsts = sorted(f"20{day}" for day in days)
        later = [day for day in firsts if day >= start]
        lag = (datetime.fromisoformat(later[0]) - datetime.fromisoformat(start)).days if later else None
        found.append(EuSet(framework, start, later[0] if later else None, lag))
    return found


def replayed(shared: Path, sets: list[EuSet]) -> Told:
    """The acts as the Official Journal announced them, and the file's changes on their days, day by day."""
    first, last = min(one.start for one in sets), "2026-02-04"
    told = Told(msgspec.structs.replace(eu_oj.CHANNEL.rules, flood=100), at_noon(first))
    day = at_noon(first)
    while day <= at_noon(last):
        today = day.date().isoformat()
        acts = [eu_act(number, one) for number, one in enumerate(sets, 1) if one.start == today]
        if acts:
            told.shows(day, *acts)
        lists = [eu_listing(number, one, day) for number, one in enumerate(sets, 1) if one.listed == today]
        told.takes(day, *lists)
        day += timedelta(days=1)
    return told


def eu_act(number: int, one: EuSet) -> AnnouncedAct:
    return AnnouncedAct(
        id=f"{one.framework}.{one.start}",
        url=eu_oj.READ_HERE,
        title="",
        published=one.start,
        act=f"32090R{number:04}",
        programmes=(one.framework,),
    )


def eu_listing(number: int, one: EuSet, day: datetime) -> Change:
    listed = record(f"eu_fsf:EU.{number}", f"Name {number}", authority=f"2090/{number} (OJ L1)")
    return change(number, "designated", None, listed, day)


def test_the_eus_acts_replayed_by_day_are_late_as_was_measured(shared: Path) -> None:
    """37 sets came within 60 days: half within six, nine in ten within 17, the last after 36."""
    sets = [one for one in eu_sets(shared) if one.lag is not None and one.lag <= 60]
    told = replayed(shared, sets)
    lags = sorted(one.lag for one in sets if one.lag is not None)
    assert (len(lags), lags[len(lags) // 2], lags[-1]) == (37, 6, 36)
    assert (sum(lag <= 2 for lag in lags), sum(lag <= 7 for lag in lags)) == (13, 23)
    assert all(notice.outcome == "enacted" for notice in told.board.notices.values())
    settled = [one for one in told.events if one.type == "settled"]
    assert len(settled) == 37
    for hours in (72, 240, 504):
        said = {one.notice.id for one in told.events if one.type == "overdue" and one.hours == hours}
        late = {f"{eu_oj.CHANNEL.id}:{one.framework}.{one.start}" for one in sets if (one.lag or 0) > hours // 24}
        assert said == late, hours


def test_what_the_eus_file_has_not_followed_stays_open_and_is_overdue(shared: Path) -> None:
    """The mirror ends in February 2026, and its file had stood still since December."""
    sets = [one for one in eu_sets(shared) if "2025-12-01" < one.start < "2026-01-30" and one.listed is None]
    told = replayed(shared, sets)
    assert {notice.state for notice in told.board.notices.values()} == {"open"}
    december = [one for one in sets if one.start < "2026-01-01"]
    said = [one.notice.id for one in told.events if one.hours == 504]
    assert len(said) == len(december) == 3


def test_no_act_that_cannot_appear_in_the_file_is_ever_overdue(shared: Path) -> None:
    bindings = [
        {
            "celex": {"value": f"32025R{number:04}"},
            "date": {"value": "2025-07-18"},
            "framework": {"value": framework},
            "title": {"value": "Council Regulation"},
        }
        for number, framework in enumerate(sorted(eu_oj.FRAMEWORKS), 1)
    ]
    body = msgspec.json.encode({"results": {"bindings": bindings}})
    acts = eu_oj.read_acts(body, eu_oj.SPARQL)
    told = Told(msgspec.structs.replace(eu_oj.CHANNEL.rules, flood=100), at_noon("2025-07-19"))
    told.shows(at_noon("2025-07-19"), *acts)
    for days in range(1, 60):
        told.draft(at_noon("2025-07-19") + timedelta(days=days))
    assert not [one for one in told.events if one.type == "overdue"]
    never = [one.notice.announcement for one in told.events if one.notice.outcome == "not_listed"]
    assert {one.programmes[0] for one in never} == eu_oj.NEVER_IN_THE_FILE


def test_the_first_days_of_eu_references_are_days_on_which_the_file_changed(shared: Path) -> None:
    """The tables agree with one another: what is replayed is what was there."""
    folder = shared / "notices" / "eu_oj"
    with (folder / "fsf_first_appearance.csv").open(encoding="utf-8") as stream:
        first = {row["first_daily_snapshot"] for row in csv.DictReader(stream)}
    with (folder / "fsf_file_changes.csv").open(encoding="utf-8") as stream:
        changed = {row["daily_snapshot"] for row in csv.DictReader(stream) if row["note"] == "list"}
    assert first <= changed
