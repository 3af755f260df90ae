"""Taiwan's export control list: the rows at hand, and what its two-language cells hold."""

from pathlib import Path

import pytest

from tests.feeds import documents


@pytest.mark.shared
def test_the_document_at_hand_is_understood_to_the_last_field(shared: Path) -> None:
    (path,) = (shared / "feeds" / "tw_shtc").iterdir()
    found = documents.records("tw_shtc", "csv", path.read_bytes())
    assert sorted(found) == ["tw_shtc:1", "tw_shtc:3", "tw_shtc:620", "tw_shtc:8"]
    assert len(found["tw_shtc:3"].names) == 14
    assert [one.value for one in found["tw_shtc:620"].identifiers] == ["35404-1577309-9", "26961341469"]
    assert found["tw_shtc:8"].countries == ("AF",)
