"""Real lists, and who acted together.

Of 2024 there are documents of OFAC and of the UN from before and after: they are replayed one after the other, as the
feeds would have committed them, and what they lead to is held against them.

Of the days after 24 February 2022 there are none, and a baseline says nothing. What is replayed there is what the lists
say of themselves: every record of later documents, baselined if it was listed before 22 February 2022, and otherwise
designated on the day on which its authority says that it listed it. What was delisted since is not in it, nor what was
amended.
"""

from pathlib import Path

import pytest

from syncd.core.coordination.target import CoordinationEvent
from syncd.core.model import Record
from tests.core.histories import Lists, Told
from tests.core.published import changes, first_listed, records

pytestmark = pytest.mark.shared

FROM, TO = "2022-02-22", "2022-05-04"
UK = ("uk_sl", "uk_sl/REBUILT__2022-05-04__UK-Sanctions-List.xml.bz2")
UN = ("un_sc", "un_sc/2022-06-30__consolidated.xml.bz2")
CA = ("ca_sema", "ca_sema/2025-05-25__cannada.xml.bz2")
JP = ("jp_mof", "jp_mof/2026-03-05__shisantouketsu20260305.xlsx")
US = ("us_ofac_sdn", "us_ofac_sdn_advanced/2024-05-28__sdn_advanced.xml.bz2")

# Record by record, with the dates in the documents.
KNOWN: tuple[dict[str, str], ...] = (
    {
        "us_ofac_sdn:35096": "2022-02-25",
        "uk_sl:RUS0251": "2022-02-25",
        "ca_sema:6bixsbgwtzqaoozn": "2022-02-28",
        "jp_mof:029-000001": "2022-03-01",
    },
    {
        "us_ofac_sdn:35233": "2022-02-25",
        "uk_sl:RUS0252": "2022-02-25",
        "ca_sema:fnkkssb26kkaqrri": "2022-02-28",
        "jp_mof:029-000002": "2022-03-01",
    },
    {
        "us_ofac_sdn:34577": "2022-02-22",
        "uk_sl:RUS0243": "2022-02-24",
        "ca_sema:aeq4nhqxkbzhidhp": "2022-02-24",
        "jp_mof:029-000013": "2022-03-03",
    },
    {"ca_sema:igwy5hjn2noapzc6": "2022-02-24", "us_ofac_sdn:34497": "2022-02-24", "uk_sl:RUS0254": "2022-02-28"},
    {"ca_sema:yfudradb4yefxvj2": "2022-02-24", "uk_sl:RUS0253": "2022-02-28", "jp_mof:030-000003": "2022-03-01"},
    {
        "us_ofac_sdn:36236": "2022-04-06",
        "uk_sl:RUS1129": "2022-04-08",
        "jp_mof:029-000496": "2022-04-12",
        "ca_sema:otsbcjsknwcxfjrv": "2022-04-19",
    },
)


def replayed(shared: Path, sources: tuple[tuple[str, str], ...], *, baseline: bool) -> Told:
    """One draft a day of designations, and one long after."""
    found = [one for feed, path in sources for one in records(feed, shared / "feeds" / path)]
    lists, told = Lists(), Told()
    if baseline:
        lists.baseline(*(one for one in found if first_listed(one) < FROM), day="2022-02-21T00:00:00.000000Z")
        assert told.read(lists.changes) == []
    by_day: dict[str, list[Record]] = {}
    for one in found:
        if FROM <= first_listed(one) <= TO:
            by_day.setdefault(first_listed(one), []).append(one)
    for day in sorted(by_day):
        told.read([lists.designate(one, f"{day}T18:00:00.000000Z") for one in by_day[day]])
    told.draft("2022-06-30T00:00:00.000000Z")
    return told


def acts(told: Told, kind: str) -> list[CoordinationEvent]:
    return [one for one in told.events if one.type == kind]


def check(told: Told, authorities: set[str]) -> None:
    """Each known action is one coordination, of those of its records whose list was read, with their dates."""
    coordinations = [which for target in told.targets for which in target.coordinations]
    for known in KNOWN:
        expected = {key: day for key, day in known.items() if key[:2] in authorities}
        if len(expected) > 1:
            found = [
                {one.key: one.listed_on for one in which.participations}
                for which in coordinations
                if any(one.key in expected for one in which.participations)
            ]
            assert found == [expected]
    for started in acts(told, "coordination.started"):
        days = sorted(one.listed_on or "" for one in started.participations)
        assert FROM <= days[0] <= days[-1] <= TO
        assert len({one.authority for one in started.participations}) > 1


def test_the_uk_canada_and_japan_acted_together_by_their_own_dates(shared: Path) -> None:
    """By their own dates of listing the uk canada and japan acted together in 2022."""
    told = replayed(shared, (UK, CA, JP), baseline=False)
    check(told, {"uk", "ca", "jp"})
    assert len(acts(told, "coordination.started")) >= 60


@pytest.mark.thorough
def test_the_us_and_its_allies_acted_together_by_their_own_dates(shared: Path) -> None:
    """With all records that had been listed before, which say nothing by themselves, and may stand in the way."""
    told = replayed(shared, (US, UK, UN, CA, JP), baseline=True)
    check(told, {"us", "uk", "ca", "jp", "un"})
    assert len(acts(told, "coordination.started")) >= 140
    assert {one.authority for one in acts(told, "coordination.gap")} >= {"eu", "jp", "ca"}


@pytest.mark.thorough
def test_the_documents_of_2024_show_who_acted_with_the_un(shared: Path) -> None:
    """The documents of 2024 in the order of their dates show who acted with the un."""
    folder = shared / "feeds"
    us = [
        folder / f"us_ofac_sdn_advanced/{day}__sdn_advanced.xml.bz2"
        for day in ("2024-05-28", "2024-08-23", "2024-12-04")
    ]
    un = [
        folder / f"un_sc/{day}__consolidated.xml.bz2"
        for day in ("2024-04-26", "2024-07-31", "2024-09-18", "2024-11-09")
    ]
    told = Told()
    told.read([*changes("us_ofac_sdn", us), *changes("un_sc", un)])
    started = [{one.key: one.listed_on for one in event.participations} for event in acts(told, "coordination.started")]
    assert started == [
        {"un_sc:SDi.005": "2024-11-08", "us_ofac_sdn:50561": "2024-11-12"},
        {"us_ofac_sdn:50841": "2024-09-25", "un_sc:HTi.006": "2024-09-27"},
        {"us_ofac_sdn:50845": "2024-09-25", "un_sc:HTi.007": "2024-09-27"},
    ]
    assert {one.committed_at[:10] for one in acts(told, "coordination.started")} == {"2024-12-04"}
    gone = acts(told, "coordination.diverged")
    assert {(one.authority, *one.members) for one in gone} == {
        ("un", "un_sc:QDi.070", "us_ofac_sdn:7253"),
        ("un", "un_sc:YEi.003", "us_ofac_sdn:17387"),
        ("un", "un_sc:YEi.005", "us_ofac_sdn:17928"),
    }
    assert acts(told, "coordination.gap") == [], "the UN is in no alliance"
