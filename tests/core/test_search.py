"""Searching records: names in any script, order and spelling, numbers exactly, the likest first, with the reason."""

import random
from collections.abc import Iterable
from typing import Any

import pytest
from msgspec.structs import replace

from syncd.core.model import Identifier, IdentifierType, Kind, Listing, Name, PartialDate, Record
from syncd.core.search import Hit, Scan, SearchIndex, query_of
from syncd.core.search.postings import Postings
from syncd.core.search.query import CHARACTERS_MAX


def record(number: int, *names: str, kind: Kind = "person", weak: Iterable[str] = (), **facts: Any) -> Record:
    called = [Name(full=name, kind="alias" if place else "primary") for place, name in enumerate(names)]
    called += [Name(full=name, kind="alias", strength="weak") for name in weak]
    listing = Listing(list="List", programmes=("CLOUDS",), listed_on="2031-04-01")
    made = Record(key=f"un_sc:QDx.{number:03}", feed="un_sc", kind=kind, names=tuple(called), listings=(listing,))
    return replace(made, **facts)


def number(value: str, kind: IdentifierType = "passport", country: str | None = None) -> Identifier:
    return Identifier(type=kind, value=value, country=country)


LISTED: tuple[Record, ...] = (
    record(1, "NEBYVALSKY, Timofey", "Тимофей Небывальский", birth_dates=(PartialDate(date="1971-03-04"),)),
    record(2, "Abd al-Rahman Zahrani", nationalities=("IS",), birth_dates=(PartialDate(date="1960"),)),
    record(3, "Paper Star Trading Company Limited", "Бумажная звезда", kind="organisation", countries=("MT",)),
    record(4, "Paper Boat Trading Co.", kind="organisation", identifiers=(number("ZZ 00-92", "registration", "MT"),)),
    record(5, "KIM Jong Nobody", identifiers=(number("AB 123456", country="FJ"),)),
    record(6, "INVENTED STAR", kind="vessel", identifiers=(number("IMO 9990001", "imo"),)),
    record(7, "Mohammed Example", weak=("Quux",)),
    record(8, "Quux Example"),
    record(9, "Khusein Marsov", nationalities=("FJ",)),
)


def index_of(records: Iterable[Record] = LISTED) -> SearchIndex:
    index = SearchIndex()
    for sequence, one in enumerate(records, start=1):
        index.put(one, sequence)
    return index


@pytest.fixture(scope="module")
def index() -> SearchIndex:
    return index_of()


def found(index: SearchIndex, text: str, **asked: Any) -> list[int]:
    hits, _ = index.find(query_of(text, **asked), 20)
    return [int(hit.key[-3:]) for hit in hits]


NAMES = {
    "in the other order": ("Timofey NEBYVALSKY", 1),
    "in Cyrillic letters": ("Небывальский Тимофей", 1),
    "with a letter left out": ("Nebyvalsky Timfey", 1),
    "with two letters exchanged": ("Nebyvaslky", 1),
    "in another transliteration": ("Nebyvalskiy Timofei", 1),
    "in Arabic letters": ("عبد الرحمن الزهراني", 2),
    "written together": ("Abdurrahman Alzahrani", 2),
    "without the legal form": ("paper star", 3),
    "in the language of its country": ("Bumazhnaya Zvezda", 3),
    "without blanks": ("KimJongNobody", 5),
    "with one letter for h and kh": ("Хусейн Марсов", 9),
    "beside what stands in brackets": ("Marsov (Khusein)", 9),
}


@pytest.mark.parametrize("how", NAMES)
def test_a_name_is_found(index: SearchIndex, how: str) -> None:
    text, wanted = NAMES[how]
    assert found(index, text)[0] == wanted


NUMBERS = {
    "as published": ("ZZ 00-92", 4),
    "without blanks": ("AB123456", 5),
    "in small letters": ("ab 123456", 5),
    "within a sentence": ("passport AB 123456", 5),
    "of a ship": ("IMO9990001", 6),
    "of a ship without its letters": ("9990001", 6),
    "of the publisher": ("qdx.007", 7),
    "the key": ("un_sc:QDx.008", 8),
}


@pytest.mark.parametrize("which", NUMBERS)
def test_a_number_is_found_exactly(index: SearchIndex, which: str) -> None:
    text, wanted = NUMBERS[which]
    hits, _ = index.find(query_of(text), 20)
    assert (int(hits[0].key[-3:]), hits[0].score, hits[0].reasons[0].kind) == (wanted, 1.0, "identifier")


def test_a_number_that_is_nearly_the_same_is_another(index: SearchIndex) -> None:
    assert found(index, "AB123457") == []
    assert found(index, "9990002") == []


def test_a_weak_alias_stands_behind_a_name(index: SearchIndex) -> None:
    hits, _ = index.find(query_of("quux example"), 5)
    assert [(hit.key[-1], hit.reasons[0].text) for hit in hits[:1]] == [("8", "its primary name agrees: Quux Example")]
    hits, _ = index.find(query_of("quux"), 5)
    assert {reason.text for hit in hits for reason in hit.reasons} == {
        "a weak alias of it agrees: Quux",
        "its primary name agrees: Quux Example",
    }


def test_what_a_record_states_narrows_a_search(index: SearchIndex) -> None:
    assert found(index, "Nebyvalsky", birth="1971") == [1]
    assert found(index, "Nebyvalsky", birth="1971-03-04") == [1]
    assert found(index, "Nebyvalsky", birth="1981") == []
    assert found(index, "Zahrani", country="is") == [2]
    assert found(index, "Zahrani", country="MT") == []
    assert found(index, "paper", kind="organisation") == [3, 4]
    assert found(index, "invented star", kind="person") == []


def test_what_a_record_does_not_state_rules_nothing_out_and_is_said(index: SearchIndex) -> None:
    hits, _ = index.find(query_of("Nebyvalsky", country="UY", birth="1971-03"), 5)
    assert [reason.text for reason in hits[0].reasons][1:] == [
        "dates of birth agree as far as both go: 1971-03-04",
        "it states no country",
    ]
    exact, _ = index.find(query_of("Nebyvalsky", birth="1971-03"), 5)
    assert exact[0].score > hits[0].score


def test_what_is_delisted_is_found_when_it_is_asked_for() -> None:
    index = index_of()
    index.end("un_sc:QDx.001", 20, "delisted")
    assert found(index, "Nebyvalsky") == []
    hits, _ = index.find(query_of("Nebyvalsky", delisted=True), 5)
    assert [(hit.key, hit.status) for hit in hits] == [("un_sc:QDx.001", "delisted")]
    index.put(LISTED[0], 21)
    assert found(index, "Nebyvalsky") == [1]


def test_a_changed_record_is_found_by_what_it_is_now() -> None:
    index = index_of()
    index.put(record(1, "OTHERWISE, Petya", identifiers=(number("NEW777"),)), 30)
    assert found(index, "Nebyvalsky") == []
    assert found(index, "Petya Otherwise") == [1]
    assert found(index, "new 777") == [1]
    # What is older than that says nothing any more.
    index.put(LISTED[0], 29)
    index.end("un_sc:QDx.001", 29, "delisted")
    assert found(index, "Otherwise") == [1]
    assert (index.sequence("un_sc:QDx.001"), index.sequence("un_sc:nobody"), len(index)) == (30, None, len(LISTED))


def test_what_is_no_question_is_refused() -> None:
    for text in ("", "  ", "-- ,.", "x" * (CHARACTERS_MAX + 1)):
        with pytest.raises(ValueError, match=r"ask for a name or a number|is longer than"):
            query_of(text)
    with pytest.raises(ValueError, match="soon is no date of birth"):
        query_of("somebody", birth="soon")


def test_more_answers_than_are_shown_are_said() -> None:
    index = index_of(record(place, f"Common Name{place}") for place in range(1, 40))
    hits, more = index.find(query_of("common"), 5)
    assert (len(hits), more) == (5, True)
    assert index.find(query_of("Name7 common"), 5)[0][0].key == "un_sc:QDx.007"


def test_a_single_question_without_an_index_gets_the_same_answers(index: SearchIndex) -> None:
    rng = random.Random(7)
    texts = [text for text, _ in (*NAMES.values(), *NUMBERS.values())]
    texts += [" ".join(rng.sample(one.names[0].full.split(), len(one.names[0].full.split()))) for one in LISTED]
    for text in texts:
        query = query_of(text)
        scan = Scan(query, 20)
        for one in LISTED:
            scan.take(one, "listed")
        assert best(scan.best) == best(index.find(query, 20)[0]), text
        assert scan.records == len(LISTED)


def best(hits: list[Hit]) -> list[Hit]:
    """The answers that nothing but a frequent word, or an initial, would bring."""
    return [hit for hit in hits if hit.score >= 0.6]


def test_a_scan_keeps_the_best_of_many_and_leaves_out_the_delisted() -> None:
    scan = Scan(query_of("common name7"), 2)
    for place in range(1, 60):
        scan.take(record(place, f"Common Name{place}"), "listed" if place != 7 else "delisted")
    assert (len(scan.best), scan.is_more, scan.records) == (2, True, 58)
    assert all(hit.key != "un_sc:QDx.007" for hit in scan.best)


def test_a_record_is_shown_by_the_name_that_its_publisher_puts_first() -> None:
    called = (Name(full="PAPER STAR", kind="primary"), Name(full="Звезда", kind="primary", script="Cyrl"))
    index = index_of([replace(record(1, "Paper Star", kind="organisation"), names=called)])
    hits, _ = index.find(query_of("звезда"), 1)
    assert [hit.name for hit in hits] == ["PAPER STAR"]


def test_a_key_is_answered_by_its_record_alone(index: SearchIndex) -> None:
    query = query_of("un_sc:QDx.008")
    scan = Scan(query, 20)
    for one in LISTED:
        scan.take(one, "listed")
    assert [hit.key for hit in index.find(query, 20)[0]] == [hit.key for hit in scan.best] == ["un_sc:QDx.008"]


ENDED = {"the key": "un_sc:QDx.005", "a number": "AB 123456", "the publisher's id": "QDx.005"}


@pytest.mark.parametrize("what", ENDED)
def test_what_is_delisted_and_asked_for_by_a_number_is_said(what: str) -> None:
    index, query = index_of(), query_of(ENDED[what])
    assert index.ended(query) == 0
    index.end("un_sc:QDx.005", 20, "delisted")
    scan = Scan(query, 20)
    for one in LISTED:
        scan.take(one, "delisted" if one.key == "un_sc:QDx.005" else "listed")
    assert (index.find(query, 20)[0], index.ended(query)) == (scan.best, scan.ended) == ([], 1)
    asked = query_of(ENDED[what], delisted=True)
    assert [hit.status for hit in index.find(asked, 20)[0]] == ["delisted"]
    assert (index.ended(asked), index.in_force, len(index)) == (0, len(LISTED) - 1, len(LISTED))


def test_words_that_are_nobodys_name_have_no_answer(index: SearchIndex) -> None:
    for text in ("xqzvb wrplk", "lorem ipsum dolor", "12", "Quexington", "zz"):
        assert [hit for hit in index.find(query_of(text), 20)[0] if hit.score >= 0.8] == [], text


def test_postings_are_taken_away_as_they_were_put() -> None:
    rng, postings, kept = random.Random(5), Postings(), dict[int, list[int]]()
    terms = [rng.getrandbits(64) for _ in range(40)]
    for _ in range(3_000):
        term, number = rng.choice(terms), rng.randrange(50)
        having = kept.setdefault(term, [])
        if number in having:
            having.remove(number)
            postings.remove(term, number)
        else:
            having.append(number)
            postings.insert(term, number)
    assert {term: list(postings.having(term)) for term in kept} == {term: sorted(kept[term]) for term in kept}


def test_a_name_without_vowels_is_found_written_together() -> None:
    index = index_of([record(1, "Zabollah", kind="organisation"), record(2, "Zeb Order", kind="organisation")])
    hits, _ = index.find(query_of("زب الله"), 5)
    assert (hits[0].key, hits[0].score >= 0.9) == ("un_sc:QDx.001", True)


CHANCE = {"고무강남": "Gomkanen", "Schmidt": "Samudra", "felagund": "HS Legend"}


@pytest.mark.parametrize("asked", CHANCE)
def test_words_that_are_alike_in_consonants_alone_are_no_answer(asked: str) -> None:
    hits, _ = index_of([record(1, CHANCE[asked])]).find(query_of(asked), 5)
    assert all(hit.score < 0.6 for hit in hits)


def test_it_is_not_said_that_there_are_more_where_there_are_none() -> None:
    index = index_of(record(place, f"Common Name{place}") for place in range(1, 200))
    assert index.find(query_of("common quuxington zzyzx"), 20) == ([], False)
