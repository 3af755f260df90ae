"""What an entry may be: one that is too large, or whose id can be no key, is set aside alone."""

import io
from collections.abc import Iterator

import pytest

from syncd.feeds import one_feed
from syncd.feeds.entry_bounds import ENTRY_ATTRIBUTES_MAX, ENTRY_TAGS_MAX, RECORD_ELEMENTS_MAX
from syncd.feeds.reading import DocumentReading, Entry

NAMES = "<{0}_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>{1}</ALIAS_NAME></{0}_ALIAS>"
FIRST, LAST = "QDi.001", "QDi.003"


def person(reference: str, *, opening: str = "<INDIVIDUAL>", more: str = "") -> str:
    name = "<FIRST_NAME>Invented</FIRST_NAME>"
    return f"{opening}<DATAID>1</DATAID>{name}<REFERENCE_NUMBER>{reference}</REFERENCE_NUMBER>{more}</INDIVIDUAL>"


def read(odd: str, *, observed: str | None = None) -> list[Entry]:
    """The entries of a list with an odd one in its midst, seen at `observed`."""
    people = person(FIRST) + odd + person(LAST)
    document = (
        f'<CONSOLIDATED_LIST dateGenerated="2026-03-01T00:00:00Z"><INDIVIDUALS>{people}</INDIVIDUALS>'
        "<ENTITIES></ENTITIES></CONSOLIDATED_LIST>"
    )
    return list(DocumentReading(one_feed("un_sc"), "consolidated", io.BytesIO(document.encode()), observed=observed))


def odd_ones(found: list[Entry]) -> Iterator[Entry]:
    for entry in found:
        if entry.problem:
            yield entry


def test_the_list_goes_on_around_a_usual_entry() -> None:
    assert [entry.key for entry in read(person("QDi.002"))] == [f"un_sc:{one}" for one in (FIRST, "QDi.002", LAST)]


@pytest.mark.parametrize("reference", ["x" * 201, "x" * 1_000_000, "QDi.&#134;002", "&#127;QDi.002"])
def test_an_id_that_can_be_no_key_is_quarantined_under_none(reference: str) -> None:
    found = read(person(reference))
    assert [entry.key for entry in found if not entry.problem] == [f"un_sc:{FIRST}", f"un_sc:{LAST}"]
    (odd,) = odd_ones(found)
    assert odd.key is None
    assert odd.problem is not None
    assert len(odd.problem) < 100


ATTRIBUTES = "<INDIVIDUAL" + "".join(f' z{number}="1"' for number in range(ENTRY_ATTRIBUTES_MAX + 1)) + ">"


@pytest.mark.parametrize(
    "odd",
    [
        person("QDi.002", opening=ATTRIBUTES),
        person("QDi.002", more="<ODD>x</ODD>" * (ENTRY_TAGS_MAX // 2)),
        person("QDi.002", more=f"<COMMENTS1>{'x' * 8_000_001}</COMMENTS1>"),
    ],
    ids=["attributes", "elements", "bytes"],
)
def test_an_entry_larger_than_any_is_quarantined_unread(odd: str) -> None:
    found = read(odd)
    assert [entry.key for entry in found if not entry.problem] == [f"un_sc:{FIRST}", f"un_sc:{LAST}"]
    (entry,) = odd_ones(found)
    assert "more than" in (entry.problem or "")


# Each another: what a list repeats is read once.
MANY = "".join(f"<VALUE>x{number}</VALUE>" for number in range(RECORD_ELEMENTS_MAX + 1))


@pytest.mark.parametrize(
    "more",
    [
        f"<NATIONALITY>{MANY}</NATIONALITY>",
        f"<COMMENTS1>{'x' * 1_000_001}</COMMENTS1>",
    ],
    ids=["elements", "bytes"],
)
def test_a_record_larger_than_any_is_quarantined_under_its_key(more: str) -> None:
    (entry,) = odd_ones(read(person("QDi.002", more=more)))
    assert entry.key == "un_sc:QDi.002"
    assert "more than" in (entry.problem or "")


BORN = "<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>{}</DATE></INDIVIDUAL_DATE_OF_BIRTH>"


@pytest.mark.parametrize("observed", [None, "2000-01-01T00:00:00Z", "2026-03-01T00:05:00Z", "2099-01-01T00:00:00Z"])
def test_a_clock_that_is_behind_takes_no_birth_from_anybody(observed: str | None) -> None:
    """The document of March 2026 may speak of somebody born in 2003, whatever the machine believes the year to be."""
    _, born, _ = read(person("QDi.002", more=BORN.format("2003-05-06")), observed=observed)
    assert born.record is not None
    assert [one.date for one in born.record.birth_dates] == ["2003-05-06"]


def test_nobody_is_born_after_the_document() -> None:
    _, born, _ = read(person("QDi.002", more=BORN.format("2027-05-06")), observed="2026-03-01T00:05:00Z")
    assert born.record is not None
    assert [(one.date, one.text) for one in born.record.birth_dates] == [(None, "2027-05-06")]
    assert born.record.completeness == "partial"
