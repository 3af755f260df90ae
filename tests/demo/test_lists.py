"""The invented lists are lists to the real feeds: read strictly, to the end, with nothing left over."""

import io
from datetime import UTC, datetime

import pytest

from syncd.core.model import Record
from syncd.demo import lists
from syncd.demo.targets import BASELINES, LATECOMER, NEWCOMER, ORGANISATIONS, PERSONS, VESSELS, invented_imo
from syncd.feeds import all_feeds
from syncd.feeds.reading import DocumentReading
from syncd.normalise.identifiers import imo_checks

AT = datetime(2026, 11, 23, 14, 3, 5, tzinfo=UTC)
FEEDS = sorted(BASELINES)


def read(feed: str, document: bytes) -> dict[str, Record]:
    found = all_feeds()[feed]
    reading = DocumentReading(found, found.sources[0].vocabulary, io.BytesIO(document), strict=True)
    records = [entry.record for entry in reading]
    assert reading.header.published and reading.header.published.startswith("2026-11-23")
    return {record.key: record for record in records if record}


@pytest.mark.parametrize("feed", FEEDS)
def test_every_invented_target_is_read_strictly_and_completely(feed: str) -> None:
    targets = [*BASELINES[feed], NEWCOMER, LATECOMER]
    records = read(feed, lists.document(feed, targets, AT))
    assert set(records) == {lists.key(feed, target) for target in targets}
    assert {record.completeness for record in records.values()} == {"complete"}


@pytest.mark.parametrize("feed", FEEDS)
def test_a_list_has_about_forty_records_of_several_kinds(feed: str) -> None:
    kinds = {target.kind for target in BASELINES[feed]}
    assert 35 <= len(BASELINES[feed]) <= 45
    assert {"person", "organisation"} <= kinds


@pytest.mark.parametrize("feed", FEEDS)
def test_the_newcomer_is_the_same_person_on_every_list(feed: str) -> None:
    """The newcomer has the same names birth date and passport on every list."""
    record = read(feed, lists.document(feed, [NEWCOMER], AT))[lists.key(feed, NEWCOMER)]
    assert {"".join(sorted(name.full.upper().replace(",", "").replace(" ", ""))) for name in record.names} == {
        "".join(sorted("TIMOFEYNEBYVALSKY")),
        "".join(sorted("ТИМОФЕЙНЕБЫВАЛЬСКИЙ")),
    }
    assert [date.date for date in record.birth_dates] == ["1971-03-04"]
    assert [number.value for number in record.identifiers if number.type == "passport"] == ["ZZ7100091"]
    assert "UY" in (*record.nationalities, *record.citizenships)


@pytest.mark.parametrize("feed", ["us_ofac_sdn", "uk_sl"])
def test_a_vessel_keeps_its_number_its_flag_and_its_owner(feed: str) -> None:
    vessel = VESSELS[0]
    record = read(feed, lists.document(feed, [vessel], AT))[lists.key(feed, vessel)]
    assert record.vessel is not None
    assert record.vessel.flags == (vessel.country,)
    assert record.vessel.owners == (vessel.owner_name,)
    assert [number.value for number in record.identifiers if number.type == "imo"] == [vessel.imo]


def test_ofac_ties_a_vessel_to_its_owner_only_while_the_owner_is_listed() -> None:
    owner = next(target for target in ORGANISATIONS if target.number == VESSELS[0].owner)
    key = lists.key("us_ofac_sdn", VESSELS[0])
    together = read("us_ofac_sdn", lists.document("us_ofac_sdn", [owner, VESSELS[0]], AT))
    alone = read("us_ofac_sdn", lists.document("us_ofac_sdn", [VESSELS[0]], AT))
    assert [relation.key for relation in together[key].relations] == [lists.key("us_ofac_sdn", owner)]
    assert alone[key].relations == ()


def test_a_year_alone_is_a_year_on_every_list() -> None:
    target = next(target for target in PERSONS if len(target.born) == 4)
    for feed in FEEDS:
        record = read(feed, lists.document(feed, [target], AT))[lists.key(feed, target)]
        assert [date.date for date in record.birth_dates] == [target.born]


def test_the_invented_ships_have_right_check_digits() -> None:
    assert all(imo_checks(vessel.imo) for vessel in VESSELS)
    assert imo_checks(invented_imo(123_456))


def test_numbers_and_names_of_targets_are_unique() -> None:
    everybody = [*PERSONS, *ORGANISATIONS, *VESSELS, NEWCOMER, LATECOMER]
    assert len({target.number for target in everybody}) == len(everybody)
    assert len({target.name for target in everybody}) == len(everybody)


def test_the_programme_that_ends_holds_over_a_third_of_the_american_list() -> None:
    listed = BASELINES["us_ofac_sdn"]
    ending = [target for target in listed if target.programme == "clouds"]
    assert len(ending) > len(listed) / 3
    assert not {target.owner for target in listed} & {target.number for target in ending}
