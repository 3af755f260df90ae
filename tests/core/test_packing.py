"""Packed pieces: what comes out is what went in, in much less room."""

import random
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from syncd.core.packing import SAMPLE_BYTES, Packing, PieceShelf

# Each about 1 kB, alike but for a number.
PIECES = [f'<party ID="{number}">{"<name>an invented name</name>" * 32}</party>'.encode() for number in range(3_000)]


def test_pieces_around_a_full_sample_come_out_as_they_went_in() -> None:
    """Pieces from before and after the sample was full come out as they went in."""
    assert len(PIECES[0]) * 10 < SAMPLE_BYTES < len(PIECES[0]) * 1_000
    packing = Packing()
    packed = [packing.pack(piece) for piece in PIECES]
    assert [packing.unpack(one) for one in packed] == PIECES


def test_pieces_alike_take_a_fifth_of_their_room_at_most() -> None:
    packing = Packing()
    tracemalloc.start()
    packed = [packing.pack(piece) for piece in PIECES]
    room, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(packed) == len(PIECES)
    assert room * 5 < sum(map(len, PIECES))


def test_a_sample_of_every_sixteenth_does_for_what_comes_list_by_list() -> None:
    lists = [f'{{"list":"{name}"}}'.encode() * 9 for name in "ABCDEFGH"]
    pieces = [lists[number // 300] + b"%d" % number for number in range(2_400)] + PIECES
    packing = Packing(every=16)
    packed = [packing.pack(piece) for piece in pieces]
    assert [packing.unpack(one) for one in packed] == pieces


@given(st.lists(st.tuples(st.binary(max_size=40), st.sampled_from([0, 1, 100, 5_000])), max_size=6))
def test_any_bytes_come_out_as_they_went_in(repeated: list[tuple[bytes, int]]) -> None:
    pieces = [piece * times for piece, times in repeated]
    packing = Packing()
    packed = [packing.pack(piece) for piece in pieces]
    assert [packing.unpack(one) for one in reversed(packed)] == pieces[::-1]


def test_a_shelf_keeps_pieces_through_replacements() -> None:
    rng, shelf, kept = random.Random(3), PieceShelf(), list[bytes]()
    for number in range(50):
        kept.append(rng.randbytes(rng.randrange(90)))
        shelf.append(kept[number])
    for _ in range(2_000):
        number, piece = rng.randrange(50), rng.randbytes(rng.randrange(90))
        kept[number] = piece
        shelf.replace(number, piece)
    assert [shelf[number] for number in range(len(shelf))] == kept
    # What was replaced is not kept for long.
    assert len(shelf._bytes) < 2 * sum(map(len, kept)) + 4_096
