"""The parts of a big document on several processors."""

import os
from collections.abc import Callable

import pytest

from syncd.intake import parser_forks
from syncd.intake.parser_forks import on_processors


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever machine this is."""
    monkeypatch.setattr(parser_forks, "processes_count", lambda: 2)


def say_who(number: int) -> bytes:
    """The number, and the process that did the work."""
    return f"{number} {os.getpid()}".encode()


def test_results_come_in_order_from_this_process_and_a_copy() -> None:
    results = [result.decode().split() for result in on_processors(say_who, 5)]
    assert [number for number, _ in results] == list("01234")
    here, there = {who for _, who in results[::2]}, {who for _, who in results[1::2]}
    assert here == {str(os.getpid())}
    assert len(there) == 1 and here != there
    _has_ended(int(there.pop()))


def test_work_for_one_number_is_done_by_a_copy() -> None:
    ((_, who),) = (result.decode().split() for result in on_processors(say_who, 1))
    assert who != str(os.getpid())


def test_results_larger_than_a_pipe_come_whole() -> None:
    sizes = [len(result) for result in on_processors(lambda number: bytes(number << 22), 4)]
    assert sizes == [0, 1 << 22, 2 << 22, 3 << 22]


def _fail_at(failing: int) -> Callable[[int], bytes]:
    def work(number: int) -> bytes:
        if number == failing:
            os._exit(3)
        return b"done"

    return work


@pytest.mark.parametrize(("count", "failing"), [(1, 0), (6, 1), (6, 3)])
def test_a_copy_that_ends_before_its_work_is_an_error(count: int, failing: int) -> None:
    results = on_processors(_fail_at(failing), count)
    with pytest.raises(EOFError):
        list(results)


def test_a_copy_that_raises_says_nothing_else() -> None:
    def work(number: int) -> bytes:
        if number:
            raise ValueError("not here")
        return b""

    with pytest.raises(EOFError):
        list(on_processors(work, 2))


def test_copies_end_with_the_reading_that_is_given_up() -> None:
    results = on_processors(say_who, 100)
    next(results)
    copy = int(next(results).decode().split()[1])
    results.close()
    _has_ended(copy)


def _has_ended(pid: int) -> None:
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
