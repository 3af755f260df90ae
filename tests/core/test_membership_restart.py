"""A start on rows of targets of which linking was kept reads as little of them as it needs."""

import pytest

from syncd.core import codec
from syncd.core.coordination.membership import Membership
from syncd.core.model import Record
from tests.core.histories import Lists, key, record

US, UK, EU = key("us", 1), key("uk", 1), key("eu", 1)


def listed() -> Membership:
    """Three authorities list one person, one of them takes it back."""
    lists = Lists()
    lists.baseline(record("us"), record("uk"), record("eu"))
    lists.delist(record("eu"), 3)
    membership = Membership({}, ())
    for change in lists.changes:
        membership.apply(change)
    membership.relink([US, UK, EU])
    return membership


def test_no_profile_is_decoded_of_a_record_that_linking_has(monkeypatch: pytest.MonkeyPatch) -> None:
    before = listed()
    rows = {identity: row for identity, row in before.written().items() if row}
    kept = before.kept_linking()
    decoded: list[Record] = []
    decode = codec.decode

    def counted(json: bytes) -> Record:
        decoded.append(decode(json))
        return decoded[-1]

    monkeypatch.setattr(codec, "decode", counted)
    after = Membership(rows, (), linking=kept)
    assert decoded == []
    assert after.stray == set()
    assert after.is_kept
    assert [after.target_of(one) for one in (US, UK, EU)] == [before.target_of(one) for one in (US, UK, EU)]
    assert after.target(US) == before.target(US)
    assert Membership(rows, ()).stray == set()
    assert {one.key for one in decoded} == {US, UK, EU}


def test_a_record_that_is_another_than_linking_has_is_put_again() -> None:
    before = listed()
    kept = before.kept_linking()
    lists = Lists()
    lists.baseline(record("us", 1, "99123"), record("uk"), record("eu"))
    later = Membership({}, ())
    for change in lists.changes:
        later.apply(change)
    later.relink([US, UK, EU])
    rows = {identity: row for identity, row in later.written().items() if row}
    after = Membership(rows, (), linking=kept)
    assert after.stray == set()
    assert after.target(US) == later.target(US)
