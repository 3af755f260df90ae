"""Published texts as patterns and readers see them."""

import pytest

from syncd.core import canonical
from syncd.normalise.texts import tidied, whole_number

PERSIAN = "علی\u200cرضا قاسم\u200cزاده"


@pytest.mark.parametrize("text", [PERSIAN, "क्\u200dष", "ශ්\u200dරී", "شرکت\u200cهای نفت"])
def test_a_joiner_that_spells_a_word_stays_and_digests_ignore_it(text: str) -> None:
    assert tidied(f"  {text} ") == text
    assert canonical.text(tidied(text)) == canonical.text(text.replace("\u200c", "").replace("\u200d", ""))


@pytest.mark.parametrize(
    ("published", "text"),
    [
        ("Aldo\u200c Kor\u200dvin", "Aldo Korvin"),
        ("EU.1.1\u200c", "EU.1.1"),
        ("\u200cعلی\u200c \u200dرضا\u200c", "علی رضا"),
        ("علی\u200c\u200cرضا", "علیرضا"),
        ("علی\u200c\u200fرضا", "علیرضا"),
        ("А\u200dльдо", "Альдо"),
        ("علی&zwnj;رضا &amp;amp; Co", "علی\u200cرضا & Co"),
    ],
)
def test_any_other_joiner_goes(published: str, text: str) -> None:
    assert tidied(published) == text


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("0", 0), ("١٢", 12), ("²", None), ("", None), ("-1", None), ("1.5", None)]
)
def test_a_whole_number_is_one_of_decimal_digits(text: str, number: int | None) -> None:
    assert whole_number(text) == number


def test_digits_without_end_are_no_number() -> None:
    assert whole_number("9" * 5_000) is None
