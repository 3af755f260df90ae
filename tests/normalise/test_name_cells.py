"""Cells of names give the names alone: labels say their kind, and what is no name is a remark."""

import pytest

from syncd.core.model import Name
from syncd.normalise import name_cells, name_lists


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("Aldo Vell", [("Aldo Vell", "alias")]),
        ("A. Vell; a.k.a. Aldo Vell", [("A. Vell", "alias"), ("Aldo Vell", "alias")]),
        ("(previously listed as) Corvin Aldo", [("Corvin Aldo", "former")]),
        ("Corvin Aldo (formerly listed as)", [("Corvin Aldo", "former")]),
        ("Vell Works JSC (also known as Vell Plant)", [("Vell Works JSC", "alias"), ("Vell Plant", "alias")]),
        ("Vell, a.k.a. Velle, f.k.a. Valle", [("Vell", "alias"), ("Velle", "alias"), ("Valle", "former")]),
        ("Aldo Vell (original script: Альдо)", [("Aldo Vell", "alias"), ("Альдо", "alias")]),
        ("فيل (Vell; Velle)", [("فيل", "alias"), ("Vell", "alias"), ("Velle", "alias")]),
        ("Aldo Vell, born 5 Feb. 1970 in Harbour", [("Aldo Vell", "alias")]),
        ("ヴェル（旧姓：コルヴィン）", [("ヴェル", "alias"), ("コルヴィン", "former")]),
        ("Torak Aka", [("Torak Aka", "alias")]),
        ("Vell Front (VF)", [("Vell Front (VF)", "alias")]),
    ],
)
def test_labels_never_stay_in_names(cell: str, found: list[tuple[str, str]]) -> None:
    assert [(one.full, one.kind) for one in name_cells.names_of_cell(cell, "alias").names] == found


@pytest.mark.parametrize(
    "cell", ["DOB: 1 Jan. 1969. POB: Harbour.", "（旅券番号：215215）", "name used in Harbour since 2005"]
)
def test_what_names_nobody_is_a_remark(cell: str) -> None:
    found = name_cells.names_of_cell(cell, "alias")
    assert not found.names
    assert found.remarks


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Vell Ltd., Velle Co., Ltd.", ["Vell Ltd.", "Velle Co., Ltd."]),
        ("VELL, Vell Works and Vell Plant", ["VELL", "Vell Works", "Vell Plant"]),
        (
            "A Trade and Commerce Bank, B Trade and Commerce Bank",
            ["A Trade and Commerce Bank", "B Trade and Commerce Bank"],
        ),
        ("Заводы связи, химии и физики, ВЕЛЬ", ["Заводы связи, химии и физики", "ВЕЛЬ"]),
    ],
)
def test_a_comma_divides_names_and_not_their_parts(text: str, found: list[str]) -> None:
    assert name_lists.of_organisation(text) == found


@pytest.mark.parametrize(
    ("cell", "name", "note"), [("ቬል ታም (Tigrinya)", "ቬል ታም", "Tigrinya"), ("فل (in Arabic)", "فل", "in Arabic")]
)
def test_the_language_of_a_name_in_brackets_is_no_name(cell: str, name: str, note: str) -> None:
    assert [(one.full, one.note) for one in name_cells.names_of_cell(cell, "primary").names] == [(name, note)]


def test_what_is_quoted_within_a_quotation_is_one_name() -> None:
    cell = 'АО "Корпорация "Системы Связи, Управление и Комплексы" имени А.Б. Веля"'
    assert name_lists.of_organisation(cell) == [cell]
    assert name_lists.of_organisation('"A Works", "B Works"') == ['"A Works"', '"B Works"']


def test_a_name_that_has_a_place_of_its_own_has_no_label() -> None:
    """A label splits it and says its kind; what the name had else, its strength and note, each has."""
    names = (
        Name(full="Aldo Korvin (formerly known as Tamsin Vell)", kind="primary", strength="weak", note="n"),
        Name(full="Aldo; Korvin", kind="alias"),
        Name(full="Tamsin Vell (nee) KORVIN", kind="alias"),
    )
    assert list(name_cells.without_labels(names)) == [
        Name(full="Aldo Korvin", kind="primary", strength="weak", script="Latn", note="n"),
        Name(full="Tamsin Vell", kind="former", strength="weak", script="Latn", note="n"),
        *names[1:],
    ]
