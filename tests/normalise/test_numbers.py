"""Cells of numbers as publishers fill them, with invented numbers."""

import time

import pytest

from syncd.core.model import Identifier, IdentifierType, Kind, PartialDate
from syncd.normalise.number_labels import find_number_labels
from syncd.normalise.numbers import by_form, numbers_of_cell

# Check digits of these are right: LEI by mod 97-10, ISIN by Luhn, INN by its weights.
LEI = "529900ABCDEFGHIJ1252"
INN = "7701234507"
CELLS: dict[str, tuple[IdentifierType, Kind, str, tuple[tuple[str, str], ...]]] = {
    "a tax number with its two names": (
        *("registration", "organisation", f"Tax Identification Number: INN {INN}"),
        (("inn", INN),),
    ),
    "five kinds in one cell": (
        *(
            "registration",
            "organisation",
            f"Tax ID: {INN}; OGRN 1027700000001, BIC ABCDRUMM, BIK 044525001, KPP 770101001",
        ),
        (("tax", INN), ("ogrn", "1027700000001"), ("bic", "ABCDRUMM"), ("bik", "044525001"), ("kpp", "770101001")),
    ),
    "a passport in a sentence": (
        "passport",
        "person",
        "Pakistani passport number AA1234567",
        (("passport", "AA1234567"),),
    ),
    "a series and a number": ("passport", "person", "Afghan passport number SE 012345", (("passport", "SE 012345"),)),
    "a Russian passport": (
        "passport",
        "person",
        "Russian passport number 8208 No. 555000",
        (("passport", "8208 No. 555000"),),
    ),
    "a travel document": (
        *("passport", "person", "German travel document (“Reiseausweis”) A 0123456"),
        (("travel_document", "A 0123456"),),
    ),
    "an identity card": (
        *("national_id", "person", "Afghan national identification card (tazkira) number 300111"),
        (("national_id", "300111"),),
    ),
    "several of one kind": (
        *("passport", "person", "1417000. 2107000. 728200000"),
        (("passport", "1417000"), ("passport", "2107000"), ("passport", "728200000")),
    ),
    "several with remarks": (
        *("passport", "person", "A1234567 (expired); B7654321 issued in Amman"),
        (("passport", "A1234567"), ("passport", "B7654321")),
    ),
    "a label behind its number": (
        *("registration", "organisation", f"{INN} (numéro d’identification fiscale)"),
        (("tax", INN),),
    ),
    "a French label": (
        *("tax", "organisation", "Numéro d’enregistrement: 1027700000001"),
        (("registration", "1027700000001"),),
    ),
    "a social security number": ("other", "person", "SSN 123-45-6789", (("social_security", "123-45-6789"),)),
    "an alien's registration": (
        "national_id",
        "person",
        "alien registration number 2054000000",
        (("residence", "2054000000"),),
    ),
    "a British company": ("registration", "organisation", "UK Company no. 06500000", (("registration", "06500000"),)),
    "a taxpayer and the reason": (
        *("registration", "organisation", f"{INN}/ 770101001"),
        (("inn", INN), ("kpp", "770101001")),
    ),
    "a country and a number": ("passport", "person", "Libya B/002000", (("passport", "B/002000"),)),
    "a number and a country": (
        "registration",
        "organisation",
        "1026303000000 (Russia)",
        (("registration", "1026303000000"),),
    ),
    "a LEI under another column": ("registration", "organisation", LEI, (("lei", LEI),)),
    "a company's IMO number": ("registration", "organisation", "IMO 5870005", (("imo_company", "5870005"),)),
    "a ship's IMO number": ("other", "vessel", "IMO 9870001", (("imo", "9870001"),)),
    "a company's, said so": ("other", "organisation", "Company IMO number: 5870005", (("imo_company", "5870005"),)),
    "what no rule knows": ("other", "person", "5/SaKaNa (Naing) 017000", (("other", "5/SaKaNa (Naing) 017000"),)),
    "a date of registration": ("registration", "organisation", "Date d’enregistrement: 31.5.1994", ()),
    "a sentence": ("passport", "person", "South African. Related to another alias. Confiscated.", ()),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_gives_its_numbers_with_their_types(name: str) -> None:
    column, kind, text, expected = CELLS[name]
    assert tuple((one.type, one.value) for one in numbers_of_cell(text, column=column, kind=kind)) == expected


NOTES: dict[str, tuple[str | None, str | None, str | None]] = {
    "Pakistani. Issued in Pakistan on 8 August 1991. Expired on 7 August 1996.": ("PK", "1991-08-08", "1996-08-07"),
    "Valid from 20.5.2014 to 19.5.2019": (None, "2014-05-20", "2019-05-19"),
    "Issued in Jordan": ("JO", None, None),
    "Malaysia number. Issued on 6 Nov. 2013. Expiration date 6 Nov. 2015.": ("MY", "2013-11-06", "2015-11-06"),
    "India number, issued on 30 Jul. 1975, issued in Bombay": ("IN", "1975-07-30", None),
    "issued by the prefecture of Lorient, France and expires 4 Nov. 2020": ("FR", None, "2020-11-04"),
    "(Afghan) (tazkira)": ("AF", None, None),
    "Issued in Rawalpindi in Jul. 2001": (None, "2001-07", None),
    "expired": (None, None, None),
    "in the name of a man born in Qatar": (None, None, None),
}


@pytest.mark.parametrize("note", NOTES)
def test_country_and_dates_of_a_document_stand_in_its_note(note: str) -> None:
    (one,) = numbers_of_cell("917000", column="passport", kind="person", note=note)
    found = (one.country, one.issued_on and one.issued_on.date, one.expires_on and one.expires_on.date)
    assert found == NOTES[note]
    assert one.note == note


def test_what_was_published_apart_is_not_read_out_of_the_note() -> None:
    (one,) = numbers_of_cell("917000", column="passport", kind="person", country="TN", note="Issued in Jordan")
    assert one.country == "TN"


def test_numbers_in_a_note_are_identifiers_of_their_own() -> None:
    found = numbers_of_cell(
        "1027700000001", column="registration", kind="organisation", note=f"Founded 2003. INN: {INN}"
    )
    assert [(one.type, one.value) for one in found] == [("registration", "1027700000001"), ("inn", INN)]


def test_the_words_beside_a_number_say_what_it_is() -> None:
    by_note = {"Italian fiscal code": "tax", "Russian Federation national passport": "passport", "Military": "military"}
    for note, type_ in by_note.items():
        assert [one.type for one in numbers_of_cell("8200203500", column="national_id", kind="person", note=note)] == [
            type_
        ]


def test_a_label_that_its_number_contradicts_says_nothing() -> None:
    (one,) = numbers_of_cell("12345", column="registration", kind="organisation", note="INN")
    assert one.type == "registration"


def test_check_digits_prove_a_type() -> None:
    assert by_form(LEI, "registration", "organisation") == "lei"
    assert by_form(LEI[:-1] + "9", "registration", "organisation") == "registration"
    assert by_form("US0378331005", "other", "organisation") == "isin"


def test_words_that_only_begin_like_a_label_are_none() -> None:
    assert find_number_labels("Registan, Innsbruck, Leicester, limousine") == []


@pytest.mark.parametrize("piece", ["passport ", "no. ", "A1 ", "(", "- ", "1 ", "INN ", "issued ", "номер ", "\u200b"])
def test_a_hostile_cell_costs_what_its_length_costs(piece: str) -> None:
    def seconds(times: int) -> float:
        start = time.process_time()
        numbers_of_cell((piece * times)[:2000], column="passport", kind="person", note=(piece * times)[:2000])
        return time.process_time() - start

    seconds(10)
    # A pattern that explodes takes minutes at this length; a linear one some milliseconds.
    assert seconds(2000) < 5


def test_an_identifier_keeps_what_the_publisher_calls_it() -> None:
    found = numbers_of_cell("Passport no. X123456", column="passport", kind="person", label="Passport 1", country="DE")
    assert found == (Identifier(type="passport", value="X123456", label="Passport 1", country="DE"),)


def test_a_date_is_as_exact_as_it_stands_in_the_note() -> None:
    (one,) = numbers_of_cell("917000", column="passport", kind="person", note="issued 1999")
    assert one.issued_on == PartialDate(date="1999")


@pytest.mark.parametrize(
    ("column", "kind", "text", "found"),
    [
        ("bic", "organisation", "KDBKKPPY", [("bic", "KDBKKPPY")]),
        ("bic", "organisation", "DCBK KPPY", [("bic", "DCBKKPPY")]),
        ("bic", "organisation", "not known", []),
        ("passport", "person", "YSJCYKRYG1U5", [("passport", "YSJCYKRYG1U5")]),
    ],
)
def test_the_form_of_a_number_proves_no_more_than_it_can(
    column: IdentifierType, kind: Kind, text: str, found: list[tuple[str, str]]
) -> None:
    """A BIC has no digit, and one digit that checks makes no ISIN of a passport."""
    assert [(one.type, one.value) for one in numbers_of_cell(text, column=column, kind=kind)] == found


@pytest.mark.parametrize(
    ("number", "kind", "type_"),
    [
        ("5870005", "organisation", "imo_company"),
        ("5870005", "unknown", "imo_company"),
        ("9870018", "organisation", "imo_company"),
        ("9870018", "unknown", "imo"),
        ("9870018", "vessel", "imo"),
        ("5870022", "organisation", "imo_company"),
        ("5870022", "unknown", "imo"),
        ("5870001", "organisation", "imo_company"),
    ],
)
def test_check_digits_tell_ships_from_companies(number: str, kind: Kind, type_: str) -> None:
    """Where the kind of the record is not known; else that decides."""
    assert by_form(f"IMO {number}", "registration", kind) == type_


@pytest.mark.parametrize(
    "note",
    ["as mentioned in the passport", "issued by National Registration Department of Harbour; issued to Vell"],
)
def test_another_document_in_a_note_is_not_what_the_number_is(note: str) -> None:
    (found,) = numbers_of_cell("103-0037-6235", column="national_id", kind="person", note=note)
    assert found.type == "national_id"


def test_the_mark_of_an_enumeration_is_no_number() -> None:
    cell = "Tax Identification Number: (1) INN 4706036197; (2) KPP: 470601001"
    found = numbers_of_cell(cell, column="registration", kind="organisation")
    assert [(one.type, one.value) for one in found] == [("inn", "4706036197"), ("kpp", "470601001")]


def test_a_label_with_its_nationality_leaves_the_number() -> None:
    cell = "Code de crédit social unifié chinois: 913210007908906337"
    (found,) = numbers_of_cell(cell, column="other", kind="organisation")
    assert (found.type, found.value) == ("uscc", "913210007908906337")


def test_a_code_without_a_digit_stays_an_identifier_of_its_column() -> None:
    (found,) = numbers_of_cell("VELLRUMM", column="other", kind="organisation")
    assert (found.type, found.value) == ("other", "VELLRUMM")


@pytest.mark.parametrize(
    ("cell", "number", "country", "issued", "expires"),
    [
        ("71 2345678 (Russia), issued 3 May 2019", "71 2345678", "RU", "2019-05-03", None),
        ("712345678 (Russia), issued in Moscow on 3 May 2019", "712345678", "RU", "2019-05-03", None),
        ("AB123456 (Belarus) expires 1 June 2030", "AB123456", "BY", None, "2030-06-01"),
        ("712345678 (Russia)", "712345678", "RU", None, None),
    ],
)
def test_a_country_in_brackets_behind_a_number_is_who_issued_it(
    cell: str, number: str, country: str, issued: str | None, expires: str | None
) -> None:
    (found,) = numbers_of_cell(cell, column="passport", kind="person")
    dates_of = (found.issued_on and found.issued_on.date, found.expires_on and found.expires_on.date)
    assert (found.value, found.country, *dates_of) == (number, country, issued, expires)
