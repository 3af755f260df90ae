"""The list by the dates on which its records were in force, never against a document that is there."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from syncd.core.events import Change, Publication, Times
from syncd.core.in_force import InForce
from tests.core.histories import Lists, record
from tests.core.published import changes

FIRST, SECOND, THIRD = "2026-03-02", "2026-04-02", "2026-05-02"


class Published:
    """Documents of one list, each on its day, and what the ledger has of them."""

    def __init__(self) -> None:
        self.lists = Lists()
        self.rows: list[Publication] = []

    def publish(self, day: str, *acts: tuple[str, int, Mapping[str, object]], held: tuple[str, ...] = ()) -> None:
        number = len(self.rows) + 1
        kind = "commit" if acts else "hold"
        self.rows.append(
            Publication(feed="uk_sl", kind=kind, at=f"{day}T12:00:00.000000Z", commit=number, published=day, held=held)
        )
        for act, which, fields in acts:
            times = Times(observed=f"{day}T12:00:00.000000Z", published=day, **fields.get("times", {}))  # type: ignore[dict-item]
            rest = {name: value for name, value in fields.items() if name != "times"}
            gone = {"after": None, "digest_after": None} if act == "delisted" else {}
            at = f"{day}T12:00:00.000000Z"
            self.lists.add(act, record("uk", which), at, times=times, commit=number, **gone, **rest)

    def at(self, day: str) -> list[str]:
        return _at(self.rows, self.lists.changes, f"{day}T23:59:59.999999Z")


def _at(rows: list[Publication], some: list[Change], moment: str) -> list[str]:
    listed = InForce(moment)
    for row in rows:
        listed.see(row)
    for change in some:
        listed.take(change)
    return [key.partition(":")[2] for key in listed.records]


def dated(listed: str | None = None, effective: str | None = None, **more: object) -> dict[str, object]:
    return {"times": {"listed": listed, "effective": effective}, **more}


def test_a_baseline_is_in_force_from_its_own_dates() -> None:
    published = Published()
    published.publish(FIRST, ("baselined", 1, dated("2020-01-01")), ("baselined", 2, dated(effective="2021-01-01")))
    assert [published.at(day) for day in ("2019-12-31", "2020-06-01", "2021-01-01")] == [[], ["1"], ["1", "2"]]


@pytest.mark.parametrize("own", ["0000-09-03", "soon", "12026-03-2", "99999-1-1", "", None, "2031-01-01"])
def test_a_listed_record_whose_date_cannot_be_is_in_force_since_it_was_seen(own: str | None) -> None:
    published = Published()
    published.publish(FIRST, ("baselined", 1, dated(own)), ("baselined", 2, dated("2020-01-01", own)))
    published.publish(SECOND, ("designated", 3, dated(own, own and "9999-01-01")))
    assert (published.at("2026-03-01"), published.at(FIRST), published.at(SECOND)) == (
        ["2"],
        ["1", "2"],
        ["1", "2", "3"],
    )


@pytest.mark.parametrize(("own", "begins"), [("2007-03-24", SECOND), (FIRST, SECOND), ("2026-03-03", "2026-03-03")])
def test_a_date_counts_only_after_the_document_that_does_not_have_the_record(own: str, begins: str) -> None:
    published = Published()
    published.publish(FIRST, ("baselined", 1, dated("2020-01-01")))
    published.publish(SECOND, ("designated", 2, dated(own)))
    days = ("2007-03-25", FIRST, "2026-03-03", "2026-04-01", SECOND)
    assert [day for day in days if "2" in published.at(day)] == [day for day in days if day >= begins]


def test_a_later_effect_is_kept_when_the_listing_is_amended() -> None:
    """A listing that takes effect later is in force from then also when it is amended."""
    published = Published()
    published.publish(FIRST, ("baselined", 1, dated("2020-01-01")))
    published.publish(SECOND, ("designated", 2, dated(SECOND, "2026-06-01")))
    published.publish(THIRD, ("amended", 2, dated(SECOND, "2026-06-01")))
    assert (published.at("2026-05-31"), published.at("2026-06-01")) == (["1"], ["1", "2"])
    published.publish("2026-05-10", ("amended", 2, dated(SECOND, "2026-05-12")))
    assert (published.at("2026-05-11"), published.at("2026-05-12")) == (["1"], ["1", "2"])


def test_a_relisting_is_not_in_force_while_documents_lacked_it() -> None:
    """A relisting under its old date is not in force while the documents lacked it."""
    published = Published()
    published.publish(FIRST, ("baselined", 1, dated("2020-01-01")))
    published.publish(SECOND, ("delisted", 1, {}))
    published.publish(THIRD, ("relisted", 1, dated("2020-01-01")))
    days = ("2021-01-01", FIRST, SECOND, "2026-05-01", THIRD)
    assert [published.at(day) for day in days] == [["1"], ["1"], [], [], ["1"]]


def test_a_released_hold_is_out_of_force_since_the_first_document() -> None:
    """What was held and released was out of force since the first document without it."""
    published = Published()
    published.publish(FIRST, ("baselined", 1, dated("2020-01-01")))
    published.publish(SECOND, held=("uk_sl:1",))
    assert published.at(SECOND) == ["1"]
    published.publish(THIRD, ("delisted", 1, {"cause": "release"}))
    assert (published.at("2026-04-01"), published.at(SECOND)) == (["1"], [])


def test_a_document_served_again_does_not_contradict_a_later_one() -> None:
    """A document that is served again does not put a later one in the wrong."""
    published = Published()
    published.publish(FIRST, ("baselined", 1, dated("2020-01-01")))
    published.publish(THIRD, ("amended", 1, {}))
    published.publish(SECOND, ("designated", 2, dated(SECOND)))
    published.lists.changes[-1] = replace(published.lists.changes[-1], committed_at="2026-05-03T12:00:00.000000Z")
    assert (published.at(SECOND), published.at(THIRD), published.at("2026-05-03")) == (["1"], ["1"], ["1", "2"])


def test_an_id_used_again_is_the_first_partys_until_that_document() -> None:
    """An id that is used again is the first partys until the document that gives it away."""
    published = Published()
    published.publish(FIRST, ("baselined", 1, dated("2020-01-01")))
    reused = {"basis": "id_reused"}
    published.publish(THIRD, ("delisted", 1, reused), ("designated", 1, dated("2026-04-10", **reused)))
    held = published.lists.changes[0].after
    listed = InForce("2026-04-20T00:00:00.000000Z")
    for row in published.rows:
        listed.see(row)
    for change in published.lists.changes:
        listed.take(change)
    assert listed.records == {"uk_sl:1": held}


@pytest.mark.shared
def test_in_force_on_the_days_of_the_uns_documents_is_their_content(shared: Path) -> None:
    """The list of 20 November 2025 brings 121 sanctions back under their dates of 2006 to 2010."""
    days = ("2025-01-25", "2025-03-20", "2025-11-20")
    paths = [next((shared / "feeds/un_sc").glob(f"{day}__*")) for day in days]
    found = list(changes("un_sc", paths))
    commits = {change.commit: change for change in found}
    rows = [
        Publication(feed="un_sc", kind="commit", at=one.committed_at, commit=number, published=one.times.published)
        for number, one in commits.items()
    ]
    in_force = [len(_at(rows, found, f"{day}T23:59:59.999999Z")) for day in days]
    assert in_force == [878, 877, 1000]
    assert sum(change.times.backdated for change in found) == 121
