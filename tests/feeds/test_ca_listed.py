"""Canada's listed entities: the entries at hand, and how one text holds several names."""

from pathlib import Path

import pytest

from tests.feeds import documents

FEED = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><updated>2026-01-10</updated><entry><title>{title}</title><id>901</id>'
    "<summary>{summary}</summary><content>Text.</content><published>2026-01-08</published></entry></feed>"
)


def names(title: str, summary: str) -> list[tuple[str, str]]:
    body = FEED.format(title=title, summary=summary).encode()
    (record,) = documents.records("ca_listed", "atom", body).values()
    return [(name.full, name.kind) for name in record.names]


@pytest.mark.shared
def test_the_document_at_hand_is_understood_to_the_last_field(shared: Path) -> None:
    (path,) = (shared / "feeds" / "ca_listed").iterdir()
    found = documents.records("ca_listed", "atom", path.read_bytes())
    assert sorted(found) == ["ca_listed:1", "ca_listed:2025-121", "ca_listed:8", "ca_listed:9"]
    assert [len(record.names) for record in found.values()] == [1, 11, 4, 13]


def test_the_acronym_behind_a_name_is_an_alias() -> None:
    assert names("Made-up Front (MUF)", "N/A") == [("Made-up Front", "primary"), ("MUF", "alias")]
    assert names("Made-up Front (in Nowhere)", "N/A") == [("Made-up Front (in Nowhere)", "primary")]


@pytest.mark.parametrize(("bracket", "count"), [("Luna", 2), ("LU", 2), ("Lebanon", 1), ("LBN", 2)])
def test_a_country_in_brackets_is_no_acronym(bracket: str, count: int) -> None:
    """Three letters in brackets are an acronym, although a country has them as its code."""
    assert len(names(f"Made-up Front ({bracket})", "N/A")) == count


@pytest.mark.parametrize("summary", ["N/A", "N/A.", "None.", "Not applicable", "nil"])
def test_a_text_that_says_that_there_is_no_alias_is_none(summary: str) -> None:
    assert len(names("Front", summary)) == 1


def test_an_alias_is_parted_from_its_acronym() -> None:
    summary = "Vell Front for Call and Combat (VFCC); Luna (LuF); Asher (Dawn); al-Nahr (the River Front)"
    assert [name for name, _ in names("Front", summary)[1:]] == [
        *("Vell Front for Call and Combat", "VFCC", "Luna", "LuF", "Asher (Dawn)", "al-Nahr (the River Front)"),
    ]


@pytest.mark.parametrize(
    ("summary", "aliases"),
    [
        ("Vell Front, the Luna Front", ["Vell Front", "Luna Front"]),
        ("Vell Land in the North and Jamaat Vell fi al-Land (Vell and Co)", 2),
        ("Vell Front for Call and Combat", 1),
        ("Front for the Freedom and the Unity of Vell", 1),
        ("People's Union for the Freedom and Democracy of all Vell Land", 1),
    ],
)
def test_two_names_of_a_text_are_two_aliases(summary: str, aliases: list[str] | int) -> None:
    found = [name for name, _ in names("Front", summary)[1:]]
    assert found == aliases if isinstance(aliases, list) else len(found) == aliases


@pytest.mark.parametrize("summary", ["Vell Front; the Luna Front; and al-Asher.", "Vell Front; Luna Front; al-Asher"])
def test_names_are_divided_by_semicolons(summary: str) -> None:
    assert [name for name, _ in names("Front", summary)[1:]] == ["Vell Front", "Luna Front", "al-Asher"]


def test_names_are_divided_by_commas_where_there_is_no_semicolon() -> None:
    assert [name for name, _ in names("Front", "Vell Front, al-Luna, al-Asher, the Front for Call and Combat")[1:]] == [
        *("Vell Front", "al-Luna", "al-Asher", "Front for Call and Combat"),
    ]
