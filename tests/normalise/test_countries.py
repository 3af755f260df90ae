"""Countries: the names that lists really use, and no guess beyond them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.errors import Unreadable
from syncd.normalise import countries
from syncd.normalise.country_names import NAMES


@pytest.mark.parametrize(
    ("published", "code"),
    [
        ("IR", "IR"),
        ("irn", "IR"),
        ("Korea, North", "KP"),
        ("KOREA, DEMOCRATIC PEOPLE'S REPUBLIC OF", "KP"),
        ("Democratic\n   People’s Republic of Korea", "KP"),
        ("DPRK", "KP"),
        ("Burma", "MM"),
        ("Myanmar (Burma)", "MM"),
        ("Congo, Democratic Republic of the", "CD"),
        ("CONGO, Democratic Republic of (was Zaire)", "CD"),
        ("Congo (Democratic Republic)", "CD"),
        ("Congo, Republic of the", "CG"),
        ("Congo", "CG"),
        ("West Bank", "PS"),
        ("Region: Gaza", "PS"),
        ("Occupied Palestinian Territories", "PS"),
        ("Cote d Ivoire", "CI"),
        ("Côte d’Ivoire", "CI"),
        ("BOSNIA AND HERZEGOWINA", "BA"),
        ("Virgin Islands, British", "VG"),
        ("Bahamas, The", "BS"),
        ("The Gambia", "GM"),
        ("U.S.A.", "US"),
        ("UK", "GB"),
        ("Kosovo", "XK"),
        ("Türkiye", "TR"),
        ("Corée du Nord", "KP"),
        ("Crimea", "UA"),
        ("USSR", "SU"),
        ("Former German Democratic Republic", "DD"),
        ("Czechoslovakia", "CS"),
        ("Serbia and Montenegro", "YU"),
        ("Ukrainian SSR", "UA"),
        ("Republic of Korea", "KR"),
        ("Republic of China", "TW"),
        ("Nigerien", "NE"),
        ("Nigerian", "NG"),
    ],
)
def test_a_name_that_a_list_uses_is_known(published: str, code: str) -> None:
    assert countries.code(published) == code


@pytest.mark.parametrize(
    "published", ["Freedonia", "Korea", "Congolese", "Dominican", "00", "", "unknown", "na", "Islamic State"]
)
def test_what_is_no_country_or_could_be_two_is_not_guessed(published: str) -> None:
    with pytest.raises(Unreadable):
        countries.code(published)


def test_namibia_is_not_nothing() -> None:
    assert countries.code_optional("NA") == "NA"
    assert countries.code_optional("n/a") is None


@pytest.mark.parametrize("published", ["00", "unknown", "UNKNOWN", " - ", "", "undetermined", "null"])
def test_a_publisher_can_say_that_no_country_is_known(published: str) -> None:
    assert countries.code_optional(published) is None


@pytest.mark.parametrize(
    ("published", "code"),
    [
        ("Former USSR (now Belarus)", "BY"),
        ("Former USSR Currently Ukraine", "UA"),
        ("Belarusian SSR, (now Belarus)", "BY"),
        ("Azerbaijan (former USSR)", "AZ"),
        ("Russia. Former USSR", "RU"),
        ("Libya (in custody)", "LY"),
        ("Libya, (as at Feb. 2014)", "LY"),
        ("Possibly Ethiopian", "ET"),
        ("Unconfirmed (likely Iran)", "IR"),
        ("Amman, Jordan", "JO"),
        ("Branch Office 11: Iran", "IR"),
    ],
)
def test_a_remark_around_a_country_stays_as_note(published: str, code: str) -> None:
    assert countries.remarked(published) == (code, published)


def test_a_country_without_a_remark_has_no_note() -> None:
    assert countries.remarked("Iran (Islamic Republic of)") == ("IR", None)


def test_no_name_belongs_to_two_codes() -> None:
    owners: dict[tuple[str, ...], set[str]] = {}
    for line in NAMES.strip().replace("\n ", " ").splitlines():
        code, _, names = line.split(" ", 2)
        for name in names.split(";"):
            owners.setdefault(countries._words(name), set()).add(code)
    assert [name for name, codes in owners.items() if len(codes) > 1 or not name] == []


def test_every_code_is_two_capital_letters_and_reads_as_itself() -> None:
    assert len(countries.ALL) > 249
    for code in countries.ALL:
        assert re.fullmatch(r"[A-Z]{2}", code)
        assert countries.code(code) == code


@given(st.text())
def test_any_text_gives_a_known_code_or_is_unreadable(text: str) -> None:
    for read in (countries.code, lambda value: countries.remarked(value)[0]):
        try:
            assert read(text) in countries.ALL
        except Unreadable as error:
            assert error.value == text


@given(
    st.sampled_from(sorted(countries.ALL - {"NA"})),
    st.sampled_from([str.lower, str.upper, str.title, lambda code: f" {code} "]),
)
def test_reading_what_was_read_changes_nothing(code: str, change) -> None:
    assert countries.code(countries.code(change(code))) == code
