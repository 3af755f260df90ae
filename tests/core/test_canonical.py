"""The canonical form: what makes two records the same, and the digests that consumers in other languages compute."""

import hashlib
import unicodedata
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from syncd.core import canonical
from syncd.core.model import Address, Identifier, Name, NamePart, PartialDate, Record, Vessel
from tests.core.lists import record
from tests.core.records import records

ascii_keys = st.text(st.characters(min_codepoint=0, max_codepoint=127), max_size=6)
any_text = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
values = st.recursive(
    any_text | st.booleans() | st.none() | st.integers(-(2**53) + 1, 2**53 - 1),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ascii_keys, inner, max_size=4),
    max_leaves=12,
)
ANNA = Record(
    key="xx_test:7",
    feed="xx_test",
    kind="person",
    names=(
        Name(full="Anna Örn", kind="primary", parts=(NamePart(kind="given", value="Anna"),), script="Latn"),
        Name(full="Анна", kind="alias", strength="weak"),
    ),
    birth_dates=(PartialDate(date="1950-02", circa=True),),
    identifiers=(Identifier(type="passport", value="X 1"),),
)
ANNA_FORM = (
    '{"birth_dates":[{"circa":true,"date":"1950-02"}],"feed":"xx_test",'
    '"identifiers":[{"type":"passport","value":"X 1"}],"key":"xx_test:7","kind":"person","names":['
    '{"full":"Anna Örn","kind":"primary","parts":[{"kind":"given","value":"Anna"}],"script":"Latn"},'
    '{"full":"Анна","kind":"alias","strength":"weak"}]}'
)


@given(values)
def test_json_is_that_of_rfc_8785(value: Any) -> None:
    assert canonical.json_bytes(value) == rfc8785.dumps(value)


@given(records)
def test_every_record_form_is_rfc_8785_json(one: Record) -> None:
    form = canonical.form(one)
    assert canonical.digest(one) == hashlib.sha256(rfc8785.dumps(form)).hexdigest()


def test_a_record_digest_is_the_sha_256_of_json_that_anybody_can_write() -> None:
    assert canonical.digest(ANNA) == hashlib.sha256(ANNA_FORM.encode()).hexdigest()


def test_digests_stay_what_they_are_from_version_to_version() -> None:
    assert canonical.digest(ANNA) == "184d00f188312fdb69f89b52bd3c5a039ee14c3c84c3b8f0c2701804ec027e4c"


@given(records, st.randoms())
def test_the_order_in_which_lists_are_published_says_nothing(one: Record, chance: Any) -> None:
    shuffled = {}
    for name in ("names", "birth_dates", "nationalities", "identifiers", "listings", "relations", "other"):
        elements = list(getattr(one, name))
        chance.shuffle(elements)
        shuffled[name] = tuple(elements)
    assert canonical.digest(replace(one, **shuffled)) == canonical.digest(one)


def test_the_order_of_name_parts_and_address_lines_is_a_fact() -> None:
    parts = (NamePart(kind="given", value="A"), NamePart(kind="family", value="B"))
    one, other = (record(1, names=(Name(full="A B", kind="primary", parts=it),)) for it in (parts, parts[::-1]))
    assert canonical.digest(one) != canonical.digest(other)
    one, other = (record(1, addresses=(Address(lines=it),)) for it in (("a", "b"), ("b", "a")))
    assert canonical.digest(one) != canonical.digest(other)


def test_white_space_unicode_form_and_invisible_characters_say_nothing() -> None:
    plain = canonical.digest(record(1, "José de la Cruz"))
    for written in (
        " José  de la Cruz ",
        "José\u00a0de\tla\r\nCruz",
        unicodedata.normalize("NFD", "José de la Cruz"),
        "\ufeffJosé de\u200b la \u202aCruz\u202c",
        "Jo\u00adsé de la Cru\u200dz\ufe0f",
    ):
        assert canonical.digest(record(1, written)) == plain


def test_letter_case_punctuation_and_ligatures_are_a_difference() -> None:
    assert len({canonical.digest(record(1, name)) for name in ("Josefi", "JOSEFI", "Joséfi", "Jo-sefi", "Joseﬁ")}) == 5


@given(any_text)
def test_tidying_a_text_twice_is_tidying_it_once(published: str) -> None:
    tidied = canonical.text(published)
    assert canonical.text(tidied) == tidied
    assert unicodedata.is_normalized("NFC", tidied)


def test_empty_and_absent_are_the_same() -> None:
    plain = record(1)
    empty = replace(plain, vessel=Vessel(tonnage=" "), nationalities=("", " "), identifiers=(), remarks=("\u200b",))
    assert canonical.digest(empty) == canonical.digest(plain)


def test_a_field_said_twice_is_not_a_field_said_once() -> None:
    assert canonical.digest(record(1, genders=("M", "M"))) != canonical.digest(record(1, genders=("M",)))


def test_the_content_digest_ignores_the_key_and_nothing_else() -> None:
    one, two = record(1, "Same"), record(2, "Same")
    assert canonical.digest(one) != canonical.digest(two)
    assert canonical.content_digest(one) == canonical.content_digest(two)
    assert canonical.content_digest(one) != canonical.content_digest(record(1, "Other"))


def test_the_content_digest_ignores_the_entrys_own_numbers() -> None:
    passport = Identifier(type="passport", value="X 1")
    one = replace(ANNA, key="xx_test:7", identifiers=(passport, Identifier(type="list_id", value="7")))
    reference = Identifier(type="eu_reference", value="EU.7.1")
    two = replace(ANNA, key="xx_test:EU.7.1", identifiers=(reference, Identifier(type="list_id", value="7"), passport))
    assert canonical.content_digest(one) == canonical.content_digest(two)
    assert canonical.content_digest(two) != canonical.content_digest(replace(two, identifiers=(reference,)))


def test_a_value_that_is_repeated_stands_once() -> None:
    names = (*ANNA.names, ANNA.names[0], replace(ANNA.names[1], full="Анна\u200b"))
    once = canonical.without_repetitions(replace(ANNA, names=names, nationalities=("IR", "SY", "IR")))
    assert once == replace(ANNA, nationalities=("IR", "SY"))
    assert canonical.without_repetitions(ANNA) is ANNA


def test_a_list_digest_is_over_lines_sorted_by_the_bytes_of_the_key() -> None:
    # By bytes, U+FF5E precedes U+1F600; by UTF-16 units it would not.
    pairs = [("f:b", "22"), ("f:\U0001f600", "44"), ("f:\uff5e", "33"), ("f:a", "11")]
    by_hand = "f:a 11\nf:b 22\nf:\uff5e 33\nf:\U0001f600 44\n"
    assert canonical.list_digest(dict(pairs)) == hashlib.sha256(by_hand.encode()).hexdigest()
    assert canonical.list_digest(dict(reversed(pairs))) == canonical.list_digest(dict(pairs))
    assert canonical.list_digest({}) == hashlib.sha256(b"").hexdigest()


def test_a_new_optional_field_of_the_model_changes_no_digest() -> None:
    newer = msgspec.defstruct("Newer", [("added", str | None, None)], bases=(Record,), frozen=True, omit_defaults=True)
    one = newer(**{name: getattr(ANNA, name) for name in Record.__struct_fields__})
    assert canonical.digest(one) == canonical.digest(ANNA)


ids = st.text(alphabet=st.sampled_from(["a", "b", " ", "0", "\n", "\u00e9", "\u2028", "\t"]), min_size=1, max_size=6)
digests = st.sampled_from(["0" * 64, "a" * 64, ("0a" * 32)])
sets = st.dictionaries(ids.map("xx_test:{}".format).filter(lambda key: not canonical.key_problem(key)), digests)


@given(sets, sets)
def test_two_different_sets_never_have_the_same_lines(one: dict[str, str], other: dict[str, str]) -> None:
    assert (canonical.list_digest(one) == canonical.list_digest(other)) == (one == other)


@given(sets)
def test_the_lines_of_a_list_say_which_set_it_is(one: dict[str, str]) -> None:
    lines = "".join(f"{key} {one[key]}\n" for key in sorted(one))
    assert dict(line.rsplit(" ", 1) for line in lines.split("\n")[:-1]) == one


@pytest.mark.parametrize("identity", ["", "a\nb", "a\u2028b", "a\x00part0", " a", "a ", "\u3000a", "a" * 201, "\ud800"])
def test_what_cannot_be_a_key_is_said_without_naming_it(identity: str) -> None:
    problem = canonical.key_problem(f"xx_test:{identity}")
    assert problem
    assert not identity or identity not in problem


@pytest.mark.parametrize("identity", ["a", "QDi.001", "a b", "a:b", "\u5916", "a" * 200])
def test_ids_of_lists_can_be_keys(identity: str) -> None:
    assert canonical.key_problem(f"xx_test:{identity}") == ""
