"""From a judged document to a commit: the changes, their order and numbers, and the state afterwards."""

from datetime import timedelta

import msgspec
from msgspec.structs import replace

from syncd.core import codec
from syncd.core.commit import RECENT_MAX, commit_of
from syncd.core.document import Document
from syncd.core.events import change_id
from syncd.core.limits import Limits
from syncd.core.model import Listing, Name, PartialDate, Record
from syncd.core.state import FeedState
from tests.core.lists import Feed, document, key, passport, record, told

A, B, C, D = (record(name, f"Invented {name}") for name in "abcd")
HOLDING = Limits(records_min=0, removals_max=0)


def retitled(one: Record, title: str = "Dr") -> Record:
    return replace(one, titles=(title,))


def test_the_first_document_is_the_baseline() -> None:
    feed = Feed()
    said = feed.read([C, A, B])
    assert told(said) == [("baselined", "a"), ("baselined", "b"), ("baselined", "c")]
    assert {one.digest_before for one in said} == {None}
    (row,) = feed.commits[0].rows
    assert (row.commit, row.first_sequence, row.last_sequence, row.changes) == (1, 1, 3, {"baselined": 3})
    assert row.document_digest == row.ledger_digest
    assert (row.document_records, row.ledger_records) == (3, 3)


def test_a_document_in_another_order_says_nothing() -> None:
    feed = Feed()
    feed.read([A, B, C])
    before = feed.state
    assert feed.read([C, B, A]) == []
    assert feed.commits[-1].rows == ()
    assert (feed.state.commit, feed.state.sequence) == (before.commit, before.sequence)


def test_designations_come_before_everything_and_delistings_last() -> None:
    feed = Feed()
    moved = record("m", "Moved Away")
    feed.read([A, B, C, moved])
    feed.read([A, B, moved])
    said = feed.read([retitled(A), C, D, replace(moved, key=key("n"))])
    assert told(said) == [
        ("relisted", "c"),
        ("designated", "d"),
        ("rekeyed", "n"),
        ("amended", "a"),
        ("delisted", "b"),
    ]


def test_going_back_and_forth_gives_another_event_each_time() -> None:
    feed = Feed()
    feed.read([A])
    for _ in range(3):
        feed.read([retitled(A)])
        feed.read([A])
    assert len({change_id(one) for one in feed.changes}) == 7


def test_a_draft_that_is_tried_again_gives_the_same_events() -> None:
    feed = Feed()
    feed.read([A, B])
    drafted = feed.draft(document([retitled(A), C]))
    first, again = (list(commit_of(drafted, feed.state).changes) for _ in range(2))
    assert first
    assert [change_id(one) for one in first] == [change_id(one) for one in again]
    assert msgspec.json.encode(first) == msgspec.json.encode(again)


def test_a_clock_that_goes_back_does_not_take_the_commits_with_it() -> None:
    feed = Feed()
    feed.read([A])
    first = feed.state.committed_at
    (change,) = feed.read([A, B], after=-timedelta(hours=2))
    assert change.committed_at == first
    assert feed.read([A, B, C], after=timedelta(hours=4))[0].committed_at > first


def test_a_relisting_names_the_sequence_that_ended_the_earlier_listing() -> None:
    feed = Feed()
    feed.read([A, B])
    (delisting,) = feed.read([A])
    stub = feed.records[key("b")]
    assert (stub.status, stub.until, stub.sequence) == ("delisted", delisting.committed_at, delisting.sequence)
    assert codec.unpack_record(stub.body) == B
    (relisting,) = feed.read([A, retitled(B)])
    assert (relisting.type, relisting.earlier) == ("relisted", delisting.sequence)
    assert relisting.digest_before == delisting.digest_before
    assert [one.path for one in relisting.changes] == ["titles"]
    assert feed.records[key("b")].since == relisting.committed_at


def test_a_delisting_carries_the_last_known_record_and_its_basis() -> None:
    feed = Feed()
    feed.read([A, B])
    (change,) = feed.read([A])
    assert codec.decode(bytes(change.before or b"")) == B
    assert (change.after, change.digest_after, change.basis) == (None, None, "absent")


def test_an_id_used_for_somebody_else_is_delisted_and_designated() -> None:
    """An id used for somebody else is delisted and designated side by side."""
    feed = Feed()
    old, new = record("k", "Olga Petrova"), record("k", "Karim Haddad")
    feed.read([A, old, B])
    said = feed.read([A, new, B, C, record("z")])
    assert told(said) == [("designated", "c"), ("delisted", "k"), ("designated", "k"), ("designated", "z")]
    ended, begun = said[1], said[2]
    assert {ended.basis, begun.basis} == {"id_reused"}
    assert begun.digest_before is None
    assert feed.records[key("k")].since == begun.committed_at
    assert [(one.kind, one.count) for one in feed.state.removals] == [("reused", 1)]


def test_a_key_once_re_keyed_away_is_later_a_plain_designation() -> None:
    """A key that was re keyed away and stands for another later is a plain designation."""
    feed = Feed()
    feed.read([A, B])
    feed.read([replace(A, key=key("new")), B])
    (change,) = feed.read([replace(A, key=key("new")), B, record("a", "Somebody Else")])
    assert (change.type, change.digest_before, change.before, change.earlier) == ("designated", None, None, None)


def test_a_record_can_be_re_keyed_back() -> None:
    feed = Feed()
    feed.read([A, B])
    feed.read([replace(A, key=key("new")), B])
    (change,) = feed.read([A, B])
    assert (change.type, change.key, change.previous_key) == ("rekeyed", key("a"), key("new"))
    assert feed.records[key("a")].status == "listed"


def test_an_amendment_keeps_the_time_of_the_listing() -> None:
    feed = Feed()
    feed.read([A])
    since = feed.records[key("a")].since
    (change,) = feed.read([retitled(A)])
    assert feed.records[key("a")].since == since
    assert change.sequence == feed.records[key("a")].sequence == 2


def test_the_last_ten_documents_are_remembered_each_once() -> None:
    feed = Feed()
    for number in range(RECENT_MAX + 2):
        feed.read([A, record(number)])
    assert len(feed.state.recent) == RECENT_MAX
    repeated = feed.state.recent[3]
    again = document([A, record(5)])
    assert again.note.sha256 == repeated
    feed.take(again)
    assert feed.state.recent[-1] == repeated
    assert len(set(feed.state.recent)) == len(feed.state.recent) == RECENT_MAX


def test_what_the_intake_changed_in_the_state_is_in_the_commit() -> None:
    feed = Feed()
    whole = commit_of(feed.draft(document([A])), FeedState(feed="xx_test", last_signal=9, attested_on="2026-03-01"))
    assert (whole.state.last_signal, whole.state.attested_on, whole.state.commit) == (9, "2026-03-01", 1)


PARTIAL_A = replace(A, completeness="partial", unreadable=("nationalities",))


def test_partial_records_are_known_as_long_as_they_are_in_force() -> None:
    feed = Feed(limits=HOLDING)
    feed.read([PARTIAL_A, B])
    assert feed.state.partial == (key("a"),)
    feed.read([PARTIAL_A, B, C])
    assert feed.state.partial == (key("a"),), "its fingerprint was known, and it was not read again"
    feed.read([B, C])
    assert feed.held() == {key("a")}
    assert feed.state.partial == (key("a"),), "its removal is held"
    feed.read([PARTIAL_A, B, C])
    assert feed.state.partial == (key("a"),)
    feed.read([B, C], quarantined=(key("a"),))
    assert feed.state.partial == (key("a"),), "its earlier version is in force"
    feed.read([A, B, C])
    assert feed.state.partial == ()


def test_a_delisted_record_is_not_partial_any_more() -> None:
    feed = Feed()
    feed.read([PARTIAL_A, B])
    feed.read([B])
    assert feed.state.partial == ()


BORN = PartialDate(date="1950")


def both() -> Feed:
    """A feed whose list stands as the preferred vocabulary says it."""
    feed = Feed()
    feed.read([replace(A, birth_dates=(BORN,)), B, C])
    return feed


OTHERWISE = replace(A, birth_dates=(replace(BORN, circa=True),))


def test_what_another_vocabulary_says_differently_waits() -> None:
    feed = both()
    assert feed.read([OTHERWISE, B, C], vocabulary="second") == []
    assert feed.state.deferred == (key("a"),)
    assert feed.version("a").birth_dates == (BORN,)


def test_what_waited_vanishes_when_the_preferred_says_it_as_before() -> None:
    """What waited vanishes when the preferred vocabulary says it as before."""
    feed = both()
    feed.read([OTHERWISE, B, C], vocabulary="second")
    assert feed.read([replace(A, birth_dates=(BORN,)), B, C]) == []
    assert feed.state.deferred == ()


def test_what_waited_is_the_publishers_act_if_the_preferred_agrees() -> None:
    """What waited comes out as the publishers act when the preferred vocabulary says it too."""
    feed = both()
    feed.read([retitled(OTHERWISE), B, C], vocabulary="second")
    (change,) = feed.read([replace(retitled(A), birth_dates=(BORN,)), B, C])
    assert (change.type, change.origin) == ("amended", "source")
    assert feed.state.deferred == ()


def test_designations_delistings_and_identifiers_never_wait_for_a_vocabulary() -> None:
    feed = both()
    named = replace(OTHERWISE, identifiers=(passport("P1"),))
    said = feed.read([named, C, D], vocabulary="second")
    assert [(one.type, one.key, one.origin) for one in said] == [
        ("designated", key("d"), "source"),
        ("amended", key("a"), "format"),
        ("delisted", key("b"), "source"),
    ]
    assert [(one.path, one.op) for one in said[1].changes] == [("identifiers", "added")]
    assert feed.version("a").birth_dates == (BORN,)
    assert feed.state.deferred == (key("a"),)
    assert feed.read([named, C, D], vocabulary="second") == []
    assert feed.commits[-1].rows == ()


def test_an_identifier_alone_is_not_deferred() -> None:
    feed = both()
    (change,) = feed.read([A, replace(B, identifiers=(passport("P1"),)), C], vocabulary="second")[-1:]
    assert change.key == key("b")
    assert feed.state.deferred == (key("a"),)


def test_an_identifier_that_another_vocabulary_lacks_stays() -> None:
    feed = Feed()
    feed.read([replace(A, identifiers=(passport("P1"),))])
    assert feed.read([A], vocabulary="second") == []
    assert feed.version("a").identifiers == (passport("P1"),)


def test_an_id_reused_in_another_vocabulary_waits_too() -> None:
    feed = both()
    assert feed.read([record("a", "Quite Somebody"), B, C], vocabulary="second") == []
    assert feed.state.deferred == (key("a"),)


def test_records_alike_in_both_vocabularies_are_known_by_the_one_that_serves() -> None:
    feed = both()
    feed.read([OTHERWISE, B, C], vocabulary="second")
    assert {one: stored.vocabulary for one, stored in feed.records.items()} == {
        key("a"): "first",
        key("b"): "second",
        key("c"): "second",
    }
    arrived = document([OTHERWISE, B, C], vocabulary="second", known=feed.records)
    assert [one.key for one in arrived.entries.values() if one.body is not None] == [key("a")]
    (change,) = feed.read([OTHERWISE, retitled(B), C], vocabulary="second")
    assert (change.key, change.origin) == (key("b"), "source"), "the serving source itself has changed it"


def test_the_preferred_vocabulary_rewords_as_a_matter_of_format() -> None:
    """What was designated by another vocabulary is reworded by the preferred one as a matter of format."""
    feed = both()
    feed.read([replace(A, birth_dates=(BORN,)), B, C, D], vocabulary="second")
    (change,) = feed.read([replace(A, birth_dates=(BORN,)), B, C, retitled(D)])
    assert (change.key, change.type, change.origin) == (key("d"), "amended", "format")
    assert feed.records[key("d")].vocabulary == "first"


def test_another_vocabulary_makes_no_record_partial() -> None:
    """A record that only another vocabulary reads partly does not become partial."""
    feed = both()
    feed.read([replace(OTHERWISE, completeness="partial", unreadable=("titles",)), B, C], vocabulary="second")
    assert feed.state.partial == ()
    feed.read([replace(A, birth_dates=(BORN,)), B, C])
    assert feed.state.partial == ()


MEASURED = Listing(list="Invented list", measures=("asset freeze",))
UNMEASURED = replace(MEASURED, measures=())


def with_a_column(*records: Record) -> Document:
    """The document of `records` in a layout that has a place for measures."""
    arrived = document(records)
    return replace(arrived, note=replace(arrived.note, layout=("listings.measures",)))


def without_the_column() -> Feed:
    feed = Feed()
    feed.read([replace(one, listings=(UNMEASURED,)) for one in (A, B)])
    return feed


def test_a_column_that_appears_is_no_act_of_the_authority() -> None:
    """A column that appears is no act of the authority and changes no screening."""
    feed = without_the_column()
    said = feed.take(with_a_column(*(replace(one, listings=(MEASURED,)) for one in (A, B))))
    assert [(one.type, one.origin, one.material) for one in said] == [("amended", "format", False)] * 2
    assert feed.version("a").listings == (MEASURED,)


def test_a_column_that_vanishes_is_none_either() -> None:
    feed = Feed()
    feed.take(with_a_column(replace(A, listings=(MEASURED,))))
    (change,) = feed.read([replace(A, listings=(UNMEASURED,))])
    assert (change.type, change.origin, change.material) == ("amended", "format", False)


def test_what_else_changed_beside_a_new_column_is_the_authoritys() -> None:
    """What else changed when a column appeared is the authoritys and as material as ever."""
    feed = without_the_column()
    born = replace(A, listings=(MEASURED,), birth_dates=(BORN,))
    titled = replace(retitled(B), listings=(MEASURED,))
    said = feed.take(with_a_column(born, titled))
    assert [(one.origin, one.material) for one in said] == [("source", True), ("source", False)]


def test_a_measure_in_a_known_column_is_the_authoritys_and_material() -> None:
    """A measure in a column that was there before is the authoritys and material."""
    feed = Feed()
    feed.take(with_a_column(replace(A, listings=(UNMEASURED,)), replace(B, listings=(MEASURED,))))
    (change,) = feed.take(with_a_column(replace(A, listings=(MEASURED,)), replace(B, listings=(MEASURED,))))
    assert (change.origin, change.material) == ("source", True)


def test_a_missed_publication_is_told_although_nothing_else_is() -> None:
    feed = Feed()
    feed.read([A])
    drafted = feed.draft(document([A]))
    drafted = replace(drafted, context=replace(drafted.context, missed=("77",)))
    assert [row.missed for row in commit_of(drafted, feed.state).rows] == [("77",)]


def test_bytes_that_wait_for_the_archive_are_named_so_in_every_change() -> None:
    feed = Feed()
    drafted = feed.draft(document([A, B]))
    whole = commit_of(replace(drafted, context=replace(drafted.context, archived="pending")), feed.state)
    assert {one.evidence.archived for one in whole.changes} == {"pending"}
    assert whole.rows[0].archived == "pending"


def test_material_and_cosmetic_amendments_are_told_apart() -> None:
    feed = Feed()
    feed.read([A, B])
    more = replace(A, names=(*A.names, Name(full="Alias", kind="alias")))
    assert [one.material for one in feed.read([more, retitled(B)])] == [True, False]
