"""Names: the script of a text is said only when it is certain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.normalise import names


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Korvin, Aldo", "Latn"),
        ("Ö'Neill ʿAbd", "Latn"),
        ("محمد حسن آخوند", "Arab"),
        ("Алдо Корвин", "Cyrl"),
        ("李明", "Hani"),
        ("ひらがな漢字", "Jpan"),
        ("カタカナー", "Jpan"),
        ("김철수", "Hang"),
        ("김金", "Kore"),
        ("משה", "Hebr"),
        ("Γιώργος", "Grek"),
        ("გიორგი", "Geor"),
        ("Հայկ", "Armn"),
        ("สมชาย", "Thai"),
        ("李 Ming", None),
        ("Алдо (Aldo)", None),
        ("123 - 4", None),
        ("", None),
    ],
)
def test_the_script_of_a_text_is_that_of_all_its_letters(text: str, script: str | None) -> None:
    assert names.script(text) == script


@given(st.text())
def test_any_text_has_a_script_or_none(text: str) -> None:
    found = names.script(text)
    assert found is None or (len(found) == 4 and found.istitle())


@given(st.text(alphabet=st.characters(min_codepoint=65, max_codepoint=90), min_size=1))
def test_the_order_of_letters_does_not_matter_for_the_script(text: str) -> None:
    assert names.script(text) == names.script(text[::-1]) == "Latn"


def test_parts_are_joined_in_their_order_without_the_empty_ones() -> None:
    assert names.join_parts(["Aldo ", None, "", " Marek", "Korvin"]) == "Aldo Marek Korvin"
