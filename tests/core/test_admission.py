"""What of a document may be said: a bad download never becomes delistings."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from syncd.core.admission import hold_id
from syncd.core.events import Cause
from syncd.core.limits import Limits
from syncd.core.model import Identifier, Name, Relation
from syncd.core.times import iso
from syncd.errors import DocumentRefused
from tests.core.lists import FEED, START, Feed, document, key, record, told

TIGHT = Limits(records_min=5, removals_max=3, removals_ratio=0.5, quarantined_max=2, rekeyed_max=2, partial_ratio=0.5)
TWENTY = [record(number) for number in range(10, 30)]


def feed_of_twenty(**limits: object) -> Feed:
    feed = Feed(limits=replace(TIGHT, **limits))
    feed.read(TWENTY)
    return feed


def without(*gone: int) -> list:
    return [one for one in TWENTY if one.key not in {key(number) for number in gone}]


def test_a_document_with_too_few_records_is_not_the_list() -> None:
    with pytest.raises(DocumentRefused, match="4 records, fewer than the 5"):
        Feed(limits=TIGHT).read(TWENTY[:4])


def test_a_piece_of_the_list_waits_whole_and_can_be_released() -> None:
    feed = Feed(limits=replace(TIGHT, records_min=0))
    feed.read([record(number) for number in range(100)])
    piece = [*(record(number) for number in range(18)), record(200)]
    assert feed.read(piece) == []
    (hold,) = feed.state.holds
    assert (hold.kind, hold.why) == ("document", "it has 19 records where 100 are in force: less than 20% of the list")
    said = feed.read(piece, cause="release", released=(hold.id,))
    assert [one.type for one in said] == ["designated", *["delisted"] * 82]
    assert feed.state.holds == ()


def test_a_fifth_of_the_list_is_still_the_list() -> None:
    feed = Feed(limits=replace(TIGHT, records_min=0))
    feed.read([record(number) for number in range(100)])
    assert feed.read([record(number) for number in range(20)]) == []
    assert [hold.kind for hold in feed.state.holds] == ["removals"]
    assert len(feed.held()) == 80


def test_a_flood_that_is_taken_back_can_be_released() -> None:
    feed = Feed(limits=replace(TIGHT, records_min=0))
    true = [record(number) for number in range(200)]
    feed.read(true)
    assert len(feed.read([*true, *(record(number) for number in range(1000, 1900))])) == 900
    for cause in ("publication", "resync"):
        assert feed.read(true, cause=cause) == []
        (hold,) = feed.state.holds
    said = feed.read(true, cause="release", released=(hold.id,))
    assert {one.type for one in said} == {"delisted"}
    assert feed.in_force == {one.key for one in true}


def test_a_document_with_too_many_entries_without_id_or_name_is_not_the_list() -> None:
    feed = feed_of_twenty()
    with pytest.raises(DocumentRefused, match="3 entries have no readable id or name, more than 2"):
        feed.read(TWENTY, quarantined=(None, None, None))
    assert feed.read(TWENTY, quarantined=(None, None)) == []


def test_removals_within_the_limits_go_out() -> None:
    feed = feed_of_twenty()
    assert told(feed.read(without(10, 11, 12))) == [("delisted", "10"), ("delisted", "11"), ("delisted", "12")]
    assert feed.state.holds == ()


def test_removals_beyond_the_limits_wait_and_everything_else_goes_out() -> None:
    feed = feed_of_twenty()
    said = feed.read([*without(10, 11, 12, 13), record(99)])
    assert told(said) == [("designated", "99")]
    (hold,) = feed.state.holds
    assert hold.keys == (key(10), key(11), key(12), key(13))
    assert hold.id == hold_id(FEED, "removals", hold.keys)
    assert feed.held() <= feed.in_force
    row = feed.commits[-1].rows[0]
    assert (row.kind, row.held, row.holds) == ("commit", hold.keys, (hold.id,))


def test_a_hold_alone_is_told_in_a_row_without_a_commit() -> None:
    feed = feed_of_twenty()
    assert feed.read(without(10, 11, 12, 13)) == []
    (row,) = feed.commits[-1].rows
    assert (row.kind, row.commit, row.first_sequence, row.last_sequence) == ("hold", 1, None, 20)
    feed.read(without(10, 11, 12, 13))
    assert feed.commits[-1].rows == ()


def test_a_ratio_holds_only_when_there_are_more_than_a_few() -> None:
    feed = feed_of_twenty(removals_max=100, removals_ratio=0.05, removals_few=3)
    assert len(feed.read(without(10, 11))) == 2
    assert feed.read(without(10, 11, 12)) == []
    assert feed.held() == {key(12)}


def test_small_removals_add_up_within_seven_days() -> None:
    feed = feed_of_twenty()
    assert len(feed.read(without(10, 11))) == 2
    assert feed.read(without(10, 11, 12, 13), after=timedelta(days=6)) == []
    assert feed.held() == {key(12), key(13)}


def test_after_seven_days_small_removals_are_forgotten() -> None:
    feed = feed_of_twenty()
    feed.read(without(10, 11))
    assert len(feed.read(without(10, 11, 12, 13), after=timedelta(days=7, seconds=1))) == 2
    assert [one.count for one in feed.state.removals] == [2]


def test_held_keys_that_reappear_leave_the_hold_which_has_another_id_then() -> None:
    feed = feed_of_twenty()
    feed.read(without(10, 11, 12, 13))
    (before,) = feed.state.holds
    assert feed.read(without(10, 11, 12)) == []
    (after,) = feed.state.holds
    assert after.keys == (key(10), key(11), key(12))
    assert after.id != before.id
    assert after.formerly == (before.id,)
    assert after.since == before.since
    feed.read(without(10, 11))
    assert feed.state.holds[0].formerly == (before.id, after.id)
    feed.read(TWENTY)
    assert feed.state.holds == ()


def test_newly_absent_keys_are_judged_beside_a_standing_hold() -> None:
    feed = feed_of_twenty()
    feed.read(without(10, 11, 12, 13))
    assert told(feed.read(without(10, 11, 12, 13, 14))) == [("delisted", "14")]
    feed.read(without(10, 11, 12, 13, 14, 15, 16, 17))
    assert [hold.keys for hold in feed.state.holds] == [
        (key(10), key(11), key(12), key(13)),
        (key(15), key(16), key(17)),
    ]


def test_a_release_delists_exactly_what_is_still_absent() -> None:
    feed = feed_of_twenty()
    feed.read(without(10, 11, 12, 13))
    (hold,) = feed.state.holds
    said = feed.read(without(10, 11, 12), cause="release", released=(hold.id,))
    assert told(said) == [("delisted", "10"), ("delisted", "11"), ("delisted", "12")]
    assert {(one.cause, one.origin, one.basis) for one in said} == {("release", "source", "absent")}
    assert feed.state.holds == ()
    assert feed.state.removals == (), "what a person released does not count towards the limits"


def test_a_release_with_an_id_of_another_hold_delists_nothing() -> None:
    feed = feed_of_twenty()
    feed.read(without(10, 11, 12, 13))
    (before,) = feed.state.holds
    feed.read(without(10, 11, 12))
    assert feed.read(without(10, 11, 12), cause="release", released=(before.id, "nonsense")) == []
    assert len(feed.held()) == 3


def test_a_hold_that_was_rejected_stays_so() -> None:
    feed = feed_of_twenty()
    feed.read(without(10, 11, 12, 13))
    feed.decide(holds=tuple(replace(hold, rejected=True, decided_by="eve") for hold in feed.state.holds))
    feed.read(without(10, 11, 12))
    assert [(hold.rejected, hold.decided_by) for hold in feed.state.holds] == [(True, "eve")]


def test_an_entry_without_a_name_leaves_its_earlier_version_in_force() -> None:
    feed = feed_of_twenty()
    assert feed.read(without(10), quarantined=(key(10),)) == []
    assert feed.state.quarantined == (key(10),)
    assert key(10) in feed.in_force
    assert feed.read(TWENTY) == []
    assert feed.state.quarantined == ()


def test_an_entry_without_a_name_that_was_never_in_force_keeps_nothing() -> None:
    feed = feed_of_twenty()
    assert feed.read(TWENTY, quarantined=(key(77),)) == []
    assert feed.state.quarantined == ()


def test_an_entry_without_an_id_may_be_any_that_is_absent() -> None:
    feed = feed_of_twenty()
    assert feed.read(without(10), quarantined=(None,)) == []
    assert feed.held() == {key(10)}


def test_a_held_entry_that_comes_back_without_a_name_is_not_absent() -> None:
    feed = feed_of_twenty()
    feed.read(without(10, 11, 12, 13))
    feed.read(without(10, 11, 12, 13), quarantined=(key(10),))
    assert feed.held() == {key(11), key(12), key(13)}
    assert feed.state.quarantined == (key(10),)


def test_a_first_document_too_partial_waits_whole_and_can_be_released() -> None:
    feed = Feed(limits=TIGHT)
    odd = [replace(one, completeness="partial", unreadable=("names",)) for one in TWENTY[:11]] + TWENTY[11:]
    assert feed.read(odd) == []
    (hold,) = feed.state.holds
    assert (hold.kind, hold.keys, hold.document) == ("document", (), document(odd).note.sha256)
    assert (feed.state.commit, feed.state.document, feed.in_force) == (0, None, set())
    said = feed.read(odd, cause="release", released=(hold.id,))
    assert {one.type for one in said} == {"baselined"}
    assert feed.state.holds == ()
    assert feed.state.partial == tuple(one.key for one in odd[:11])


def test_partial_records_of_later_documents_never_wait() -> None:
    feed = feed_of_twenty()
    odd = [replace(one, completeness="partial", unreadable=("names",)) for one in TWENTY]
    assert len(feed.read(odd)) == 20


def renamed(*numbers: int) -> list:
    return [
        replace(one, key=f"{one.key}-new") if one.key in {key(number) for number in numbers} else one for one in TWENTY
    ]


def test_too_many_new_keys_wait_and_what_is_new_goes_out() -> None:
    feed = feed_of_twenty()
    assert told(feed.read([*renamed(10, 11, 12), record(99)])) == [("designated", "99")]
    (hold,) = feed.state.holds
    assert (hold.kind, hold.keys) == ("rekeyed", (key(10), key(11), key(12)))
    assert feed.read([*renamed(10, 11, 12), record(99)]) == []
    assert feed.state.holds == (hold,), "the hold keeps the time at which it began"
    said = feed.read([*renamed(10, 11, 12), record(99)], cause="release", released=(hold.id,))
    assert told(said) == [("rekeyed", "10-new"), ("rekeyed", "11-new"), ("rekeyed", "12-new")]
    assert feed.state.holds == ()


def test_a_held_new_key_whose_record_changes_is_new() -> None:
    feed = feed_of_twenty()
    moved = renamed(10, 11, 12)
    feed.read(moved)
    changed = [replace(one, titles=("Dr",)) if one.key == key("10-new") else one for one in moved]
    assert told(feed.read(changed)) == [("designated", "10-new"), ("delisted", "10")]
    assert feed.held() == {key(11), key(12)}


def test_a_key_that_is_an_identifier_too_is_re_keyed_with_it() -> None:
    feed = feed_of_twenty()
    own = replace(TWENTY[0], identifiers=(Identifier(type="uk_reference", value="10"),))
    feed.read([own, *TWENTY[1:]])
    moved = replace(own, key=key("33"), identifiers=(Identifier(type="uk_reference", value="33"),))
    assert told(feed.read([moved, *TWENTY[1:]])) == [("rekeyed", "33")]


def test_a_held_document_gives_way_to_one_that_is_well() -> None:
    feed = feed_of_twenty(share_min=0.5)
    feed.read(TWENTY[:9])
    assert told(feed.read([*TWENTY, record(99)])) == [("designated", "99")]
    assert feed.state.holds == ()


def test_a_held_document_stays_so_while_another_hold_is_released() -> None:
    feed = feed_of_twenty(share_min=0.5)
    less = without(10, 11, 12, 13)
    feed.read(less)
    (removals,) = feed.state.holds
    feed.read(TWENTY[:9])
    said = feed.read(less, cause="release", released=(removals.id,))
    assert {one.type for one in said} == {"delisted"}
    assert [hold.kind for hold in feed.state.holds] == ["document"]


@pytest.mark.parametrize("cause", ["release", "publication", "resync"])
def test_a_document_that_was_let_in_is_not_held_whole_for_its_own_additions(cause: Cause) -> None:
    feed = feed_of_twenty(share_min=0.5)
    # Ten of twenty; of the twenty-one that are in force then, they would be too few.
    listed = [*TWENTY[:9], record(99)]
    assert told(feed.read(listed)) == [("designated", "99")]
    (hold,) = feed.state.holds
    released = (hold.id,) if cause == "release" else ()
    said = feed.read(listed, cause=cause, released=released)
    assert len(said) == (11 if released else 0)
    assert feed.state.holds == (() if released else (hold,))


def test_a_held_document_leaves_the_standing_bookkeeping_as_it_was() -> None:
    feed = feed_of_twenty(share_min=0.5)
    feed.read([replace(TWENTY[19], completeness="partial", unreadable=("names",)), *TWENTY[:19]])
    feed.read(without(10, 11, 12, 13))
    feed.decide(deferred=(key(20),))
    standing = feed.state
    feed.read(TWENTY[:9])
    assert [hold.kind for hold in feed.state.holds] == ["removals", "document"]
    for name in ("document", "recent", "quarantined", "partial", "deferred", "removals", "ledger_digest"):
        assert getattr(feed.state, name) == getattr(standing, name), name
    assert feed.commits[-1].rows[0].deferred == (key(20),)


def test_one_entry_under_another_key_is_rekeyed_and_not_removed() -> None:
    feed = feed_of_twenty(removals_max=0)
    (change,) = feed.read(renamed(10))
    assert (change.type, change.key, change.previous_key) == ("rekeyed", key("10-new"), key(10))
    assert (change.basis, change.material) == ("rekeyed", False)
    stub = feed.records[key(10)]
    assert (stub.status, stub.successor, stub.until) == ("rekeyed", key("10-new"), change.committed_at)
    assert feed.records[key("10-new")].since == iso(START + timedelta(minutes=1))


def test_two_entries_alike_are_not_guessed_to_be_re_keyed() -> None:
    feed = Feed()
    feed.read([record(1, "Same"), record(2, "Same"), record(3)])
    said = feed.read([record(3), record(4, "Same"), record(5, "Same")])
    assert told(said) == [("designated", "4"), ("designated", "5"), ("delisted", "1"), ("delisted", "2")]


@pytest.mark.parametrize(("old", "new"), [((1, 2), (4,)), ((1,), (4, 5))])
def test_one_of_two_alike_is_not_guessed_to_be_re_keyed(old: tuple[int, ...], new: tuple[int, ...]) -> None:
    feed = Feed()
    feed.read([record(3), *(record(number, "Same") for number in old)])
    said = feed.read([record(3), *(record(number, "Same") for number in new)])
    assert {one.type for one in said} == {"designated", "delisted"}


def test_a_relation_to_a_held_record_waits_with_it() -> None:
    owner = replace(TWENTY[19], relations=(Relation(type="owns", key=key(10)), Relation(type="owns", key=key(28))))
    feed = Feed(limits=TIGHT)
    feed.read([*TWENTY[:19], owner])
    lost = replace(owner, relations=(Relation(type="owns", key=key(28)),))
    remaining = TWENTY[4:19]
    assert feed.read([*remaining, lost]) == []
    renamed_owner = replace(lost, names=(*lost.names, Name(full="Invented More", kind="alias")))
    (change,) = feed.read([*remaining, renamed_owner])
    assert [one.path for one in change.changes] == ["names"]
    assert feed.version(29).relations == (*lost.relations, Relation(type="owns", key=key(10)))
    (hold,) = feed.state.holds
    said = feed.read([*remaining, renamed_owner], cause="release", released=(hold.id,))
    assert said[0].key == key(29)
    assert [(one.path, one.op) for one in said[0].changes] == [("relations", "removed")]
    assert [one.type for one in said[1:]] == ["delisted"] * 4


def test_a_relation_to_a_held_record_is_not_kept_beside_its_new_wording() -> None:
    owner = replace(TWENTY[19], relations=(Relation(type="owns", key=key(10), note="51 %"),))
    feed = Feed(limits=TIGHT)
    feed.read([*TWENTY[:19], owner])
    worded = replace(owner, relations=(Relation(type="owns", key=key(10), note="60 %"),))
    feed.read([*TWENTY[4:19], worded])
    assert feed.version(29).relations == worded.relations


def reread(feed: Feed, records: list, version: int = 2) -> list:
    feed.parser_version = version
    return feed.read(records, cause="reparse")


def test_what_a_new_reading_loses_is_always_held() -> None:
    feed = feed_of_twenty(removals_max=1000, removals_ratio=1.0)
    assert reread(feed, without(10)) == []
    (hold,) = feed.state.holds
    assert hold.keys == (key(10),)
    (change,) = feed.read(without(10), cause="release", released=(hold.id,))
    assert (change.type, change.origin) == ("delisted", "parser"), "our change never looks like an authority's act"


def test_what_a_new_reading_says_differently_is_ours() -> None:
    feed = feed_of_twenty()
    better = [replace(TWENTY[0], titles=("Dr",)), record(99), *TWENTY[1:]]
    said = reread(feed, better)
    assert [(one.type, one.origin, one.cause) for one in said] == [
        ("designated", "parser", "reparse"),
        ("amended", "parser", "reparse"),
    ]
    assert feed.state.parser_version == 2


def test_a_new_reading_never_takes_an_id_for_reused() -> None:
    feed = feed_of_twenty()
    (change,) = reread(feed, [record(10, "Quite Another"), *TWENTY[1:]])
    assert (change.type, change.origin) == ("amended", "parser")


def test_a_new_reading_that_changes_nothing_is_known_by_it() -> None:
    feed = feed_of_twenty()
    assert reread(feed, TWENTY) == []
    assert all(one.body is None for one in document(TWENTY, known=feed.records, parser_version=2).entries.values())


def test_a_new_reading_held_whole_is_ours_when_it_is_released() -> None:
    feed = feed_of_twenty(reparse_ratio=0.1)
    after = renamed(10, 11, 12)
    assert reread(feed, after) == []
    (hold,) = feed.state.holds
    said = feed.read(after, cause="release", released=(hold.id,))
    assert {(one.type, one.origin) for one in said} == {("rekeyed", "parser")}
