"""What listeners are sent, and what is kept for those who come back."""

import pytest

from syncd.web import stream as streaming
from syncd.web.stream import LISTENERS_MAX, QUEUE_MAX, Event, Filter, Stream, filter_of, position_of


def told(stream: Stream, *sequences: int, feed: str = "un_sc") -> None:
    for sequence in sequences:
        stream.send(Event(kind="change", data=b"%d" % sequence, of=feed, sequence=sequence))


def frames(sent: list[bytes]) -> list[str]:
    """Kind and data of each frame."""
    return [" ".join(line.partition(": ")[2] for line in one.decode().split("\n")[1:3]) for one in sent]


def joined(stream: Stream, last_id: str = "") -> list[str]:
    found = stream.join(last_id)
    assert found
    return frames(found[1])


def test_a_new_listener_is_told_the_position_and_nothing_old() -> None:
    stream = Stream()
    stream.begin({"un_sc": 5, "eu_fsf": 2})
    told(stream, 6)
    found = stream.join()
    assert found
    assert found[1] == [b"id: eu_fsf:2,un_sc:6\nevent: position\ndata: {}\n\n"]


def test_one_that_comes_back_is_told_all_since() -> None:
    stream = Stream()
    stream.begin({"un_sc": 5})
    told(stream, 6, 7, 8)
    assert joined(stream, "un_sc:6") == ["change 7", "change 8", "position {}"]
    assert joined(stream, "un_sc:8") == ["position {}"]


def test_the_ids_on_the_way_are_positions_to_go_on_from() -> None:
    stream = Stream()
    stream.begin({"un_sc": 5, "eu_fsf": 1})
    told(stream, 6)
    told(stream, 2, feed="eu_fsf")
    found = stream.join("eu_fsf:1,un_sc:5")
    assert found
    assert [one.partition(b"\n")[0] for one in found[1]] == [
        b"id: eu_fsf:1,un_sc:6",
        b"id: eu_fsf:2,un_sc:6",
        b"id: eu_fsf:2,un_sc:6",
    ]


def test_one_that_was_away_too_long_is_told_what_it_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "KEPT_MAX", 2)
    stream = Stream()
    stream.begin({"un_sc": 5})
    told(stream, 6, 7, 8, 9)
    assert joined(stream, "un_sc:5") == [
        'missed {"feed":"un_sc","after":5,"until":7}',
        "change 8",
        "change 9",
        "position {}",
    ]
    assert joined(stream, "un_sc:3")[0] == 'missed {"feed":"un_sc","after":3,"until":7}'


@pytest.mark.parametrize(
    "last_id", ["", "x", "un_sc", "un_sc:", "un_sc:-1", "un_sc:1,", "nobody:1", "un_sc:" + "9" * 99]
)
def test_what_is_no_id_is_as_none(last_id: str) -> None:
    assert position_of(last_id) is None


def test_listeners_are_bounded_and_a_freed_place_is_given_away() -> None:
    stream = Stream()
    found = [stream.join() for _ in range(LISTENERS_MAX)]
    assert stream.join() is None
    assert found[0]
    stream.leave(found[0][0])
    assert stream.join()


def test_a_slow_listener_is_dropped_and_nobody_else() -> None:
    stream = Stream()
    slow, quick = stream.join(), stream.join()
    assert slow
    assert quick
    for sequence in range(QUEUE_MAX + 1):
        told(stream, sequence + 1)
        quick[0].queue.get_nowait()
    assert slow[0].dropped.is_set()
    assert not quick[0].dropped.is_set()
    assert stream.listeners == 1


@pytest.mark.parametrize("garbage", ["nonsense", "un_sc:", "un_sc:x", "nowhere:4", "x" * 5000])
def test_one_with_an_id_that_is_none_is_told_that_it_may_have_missed_all(garbage: str) -> None:
    stream = Stream()
    stream.begin({"un_sc": 5, "eu_fsf": 1})
    told(stream, 6)
    assert joined(stream, garbage) == [
        'missed {"feed":"eu_fsf","after":0,"until":1}',
        'missed {"feed":"un_sc","after":0,"until":6}',
        "position {}",
    ]


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        (Filter(), ["un amended", "un delisted", "eu designated", "target_formed", "status"]),
        (Filter(feeds=frozenset({"un_sc"})), ["un amended", "un delisted", "status"]),
        (Filter(feeds=frozenset({"coordinator"})), ["target_formed", "status"]),
        (Filter(types=frozenset({"delisted", "designated"})), ["un delisted", "eu designated", "status"]),
        (Filter(material=True), ["un delisted", "eu designated", "target_formed", "status"]),
        (Filter(feeds=frozenset({"un_sc"}), types=frozenset({"amended"}), material=True), ["status"]),
    ],
)
def test_a_listener_gets_what_its_filter_lets_through_live_and_later(wanted: Filter, got: list[str]) -> None:
    stream = Stream()
    stream.begin({"un_sc": 0, "eu_fsf": 0, "coordinator": 0})
    live = stream.join("", wanted)
    stream.send(Event(kind="un", data=b"amended", of="un_sc", sequence=1, type="amended", material=False))
    stream.send(Event(kind="un", data=b"delisted", of="un_sc", sequence=2, type="delisted"))
    stream.send(Event(kind="eu", data=b"designated", of="eu_fsf", sequence=1, type="designated"))
    stream.send(Event(kind="target_formed", data=b"", of="coordinator", sequence=1, type="target_formed"))
    stream.send(Event(kind="status", data=b""))
    later = stream.join("coordinator:0,eu_fsf:0,un_sc:0", wanted)
    assert live
    assert later
    arrived = frames([live[0].queue.get_nowait() for _ in range(live[0].queue.qsize())])
    assert [one.strip() for one in arrived] == got
    kept = [one for one in got if one != "status"]
    assert sorted(one.strip() for one in frames(later[1])) == sorted([*kept, "position {}"])


@pytest.mark.parametrize("query", [("nowhere", "", ""), ("", "changed", ""), ("", "", "yes")])
def test_a_filter_that_names_nothing_is_refused(query: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match=r"there is no feed|may be"):
        filter_of(*query)


def test_a_query_is_read_as_lists() -> None:
    assert filter_of("un_sc,coordinator", "delisted", "true") == Filter(
        feeds=frozenset({"un_sc", "coordinator"}), types=frozenset({"delisted"}), material=True
    )
