"""Which records are of one target: what speaks for it, what against it, and what forbids it."""

import pytest

from syncd.core.linking import Linker, score
from syncd.core.linking.features import features_of
from syncd.core.model import Listing, PartialDate, Record
from tests.core.linked import company, found, linked, number, of, person, place, settled

PAIR = [("uk_sl:A", "un_sc:B")]
IRAN = (Listing(list="UN List", programmes=("Iran",)),)
NUCLEAR = (Listing(list="UK Sanctions List", programmes=("Iran (Nuclear)",)),)


def test_one_name_and_one_day_of_birth_are_one_person_whatever_the_spelling() -> None:
    spellings = [
        ("Mohammed Zarqani Talebi", "TALEBI Muhammad Zarkani"),
        ("Abd al-Rahman Qudsiyan", "ABDURRAHMAN KUDSIAN"),
        ("Виктор Жуковецкий", "Viktor Zhukovetskiy"),
        ("محمد زرقاني", "محمد زرقاني"),
        ("Pak Tong Ryol", "PAK Tongryol"),
    ]
    for ours, theirs in spellings:
        one = person("uk_sl:A", ours, born="1961-04-09")
        other = person("un_sc:B", theirs, born="1961-04-09")
        assert linked(one, other) == PAIR, (ours, theirs)


@pytest.mark.parametrize("born", ["1963-11-21", "1968", "1958-04"])
def test_another_date_of_birth_forbids_a_link_whatever_else_agrees(born: str) -> None:
    one = person(
        "uk_sl:A", "Zoltan Quvexi Bartalom", born="1961-04-09", identifiers=number("passport", "C0415926", "HU")
    )
    other = person("un_sc:B", "Zoltan Quvexi Bartalom", born=born, identifiers=number("passport", "C0415926", "HU"))
    assert linked(one, other) == []


@pytest.mark.parametrize("born", ["1961-04-10", "1961-04-19", "1961-09-04"])
def test_a_slip_in_a_date_of_birth_forbids_no_link_that_all_else_agrees_on(born: str) -> None:
    same = number("passport", "C0415926", "HU")
    one = person("uk_sl:A", "Zoltan Quvexi Bartalom", born="1961-04-09", identifiers=same)
    other = person("un_sc:B", "Zoltan Quvexi Bartalom", born=born, identifiers=same)
    assert linked(one, other) == PAIR


@pytest.mark.parametrize(
    "dates",
    [
        (PartialDate(date="1961"),),
        (PartialDate(date="1960", circa=True),),
        (PartialDate(start="1958", end="1963"),),
        (PartialDate(date="1955-02-03"), PartialDate(date="1961-04-09")),
    ],
)
def test_a_vague_date_or_one_of_several_is_no_contradiction(dates: tuple[PartialDate, ...]) -> None:
    same = number("passport", "C0415926", "HU")
    one = person("uk_sl:A", "Zoltan Quvexi Bartalom", born="1961-04-09", identifiers=same)
    other = person("un_sc:B", "Zoltan Quvexi Bartalom", birth_dates=dates, identifiers=same)
    assert linked(one, other) == PAIR


@pytest.mark.parametrize(
    ("kind", "other"), [("person", "organisation"), ("person", "vessel"), ("organisation", "vessel")]
)
def test_kinds_that_are_not_the_same_are_never_linked(kind: str, other: str) -> None:
    same = number("un_reference", "QDi.999")
    records = of(kind, "uk_sl:A", "Ibrahim Qaztani", identifiers=same), of(other, "un_sc:QDi.999", "Ibrahim Qaztani")
    assert linked(*records, suggested=True) == []


def test_a_list_without_kinds_is_linked_by_what_it_does_say() -> None:
    """A list that does not say what it lists is linked by what it does say."""
    same = number("un_reference", "QDi.999")
    assert linked(
        of("unknown", "uk_sl:A", "Ibrahim Qaztani", identifiers=same), person("un_sc:QDi.999", "Ibrahim Qaztani")
    ) == [("uk_sl:A", "un_sc:QDi.999")]


def test_lists_refer_to_each_other_in_more_than_one_spelling() -> None:
    listed = person("un_sc:QDi.999", "Ibrahim Qaztani")
    for reference in ("QDi.999", "qdi. 999", "QDI999"):
        one = person("uk_sl:A", "Ebrahim Kaztani", identifiers=number("un_reference", reference))
        (link,) = found(one, listed)
        assert link.decision == "linked"
        assert link.reasons[0].text == "both are UN reference QDI999"


def test_a_ship_is_its_imo_number_under_any_name() -> None:
    imo = number("imo", "9074729")
    assert linked(
        of("vessel", "uk_sl:A", "OLD PEARL", identifiers=imo), of("vessel", "un_sc:B", "NEW DAWN", identifiers=imo)
    )
    other = number("imo", "9176187")
    assert not linked(
        of("vessel", "uk_sl:A", "OLD PEARL", identifiers=imo),
        of("vessel", "un_sc:B", "OLD PEARL", identifiers=other),
        suggested=True,
    )


@pytest.mark.parametrize("value", ["none", "00000000", "12", "N/A", "-"])
def test_a_number_that_says_nothing_is_worth_nothing(value: str) -> None:
    one = person("uk_sl:A", "Zoltan Bartalom", identifiers=number("passport", value))
    other = person("un_sc:B", "Ferenc Quvexi", identifiers=number("passport", value))
    assert found(one, other) == ()


def test_a_number_that_many_share_is_worth_nothing() -> None:
    same = number("tax", "7707083893", "RU")
    many = [
        company(f"uk_sl:{at}", name, identifiers=same) for at, name in enumerate(("Zvezda", "Luch", "Topol", "Rubin"))
    ]
    other = company("un_sc:B", "Kristall", identifiers=same)
    assert found(*many, other) == ()


def test_companies_of_one_template_are_told_apart_by_the_word_that_differs() -> None:
    one = company("uk_sl:A", "Korea Ponghwa Trading Corporation", listings=IRAN)
    other = company("un_sc:B", "Korea Tangun Trading Corporation", listings=IRAN)
    assert linked(one, other, suggested=True) == []


def test_legal_forms_and_spacing_do_not_tell_companies_apart() -> None:
    one = company("uk_sl:A", "Farazmehr Sanat Co. Ltd", listings=NUCLEAR, countries=("IR",))
    other = company("un_sc:B", "FARAZ MEHR SANAT COMPANY", listings=IRAN, countries=("IR",))
    assert linked(one, other) == PAIR


def test_brothers_are_told_apart_by_the_one_name_that_differs() -> None:
    one = person("uk_sl:A", "Khalid Dawud Qaztani Barzanji", birth_places=place("Mosul"), nationalities=("IQ",))
    other = person("un_sc:B", "Omar Dawud Qaztani Barzanji", birth_places=place("Mosul"), nationalities=("IQ",))
    assert linked(one, other) == []


def test_the_best_of_two_is_linked_and_the_other_is_not() -> None:
    one = person("uk_sl:A", "Dawud Qaztani Barzanji", born="1961-04-09")
    others = (
        person("un_sc:B", "Dawud Qaztani Barzanji", born="1961-04-09"),
        person("un_sc:C", "Dawud Qaztani Barzanji Sulaymani", born="1961"),
    )
    assert linked(one, *others) == PAIR


def test_one_person_who_stands_twice_on_a_list_is_linked_twice() -> None:
    same = number("passport", "C0415926", "HU")
    twice = [person(f"un_sc:{at}", "Zoltan Quvexi Bartalom", born="1961-04-09", identifiers=same) for at in "BC"]
    one = person("uk_sl:A", "Zoltan Quvexi Bartalom", born="1961-04-09", identifiers=same)
    assert linked(one, *twice) == [("uk_sl:A", "un_sc:B"), ("uk_sl:A", "un_sc:C")]


def test_records_of_one_list_are_not_linked_to_each_other() -> None:
    twice = [person(f"un_sc:{at}", "Zoltan Quvexi Bartalom", born="1961-04-09") for at in "BC"]
    assert found(*twice) == ()


def test_reasons_are_sentences_and_a_score_is_between_nothing_and_certainty() -> None:
    one = person("uk_sl:A", "Zoltan Quvexi Bartalom", born="1961-04-09", nationalities=("HU",))
    other = person("un_sc:B", "BARTALOM Zoltan Quvexi", born="1961-04-09", nationalities=("HU",))
    (link,) = found(one, other)
    assert 0.5 < link.score < 1
    assert [reason.text for reason in link.reasons] == [
        "names agree: Zoltan Quvexi Bartalom = BARTALOM Zoltan Quvexi",
        "the same date of birth: 1961-04-09",
        "the same nationality: HU",
    ]


def twins() -> tuple[Record, Record]:
    return (
        person("uk_sl:A", "Zoltan Quvexi Bartalom", born="1961-04-09"),
        person("un_sc:B", "Zoltan Quvexi Bartalom", born="1961-04-09"),
    )


def test_a_person_forbids_a_link_and_takes_it_back() -> None:
    linker = Linker()
    linker.decide("un_sc:B", "uk_sl:A", "forbidden")
    for record in twins():
        linker.put(record)
    assert linker.settle().added == ()
    linker.decide("uk_sl:A", "un_sc:B", None)
    assert [(link.a, link.b) for link in linker.settle().added] == PAIR


def test_a_person_confirms_what_nothing_else_says_and_it_survives_the_record() -> None:
    one, other = person("uk_sl:A", "Zoltan Bartalom"), person("un_sc:B", "Ferenc Quvexi")
    linker = Linker()
    linker.put(one)
    linker.put(other)
    linker.decide("uk_sl:A", "un_sc:B", "confirmed")
    (link,) = settled(linker)
    assert (link.decision, link.score, link.reasons[0].kind) == ("linked", 1.0, "decision")
    linker.drop("un_sc:B")
    assert linker.settle().removed == tuple(PAIR)
    linker.put(other)
    assert [(link.a, link.b) for link in linker.settle().added] == PAIR
    assert linker.explained("un_sc:B", "uk_sl:A") == link


def test_many_spellings_of_the_first_name_do_not_hide_a_second_one() -> None:
    """The name that a list puts first among spellings of it says no less when the other list puts it first too."""
    spellings = [f"{given} {family}" for family in ("Keldosh", "Keldoosh") for given in ("Tarvan", "Tervan", "Torvan")]
    ours = person(
        "us_ofac_sdn:A",
        "KELDOSH, Tarvan",
        "KALDESH, Tarvan",
        "KALDESH, Tirvan",
        "KALDESH, Tyrvan",
        nationalities=("RU",),
    )
    bits = {}
    for first in spellings:
        theirs = person("eu_fsf:B", *sorted(spellings, key=lambda name: name != first), nationalities=("RU",))
        judged = score.judged(features_of(theirs), features_of(ours), lambda _: False)
        assert judged is not None
        bits[first] = judged.bits
    assert bits["Tarvan Keldosh"] == max(bits.values())
