"""Pairs of records in few bytes: they say what dictionaries would, and nothing stays open."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.linking import Linker
from syncd.core.linking.linker import JudgedPair, Weight
from syncd.core.linking.pairs import PairShelf
from tests.core.linked import person

NUMBERS = st.integers(0, 5)
WEIGHTS = st.builds(Weight, st.floats(allow_nan=False), st.booleans(), st.integers(0, 2**32 - 1))
JUDGED = st.builds(JudgedPair, st.sampled_from(("linked", "suggested")), WEIGHTS)
STEPS = st.one_of(st.tuples(NUMBERS, NUMBERS, JUDGED), st.tuples(NUMBERS, NUMBERS, st.none()), st.just((0, 0, "pack")))


@given(st.lists(STEPS, max_size=40))
def test_packed_pairs_are_those_that_were_put(steps: list[tuple[int, int, JudgedPair | str | None]]) -> None:
    shelf, wanted = PairShelf(msgspec.msgpack.Decoder(dict[int, JudgedPair])), dict[tuple[int, int], JudgedPair]()
    for one, other, value in steps:
        if value == "pack":
            shelf.pack()
        elif isinstance(value, JudgedPair):
            shelf.opened(one)[other] = wanted[one, other] = value
        else:
            shelf.opened(one).pop(other, None)
            wanted.pop((one, other), None)
        assert {(number, partner): found for number, partner, found in shelf.items()} == wanted
        assert dict(shelf.read(one)) == {partner: found for (number, partner), found in wanted.items() if number == one}


def test_a_settled_linker_has_no_pair_open() -> None:
    """What lies open is four times as large as packed, and of all lists 20 MB more."""
    first = Linker()
    for feed in ("us_ofac_sdn", "uk_sl", "un_sc"):
        for place in range(20):
            first.put(
                person(f"{feed}:{place}", f"Zoltan Quandrik Ulmberg{'abcdefghij'[place % 10]}", born=f"19{place:02}")
            )
    first.settle()
    for linker in (first, Linker.resumed(first.keep())):
        linker.explained("us_ofac_sdn:1", "uk_sl:1")
        assert len(linker.links()) > 20
        assert not linker._near._open
        assert not linker._settled._open
        assert {(link.a, link.b) for link in linker.linked()} == {
            (link.a, link.b) for link in linker.links() if link.decision == "linked"
        }
