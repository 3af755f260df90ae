"""Contacts: one cell, however many numbers, addresses and sites it holds."""

import pytest

from syncd.core.model import Contact, ContactType
from syncd.normalise import contacts


def phones(*numbers: str) -> list[tuple[ContactType, str]]:
    return [("phone", number) for number in numbers]


@pytest.mark.parametrize(
    ("column", "text", "found"),
    [
        ("phone", "+963 11 6183333; +963 11 31913333", [("phone", "+963 11 6183333"), ("phone", "+963 11 31913333")]),
        ("phone", "+98 511 3853008, +98 511 3870225", [("phone", "+98 511 3853008"), ("phone", "+98 511 3870225")]),
        (
            "phone",
            "8502- 18111; 8502-18111-8642; and 850 2 18111- 3818642",
            phones("8502- 18111", "8502-18111-8642", "850 2 18111- 3818642"),
        ),
        ("phone", "0300-8209199. 042-6812081. 4979263.", phones("0300-8209199", "042-6812081", "4979263")),
        ("phone", "(1) 218 213330927 (2) 218 213331533", [("phone", "218 213330927"), ("phone", "218 213331533")]),
        ("phone", "(1) 218 213330927", [("phone", "218 213330927")]),
        ("phone", "+7 (495) 645 6601", [("phone", "+7 (495) 645 6601")]),
        ("phone", "00375(17)7762032", [("phone", "00375(17)7762032")]),
        ("phone", "Télécopie : +33 1 99 00 11 22", [("fax", "+33 1 99 00 11 22")]),
        (
            "phone",
            "Tel: +44 20 7946 0000; Fax: +44 20 7946 0001",
            [*phones("+44 20 7946 0000"), ("fax", "+44 20 7946 0001")],
        ),
        ("phone", "+249 999 999 (office)\n+249 999 998", phones("+249 999 999 (office)", "+249 999 998")),
        ("phone", "12345, 6", [("phone", "12345, 6")]),
        ("phone", "ask at the branch, after ten", [("phone", "ask at the branch, after ten")]),
        (
            "email",
            "a@x.example; b@ y.example; and c@z.example",
            [("email", f"{one}.example") for one in ("a@x", "b@y", "c@z")],
        ),
        ("email", "info@x.example. www.x.example", [("email", "info@x.example"), ("website", "www.x.example")]),
        ("email", "info@x.example www.x.example", [("email", "info@x.example"), ("website", "www.x.example")]),
        ("email", "info@x.example.", [("email", "info@x.example")]),
        ("website", "www.x.example, http://y.example/a,b", [("website", "www.x.example, http://y.example/a,b")]),
        (
            "website",
            "www.x.example; https://y.example/a",
            [("website", "www.x.example"), ("website", "https://y.example/a")],
        ),
        ("website", "info@x.example", [("email", "info@x.example")]),
        ("website", "", []),
    ],
)
def test_each_contact_of_a_cell_stands_for_itself(
    column: ContactType, text: str, found: list[tuple[ContactType, str]]
) -> None:
    assert [(one.type, one.value) for one in contacts.contacts_of_cell(text, column)] == found


def test_a_note_stands_with_each_contact_and_a_long_cell_stays_whole() -> None:
    assert {one.note for one in contacts.contacts_of_cell("99000111; 99000112", "phone", "office")} == {"office"}
    text = "99000111; " * 300
    assert contacts.contacts_of_cell(text, "phone") == (Contact(type="phone", value=text),)
