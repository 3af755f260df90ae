"""Switzerland's list: what is in force, what history must not say, and how its sections join."""

from pathlib import Path

import pytest

from syncd.core.model import PartialDate, Record
from syncd.errors import DocumentRefused
from syncd.feeds import ch_seco
from tests.feeds import documents

PROGRAMME = """<sanctions-program ssid="20"><program-key lang="ger">Ruritanien</program-key>
<program-key lang="eng">Ruritania</program-key><program-name lang="eng">Ordinance on Ruritania</program-name>
<sanctions-set ssid="7" lang="eng">annex 2</sanctions-set><origin>UN</origin></sanctions-program>"""
PLACE = '<place ssid="8"><location>Goma</location><country iso-code="CD">Congo DR</country></place>'
NAME = """<name ssid="3" name-type="primary-name" quality="good" lang="eng">
<name-part order="1" name-part-type="whole-name"><value>Korvin</value></name-part></name>"""


def document(targets: str, *, type_: str = "whole-list", programme: str = PROGRAMME, places: str = PLACE) -> bytes:
    return (
        f'<swiss-sanctions-list list-type="{type_}" date="2026-03-01">{programme}{targets}{places}'
        "</swiss-sanctions-list>"
    ).encode()


def target(identity: str = NAME, beside: str = "", modifications: str = "", ssid: str = "1") -> str:
    return (
        f'<target ssid="{ssid}"><sanctions-set-id>7</sanctions-set-id><individual><identity ssid="2" main="true">'
        f"{identity}</identity>{beside}</individual>{modifications}</target>"
    )


def modification(type_: str, effective: str) -> str:
    return f'<modification modification-type="{type_}" effective-date="{effective}"/>'


def read(targets: str) -> dict[str, Record]:
    return documents.records("ch_seco", "whole_list", document(targets))


@pytest.mark.shared
def test_the_real_excerpt_has_three_targets_of_which_one_is_delisted(shared: Path) -> None:
    (path,) = (shared / "feeds" / "ch_seco").glob("EXCERPT_2026-08-27*")
    body = path.read_bytes()
    assert len(documents.entry_elements(documents.tree(body), "ch_seco", "whole_list")) == 3
    found = documents.records("ch_seco", "whole_list", body)
    assert sorted(found) == ["ch_seco:34461", "ch_seco:46130"]
    assert documents.references(found) == {"ch_reference": 2}


@pytest.mark.shared
def test_secos_own_amendment_reads_as_what_it_is_and_not_as_the_list(shared: Path) -> None:
    (path,) = (shared / "feeds" / "ch_seco").glob("*amendment*")
    found = documents.records("ch_seco", "amendment", path.read_bytes(), strict=False)
    assert len(found) == 3
    # It is of January 2024, and its invented target is born on the last day of 2025.
    assert found["ch_seco:64398"].birth_dates == (PartialDate(text="2025-12-31"),)
    assert [record.key for record in found.values() if record.completeness == "partial"] == ["ch_seco:64398"]
    with pytest.raises(DocumentRefused, match="amendment"):
        documents.read("ch_seco", "whole_list", path.read_bytes())


def test_a_list_of_another_type_is_refused() -> None:
    with pytest.raises(DocumentRefused, match="search"):
        documents.read("ch_seco", "whole_list", document(target(), type_="search-result"))


@pytest.mark.parametrize(
    ("modifications", "in_force"),
    [
        ((), True),
        ((("listed", "2016-01-01"),), True),
        ((("de-listed", "2017-01-01"), ("listed", "2016-01-01")), False),
        ((("listed", "2018-01-01"), ("de-listed", "2017-01-01"), ("listed", "2016-01-01")), True),
        ((("amended", "2016-06-01"), ("de-listed", "2017-01-01"), ("listed", "2016-01-01")), False),
        ((("de-listed", "2016-01-01"), ("listed", "2016-01-01")), False),
        ((("listed", "2016-01-01"), ("de-listed", "2016-01-01")), True),
        ((("de-listed", "2099-01-01"), ("listed", "2016-01-01")), True),
        ((("listed", "2099-01-01"),), True),
        ((("something new", "2026-01-01"),), True),
    ],
)
def test_the_latest_modification_decides(modifications: tuple[tuple[str, str], ...], in_force: bool) -> None:
    body = document(target(modifications="".join(modification(*one) for one in modifications)))
    entries, _ = documents.read("ch_seco", "whole_list", body)
    assert bool(entries) is in_force


def test_a_type_of_modification_that_nobody_knows_is_said() -> None:
    entries, _ = documents.read("ch_seco", "whole_list", document(target(modifications=modification("frozen", ""))))
    assert entries[0].record is not None
    assert entries[0].record.completeness == "partial"


def test_old_copies_within_the_history_say_nothing() -> None:
    old = NAME.replace("Korvin", "Somebody Else")
    history = (
        '<modification modification-type="amended" effective-date="2020-01-01"><added>'
        f"{target(old, ssid='99')}{PLACE}</added><removed><identity>{old}</identity></removed></modification>"
    )
    with_history, without = (
        read(target(modifications=history)),
        read(target(modifications=modification("amended", "2020-01-01"))),
    )
    assert with_history == without
    assert list(with_history) == ["ch_seco:1"]


def test_places_and_programmes_are_joined_wherever_they_stand() -> None:
    located = target(NAME + '<address ssid="4" place-id="8"><zip-code>0900</zip-code></address>')
    first = documents.records("ch_seco", "whole_list", document(located))
    last = documents.records("ch_seco", "whole_list", document(PLACE + located + PROGRAMME, programme="", places=""))
    (found,) = first.values()
    assert first == last
    assert (found.addresses[0].city, found.addresses[0].country) == ("Goma", "CD")
    assert found.listings[0].programmes == ("Ruritania",)
    assert found.listings[0].measures == ("annex 2",)


def test_a_place_or_a_set_that_is_not_there_is_said() -> None:
    body = document(target(NAME + '<place-of-birth ssid="4" place-id="9"/>'), programme="")
    entries, _ = documents.read("ch_seco", "whole_list", body)
    assert entries[0].record is not None
    assert {part.name for part in entries[0].record.other} == {"sanctions-set-id", "place-of-birth/@place-id"}


def test_a_record_is_read_again_when_its_place_or_measure_changes() -> None:
    located = target(NAME + '<address ssid="4" place-id="8"/>')
    before = documents.read("ch_seco", "whole_list", document(located))[0][0]
    for old, new in (("Goma", "Bukavu"), ("annex 2", "annex 3"), ("Ordinance on", "New ordinance on")):
        after = documents.read("ch_seco", "whole_list", document(located).replace(old.encode(), new.encode()))[0][0]
        assert after.fingerprint != before.fingerprint
        assert after.digest != before.digest


def test_a_variant_of_a_part_makes_the_name_in_that_spelling() -> None:
    parts = (
        '<name name-type="primary-name"><name-part order="1" name-part-type="family-name"><value>Korvin</value>'
        '<spelling-variant lang="RUS" script="CYRL">Корвин</spelling-variant>'
        '<spelling-variant lang="RUS" script="LATN">Korwin</spelling-variant></name-part>'
        '<name-part order="2" name-part-type="given-name"><value>Aldo</value>'
        '<spelling-variant lang="RUS" script="CYRL">Альдо</spelling-variant></name-part></name>'
    )
    (found,) = read(target(parts)).values()
    assert [(name.full, name.kind, name.script, name.language) for name in found.names] == [
        ("Korvin Aldo", "primary", "Latn", None),
        ("Корвин Альдо", "alias", "Cyrl", "ru"),
        ("Korwin Aldo", "alias", "Latn", "ru"),
    ]


def test_only_the_main_identity_has_a_primary_name() -> None:
    other = f'<identity ssid="5" main="false">{NAME.replace("Korvin", "Aldin")}</identity>'
    (found,) = read(target(beside=other)).values()
    assert [(name.full, name.kind) for name in found.names] == [("Korvin", "primary"), ("Aldin", "alias")]


@pytest.mark.parametrize(
    ("published", "type_", "value"),
    [
        ("IMO Number: 9074729", "imo", "9074729"),
        ("Formerly under the flag of Ruritania (IMO 9074729)", "imo", "9074729"),
        ("Taxpayer Identification Number: 9902741781.", "tax", "9902741781"),
        ("State Registration number: 1083254005141", "registration", "1083254005141"),
        ("SWIFT/BIC: LANTRUMM", "bic", "LANTRUMM"),
    ],
)
def test_numbers_stand_in_other_information(published: str, type_: str, value: str) -> None:
    (found,) = read(target(beside=f'<other-information ssid="6">{published}</other-information>')).values()
    assert [(one.type, one.value) for one in found.identifiers[1:]] == [(type_, value)]
    assert (found.remarks == ()) is ("Formerly" not in published)


@pytest.mark.parametrize("said", ["Swift Investments (PVT) Ltd", "The tax number: see the ordinance", "registration"])
def test_other_information_in_words_stays_a_remark(said: str) -> None:
    (found,) = read(target(beside=f'<other-information ssid="6">{said}</other-information>')).values()
    assert found.remarks == (said,)
    assert len(found.identifiers) == 1


@pytest.mark.parametrize(
    ("published", "type_"), [("QDi.901", "un_reference"), ("EU.27.28", "eu_reference"), ("140", "other")]
)
def test_a_foreign_identifier_is_typed_by_its_form(published: str, type_: str) -> None:
    foreign = target().replace("<individual>", f"<foreign-identifier>{published}</foreign-identifier><individual>")
    (found,) = read(foreign).values()
    assert [(one.type, one.value, one.issuer) for one in found.identifiers[1:]] == [(type_, published, "UN")]


NAMED = "content-disposition: attachment;filename=consolidated-list_{}.xml"


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (NAMED.format("2026-03-02"), NAMED.format("2026-03-02"), True),
        (NAMED.format("2026-03-02"), NAMED.format("2026-03-03"), False),
        (NAMED.format("2026-03-02") + '\netag: "1"', NAMED.format("2026-03-02") + '\netag: "2"', False),
        (
            NAMED.format("2026-03-02") + "\ndate: Mon, 02 Mar 2026 12:05:00 GMT",
            NAMED.format("2026-03-02") + "\ndate: Mon, 02 Mar 2026 12:55:00 GMT",
            True,
        ),
        (
            NAMED.format("2026-03-02") + "\ndate: Mon, 02 Mar 2026 12:55:00 GMT",
            NAMED.format("2026-03-02") + "\ndate: Mon, 02 Mar 2026 13:00:00 GMT",
            False,
        ),
        (
            NAMED.format("2026-03-02") + '\netag: "1"\ndate: Mon, 02 Mar 2026 12:55:00 GMT',
            NAMED.format("2026-03-02") + '\netag: "1"\ndate: Mon, 02 Mar 2026 13:00:00 GMT',
            True,
        ),
    ],
)
def test_the_gate_tells_documents_apart_by_name_validators_or_hour(one: str, other: str, is_same: bool) -> None:
    tokens = {ch_seco.read_headers(said.encode(), "").token for said in (one, other)}
    assert (len(tokens) == 1) is is_same


@pytest.mark.parametrize("said", ["", "content-disposition: inline", "content-length: 7", NAMED.format("latest")])
def test_an_answer_that_names_no_dated_file_is_no_gate(said: str) -> None:
    with pytest.raises(DocumentRefused, match="Content-Disposition"):
        ch_seco.read_headers(said.encode(), "")


def organisation(*said: str, identity: str = NAME) -> Record:
    beside = "".join(f'<other-information ssid="6">{text}</other-information>' for text in said)
    (found,) = read(target(identity, beside).replace("individual>", "entity>")).values()
    return found


@pytest.mark.parametrize(
    ("published", "type_", "value"),
    [
        ("IMO number: 5555555", "imo_company", "5555555"),
        ("Owned by Lantern Ltd, IMO company number 6036202", "imo_company", "6036202"),
        ("OGRN: 1027700132195", "ogrn", "1027700132195"),
        ("KPP: 770701001", "kpp", "770701001"),
        ("LEI: 5493001KJTIIGC8Y1R12", "lei", "5493001KJTIIGC8Y1R12"),
    ],
)
def test_a_number_of_a_company_has_its_own_type(published: str, type_: str, value: str) -> None:
    found = organisation(published)
    assert [(one.type, one.value) for one in found.identifiers[1:]] == [(type_, value)]
    assert (found.remarks == ()) is ("Owned" not in published)


def test_a_document_is_typed_by_the_form_of_its_number() -> None:
    number = "<number>5493001KJTIIGC8Y1R12</number>"
    document = f'<identification-document ssid="4" document-type="other">{number}</identification-document>'
    assert organisation(identity=NAME + document).identifiers[1].type == "lei"


def test_several_contacts_behind_one_label_stand_apart() -> None:
    found = organisation("Tel.: +963 11 6183333; +963 11 31913333", "E-mail: a@x.example; b@x.example")
    assert [(one.type, one.value[-9:]) for one in found.contacts] == [
        *(("phone", "1 6183333"), ("phone", " 31913333"), ("email", "x.example"), ("email", "x.example")),
    ]
    assert found.remarks == ()


def test_an_entity_in_a_programme_or_measure_is_unescaped() -> None:
    programme = PROGRAMME.replace("Ordinance on", "A &amp;amp; B").replace("annex 2", "annex &amp;amp;#39;2")
    (found,) = documents.records("ch_seco", "whole_list", document(target(), programme=programme)).values()
    assert (found.listings[0].authorities, found.listings[0].measures) == (("A & B Ruritania",), ("annex '2",))


def test_spellings_without_end_cost_the_entry_alone_and_are_not_made() -> None:
    """Each variant of a part repeats the other parts: 400 of them and a long one would be 20 MB."""
    body = (documents.GOLDEN / "ch_seco" / "invented.whole_list.xml").read_bytes()
    variants = b"".join(
        b'<spelling-variant ssid="%d" lang="ara" script="ARAB">x%d</spelling-variant>' % (n, n) for n in range(400)
    )
    long = b'<name-part ssid="1" order="9" name-part-type="other"><value>%s</value>%s</name-part>' % (
        b"y" * 50_000,
        b'<spelling-variant ssid="2" lang="ara" script="ARAB">%s</spelling-variant>' % (b"y" * 50_000),
    )
    at = body.index(b"</value>") + len(b"</value>")
    end = body.index(b"</name-part>", at) + len(b"</name-part>")
    found, _ = documents.read("ch_seco", "whole_list", body[:at] + variants + body[at:end] + long + body[end:])
    (problem,) = (entry for entry in found if entry.problem)
    assert "spellings of a name" in (problem.problem or "")
    assert problem.key
    assert len([entry for entry in found if entry.record]) == len(found) - 1
