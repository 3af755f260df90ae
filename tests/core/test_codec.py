"""Records as ledgers and memory hold them."""

import tracemalloc

from syncd.core import codec
from tests.core.lists import record


def test_a_packed_record_is_the_record() -> None:
    one = record(1, remarks=("seen again and again " * 50,))
    assert codec.unpack_record(codec.pack_record(one)) == one


def test_a_packed_record_takes_the_room_of_what_is_in_it() -> None:
    """Not that of the record, as the compressor's own result does."""
    json = codec.unpack_json(codec.pack_record(record(1, remarks=("seen again and again " * 500,))))
    pack = codec.packer()
    pack(json)
    tracemalloc.start()
    packed = [pack(json) for _ in range(100)]
    room, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert room < 2 * sum(map(len, packed)) + 100 * 100
    assert room * 10 < 100 * len(json)
