"""OFAC's real documents: nothing is lost, both vocabularies agree, and each amendment is one that OFAC made."""

import io
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from syncd.core import canonical
from syncd.core.model import Record
from syncd.feeds import all_feeds
from syncd.feeds.reading import NOTHING_KNOWN, DocumentReading, Known
from tests.feeds import documents

pytestmark = pytest.mark.shared

SDN, CONS = "us_ofac_sdn", "us_ofac_cons"
VERSIONS = {
    "2024-05-28": 14_984,
    "2024-08-23": 15_958,
    "2024-12-04": 16_866,
    "2024-12-19": 16_983,
    "2025-05-29": 17_917,
    "2025-07-01": 17_509,
    "2025-08-14": 17_782,
    "2025-08-27": 17_815,
    "2025-09-03": 17_833,
}
IRGC = "us_ofac_sdn_enhanced/2024-08-28__ENHANCED_custom_IRGC.xml.bz2"
YEMEN = "us_ofac_sdn_enhanced/2024-05-24__ENHANCED_custom_yemen.xml.bz2"
CONS_ENHANCED = "us_ofac_cons_enhanced/2025-01-10__CONS_ENHANCED.XML.bz2"
CONS_ADVANCED = "us_ofac_cons_advanced/2020-03-17__cons_advanced.xml.bz2"


class Version(NamedTuple):
    """One version: its date, the digest of each record, and the canonical forms of the records that are new in it."""

    published: str | None
    digests: Mapping[str, str]
    read: Mapping[str, Record]


LATEST = ("2025-08-27", "2025-09-03")


@cache
def versions(shared: Path, dates: tuple[str, ...] = tuple(VERSIONS)) -> dict[str, Version]:
    """Versions of these dates, each read strictly with what the one before left: the way of the daemon."""
    found: dict[str, Version] = {}
    known = NOTHING_KNOWN
    digests: dict[str, str] = {}
    for date in dates:
        path = shared / f"feeds/us_ofac_sdn_advanced/{date}__sdn_advanced.xml.bz2"
        reading = DocumentReading(
            all_feeds()[SDN], "advanced", io.BytesIO(documents.unpacked(path)), known=known, strict=True
        )
        entries = list(reading)
        read = {entry.record.key: entry.record for entry in entries if entry.record}
        assert all(entry.key for entry in entries)
        digests = {entry.key: entry.digest or digests[entry.key] for entry in entries if entry.key}
        known = Known(
            fingerprints={entry.fingerprint: entry.key for entry in entries if entry.key},
            references=reading.header.references,
        )
        kept = read if date in {"2024-08-23", "2025-09-03"} else {}
        found[date] = Version(reading.header.published, digests, kept)
    return found


def amended(before: Version, after: Version) -> set[str]:
    return {key for key in before.digests.keys() & after.digests.keys() if before.digests[key] != after.digests[key]}


@pytest.mark.thorough
def test_all_nine_versions_are_read_whole(shared: Path) -> None:
    found = versions(shared)
    assert {date: len(version.digests) for date, version in found.items()} == VERSIONS
    assert {date: version.published for date, version in found.items()} == {date: date for date in VERSIONS}


@pytest.mark.thorough
def test_a_version_read_from_nothing_gives_the_same_list(shared: Path) -> None:
    path = shared / "feeds/us_ofac_sdn_advanced/2025-09-03__sdn_advanced.xml.bz2"
    whole = documents.digests(SDN, "advanced", documents.unpacked(path))
    assert whole == versions(shared, LATEST)["2025-09-03"].digests
    assert len(whole) == VERSIONS["2025-09-03"]


@pytest.mark.thorough
def test_a_week_of_ofac_has_the_changes_that_it_announced(shared: Path) -> None:
    """A week has twenty designations two delistings and the one amendment that ofac made."""
    before, after = versions(shared, LATEST).values()
    assert (len(before.digests), len(after.digests)) == (VERSIONS["2025-08-27"], VERSIONS["2025-09-03"])
    assert len(after.digests.keys() - before.digests.keys()) == 20
    assert len(before.digests.keys() - after.digests.keys()) == 2
    # The company that owned it is one of the two that were delisted.
    assert amended(before, after) == {f"{SDN}:28300"}


@pytest.mark.thorough
def test_the_mass_delisting_of_2025_is_held_and_no_other_removal_is(shared: Path) -> None:
    found = list(versions(shared).values())
    limits = all_feeds()[SDN].limits
    removed = [len(old.digests.keys() - new.digests.keys()) for old, new in pairwise(found)]
    assert removed == [59, 15, 11, 59, 520, 26, 3, 2]
    for count, old in zip(removed, found, strict=False):
        over = count > limits.removals_max or count > limits.removals_ratio * len(old.digests)
        assert over == (count == 520)


class Pieces(NamedTuple):
    """What the sections of an Advanced document say of one party, as XML. `incoming` are relations that end there."""

    party: bytes
    documents: tuple[bytes, ...]
    entries: tuple[bytes, ...]
    outgoing: tuple[bytes, ...]
    incoming: tuple[bytes, ...]


def pieces(body: bytes) -> dict[str, Pieces]:
    """An independent look: each party with what refers to it, locations left out."""
    root = etree.fromstring(body, etree.XMLParser(huge_tree=True, remove_blank_text=True))
    refer: dict[str, dict[str, list[bytes]]] = {"IDRegDocument": {}, "SanctionsEntry": {}, "From": {}, "To": {}}
    by = {"IDRegDocument": ["IdentityID"], "SanctionsEntry": ["ProfileID"]}
    ends = {"From": "From-ProfileID", "To": "To-ProfileID"}
    for name, attributes in by.items():
        for element in root.iter(f"{{*}}{name}"):
            refer[name].setdefault(element.get(attributes[0], ""), []).append(etree.tostring(element))
    for element in root.iter("{*}ProfileRelationship"):
        for end, attribute in ends.items():
            refer[end].setdefault(element.get(attribute, ""), []).append(etree.tostring(element))
    found = {}
    for party in root.iter("{*}DistinctParty"):
        profile, identity = party.get("FixedRef", ""), next(party.iter("{*}Identity")).get("ID", "")
        found[f"{SDN}:{profile}"] = Pieces(
            etree.tostring(party),
            tuple(sorted(refer["IDRegDocument"].get(identity, ()))),
            tuple(sorted(refer["SanctionsEntry"].get(profile, ()))),
            tuple(sorted(refer["From"].get(profile, ()))),
            tuple(sorted(refer["To"].get(profile, ()))),
        )
    return found


@pytest.mark.thorough
def test_the_amendments_of_a_month_are_those_of_the_sections(shared: Path) -> None:
    """237 parties have another party, document, entry or relation. 17 of them only a relation that starts elsewhere,
    which is an amendment of the party that it starts from. 9 more have an order that got its number: the label of
    their legal basis changed in the code table, and nothing in the sections."""
    folder = shared / "feeds/us_ofac_sdn_advanced"
    before = pieces(documents.unpacked(folder / "2025-05-29__sdn_advanced.xml.bz2"))
    after = pieces(documents.unpacked(folder / "2025-07-01__sdn_advanced.xml.bz2"))
    both = before.keys() & after.keys()
    changed = {key for key in both if before[key] != after[key]}
    own = {key for key in changed if before[key][:4] != after[key][:4]}
    relabelled = {key for key in both if any(b'LegalBasisID="92796"' in entry for entry in after[key].entries)} - own
    assert (len(changed), len(changed - own), len(relabelled)) == (237, 17, 9)
    found = versions(shared)
    assert amended(found["2025-05-29"], found["2025-07-01"]) == own | relabelled


def test_the_consolidated_list_is_read_whole_in_both_vocabularies(shared: Path) -> None:
    advanced = documents.records(CONS, "advanced", documents.unpacked(shared / "feeds" / CONS_ADVANCED))
    enhanced = documents.records(CONS, "enhanced", documents.unpacked(shared / "feeds" / CONS_ENHANCED))
    assert (len(advanced), len(enhanced)) == (375, 443)


@pytest.mark.thorough
def test_a_custom_export_in_enhanced_equals_the_whole_list_in_advanced(shared: Path) -> None:
    """The 293 records of the export of 28 August 2024 are those of the list of 23 August, all of them: in these five
    days OFAC changed none. A relation of the export to a party outside it is named by the same key."""
    enhanced = documents.records(SDN, "enhanced", documents.unpacked(shared / "feeds" / IRGC))
    assert len(enhanced) == 293
    advanced = versions(shared, ("2024-08-23",))["2024-08-23"].digests
    assert {key: canonical.digest(record) for key, record in enhanced.items()} == {
        key: advanced[key] for key in enhanced
    }


@pytest.mark.parametrize(("feed", "path", "count"), [(SDN, IRGC, 930), (SDN, YEMEN, 56), (CONS, CONS_ENHANCED, 1624)])
def test_a_name_from_its_parts_is_ofacs_own_rendering(shared: Path, feed: str, path: str, count: int) -> None:
    body = documents.unpacked(shared / "feeds" / path)
    records = documents.records(feed, "enhanced", body)
    seen = 0
    for entity in documents.tree(body).iter("{*}entity"):
        formatted = sorted(canonical.text(one.text or "") for one in entity.iter("{*}formattedFullName"))
        ours = sorted(canonical.text(name.full) for name in records[f"{feed}:{entity.get('id')}"].names)
        assert ours == formatted
        seen += len(ours)
    assert seen == count
