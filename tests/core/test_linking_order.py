"""Links are a function of the set of records and of people's decisions, never of the order in which they came."""

from collections.abc import Iterator
from itertools import combinations
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core.linking import Link, Linker, profile
from syncd.core.linking import linker as linking
from syncd.core.model import Identifier, Name, PartialDate, Record

FEEDS = ("uk_sl", "un_sc", "eu_fsf")
KEYS = [f"{feed}:{at}" for feed in FEEDS for at in range(3)]
VERDICTS: list[Literal["confirmed", "forbidden"] | None] = ["confirmed", "forbidden", None]

names = st.sampled_from(
    ["Dawud Qaztani", "Daoud Kaztani", "Qaztani Dawud Barzanji", "Omar Qaztani", "D. Qaztani", "Dawud", "داود قزتاني"]
)
records = st.builds(
    Record,
    key=st.sampled_from(KEYS),
    feed=st.just(""),
    kind=st.sampled_from(["person", "person", "organisation", "unknown"]),
    names=st.lists(st.builds(Name, full=names, kind=st.just("primary")), min_size=1, max_size=2).map(tuple),
    birth_dates=st.lists(
        st.builds(PartialDate, date=st.sampled_from(["1961", "1961-04-09", "1962-01-01"])), max_size=2
    ).map(tuple),
    identifiers=st.lists(
        st.builds(Identifier, type=st.just("passport"), value=st.sampled_from(["C0415926", "X1234567"])), max_size=1
    ).map(tuple),
    nationalities=st.sampled_from([(), ("IQ",), ("IR",)]),
).map(lambda one: Record(**{**{name: getattr(one, name) for name in one.__struct_fields__}, "feed": one.key[:-2]}))

steps = st.one_of(
    st.tuples(st.just("put"), records),
    st.tuples(st.just("drop"), st.sampled_from(KEYS)),
    st.tuples(
        st.just("decide"), st.tuples(st.sampled_from(KEYS[:3]), st.sampled_from(KEYS[3:]), st.sampled_from(VERDICTS))
    ),
    st.tuples(st.just("settle"), st.none()),
)


class World:
    """A linker, what is in it, and the links that it has told of."""

    def __init__(self) -> None:
        self.linker = Linker()
        self.records: dict[str, Record] = {}
        self.verdicts: dict[tuple[str, str], Literal["confirmed", "forbidden"] | None] = {}
        self.told: dict[tuple[str, str], Link] = {}

    def put(self, record: Record) -> None:
        self.records[record.key] = record
        self.linker.put(record)

    def drop(self, key: str) -> None:
        self.records.pop(key, None)
        self.linker.drop(key)

    def decide(self, decision: tuple[str, str, Literal["confirmed", "forbidden"] | None]) -> None:
        self.verdicts[decision[:2]] = decision[2]
        self.linker.decide(*decision)

    def settle(self, _: None = None) -> None:
        settled = self.linker.settle()
        for pair in settled.removed:
            del self.told[pair]
        for link in settled.added:
            assert (link.a, link.b) not in self.told
            self.told[link.a, link.b] = link


@pytest.fixture(params=[2, linking.KEY_RECORDS_MAX], autouse=True, ids=["few", "many"], scope="module")
def _common(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keys are soon too common to be followed, and hardly ever."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linking, "KEY_RECORDS_MAX", request.param)
        yield


@settings(deadline=None)
@given(st.lists(steps, max_size=25), st.randoms(use_true_random=False))
def test_any_history_ends_in_the_links_of_what_is_left(history: list[tuple[str, object]], random) -> None:  # type: ignore[no-untyped-def]
    lived, fresh = World(), World()
    for what, about in history:
        getattr(lived, what)(about)
    lived.settle()
    left = list(lived.records.values())
    random.shuffle(left)
    for record in left:
        fresh.put(profile(record))
    for pair, verdict in lived.verdicts.items():
        fresh.decide((*pair, verdict))
    fresh.settle()
    assert lived.told == fresh.told
    for a, b in combinations(sorted(KEYS), 2):
        explained = lived.linker.explained(a, b)
        assert explained == fresh.linker.explained(a, b)
        assert ((a, b) in lived.told) == (explained is not None)


@given(records, records)
def test_what_forbids_a_link_forbids_it_in_either_order(one: Record, other: Record) -> None:
    first, second = World(), World()
    for world, order in ((first, (one, other)), (second, (other, one))):
        if one.key != other.key:
            for record in order:
                world.put(record)
            world.settle()
    assert first.told == second.told
    for link in first.told.values():
        kinds = {first.records[key].kind for key in (link.a, link.b)} - {"unknown"}
        assert len(kinds) <= 1
