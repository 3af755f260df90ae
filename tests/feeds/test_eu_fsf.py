"""The EU list: its document at hand read whole, targets under two programmes, and the gate."""

from pathlib import Path

import pytest

from syncd.core.model import Name, PartialDate, Record
from syncd.errors import DocumentRefused
from syncd.feeds import eu_fsf
from tests.feeds import documents

EXPORT = '<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-03-18T14:52:26.947+01:00">{}</export>'
ENTITY = (
    '<sanctionEntity euReferenceNumber="{reference}" logicalId="{logical}">'
    '<regulation regulationType="regulation" numberTitle="9/2010" programme="{programme}"/>'
    '<subjectType code="person" classificationCode="P"/>{fields}</sanctionEntity>'
)
RSS = (
    "<rss version='2.0'><channel><title>Files</title><pubDate>{when}</pubDate>"
    "<item><title>csvFullSanctionsList_1_1</title><description>hash {csv}</description></item>"
    "<item><title>Consolidated list</title><link>https://x.example/files/xmlFullSanctionsList_1_1/content?token=t</link>"
    "<description>hash {xml}</description></item></channel></rss>"
)


def entity(fields: str, *, reference: str = "EU.1.1", logical: str = "1", programme: str = "IRN") -> str:
    return ENTITY.format(reference=reference, logical=logical, programme=programme, fields=fields)


def alias(name: str, remark: str = "") -> str:
    return f'<nameAlias wholeName="{name}" strong="true" logicalId="7"><remark>{remark}</remark></nameAlias>'


def records(*entities: str) -> dict[str, Record]:
    return documents.records("eu_fsf", "fsf_1_1", EXPORT.format("".join(entities)).encode())


def one(*entities: str) -> Record:
    (record,) = records(*entities).values()
    return record


def rss(xml: str, *, csv: str = "c", when: str = "Monday") -> str:
    return eu_fsf.read_rss(RSS.format(xml=xml, csv=csv, when=when).encode(), eu_fsf.RSS).token


@pytest.mark.shared
def test_the_document_at_hand_is_understood_to_the_last_field(shared: Path) -> None:
    (path,) = (shared / "feeds" / "eu_fsf").glob("*first1044*")
    found = documents.records("eu_fsf", "fsf_1_1", documents.unpacked(path))
    assert len(found) == 1_024
    assert sum(len(record.listings) for record in found.values()) == 1_044
    assert documents.references(found) == {"eu_reference": 1_024, "un_reference": 2}


@pytest.mark.shared
def test_the_truncated_document_is_refused(shared: Path) -> None:
    (path,) = (shared / "feeds" / "eu_fsf").glob("*TRUNCATED*")
    with pytest.raises(DocumentRefused, match="cut off or damaged"):
        documents.read("eu_fsf", "fsf_1_1", documents.unpacked(path))


def test_a_target_under_two_programmes_is_one_record_that_loses_no_name() -> None:
    first = entity(alias("Tamsin Vell") + alias("T. Vell"), programme="AFG")
    second = entity(alias("Velle, Tamsin") + alias("T. Vell"), programme="TAQA")
    record = one(first, entity(alias("Other"), programme="IRN"), second)
    assert [name.full for name in record.names] == ["Tamsin Vell", "T. Vell", "Other", "Velle, Tamsin"]
    assert [name.kind for name in record.names] == ["primary", "alias", "alias", "alias"]
    assert [listing.programmes for listing in record.listings] == [("AFG",), ("IRN",), ("TAQA",)]


def test_the_order_of_the_programmes_of_a_target_says_nothing() -> None:
    first = entity(alias("Tamsin Vell"), programme="AFG")
    second = entity(alias("Velle, Tamsin"), programme="TAQA")
    assert one(first, second) == one(second, first)


def test_a_change_under_one_programme_changes_the_fingerprint_of_the_target() -> None:
    def fingerprint(name: str) -> bytes:
        body = EXPORT.format(entity(alias("Tamsin Vell"), programme="AFG") + entity(alias(name), programme="TAQA"))
        (found,), _ = documents.read("eu_fsf", "fsf_1_1", body.encode())
        return found.fingerprint

    assert fingerprint("Velle") != fingerprint("Vella")


def test_a_target_without_a_reference_goes_by_its_logical_id() -> None:
    assert set(records(entity(alias("Tamsin"), reference="", logical="42"))) == {"eu_fsf:42"}


@pytest.mark.parametrize(
    ("remark", "strength"),
    [
        ("good quality alias", "strong"),
        ("Good quality a.k.a.", "strong"),
        ("qood quality alias", "strong"),
        ("god quality alias", "strong"),
        ("(low quality alias)", "weak"),
        ("Low quality alias; as previously listed", "weak"),
        ("Son of Naima", None),
        ("", None),
    ],
)
def test_the_strength_of_an_alias_is_in_its_remark(remark: str, strength: str | None) -> None:
    name = one(entity(alias("Tamsin Vell", remark))).names[0]
    assert name == Name(full="Tamsin Vell", kind="primary", script="Latn", strength=strength, note=remark or None)


@pytest.mark.parametrize(
    ("attributes", "date"),
    [
        ('birthdate="1960-03-01" dayOfMonth="1" monthOfYear="3" year="1960"', PartialDate(date="1960-03-01")),
        ('year="1960"', PartialDate(date="1960")),
        ('monthOfYear="8" year="1961"', PartialDate(date="1961-08")),
        ('year="1960" circa="true"', PartialDate(date="1960", circa=True)),
        ('yearRangeFrom="1958" yearRangeTo="1963"', PartialDate(start="1958", end="1963")),
        (
            'calendarType="ISLAMIC" dayOfMonth="24" monthOfYear="6" year="1402"',
            PartialDate(date="1402-06-24", calendar="islamic"),
        ),
    ],
)
def test_a_birth_date_is_as_exact_as_the_list_gives_it(attributes: str, date: PartialDate) -> None:
    record = one(entity(alias("Tamsin") + f'<birthdate countryIso2Code="00" {attributes}/>'))
    assert record.birth_dates == (date,)
    assert record.birth_places == ()


def test_a_calendar_that_nobody_reads_leaves_the_date_as_published_and_says_so() -> None:
    body = EXPORT.format(entity(alias("Tamsin") + '<birthdate calendarType="COPTIC" year="1700"/>'))
    (found,), _ = documents.read("eu_fsf", "fsf_1_1", body.encode())
    assert found.record is not None
    assert found.record.birth_dates == (PartialDate(text="1700"),)
    assert found.record.unreadable == ("birthdate",)


def test_country_00_is_no_country() -> None:
    fields = alias("Tamsin") + '<citizenship countryIso2Code="00" countryDescription="UNKNOWN"/>'
    assert one(entity(fields)).citizenships == ()


def test_a_citizenship_that_ended_is_kept_and_is_not_one() -> None:
    fields = alias("Tamsin") + '<citizenship countryIso2Code="SA" disenfranchisementDate="1994-04-05"/>'
    record = one(entity(fields))
    assert record.citizenships == ()
    assert [part.value for part in record.other] == ["SA 1994-04-05"]


def test_the_gate_opens_when_what_the_rss_says_of_our_file_changes_and_not_otherwise() -> None:
    assert rss("a") == rss("a", csv="other", when="Tuesday")
    assert rss("a") != rss("b")


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body>Busy</body></html>", b"<rss><channel><item><title>csv</title></item></channel></rss>", b"{}"],
)
def test_an_rss_without_our_file_is_refused(body: bytes) -> None:
    with pytest.raises(DocumentRefused, match="RSS"):
        eu_fsf.read_rss(body, eu_fsf.RSS)
