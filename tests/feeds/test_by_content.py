"""Keys of lists without ids: what changes them, and what does not."""

import random

import pytest

from syncd.feeds.by_content import KEY_CHARACTERS, ContentIdentity, content_keys, folded


def entry(name: str, born: str = "", listed: str = "", item: str = "1") -> ContentIdentity:
    return ContentIdentity(identity=("RU", name), apart=(born, listed), content=(name, born, listed, item))


def test_a_key_comes_from_what_identifies_and_from_nothing_else() -> None:
    assert content_keys([entry("KORVIN", born="1960")]) == content_keys(
        [entry("KORVIN", born="1961", listed="2020", item="7")]
    )
    assert content_keys([entry("KORVIN")]) != content_keys([entry("KORVINA")])


def test_a_key_is_short_and_of_a_few_letters() -> None:
    (key,) = content_keys([entry("KORVIN")])
    assert len(key) == KEY_CHARACTERS
    assert key.isascii()
    assert key == key.lower().strip()


def test_white_space_and_invisible_characters_make_no_other_key() -> None:
    assert content_keys([entry(" KORVIN\u00a0 Aldo\u200b")]) == content_keys([entry("KORVIN Aldo")])


def test_parts_that_only_join_alike_make_different_keys() -> None:
    one = ContentIdentity(identity=("a b", "c"), apart=(), content=("1",))
    other = ContentIdentity(identity=("a", "b c"), apart=(), content=("2",))
    assert len(set(content_keys([one, other]))) == 2


def test_the_order_of_the_entries_says_nothing() -> None:
    entries = [entry("KORVIN", str(1900 + number), item=str(number)) for number in range(9)] + [entry("TAMSIN")]
    expected = dict(zip((one.content for one in entries), content_keys(entries), strict=True))
    random.Random(1).shuffle(entries)
    assert dict(zip((one.content for one in entries), content_keys(entries), strict=True)) == expected


def test_namesakes_are_told_apart_by_the_first_differing_field() -> None:
    """Namesakes are told apart by the first field in which they all differ."""
    first = content_keys([entry("KORVIN", born="1960", item="1"), entry("KORVIN", born="1961", item="2")])
    later = content_keys(
        [entry("KORVIN", born="1960", listed="2020", item="9"), entry("KORVIN", born="1961", item="8")]
    )
    assert len(set(first)) == 2
    assert later == first


def test_namesakes_that_no_field_tells_apart_differ_by_all_fields() -> None:
    """Namesakes that no field tells apart are told apart by all that they say."""
    found = content_keys([entry("KORVIN", item="1"), entry("KORVIN", item="2"), entry("KORVIN", born="1960", item="3")])
    assert len(set(found)) == 3


def test_the_same_entry_twice_has_one_key_and_is_nobodys_namesake() -> None:
    twice = content_keys([entry("KORVIN"), entry("KORVIN")])
    assert twice == content_keys([entry("KORVIN")]) * 2


@pytest.mark.parametrize(
    "spelt",
    [
        "Avio Jonhar Optronic Co., Ltd.",
        "AVIO JONHAR OPTRONIC CO LTD",
        "Ávio  Jonhar–Optronic, Co. Ltd",
        "AvioJonhar Optronic Co.Ltd",
    ],
)
def test_letter_case_punctuation_and_accents_make_no_other_key(spelt: str) -> None:
    assert content_keys([entry(spelt)]) == content_keys([entry("AVIO JONHAR Optronic Co., Ltd.")])


def test_namesakes_keep_their_keys_when_what_tells_them_apart_is_respelt() -> None:
    first = content_keys([entry("KORVIN", born="1 Quay Road, Moscow"), entry("KORVIN", born="2 Quay Road, Minsk")])
    assert (
        content_keys([entry("Korvin", born="1 QUAY ROAD MOSCOW"), entry("KORVIN", born="2 Quay Road, Minsk")]) == first
    )


def test_other_letters_and_digits_make_another_key() -> None:
    names = ["KORVIN", "KORVINA", "KORVIN 2", "カ", "ガ", "№", "&", "海"]
    assert len(set(content_keys([entry(name) for name in names]))) == len(names)
    assert folded("&") == "&"
