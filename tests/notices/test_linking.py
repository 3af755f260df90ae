"""By which marks a change of a list is known as what was announced."""

import pytest
from msgspec.structs import replace

from syncd.core.events import Change
from syncd.core.notices.acts import celex_of
from syncd.core.notices.notice import AnnouncedAct, NoticeLink
from tests.notices.invented import LIST, Told, act, after, change, party, record

EU = "eu_fsf:EU.9001.11"


def links(announced: AnnouncedAct, *changes: Change) -> tuple[NoticeLink, ...]:
    told = Told()
    told.shows(after(0), announced)
    told.takes(after(0.1), *changes)
    (notice,) = told.board.notices.values()
    return notice.links


def designated(key: str, *names: str, hours: float = 0.0, **fields: str) -> Change:
    return change(7, "designated", None, record(key, *names, **fields), after(hours))


@pytest.mark.parametrize(
    ("title", "celex"),
    [
        ("2022/1270 (OJ L193)", "32022R1270"),
        ("36/2012 (OJ L16)", "32012R0036"),
        ("2014/145/CFSP (OJ L78)", "32014D0145"),
        ("2580/2001", "32001R2580"),
        ("2024/2642 (OJ L, 2024/2642)", "32024R2642"),
        ("no number", None),
    ],
)
def test_the_number_of_an_act_gives_its_celex(title: str, celex: str | None) -> None:
    assert celex_of(title) == celex


def test_an_act_number_links_before_a_name_does() -> None:
    (link,) = links(
        act("x", party("KORVIN, Aldo"), act="32029R9001"), designated(EU, "Aldo Korvin", authority="2029/9001 (OJ L1)")
    )
    assert (link.by, link.grade, link.party) == ("act_number", "certain", "KORVIN, Aldo")


def test_the_decision_beside_a_regulation_links_too() -> None:
    (link,) = links(act("x", act="32029R9001", also=("32029R9002",)), designated(EU, "A", authority="2029/9002"))
    assert link.by == "act_number"


def test_an_amendment_links_by_an_act_that_is_new_in_it() -> None:
    announced = act("x", act="32029R9001")
    old, new = (record(EU, "A", authority=one) for one in ("2029/8000", "2029/9001"))
    assert links(announced, change(7, "amended", old, new, after(0)))
    assert not links(announced, change(7, "amended", new, replace(new, remarks=("r",)), after(0)))


def test_ids_link_whatever_the_name() -> None:
    (link,) = links(act("x", references=("QDi.901",)), designated(f"{LIST}:1", "Nobody", reference="QDI.901"))
    assert (link.by, link.grade) == ("id", "certain")


@pytest.mark.parametrize(
    "name", ["Aldo Marek KORVIN", "korvin aldo-marek", "KORVIN, Aldo Márek", "The Raven"], ids=str.casefold
)
def test_any_form_of_a_name_links_in_any_order_of_words(name: str) -> None:
    (link,) = links(act("x", party("KORVIN, Aldo Marek", '"THE RAVEN"')), designated(f"{LIST}:1", "Other", name))
    assert (link.by, link.grade) == ("name", "certain")


def test_a_name_does_not_link_another_action() -> None:
    gone = change(7, "delisted", record(f"{LIST}:1", "Aldo Korvin"), None, after(0))
    assert not links(act("x", party("KORVIN, Aldo")), gone)
    (link,) = links(act("x", party("KORVIN, Aldo", action="delisted")), gone)
    assert link.action == "delisted"


def test_a_renamed_party_is_known_by_either_name() -> None:
    before, now = record(f"{LIST}:1", "OLD LANTERN SA"), record(f"{LIST}:1", "NEW LANTERN SA")
    announced = act("x", party("NEW LANTERN SA", "OLD LANTERN SA", action="amended"))
    (link,) = links(announced, change(7, "amended", before, now, after(0)))
    assert link.key == f"{LIST}:1"


@pytest.mark.parametrize(("hours", "grade"), [(40, "certain"), (47.9, "certain"), (49, None), (200, None)])
def test_a_name_links_within_two_days(hours: float, grade: str | None) -> None:
    found = links(act("x", party("KORVIN, Aldo")), designated(f"{LIST}:1", "Aldo Korvin", hours=hours))
    assert [one.grade for one in found] == ([grade] if grade else [])


def test_where_a_list_follows_late_a_name_is_likely() -> None:
    told = Told(replace(Told().rules, names_days=36))
    told.shows(after(0), act("x", party("KORVIN, Aldo")))
    said = told.takes(after(200), designated(f"{LIST}:1", "Aldo Korvin", hours=200))
    assert said[:2] == ["linked", "settled"]
    assert told.events[-1].notice.links[0].grade == "likely"


def test_programme_and_day_never_settle_a_notice() -> None:
    told = Told()
    told.shows(after(0), act("x", programmes=("CAATSA - RUSSIA",)))
    assert told.takes(after(1), designated(f"{LIST}:1", "A", hours=1, programme="CAATSA-Russia")) == ["linked"]
    assert told.events[-1].links[0].grade == "possible"
    assert told.draft(after(5)) == ["overdue 4 h"]


def test_a_page_that_names_people_is_not_linked_by_programme() -> None:
    announced = act("x", party("KORVIN, Aldo", programmes=("SDGT",)), programmes=("SDGT",))
    assert not links(announced, designated(f"{LIST}:1", "Tamsin Vell", programme="SDGT"))


@pytest.mark.parametrize("fields", [{"origin": "parser"}, {"cause": "reparse"}, {"cause": "resync"}])
def test_what_is_no_act_of_an_authority_enacts_nothing(fields: dict[str, str]) -> None:
    assert not links(act("x", party("KORVIN, Aldo")), replace(designated(f"{LIST}:1", "Aldo Korvin"), **fields))


def test_a_list_of_another_authority_enacts_nothing() -> None:
    assert not links(act("x", party("KORVIN, Aldo")), designated("uk_sl:1", "Aldo Korvin"))


def test_administrative_changes_are_not_waited_for() -> None:
    told = Told()
    told.shows(after(0), act("x", party("A B"), party("C D", action="amended", administrative=True)))
    assert told.takes(after(1), designated(f"{LIST}:1", "A B", hours=1)) == ["linked", "settled"]


def test_a_deletion_in_an_act_waits_for_its_own_link() -> None:
    """The act's number shows who was added, never who was removed."""
    told = Told()
    told.shows(after(0), act("x", party("A B"), party("C D", action="delisted"), act="32029R9001"))
    assert told.takes(after(1), designated(EU, "Others", authority="2029/9001")) == ["linked"]
    gone = replace(change(8, "delisted", record("eu_fsf:2", "C D"), None, after(2)), commit=3)
    assert told.takes(after(2), gone) == ["linked", "settled"]
