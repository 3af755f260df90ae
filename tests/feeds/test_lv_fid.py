"""Latvia's list: the publisher's sample, and what its words in Latvian mean."""

from pathlib import Path

import pytest

from syncd.feeds import all_feeds
from tests.feeds import documents


@pytest.mark.shared
def test_the_publishers_sample_is_understood_to_the_last_field(shared: Path) -> None:
    (path,) = (shared / "feeds" / "lv_fid").iterdir()
    found = documents.records("lv_fid", "lvlist", path.read_bytes())
    person, firm = found["lv_fid:2"], found["lv_fid:3"]
    assert (person.kind, person.genders, person.citizenships) == ("person", ("male",), ("TW",))
    assert [(one.type, one.value, one.country) for one in person.identifiers] == [("passport", "645120234", "KP")]
    assert (firm.kind, len(firm.addresses), firm.addresses[1].country) == ("organisation", 2, "RU")


def test_lists_of_which_no_document_was_seen_are_off_by_default() -> None:
    assert [feed.id for feed in all_feeds().values() if not feed.on_by_default] == ["be_fod", "lv_fid"]
    assert {feed.evidence for feed in all_feeds().values() if not feed.on_by_default} == {"shape"}
