"""The invariant of the ledger, over sequences of documents that Hypothesis invents:

ledger = document + held removals (also of records whose new keys are held) + earlier versions of entries that are
quarantined or whose amendment is held, but for relations kept to held records and amendments that wait for the
preferred vocabulary. Of a held amendment what it adds is in force beside what it would lose. `lists.Feed` holds every
commit against what a consumer makes of its changes alone.
"""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from syncd.core import canonical, codec, content
from syncd.core.commit import commit_of
from syncd.core.document import Document
from syncd.core.events import change_id
from syncd.core.limits import Limits
from syncd.core.model import PartialDate, Record, Relation
from syncd.errors import DocumentRefused
from tests.core.lists import Feed, document, key, passport, record

KEYS = [str(number) for number in range(9)]
LIMITS = Limits(
    records_min=1,
    removals_max=2,
    quarantined_max=2,
    rekeyed_max=1,
    reused_max=1,
    names_max=2,
    birth_dates_max=2,
    identifiers_max=1,
    kinds_max=1,
    partial_ratio=0.7,
)
TARGETS = ("Olga Petrova", "Karim Haddad", "Invented Trading")


@st.composite
def entries(draw: Any, number: str) -> Record:
    """One of a few versions of an entry: other targets, words, identifiers, relations; sometimes partial."""
    partial = draw(st.integers(0, 5)) == 0
    return record(
        number,
        f"{draw(st.sampled_from(TARGETS))} {'' if draw(st.booleans()) else number}",
        birth_dates=draw(st.sampled_from([(), (PartialDate(date="1950"),), (PartialDate(date="1951"),)])),
        identifiers=draw(st.sampled_from([(), (passport("P1"),), (passport("P1"), passport("P2"))])),
        relations=tuple(
            Relation(type="knows", key=key(other)) for other in draw(st.sets(st.sampled_from(KEYS[:3]), max_size=2))
        ),
        completeness="partial" if partial else "complete",
        unreadable=("titles",) if partial else (),
    )


class Ledger(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.feed = Feed(limits=LIMITS)
        self.list: dict[str, Record] = {}
        self.latest: Document | None = None
        self.held_document: list[Record] = []

    @rule(data=st.data())
    def entries_come_and_change(self, data: Any) -> None:
        for number in data.draw(st.sets(st.sampled_from(KEYS), max_size=4)):
            self.list[number] = data.draw(entries(number))

    @rule(gone=st.sets(st.sampled_from(KEYS), max_size=5))
    def entries_go(self, gone: set[str]) -> None:
        for number in gone:
            self.list.pop(number, None)

    @rule(one=st.sampled_from(KEYS), other=st.sampled_from(KEYS), numbers=st.none() | st.sets(st.sampled_from("123")))
    def an_entry_gets_another_key(self, one: str, other: str, numbers: set[str] | None) -> None:
        if one in self.list and other not in self.list:
            moved = replace(self.list.pop(one), key=key(other))
            others = moved.identifiers if numbers is None else tuple(passport(f"P{one}") for one in sorted(numbers))
            self.list[other] = replace(moved, identifiers=others)

    @rule(
        vocabulary=st.sampled_from(["first", "first", "second"]),
        nameless=st.sets(st.sampled_from(KEYS), max_size=2),
        without_id=st.integers(0, 1),
        cause=st.sampled_from(["publication", "publication", "resync"]),
        chance=st.randoms(use_true_random=False),
    )
    def it_is_published(self, vocabulary: str, nameless: set[str], without_id: int, cause: Any, chance: Any) -> None:
        unread: list[str | None] = [key(number) for number in nameless if number in self.list]
        quarantined = (unread + [None] * without_id)[: LIMITS.quarantined_max]
        shown = [one for one in self.list.values() if one.key not in quarantined]
        chance.shuffle(shown)
        self._take(shown, vocabulary, quarantined, cause)

    @precondition(lambda self: self.feed.state.commit > 0 and self.latest is not None)
    @rule()
    def the_parser_changes(self) -> None:
        assert self.latest is not None
        self.feed.parser_version += 1
        shown = [replace(one, titles=(f"as of {self.feed.parser_version}",)) for one in self.list.values()]
        said = self._take(shown, self.latest.note.vocabulary, [], "reparse")
        assert {change.origin for change in said} <= {"parser"}
        assert not [change for change in said if change.type == "delisted"]

    @precondition(lambda self: self.latest is not None and self.feed.state.holds)
    @rule()
    def all_that_is_held_is_released(self) -> None:
        assert self.latest is not None
        before = self.latest
        self._take(list(self.list.values()), before.note.vocabulary, [], "publication")
        holds = tuple(hold.id for hold in self.feed.state.holds if hold.kind != "document")
        self._take(list(self.list.values()), before.note.vocabulary, [], "release", holds)
        if self.latest is not before:
            assert not [hold for hold in self.feed.state.holds if hold.kind != "document"]

    @precondition(lambda self: any(hold.kind == "removals" for hold in self.feed.state.holds))
    @rule(data=st.data())
    def a_hold_is_released(self, data: Any) -> None:
        holds = [hold for hold in self.feed.state.holds if hold.kind == "removals"]
        hold = data.draw(st.sampled_from(holds))
        assert self.latest is not None
        shown = set(self.latest.entries) | {one.key for one in self.latest.quarantined}
        before = self.latest
        said = self._take(list(self.list.values()), before.note.vocabulary, [], "release", (hold.id,))
        if self.latest is before:
            return  # the document was refused or held as a whole: nothing of it was judged
        gone = {change.key for change in said if change.type == "delisted" and change.basis == "absent"}
        moved = {change.previous_key for change in said}
        absent = set(hold.keys) - {one.key for one in self.list.values()} - moved
        assert absent <= gone
        assert not gone & (shown & {one.key for one in self.list.values()})

    def _take(
        self, shown: list[Record], vocabulary: str, quarantined: list[str | None], cause: Any, released: Any = ()
    ) -> list[Any]:
        feed = self.feed
        arrived = document(
            shown,
            vocabulary=vocabulary,
            quarantined=quarantined,
            known=feed.records,
            parser_version=feed.parser_version,
        )
        before = feed.state
        try:
            drafted = feed.draft(arrived, cause=cause, released=released)
        except DocumentRefused:
            assert feed.state == before
            return []
        ids = [[change_id(one) for one in commit_of(drafted, feed.state).changes] for _ in range(2)]
        assert ids[0] == ids[1]
        said = feed.take(arrived, cause=cause, released=released)
        if drafted.judgement.held_whole:
            assert said == []
            assert feed.state.document == before.document
            return said
        self.latest = arrived
        self._compare(arrived, shown)
        return said

    def _compare(self, arrived: Document, shown: list[Record]) -> None:
        """The ledger against the document that was just taken."""
        state, feed = self.feed.state, self.feed
        kinds = {one: hold.kind for hold in state.holds for one in hold.keys}
        amended = {one for one, kind in kinds.items() if kind == "amendments"}
        held, kept = kinds.keys() - amended, set(state.quarantined)
        waiting = self._new_keys_that_wait(arrived, kinds)
        assert feed.in_force == set(arrived.entries) - waiting | held | kept
        assert not held & set(arrived.entries)
        assert amended <= set(arrived.entries)
        for one in shown:
            if one.key in amended:
                self._keeps_both(one)
            elif one.key not in {*state.deferred, *waiting}:
                in_force = feed.version(one.key.partition(":")[2])
                extra = [it for it in in_force.relations if it not in one.relations]
                assert all(it.key in held for it in extra)
                without = replace(in_force, relations=tuple(it for it in in_force.relations if it not in extra))
                assert canonical.digest(without) == canonical.digest(one)
        if not (kinds or kept or state.deferred):
            assert state.ledger_digest == arrived.note.digest
            assert state.ledger_records == arrived.note.records
        if arrived.note.vocabulary == feed.preferred:
            assert state.deferred == ()
        partial = {one for one in feed.in_force if feed.version(one.partition(":")[2]).completeness == "partial"}
        assert set(state.partial) == partial
        again = feed.draft(arrived)
        assert again.planned == (), "the same document, taken again, says nothing"

    def _new_keys_that_wait(self, arrived: Document, kinds: dict[str, str]) -> set[str]:
        """Keys of the document that are not in force: each is a record that is, under its old key, with what is new."""
        feed = self.feed
        old = [feed.version(one.partition(":")[2]) for one, kind in kinds.items() if kind == "rekeyed"]
        waiting = set(arrived.entries) - feed.in_force
        for one in waiting:
            new = codec.unpack_record(arrived.entries[one].body or b"")
            assert any(not content.lost(new, other) for other in old)
        return waiting

    def _keeps_both(self, one: Record) -> None:
        """A record whose amendment is held has whatever the document says of it, or what it says is in force anyway."""
        feed = self.feed
        others = [feed.version(other.partition(":")[2]) for other in feed.in_force - {one.key}]
        in_force = feed.version(one.key.partition(":")[2])
        assert content.lost(in_force, one), "it is held because it would lose something"
        # Two entries that change places: the other one may have kept what it had, and got something more.
        is_known = any(not content.lost(one, other) for other in others)
        assert is_known or not {**content.lost(one, in_force), "kind": None}.keys() - {"kind"}

    @invariant()
    def holds_are_what_they_say(self) -> None:
        state = self.feed.state
        assert len({hold.id for hold in state.holds}) == len(state.holds)
        assert sum(hold.kind == "document" for hold in state.holds) <= 1
        assert self.feed.held() <= self.feed.in_force
        assert state.commit == len([one for one in self.feed.commits if one.rows and one.rows[0].kind == "commit"])


Ledger.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestTheLedgerIsTheDocumentAndWhatIsHeld = Ledger.TestCase
