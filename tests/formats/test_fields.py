"""Every field of an entry is taken, ignored with a reason, kept, or left over for all to see."""

import pytest
from lxml import etree

from syncd.core.model import Part, PartialDate
from syncd.errors import MissingField, Unreadable
from syncd.formats.fields import OTHER_VALUE_CHARACTERS_MAX, Reading, XmlFields, unique


def opened(xml: str) -> tuple[XmlFields, Reading]:
    reading = Reading()
    return reading.xml(etree.fromstring(xml)), reading


def left(reading: Reading) -> list[tuple[str, str]]:
    reading.finish()
    return [(part.name, part.value) for part in reading.unknown]


def test_what_nobody_takes_is_left_over() -> None:
    _, reading = opened('<entry id="7"><name>Kato</name>own</entry>')
    assert left(reading)[:2] == [("entry/@id", "7"), ("entry/name", "Kato")]
    assert reading.partial


def test_what_is_taken_ignored_or_kept_is_not_left_over() -> None:
    fields, reading = opened('<entry id="7" row="3" class="x"><name>Kato</name><seen/><colour>red</colour></entry>')
    assert fields.attribute("id") == "7"
    assert fields.text("name") == "Kato"
    fields.ignore("row", why="a number of the page")
    fields.keep("colour", "class")
    assert left(reading) == []
    assert reading.kept == [Part(name="colour", value="red"), Part(name="class", value="x")]
    assert not reading.partial


@pytest.mark.parametrize("blank", ["<entry/>", "<entry><name/></entry>", "<entry><name> \n</name></entry>"])
def test_blank_is_absent(blank: str) -> None:
    fields, reading = opened(blank)
    assert fields.text_optional("name") is None
    assert fields.texts("name") == []
    assert left(reading) == []
    with pytest.raises(MissingField, match="<entry> has no <name>"):
        opened(blank)[0].text("name")


def test_a_blank_attribute_is_absent() -> None:
    fields, reading = opened('<entry id=" " x=""/>')
    with pytest.raises(MissingField, match="<entry> has no attribute id"):
        fields.attribute("id")
    assert left(reading) == []


def test_empty_elements_are_never_left_over_however_deep() -> None:
    _, reading = opened("<entry><a><b/><c> </c></a><d/></entry>")
    assert left(reading) == []


def test_a_second_text_is_left_over() -> None:
    fields, reading = opened("<entry><name>Kato</name><name> </name><name>Mio</name></entry>")
    assert fields.text("name") == "Kato"
    assert left(reading) == [("entry/name", "Mio")]


def test_all_texts_are_taken_in_their_order() -> None:
    fields, reading = opened("<entry><name>Kato</name><name/><name>Mio</name></entry>")
    assert fields.texts("name") == ["Kato", "Mio"]
    assert left(reading) == []


def test_own_text_that_nobody_takes_is_left_over() -> None:
    fields, reading = opened("<entry>Kato</entry>")
    assert left(reading) == [("entry", "Kato")]
    fields, reading = opened("<entry>Kato</entry>")
    assert fields.own_text() == "Kato"
    assert left(reading) == []


@pytest.mark.parametrize(
    "xml", ["<entry><name>Kato</name>and Mio</entry>", "<entry>\n<name>Kato</name>\n  and Mio\n</entry>"]
)
def test_text_between_fields_is_left_over(xml: str) -> None:
    fields, reading = opened(xml)
    fields.text("name")
    fields.own_text()
    assert [(name, value.strip()) for name, value in left(reading)] == [("entry", "and Mio")]


def test_text_taken_may_not_hide_fields_of_its_own() -> None:
    fields, reading = opened('<entry><name lang="ja">Kato<b>bold</b>, Mio</name></entry>')
    assert fields.text("name") == "Kato"
    assert [(name, value.strip()) for name, value in left(reading)] == [
        ("entry/name/b", "bold"),
        ("entry/name", ", Mio"),
        ("entry/name/@lang", "ja"),
    ]


def test_attributes_of_the_schema_language_say_nothing_about_a_text() -> None:
    xsi = "http://www.w3.org/2001/XMLSchema-instance"
    fields, reading = opened(f'<entry><name xmlns:i="{xsi}" i:nil="true">Kato</name></entry>')
    fields.text("name")
    assert left(reading) == []


def test_children_account_for_themselves() -> None:
    fields, reading = opened('<entry><alias q="1"><name>A</name></alias><alias><name>B</name><x>y</x></alias></entry>')
    assert [child.text("name") for child in fields.children("alias")] == ["A", "B"]
    assert left(reading) == [("alias/@q", "1"), ("alias/x", "y")]


def test_a_second_child_where_one_was_expected_is_left_over_whole() -> None:
    fields, reading = opened("<entry><birth><year>1950</year></birth><birth><year>1951</year></birth></entry>")
    birth = fields.child_optional("birth")
    assert birth is not None
    assert birth.text("year") == "1950"
    assert left(reading) == [("entry/birth", "<birth><year>1951</year></birth>")]
    assert fields.child_optional("death") is None


def test_names_do_not_depend_on_namespaces() -> None:
    fields, reading = opened('<x:entry xmlns:x="urn:a" x:id="7"><x:name>Kato</x:name></x:entry>')
    assert (fields.name, fields.attribute("id"), fields.text("name")) == ("entry", "7", "Kato")
    assert left(reading) == []


def test_what_is_left_over_is_bounded() -> None:
    _, reading = opened(f"<entry><x>{'y' * 2 * OTHER_VALUE_CHARACTERS_MAX}</x></entry>")
    assert len(left(reading)[0][1]) == OTHER_VALUE_CHARACTERS_MAX


def refuse(value: str) -> str:
    raise Unreadable(value, "no rule reads it")


def test_an_unreadable_value_stands_as_published_under_its_path() -> None:
    """A value that no rule reads stands as published and its path is remembered."""
    reading = Reading()
    assert reading.text("nationalities", refuse, "Ruritania") == "Ruritania"
    assert reading.text("nationalities", str.upper, "ir") == "IR"
    assert reading.unreadable == ["nationalities"]
    assert reading.partial


def test_a_date_that_no_rule_reads_is_a_text() -> None:
    def unreadable(value: str) -> PartialDate:
        raise Unreadable(value, "no rule reads it")

    assert Reading().date("birth_dates", unreadable, "long ago") == PartialDate(text="long ago")


def test_a_kept_field_that_is_blank_is_not_kept() -> None:
    reading = Reading()
    reading.keep("colour", " ")
    reading.keep("colour", None)
    assert reading.kept == []


def test_values_are_each_told_once_and_in_order() -> None:
    assert unique(["b", "a", "b"]) == ("b", "a")
