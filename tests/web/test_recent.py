"""Which commits the page keeps: a share a feed, the urgent changes first, the same on every replica."""

import random

from syncd.core.events import ChangeType
from syncd.web.lines import ChangeLine
from syncd.web.recent import COMMITS_KEPT_OF_A_FEED, LINES_KEPT_OF_A_COMMIT, RecentCommits, rank


def changed(
    feed: str, commit: int, sequence: int, kind: ChangeType = "amended", *, material: bool = True, count: int = 1
) -> ChangeLine:
    return ChangeLine(
        feed=feed,
        key=f"{feed}:{sequence}",
        type=kind,
        sequence=sequence,
        commit=commit,
        count=count,
        committed_at=f"2031-04-02T12:00:{commit:02}Z",
        cause="publication",
        origin="source",
        material=material,
    )


def test_a_commit_of_thousands_pushes_out_nothing_of_another_list() -> None:
    recent = RecentCommits()
    recent.extend(changed("un_sc", 1, number, "designated") for number in range(6))
    recent.extend(changed("eu_fsf", 1, number, count=3850) for number in range(3850))
    assert [line.type for line in recent if line.feed == "un_sc"] == ["designated"] * 6
    assert len([line for line in recent if line.feed == "eu_fsf"]) == LINES_KEPT_OF_A_COMMIT


def test_of_a_large_commit_the_urgent_changes_are_kept() -> None:
    recent = RecentCommits()
    recent.extend(changed("eu_fsf", 1, number, material=False) for number in range(1000))
    recent.extend([changed("eu_fsf", 1, 1000, "delisted"), changed("eu_fsf", 1, 1001, "designated")])
    shown = sorted(recent, key=rank)
    assert [line.type for line in shown[:3]] == ["designated", "delisted", "amended"]


def test_what_is_kept_depends_on_the_commits_alone() -> None:
    lines = [changed("un_sc", 1 + number // 100, number, material=number % 3 == 0) for number in range(2000)]
    long_running, just_started = RecentCommits(), RecentCommits()
    long_running.extend(lines)
    just_started.extend(line for line in lines if line.commit > 20 - COMMITS_KEPT_OF_A_FEED)
    assert sorted(long_running, key=rank) == sorted(just_started, key=rank)
    random.Random(1).shuffle(lines)
    other_order = RecentCommits()
    other_order.extend(lines)
    assert sorted(other_order, key=rank) == sorted(just_started, key=rank)


def test_nothing_is_kept_of_a_ledger_that_is_gone() -> None:
    recent = RecentCommits()
    recent.extend([changed("un_sc", 1, 1), changed("eu_fsf", 1, 1)])
    recent.forget("un_sc")
    assert [line.feed for line in recent] == ["eu_fsf"]
