"""The EU list: its document at hand read whole, targets under two programmes, and the gate."""

import io
from functools import cache
from pathlib import Path

import pytest

from syncd.commands.compare import compare_documents
from syncd.core import canonical
from syncd.core.model import Name, PartialDate, Record
from syncd.errors import DocumentRefused
from syncd.feeds import all_feeds, eu_fsf
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


def alias(name: str, remark: str = "", *, number: int = 7) -> str:
    return f'<nameAlias wholeName="{name}" strong="true" logicalId="{number}"><remark>{remark}</remark></nameAlias>'


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
    first = entity(alias("Tamsin Vell", number=1) + alias("T. Vell", number=2), programme="AFG")
    second = entity(alias("Velle, Tamsin", number=9) + alias("T. Vell", number=8), programme="TAQA")
    record = one(first, entity(alias("Other", number=5), programme="IRN"), second)
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
        ("lo quality alias", "weak"),
        ("low-quality alias", "weak"),
        ("a.k.a. (low quality)", "weak"),
        ("high quality alias", "strong"),
        ("dubious quality alias", None),
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
        ('yearRangeFrom="1958"', PartialDate(start="1958")),
        ('yearRangeTo="1963" circa="1"', PartialDate(end="1963", circa=True)),
        ('birthdate="1958-04-02" year="1958"', PartialDate(date="1958-04-02")),
        ('birthdate="30.03.1958"', PartialDate(date="1958-03-30")),
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


def test_a_day_without_its_month_leaves_the_year_and_is_kept() -> None:
    record = one(entity(alias("Tamsin") + '<birthdate circa="true" year="1958" dayOfMonth="1"/>'))
    assert record.birth_dates == (PartialDate(date="1958", circa=True),)
    assert [(part.name, part.value) for part in record.other] == [("birthdate/@dayOfMonth", "1")]


def test_a_gregorian_day_beside_an_islamic_one_is_told_too() -> None:
    fields = 'calendarType="ISLAMIC" birthdate="1982-04-19" dayOfMonth="24" monthOfYear="6" year="1402"'
    record = one(entity(alias("Tamsin") + f"<birthdate {fields}/>"))
    assert record.birth_dates == (PartialDate(date="1402-06-24", calendar="islamic"), PartialDate(date="1982-04-19"))


@pytest.mark.parametrize(
    ("remark", "dates"),
    [
        ("Approximately 1966.", (PartialDate(date="1966", circa=True, note="Approximately 1966."),)),
        ("or 1960", (PartialDate(date="1966", note="or 1960"), PartialDate(date="1960", note="or 1960"))),
    ],
)
def test_a_remark_says_how_exact_a_birth_date_is(remark: str, dates: tuple[PartialDate, ...]) -> None:
    record = one(entity(alias("Tamsin") + f'<birthdate year="1966"><remark>{remark}</remark></birthdate>'))
    assert record.birth_dates == dates


def partial(fields: str) -> Record:
    (found,), _ = documents.read("eu_fsf", "fsf_1_1", EXPORT.format(entity(fields)).encode())
    assert found.record is not None
    assert found.record.completeness == "partial"
    return found.record


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ('birthdate="1958-04-02" year="1985" monthOfYear="4" dayOfMonth="2"', "1958-04-02 / 1985-4-2"),
        ('year="1958" monthOfYear="13" dayOfMonth="1"', "1958-13-1"),
        ('yearRangeFrom="1963" yearRangeTo="1958"', "1963 / 1958"),
        ('calendarType="ISLAMIC" year="about 1340"', "about 1340"),
    ],
)
def test_a_birth_date_that_cannot_be_stands_as_text(fields: str, text: str) -> None:
    assert partial(alias("Tamsin") + f"<birthdate {fields}/>").birth_dates == (PartialDate(text=text),)


def test_an_unknown_boolean_makes_nothing_more_exact_or_stronger() -> None:
    name = '<nameAlias wholeName="Tamsin" strong="perhaps" logicalId="1"/>'
    record = partial(name + '<birthdate year="1960" circa="perhaps"/>')
    assert record.names[0].strength is None
    assert record.birth_dates == (PartialDate(date="1960", circa=True),)
    assert {part.value for part in record.other} == {"perhaps"}


def test_the_lowest_number_in_latin_script_is_the_primary_name() -> None:
    names = [alias("Тамсин", number=3), alias("Zoe", number=12), alias("Tamsin", number=4), alias("Vell", number=100)]
    for order in (names, names[::-1], names[2:] + names[:2]):
        assert [(name.full, name.kind) for name in one(entity("".join(order))).names] == [
            *(("Tamsin", "primary"), ("Тамсин", "alias"), ("Zoe", "alias"), ("Vell", "alias")),
        ]
    assert one(entity(alias("Вел", number=9) + alias("Тамсин", number=3))).names[0].full == "Тамсин"


# Each element that may stand several times in an entity (maxOccurs in the publisher's schema), with two contents.
FIRST, SECOND = "First Text", "Second Text"
REMARKS = f"<remark>{FIRST}</remark><remark>{SECOND}</remark>"
CONTACT = '<contactInfo key="WEB" value="{}"/>'
FURTHER = '<additionalInformation key="k" value="{}"/>'


def each(template: str) -> list[str]:
    """The template with each of two texts; `#` is a number that tells the two apart."""
    return [template.replace("#", f"196{place}").format(text) for place, text in enumerate((FIRST, SECOND))]


REPEATABLE = {
    "nameAlias": each('<nameAlias wholeName="{}" logicalId="#"/>'),
    "nameAlias/remark": [f'<nameAlias wholeName="Vell" logicalId="9">{REMARKS}</nameAlias>'],
    "nameAlias/additionalInformation": ['<nameAlias wholeName="V">' + "".join(each(FURTHER)) + "</nameAlias>"],
    "citizenship": each('<citizenship countryIso2Code="IR"><remark>{}</remark></citizenship>'),
    "birthdate": each('<birthdate year="#" city="{}"/>'),
    "birthdate/remark": [f'<birthdate year="1960">{REMARKS}</birthdate>'],
    "address": each('<address street="{}"/>'),
    "address/remark": [f'<address city="T">{REMARKS}</address>'],
    "address/contactInfo": ["<address>" + "".join(each(CONTACT)) + "</address>"],
    "contactInfo/remark": [f'<address><contactInfo key="WEB" value="x.example">{REMARKS}</contactInfo></address>'],
    "identification": each(
        '<identification identificationTypeCode="id" number="#"><remark>{}</remark></identification>'
    ),
    "identification/remark": [f'<identification identificationTypeCode="id" number="9901">{REMARKS}</identification>'],
    "remark": each("<remark>{}</remark>"),
    "additionalInformation": each(FURTHER),
}


@pytest.mark.parametrize("element", REPEATABLE)
def test_of_a_repeatable_element_none_is_dropped(element: str) -> None:
    parts = REPEATABLE[element]
    for fields in ("".join(parts), "".join(reversed(parts))):
        said = str(one(entity(alias("Tamsin") + fields)))
        assert FIRST in said
        assert SECOND in said


@pytest.mark.parametrize(
    ("code", "number", "type_"),
    [
        ("taxid", "5401199015", "tax"),
        ("euvat", "GB202537249", "vat"),
        ("nationcert", "3200375M061PB1", "national_id"),
        ("electionid", "73320881AG1191MAM20000", "national_id"),
        ("unssn", "91370303MA3ERW0G0M", "uscc"),
        ("swiftbic", "GLBKKPPY", "bic"),
        ("id", "SSN 156-92-0000", "social_security"),
        ("regnumber", "ИНН 7717653542", "inn"),
    ],
)
def test_a_number_has_the_type_of_its_code_or_of_what_it_says(code: str, number: str, type_: str) -> None:
    fields = f'<identification identificationTypeCode="{code}" number="{number}" countryIso2Code="00"/>'
    assert [one.type for one in one(entity(alias("Tamsin") + fields)).identifiers][2:] == [type_]


def test_numbered_titles_and_positions_stand_apart() -> None:
    fields = '<nameAlias wholeName="V" title="(a) Mullah, (b) Maulavi" function="(a) Minister, (b) Governor"/>'
    record = one(entity(fields))
    assert record.titles == ("Mullah", "Maulavi")
    assert record.positions == ("Minister", "Governor")


def test_what_an_enterprise_does_is_a_remark_and_no_position() -> None:
    fields = '<nameAlias wholeName="V" function="a maker of lanterns"/>'
    record = one(entity(fields).replace('code="person"', 'code="enterprise"'))
    assert (record.positions, record.remarks) == ((), ("a maker of lanterns",))


def test_several_contacts_in_one_value_stand_apart() -> None:
    fields = '<address><contactInfo key="PHONE" value="+963 11 990011; +963 11 990012"/></address>'
    assert [one.value for one in one(entity(alias("T") + fields)).contacts] == ["+963 11 990011", "+963 11 990012"]


def test_dates_of_acts_are_days_in_any_notation_or_absent() -> None:
    act = '<regulation regulationType="regulation" programme="IRN" entryIntoForceDate="{}"/>'
    body = entity(alias("T")).replace("<sanctionEntity ", '<sanctionEntity designationDate="30/03/2026" ')
    before, _, after = body.partition("<regulation")
    after = after.partition("/>")[2]
    read = one(before + act.format("30.3.2026") + after).listings[0]
    assert (read.listed_on, read.effective_on) == ("2026-03-30", "2026-03-30")
    (found,), _ = documents.read("eu_fsf", "fsf_1_1", EXPORT.format(before + act.format("soon") + after).encode())
    assert found.record is not None
    assert found.record.listings[0].effective_on is None
    assert [(part.name, part.value) for part in found.record.other] == [("regulation/@entryIntoForceDate", "soon")]


@pytest.mark.parametrize("reference", ["eu.1.1", "EU.1. 1", "EU.1.1\u200b", "\ufeffEU.1.1"])
def test_another_spelling_of_a_reference_is_the_same_entry(reference: str) -> None:
    known, found = one(entity(alias("T"))), one(entity(alias("T"), reference=reference))
    assert found.key == known.key == "eu_fsf:EU.1.1"
    assert canonical.digest(found) == canonical.digest(known)
    assert found.published_id == reference


@cache
def digests_of(shared: Path, day: str) -> dict[str | None, str | None]:
    (path,) = (shared / "feeds" / "eu_fsf").glob(f"REBUILT__2026-{day}__*")
    entries, _ = documents.read("eu_fsf", "fsf_1_1", documents.unpacked(path))
    assert len(entries) == 5_860
    assert sum(one.record is not None and one.record.completeness == "partial" for one in entries) <= 5
    return {entry.key: entry.digest for entry in entries}


@pytest.mark.shared
@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [("02-23", "03-20", 76), ("03-20", "03-24", 0), ("03-24", "04-01", 2), ("04-01", "04-25", 4)],
)
def test_neighbours_of_2026_differ_by_what_really_changed(shared: Path, old: str, new: str, changed: int) -> None:
    """Their names stand in another order in each; counted independently, apart from that order."""
    before, after = (digests_of(shared, day) for day in (old, new))
    assert before.keys() == after.keys()
    assert sum(before[key] != after[key] for key in before) == changed


def test_an_unknown_calendar_leaves_the_date_as_published() -> None:
    """A calendar that nobody reads leaves the date as published and says so."""
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


def test_the_gate_opens_only_when_the_rss_of_our_file_changes() -> None:
    """The gate opens when what the rss says of our file changes and not otherwise."""
    assert rss("a") == rss("a", csv="other", when="Tuesday")
    assert rss("a") != rss("b")


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body>Busy</body></html>", b"<rss><channel><item><title>csv</title></item></channel></rss>", b"{}"],
)
def test_an_rss_without_our_file_is_refused(body: bytes) -> None:
    with pytest.raises(DocumentRefused, match="RSS"):
        eu_fsf.read_rss(body, eu_fsf.RSS)


HASH = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "body",
    [HASH, HASH.upper(), f" {HASH}\r\n", f'"{HASH}"', f"\ufeff{HASH}", f"{HASH}  xmlFullSanctionsList_1_1.xml\n"],
)
def test_a_checksum_is_read_however_it_is_written(body: str) -> None:
    assert eu_fsf.read_checksum(body.encode(), eu_fsf.CHECKSUM).token == HASH


@pytest.mark.parametrize(
    "body",
    [b"", b"0", b"null", b"<html><body>Busy</body></html>", HASH.encode() + b"0", HASH.encode() * 3, b"\xff" * 64,
     f"{HASH}\n{HASH}".encode(), b"g" * 64, b"Access denied 0123456789abcdef0123456789abcdef"],
)  # fmt: skip
def test_what_is_no_checksum_is_refused(body: bytes) -> None:
    with pytest.raises(DocumentRefused, match="no checksum"):
        eu_fsf.read_checksum(body, eu_fsf.CHECKSUM)


def test_a_reference_that_stands_for_two_targets_costs_itself_alone() -> None:
    body = entity(alias("Aldo Korvin")) + entity(alias("Tamsin Vell"), logical="2") + entity(alias("X"), reference="E")
    entries, _ = documents.read("eu_fsf", "fsf_1_1", EXPORT.format(body).encode())
    assert [(entry.key, entry.problem is None) for entry in entries] == [("eu_fsf:EU.1.1", False), ("eu_fsf:E", True)]


@pytest.mark.parametrize(("before", "after"), [("", "EU.9.1"), ("EU.9.1", "EU.9.4"), ("EU.9.1", "")])
def test_a_reference_given_later_with_another_change_is_a_rekeying(before: str, after: str) -> None:
    """The logicalId says that it is the same entity, whatever else is amended with it."""
    fields = (alias("Aldo Korvin"), alias("Aldo Korvin") + alias("Aldo the Elder") + '<birthdate year="1960"/>')
    earlier, later = (
        EXPORT.format(entity(of, reference=reference, logical="9") + entity(alias("Tamsin Vell"))).encode()
        for reference, of in zip((before, after), fields, strict=True)
    )
    found, _ = compare_documents(all_feeds()["eu_fsf"], lambda: io.BytesIO(earlier), lambda: io.BytesIO(later))
    (change,) = found
    assert (change.type, change.material) == ("rekeyed", True)
    assert {"names", "birth_dates"} <= {one.path for one in change.changes}


def test_the_number_of_a_company_in_a_remark_is_an_identifier() -> None:
    remark = "<remark>IMO company number: 6036202</remark>"
    company = entity(alias("Lantern Ltd") + remark).replace('code="person"', 'code="enterprise"')
    assert [one.value for one in one(company).identifiers if one.type == "imo_company"] == ["6036202"]
