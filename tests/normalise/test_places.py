"""The country at the end of a place: found by its name, never guessed from a few letters."""

import time

import pytest

from syncd.normalise.places import PLACE_CHARACTERS_MAX, country_at_end, with_country


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("Qom, Qom Province, Iran", "IR"),
        ("Barangay Lanote, Basilan, the Philippines", "PH"),
        ("Pyongyang, Korea, North", "KP"),
        ("Chai Wan, Hong Kong, China", "HK"),
        ("Haeudong, Pyongchen District, Pyongyang, DPRK.", "KP"),
        ("Homs,Syrian Arab Republic", "SY"),
        ("Cherepovets; Vologda region; Russia", "RU"),
        ("18A, Petrogradskaya nab., Russia 197046", "RU"),
        ("54 Gagarin St, Borisov, Republic of Belarus, 22251154", "BY"),
        ("10 Quay, London, United Kingdom W2 2HH", "GB"),
        ("5, Let. A Saint Petersburg  190000 Russia ", "RU"),
        ("Mangyungdae-gu, Pyongyang, Democratic People's Republic of Korea", "KP"),
        ("Bloomington, Indiana USA", "US"),
        ("Khartoum Sudan", "SD"),
        ("Dubai, U.A.E.", "AE"),
        ("ホムス（Khoms）、リビア", "LY"),
        ("Iran", "IR"),
    ],
)
def test_the_country_stands_at_the_end_of_a_place(place: str, code: str) -> None:
    assert country_at_end(place) == code


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("Khan Dari, Iraq (previous)", "IQ"),
        ("Ndjamena, Chad (since his arrest in November 2019)", "TD"),
        ("Homs, Syrian Arab Republic (location as at Sep. 2015)", "SY"),
        ("Amsterdam, The Netherlands（リスト掲載時点）", "NL"),
        ("Tashkent, USSR (Uzbekistan)", "UZ"),
        ("Minsk, Belarusian SSR, (Belarus", "BY"),
        ("Kyiv, USSR (now Ukraine)", "UA"),
        ("Kyiv, Ukraine (formerly USSR)", "UA"),
        ("Tashkent; USSR; Uzbekistan", "UZ"),
    ],
)
def test_a_remark_behind_the_country_is_passed_over(place: str, code: str) -> None:
    assert country_at_end(place) == code


@pytest.mark.parametrize(
    "place",
    [
        "",
        "   ",
        "Tripoli",
        "Las Cruces, New Mexico",
        "Los Angeles, CA",
        "Gary, IN",
        "Lagos, Niger State",
        "12 Rue de Tunisie",
        "Head Office of the Bank of China",
        "Afghanistan/Pakistan border region (previous address)",
        "Manono Territory, Katanga Province (now Tanganyika Province)",
        "Kandahar, Afghanistan; Quetta, Pakistan",
        "Kandahar, Afghanistan\nQuetta, Pakistan",
        "Bor, Sudan/South Sudan",
        "Iran or Lebanon",
        "Minembwe, South Kivu, Deomocratic Republic of the Congo",
        "unknown",
        "x" * PLACE_CHARACTERS_MAX + ", Iran",
    ],
)
def test_a_place_without_a_country_at_its_end_has_no_code(place: str) -> None:
    assert country_at_end(place) is None


def test_a_text_that_says_only_its_country_leaves_no_text() -> None:
    assert with_country("Iran") == (None, "IR")
    assert with_country("the Philippines.") == (None, "PH")
    assert with_country("Qom, Iran") == ("Qom, Iran", "IR")
    assert with_country("Tripoli") == ("Tripoli", None)


@pytest.mark.parametrize(
    ("place", "code"),
    [("Crimea, Ukraine", "UA"), ("Gaza Strip", "PS"), ("West Bank", "PS"), ("Northern Ireland", "GB")],
)
def test_a_part_of_a_country_keeps_its_text(place: str, code: str) -> None:
    assert with_country(place) == (place, code)
    assert with_country("United Kingdom of Great Britain and Northern Ireland") == (None, "GB")


def test_odd_texts_are_read_in_linear_time() -> None:
    started = time.process_time()
    for odd in (" (" * 900, ", " * 900, "1-" * 900, "a" * 1900, "(((((" * 380, "Iran 1 " * 280):
        country_at_end(odd)
    assert time.process_time() - started < 1
