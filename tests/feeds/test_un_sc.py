"""The UN list: its real versions read whole, and what its odd fields mean."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from syncd.core import canonical, diff
from syncd.core.model import PartialDate, Record
from syncd.errors import DocumentRefused
from tests.feeds import documents

# Every whole version at hand: date in its name → records.
VERSIONS = {
    "2016-03-07": 1025,
    "2018-08-24": 1098,
    "2018-10-29": 1093,
    "2020-12-01": 1006,
    "2021-01-27": 1003,
    "2022-01-03": 969,
    "2022-06-30": 953,
    "2023-01-16": 957,
    "2024-01-06": 869,
    "2024-01-11": 869,
    "2024-01-27": 869,
    "2024-02-01": 869,
    "2024-02-03": 869,
    "2024-02-06": 869,
    "2024-02-07": 869,
    "2024-03-09": 875,
    "2024-04-16": 875,
    "2024-04-26": 875,
    "2024-07-31": 876,
    "2024-09-18": 875,
    "2024-09-26": 875,
    "2024-11-09": 879,
    "2024-11-30": 879,
    "2024-12-21": 878,
    "2025-01-25": 878,
    "2025-03-13": 877,
    "2025-03-20": 877,
    "2025-04-19": 877,
    "2025-05-31": 877,
    "2025-11-20": 1000,
    "2026-02-27": 1003,
}
# Neighbours of which the later one differs in its date, its order or its layout alone.
NOTHING_CHANGED = (
    ("2024-01-11", "2024-01-27"),
    ("2024-09-18", "2024-09-26"),
    ("2024-11-09", "2024-11-30"),
    ("2025-03-20", "2025-04-19"),
    ("2025-04-19", "2025-05-31"),
)

INDIVIDUAL = """<CONSOLIDATED_LIST dateGenerated="2026-03-01T00:00:09.554Z"><INDIVIDUALS><INDIVIDUAL>
<DATAID>1</DATAID><FIRST_NAME>TAMSIN</FIRST_NAME><REFERENCE_NUMBER>QDi.901</REFERENCE_NUMBER>{}
</INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>"""


def individual(fields: str) -> Record:
    """The record of one invented individual with these fields, read strictly."""
    return documents.records("un_sc", "consolidated", INDIVIDUAL.format(fields).encode())["un_sc:QDi.901"]


@cache
def version(shared: Path, date: str) -> Mapping[str | None, str | None]:
    """The digests by key of a real version, read strictly, once for all tests."""
    (path,) = [path for path in (shared / "feeds" / "un_sc").glob(f"{date}__*") if "DAMAGED" not in path.name]
    return documents.digests("un_sc", "consolidated", documents.unpacked(path))


@pytest.mark.shared
@pytest.mark.parametrize(("date", "count"), VERSIONS.items())
def test_a_real_version_is_understood_to_the_last_field(shared: Path, date: str, count: int) -> None:
    assert len(version(shared, date)) == count


@pytest.mark.shared
def test_every_whole_version_at_hand_is_in_the_table(shared: Path) -> None:
    at_hand = {path.name[:10] for path in (shared / "feeds" / "un_sc").iterdir() if "DAMAGED" not in path.name}
    assert at_hand == set(VERSIONS)


@pytest.mark.shared
def test_the_damaged_version_is_refused(shared: Path) -> None:
    (path,) = (shared / "feeds" / "un_sc").glob("*DAMAGED*")
    with pytest.raises(DocumentRefused, match="cut off or damaged at line 53"):
        documents.read("un_sc", "consolidated", documents.unpacked(path))


@pytest.mark.shared
@pytest.mark.parametrize(("earlier", "later"), NOTHING_CHANGED)
def test_a_new_date_another_order_or_layout_changes_no_record(shared: Path, earlier: str, later: str) -> None:
    assert version(shared, earlier) == version(shared, later)


@pytest.mark.shared
def test_birth_dates_that_moved_out_of_empty_aliases_change_no_record(shared: Path) -> None:
    """In March 2025 the publisher moved dates of birth from empty aliases to their own element, took line breaks out of
    names, and said places of birth that it had kept to itself: 170 entries changed, each of them for one of these."""
    before, after = (_entries(shared, date) for date in ("2025-03-13", "2025-03-20"))
    assert before.keys() == after.keys()
    changed = [key for key in before if _said(before[key].element) != _said(after[key].element)]
    assert len(changed) == 170
    assert Counter(_what_changed(before[key], after[key]) for key in changed) == {
        ("white space within a text",): 24,
        ("the same, in other elements",): 66,
        ("birth_places added", "material"): 63,
        ("birth_dates replaced", "material"): 5,
        ("birth_dates replaced", "birth_places added", "material"): 8,
        ("birth_dates added", "birth_dates removed", "material"): 1,
        ("birth_dates added", "material"): 1,
        ("birth_dates added", "birth_places added", "material"): 1,
        ("birth_dates replaced",): 1,
    }
    alike = [key for key in before if key not in changed]
    assert all(before[key].digest == after[key].digest for key in alike)


class Listed(NamedTuple):
    """An entry as the document has it and as it is read."""

    element: etree._Element
    record: Record

    @property
    def digest(self) -> str:
        return canonical.digest(self.record)


def _entries(shared: Path, date: str) -> dict[str, Listed]:
    (path,) = (shared / "feeds" / "un_sc").glob(f"{date}__*")
    body = documents.unpacked(path)
    found = documents.records("un_sc", "consolidated", body)
    elements = documents.entry_elements(documents.tree(body), "un_sc", "consolidated")
    by_key = {f"un_sc:{(element.findtext('REFERENCE_NUMBER') or '').strip()}": element for element in elements}
    return {key: Listed(by_key[key], found[key]) for key in found}


def _said(element: etree._Element, tidied: Callable[[str], str] = str.strip) -> object:
    """An element without the order of its children."""
    below = sorted(repr(_said(child, tidied)) for child in element)
    return element.tag, tidied(element.text or ""), sorted(element.items()), below


def _what_changed(before: Listed, after: Listed) -> tuple[str, ...]:
    changes = diff.field_changes(before.record, after.record)
    if not changes:
        assert before.digest == after.digest
        same = _said(before.element, canonical.text) == _said(after.element, canonical.text)
        return ("white space within a text" if same else "the same, in other elements",)
    found = sorted({f"{change.path} {change.op}" for change in changes})
    return (*found, *(["material"] if diff.is_material(changes) else []))


@pytest.mark.shared
def test_a_reference_keeps_its_entry_through_all_versions_since_2018(shared: Path) -> None:
    dates = [date for date in VERSIONS if date > "2018"]
    keys = [set(version(shared, date)) for date in dates[::5]]
    assert all(len(earlier & later) > 0.8 * len(earlier) for earlier, later in pairwise(keys))


def test_white_space_around_a_reference_is_no_part_of_the_key() -> None:
    body = INDIVIDUAL.format("").replace("QDi.901<", "QDi.901 <").encode()
    assert set(documents.records("un_sc", "consolidated", body)) == {"un_sc:QDi.901"}


def test_a_reference_in_another_form_is_a_number_of_the_list() -> None:
    body = INDIVIDUAL.format("").replace("QDi.901", "8972855").encode()
    (record,) = documents.records("un_sc", "consolidated", body).values()
    assert [(number.type, number.value) for number in record.identifiers] == [("list_id", "8972855"), ("list_id", "1")]


@pytest.mark.parametrize(
    ("fields", "date"),
    [
        ("<TYPE_OF_DATE>EXACT</TYPE_OF_DATE><YEAR>1960</YEAR>", PartialDate(date="1960")),
        ("<TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE><YEAR>1960</YEAR>", PartialDate(date="1960", circa=True)),
        ("<TYPE_OF_DATE>EXACT</TYPE_OF_DATE><YEAR>1966-1967</YEAR>", PartialDate(start="1966", end="1967")),
        ("<DATE>1966-02-02-05:00</DATE>", PartialDate(date="1966-02-02")),
        ("<FROM_YEAR>1968</FROM_YEAR><TO_YEAR>1973</TO_YEAR>", PartialDate(start="1968", end="1973")),
        ("<NOTE>Nov. 1973</NOTE>", PartialDate(date="1973-11")),
        ("<NOTE>Between Aug. and Sep. 1977</NOTE>", PartialDate(start="1977-08", end="1977-09")),
        ("<NOTE>08/10/1396 Hijri Calendar</NOTE>", PartialDate(date="1396-10-08", calendar="islamic")),
        (
            "<DATE>1961-04-03</DATE><NOTE>from false passport</NOTE>",
            PartialDate(date="1961-04-03", note="from false passport"),
        ),
    ],
)
def test_a_birth_date_is_as_exact_as_the_list_gives_it(fields: str, date: PartialDate) -> None:
    record = individual(f"<INDIVIDUAL_DATE_OF_BIRTH>{fields}</INDIVIDUAL_DATE_OF_BIRTH>")
    assert record.birth_dates == (date,)


def test_an_age_is_kept_and_makes_no_birth_date() -> None:
    record = individual("<INDIVIDUAL_DATE_OF_BIRTH><NOTE>30-35 years old</NOTE></INDIVIDUAL_DATE_OF_BIRTH>")
    assert record.birth_dates == ()
    assert [part.value for part in record.other] == ["30-35 years old"]


def test_aliases_in_one_cell_are_several_names() -> None:
    record = individual(
        "<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY>"
        "<ALIAS_NAME>Vell; Tam (Tamsin; Tamsyn); Velle</ALIAS_NAME></INDIVIDUAL_ALIAS>"
    )
    assert [name.full for name in record.names[1:]] == ["Vell", "Tam", "Tamsin", "Tamsyn", "Velle"]
    assert {name.strength for name in record.names[1:]} == {"weak"}


def test_a_nationality_that_was_withdrawn_is_not_one() -> None:
    record = individual("<NATIONALITY><VALUE>Kuwaiti citizenship withdrawn in 2002</VALUE></NATIONALITY>")
    assert record.nationalities == ()
    assert [part.value for part in record.other] == ["Kuwaiti citizenship withdrawn in 2002"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [("Sudan/or South Sudan", ("SD", "SS")), ("Iran / unknown", ("IR",)), ("DPRK", ("KP",)), ("na", ())],
)
def test_a_nationality_is_a_code(text: str, codes: tuple[str, ...]) -> None:
    assert individual(f"<NATIONALITY><VALUE>{text}</VALUE></NATIONALITY>").nationalities == codes


@pytest.mark.parametrize(
    ("fields", "type_", "value"),
    [
        ("<TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>A1</NUMBER>", "passport", "A1"),
        (
            "<TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NOTE>Ruritanian passport number R 990001, expired</NOTE>",
            "passport",
            "R 990001",
        ),
        (
            "<TYPE_OF_DOCUMENT>National Identification Number</TYPE_OF_DOCUMENT><NOTE>SSN 900-12-3456 (USA)</NOTE>",
            "social_security",
            "900-12-3456",
        ),
        (
            "<TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NOTE>number\n 990001, issued in Goma</NOTE>",
            "passport",
            "990001",
        ),
    ],
)
def test_the_number_of_a_document_is_found_where_the_list_puts_it(fields: str, type_: str, value: str) -> None:
    found = individual(f"<INDIVIDUAL_DOCUMENT>{fields}</INDIVIDUAL_DOCUMENT>").identifiers[-1]
    assert (found.type, found.value) == (type_, value)


def test_the_country_of_a_document_stands_in_a_description_at_times() -> None:
    record = individual(
        "<INDIVIDUAL_DOCUMENT><NUMBER>1</NUMBER>"
        "<ISSUING_COUNTRY>Russian foreign travel passport number</ISSUING_COUNTRY></INDIVIDUAL_DOCUMENT>"
    )
    assert record.identifiers[-1].country == "RU"
    assert record.identifiers[-1].note == "Russian foreign travel passport number"


@pytest.mark.parametrize(
    ("note", "found"),
    [
        ("original\n script: Вель", [("Vell", "alias"), ("Вель", "alias")]),
        ("previously listed as", [("Vell", "former")]),
        ("Previously listed as. In Arabic: فيل", [("Vell", "former"), ("فيل", "former")]),
        ("Tam Velle; Tamsin Velle", [("Vell", "alias"), ("Tam Velle", "alias"), ("Tamsin Velle", "alias")]),
    ],
)
def test_a_note_beside_an_alias_says_its_kind_and_other_names(note: str, found: list[tuple[str, str]]) -> None:
    alias = f"<INDIVIDUAL_ALIAS><ALIAS_NAME>Vell</ALIAS_NAME><NOTE>{note}</NOTE></INDIVIDUAL_ALIAS>"
    assert [(name.full, name.kind) for name in individual(alias).names[1:]] == found


def test_words_that_nobody_knows_make_nothing_surer_and_are_said() -> None:
    fields = (
        "<INDIVIDUAL_ALIAS><QUALITY>Very low</QUALITY><ALIAS_NAME>The Raven</ALIAS_NAME></INDIVIDUAL_ALIAS>"
        "<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>CIRCA</TYPE_OF_DATE><YEAR>1960</YEAR></INDIVIDUAL_DATE_OF_BIRTH>"
    )
    (entry,), _ = documents.read("un_sc", "consolidated", INDIVIDUAL.format(fields).encode())
    assert entry.record is not None
    assert entry.record.birth_dates == (PartialDate(date="1960", circa=True),)
    assert (entry.record.names[1].strength, entry.record.completeness) == (None, "partial")


@pytest.mark.parametrize(
    ("fields", "date"),
    [
        ("<FROM_YEAR>1956</FROM_YEAR>", PartialDate(start="1956")),
        ("<TO_YEAR>1960</TO_YEAR>", PartialDate(end="1960")),
        (
            "<TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE><YEAR>1960</YEAR><NOTE>possibly 1962</NOTE>",
            PartialDate(date="1960", circa=True, note="possibly 1962"),
        ),
    ],
)
def test_a_birth_keeps_its_open_end_and_its_note(fields: str, date: PartialDate) -> None:
    record = individual(f"<INDIVIDUAL_DATE_OF_BIRTH>{fields}</INDIVIDUAL_DATE_OF_BIRTH>")
    assert record.birth_dates == (date,)


# Each element that may stand several times (maxOccurs of the publisher's schema): where it stands, and two contents.
REPEATED = {
    "TITLE": ("TITLE", "<VALUE>{}</VALUE>", ("Mullah", "Qari")),
    "DESIGNATION": ("DESIGNATION", "<VALUE>{}</VALUE>", ("Minister of Ports", "Governor of Old Harbour")),
    "NATIONALITY": ("NATIONALITY", "<VALUE>{}</VALUE>", ("Mali", "Niger")),
    "LIST_TYPE": ("LIST_TYPE", "<VALUE>{}</VALUE>", ("UN List", "Another List")),
    "ALIAS": ("{}_ALIAS", "<ALIAS_NAME>{}</ALIAS_NAME>", ("Tam Vell", "Tamsyn Vell")),
    "ADDRESS": ("{}_ADDRESS", "<CITY>{}</CITY>", ("Goma", "Bukavu")),
    "DATE_OF_BIRTH": ("{}_DATE_OF_BIRTH", "<YEAR>{}</YEAR>", ("1960", "1962")),
    "PLACE_OF_BIRTH": ("{}_PLACE_OF_BIRTH", "<CITY>{}</CITY>", ("Goma", "Bukavu")),
    "DOCUMENT": ("{}_DOCUMENT", "<NUMBER>{}</NUMBER>", ("AB1234567", "CD7654321")),
}
SEEN_AS = {"Mali": "ML", "Niger": "NE"}
OF_AN_ENTITY = {"LIST_TYPE", "ALIAS", "ADDRESS"}


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for name in REPEATED for kind in ("INDIVIDUAL", "ENTITY") if kind[0] == "I" or name in OF_AN_ENTITY],
)
@pytest.mark.parametrize("one_after_another", [True, False])
def test_of_an_element_that_stands_twice_both_are_read(kind: str, name: str, one_after_another: bool) -> None:
    tag, inner, values = REPEATED[name]
    tag = tag.format(kind)
    filled = [inner.format(value) for value in values]
    once_each = [f"<{tag}>{content}</{tag}>" for content in filled]
    together = [f"<{tag}>{''.join(filled)}</{tag}>"] if "VALUE" in inner else once_each[::-1]
    body = INDIVIDUAL.format("".join(once_each if one_after_another else together)).replace("INDIVIDUAL>", f"{kind}>")
    (record,) = documents.records("un_sc", "consolidated", body.replace("INDIVIDUALS>", "ENTITIES>").encode()).values()
    told = canonical.text(repr(record))
    assert all(f"'{SEEN_AS.get(value, value)}" in told or value in told for value in values)
    assert record.completeness == "complete"


def test_of_several_days_of_an_update_the_last_counts_in_any_order() -> None:
    days = ["<VALUE>2019-05-01</VALUE>", "<VALUE>2021-06-30</VALUE>", "<VALUE>2020-01-01</VALUE>"]
    for given in (days, days[::-1]):
        (listing,) = individual(f"<LAST_DAY_UPDATED>{''.join(given)}</LAST_DAY_UPDATED>").listings
        assert listing.amended_on == "2021-06-30"


def test_a_day_against_its_year_is_a_text_and_said() -> None:
    birth = "<INDIVIDUAL_DATE_OF_BIRTH><DATE>1961-04-03</DATE><YEAR>{}</YEAR></INDIVIDUAL_DATE_OF_BIRTH>"
    (entry,), _ = documents.read("un_sc", "consolidated", INDIVIDUAL.format(birth.format("1962")).encode())
    assert entry.record is not None
    assert entry.record.birth_dates == (PartialDate(text="1961-04-03; 1962"),)
    assert entry.record.completeness == "partial"
    assert individual(birth.format("1961")).birth_dates == (PartialDate(date="1961-04-03"),)


@pytest.mark.parametrize(
    "field",
    [
        "<COMMENTS1>A company that owns ships. {}.</COMMENTS1>",
        "<ENTITY_ADDRESS><NOTE>{}</NOTE><COUNTRY>Ruritania</COUNTRY></ENTITY_ADDRESS>",
        "<ENTITY_ADDRESS><STREET>1 Quay, {}</STREET></ENTITY_ADDRESS>",
    ],
)
@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Company IMO number: 5342883", ["5342883"]),
        ("IMO Company Number 5342883", ["5342883"]),
        ("IMO number: 5342883", ["5342883"]),
        ("IMO5342883", ["5342883"]),
        ("It managed the ship with IMO number 9074729", []),
        ("IMO numbers follow", []),
    ],
)
def test_the_number_of_a_company_stands_in_a_text(field: str, text: str, numbers: list[str]) -> None:
    body = INDIVIDUAL.format(field.format(text)).replace("INDIVIDUAL>", "ENTITY>").replace("INDIVIDUALS>", "ENTITIES>")
    entries, _ = documents.read("un_sc", "consolidated", body.encode())
    (entry,) = entries
    assert entry.record is not None
    assert [one.value for one in entry.record.identifiers if one.type == "imo_company"] == numbers


def test_the_same_alias_twice_is_one_and_another_quality_is_kept() -> None:
    alias = "<INDIVIDUAL_ALIAS><QUALITY>{}</QUALITY><ALIAS_NAME>The Raven</ALIAS_NAME></INDIVIDUAL_ALIAS>"
    assert individual(alias.format("Good") * 2) == individual(alias.format("Good"))
    both = [individual("".join(map(alias.format, order))) for order in (("Good", "Low"), ("Low", "Good"))]
    assert canonical.digest(both[0]) == canonical.digest(both[1])


def test_another_year_in_the_note_of_a_birth_is_a_birth_too() -> None:
    stated = "<TYPE_OF_DATE>{}</TYPE_OF_DATE><YEAR>1960</YEAR><NOTE>or {}</NOTE>"
    date = f"<INDIVIDUAL_DATE_OF_BIRTH>{stated}</INDIVIDUAL_DATE_OF_BIRTH>"
    found = individual(date.format("APPROXIMATELY", "1966")).birth_dates
    assert [(one.date, one.circa) for one in found] == [("1960", True), ("1966", True)]
    assert [one.date for one in individual(date.format("EXACT", "later")).birth_dates] == ["1960"]
