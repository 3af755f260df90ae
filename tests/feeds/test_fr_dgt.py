"""France's register: the real excerpt, and what its fields mean."""

import json
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from syncd.core.model import Identifier, PartialDate, Record
from syncd.errors import DocumentRefused
from syncd.feeds import fr_dgt
from tests.feeds import documents

VOCABULARY = "registre"


def document(*entries: dict[str, Any]) -> bytes:
    publication = {"DatePublication": "2026-03-01T19:36:05.6138321+01:00", "PublicationDetail": list(entries)}
    return json.dumps({"Publications": publication}, ensure_ascii=False).encode()


def entry(number: int = 1, **details: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "IdRegistre": number,
        "Nature": "Personne physique",
        "Nom": "KORVIN",
        "RegistreDetail": [{"TypeChamp": type_, "Valeur": values} for type_, values in details.items()],
    }


def read(**details: list[dict[str, Any]]) -> Record:
    """The record of one invented person with these details, read strictly."""
    return documents.records("fr_dgt", VOCABULARY, document(entry(**details)))["fr_dgt:1"]


@pytest.mark.shared
def test_the_real_excerpt_is_understood_to_the_last_field(shared: Path) -> None:
    (path,) = (shared / "feeds" / "fr_dgt").glob("EXCERPT*")
    found = documents.records("fr_dgt", VOCABULARY, path.read_bytes())
    assert sorted(found) == [f"fr_dgt:{number}" for number in (1001, 2382, 4240, 6699, 7805)]
    references = {one.type: one.value for one in found["fr_dgt:2382"].identifiers}
    assert references == {"fr_reference": "2382", "un_reference": "KPe.044"}
    assert len(found["fr_dgt:2382"].listings[0].authorities) == 4
    assert documents.references(found) == {"fr_reference": 5, "un_reference": 1, "eu_reference": 2}


def test_the_order_of_entries_and_details_says_nothing() -> None:
    (case,) = (case for case in documents.cases() if case.feed == "fr_dgt")
    plain = json.loads(case.body())
    turned = plain["Publications"]["PublicationDetail"]
    random.Random(1).shuffle(turned)
    for one in turned:
        one["RegistreDetail"].reverse()
    body = json.dumps(plain).encode()
    assert documents.digests("fr_dgt", VOCABULARY, body) == documents.digests("fr_dgt", VOCABULARY, case.body())


@pytest.mark.parametrize(
    ("day", "month", "year", "comment", "expected"),
    [
        ("20", "10", "1976", "", PartialDate(date="1976-10-20")),
        ("", "10", "1976", "", PartialDate(date="1976-10")),
        ("", "", "1976", "", PartialDate(date="1976")),
        ("00", "00", "1976", "vers", PartialDate(date="1976", circa=True, note="vers")),
        ("", "", "", "vers 1960", PartialDate(date="1960", circa=True)),
        ("", "", "", "entre 1958 et 1963", PartialDate(start="1958", end="1963")),
        ("", "", "", "en 1958", PartialDate(date="1958")),
    ],
)
def test_a_date_of_birth_is_as_exact_as_its_parts(
    day: str, month: str, year: str, comment: str, expected: PartialDate
) -> None:
    value = {"Jour": day, "Mois": month, "Annee": year, "Commentaire": comment}
    assert read(DATE_DE_NAISSANCE=[value]).birth_dates == (expected,)


def test_a_date_that_nobody_reads_stands_as_published_and_is_said() -> None:
    value = {"Jour": "", "Mois": "", "Annee": "", "Commentaire": "au début du siècle"}
    entries, _ = documents.read("fr_dgt", VOCABULARY, document(entry(DATE_DE_NAISSANCE=[value])))
    assert entries[0].record is not None
    assert entries[0].record.birth_dates == (PartialDate(text="au début du siècle"),)
    assert entries[0].record.unreadable == ("DATE_DE_NAISSANCE/Commentaire",)


@pytest.mark.parametrize(
    ("number", "comment", "expected"),
    [
        (
            "990",
            "Numéro d’enregistrement",
            Identifier(type="registration", value="990", label="Numéro d’enregistrement"),
        ),
        ("990", "Numéro fiscal (INN)", Identifier(type="tax", value="990", label="Numéro fiscal (INN)")),
        ("LANTRUMM", "SWIFT/BIC", Identifier(type="bic", value="LANTRUMM", label="SWIFT/BIC")),
        ("9074729", "Numéro OMI", Identifier(type="imo_company", value="9074729", label="Numéro OMI")),
        ("Numéro OMI: 9074729", "", Identifier(type="imo_company", value="9074729")),
        ("770501001", "KPP", Identifier(type="kpp", value="770501001", label="KPP")),
        (
            "99000000XX00000000",
            "Code de crédit social unifié",
            Identifier(type="uscc", value="99000000XX00000000", label="Code de crédit social unifié"),
        ),
        ("990", "", Identifier(type="other", value="990")),
    ],
)
def test_the_comment_tells_the_type_of_a_number(number: str, comment: str, expected: Identifier) -> None:
    found = read(IDENTIFICATION=[{"Identification": number, "Commentaire": comment}])
    assert found.identifiers[1:] == (expected,)


def test_what_is_no_number_is_a_remark() -> None:
    found = read(IDENTIFICATION=[{"Identification": "/", "Commentaire": "Type d’entité: agence"}])
    assert found.remarks == ("Type d’entité: agence",)
    assert len(found.identifiers) == 1


def test_references_to_other_lists_are_typed() -> None:
    found = read(REFERENCE_UE=[{"ReferenceUe": "EU.99001.59"}], REFERENCE_ONU=[{"ReferenceOnu": "QDi. 901"}])
    assert {(one.type, one.value) for one in found.identifiers} == {
        ("fr_reference", "1"),
        ("eu_reference", "EU.99001.59"),
        ("un_reference", "QDi.901"),
    }


def test_each_legal_basis_stands_and_names_its_regime() -> None:
    acts = ["(UE) 2022/999 du 25/02/2022 (UE Ruritanie - R (UE) 999/2014)", "arrêté du 03/04/2025 (France Terrorisme)"]
    found = read(FONDEMENT_JURIDIQUE=[{"FondementJuridique": 1, "FondementJuridiqueLabel": act} for act in acts])
    assert found.listings[0].authorities == tuple(acts)
    assert found.listings[0].programmes == ("UE Ruritanie - R (UE) 999/2014", "France Terrorisme")


def test_a_type_of_field_that_nobody_knows_is_kept_whole_and_said() -> None:
    entries, _ = documents.read("fr_dgt", VOCABULARY, document(entry(EMPREINTE=[{"Empreinte": "A1"}])))
    assert entries[0].record is not None
    assert entries[0].record.completeness == "partial"
    assert any("A1" in part.value for part in entries[0].record.other)


def test_a_field_that_nobody_knows_within_a_value_is_kept_and_said() -> None:
    entries, _ = documents.read("fr_dgt", VOCABULARY, document(entry(ALIAS=[{"Alias": "Aldo", "Force": "faible"}])))
    assert entries[0].record is not None
    assert [(part.name, part.value) for part in entries[0].record.other] == [("RegistreDetail/Valeur/Force", "faible")]


def test_an_entry_without_its_id_or_name_is_set_aside() -> None:
    """An entry without its id or name is set aside and the others are read."""
    nameless, unnumbered = entry(2), entry(3)
    del nameless["Nom"], unnumbered["IdRegistre"]
    entries, _ = documents.read("fr_dgt", VOCABULARY, document(entry(), nameless, unnumbered))
    assert [(found.key, bool(found.problem)) for found in entries] == [
        ("fr_dgt:1", False),
        ("fr_dgt:2", True),
        (None, True),
    ]


@pytest.mark.parametrize("body", [b'{"Publications": null}', b'{"Publications": {"PublicationDetail": {}}}'])
def test_json_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(DocumentRefused):
        documents.read("fr_dgt", VOCABULARY, body)


@pytest.mark.parametrize("country", ["BIRMANIE/MYANMAR", "ÉTAT DE PALESTINE", "ÎLES CAÏMANES"])
def test_the_registers_own_names_of_countries_are_known(country: str) -> None:
    assert len(read(NATIONALITE=[{"Pays": country}]).nationalities[0]) == len("MM")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" EU.4635.91", [("eu_reference", "EU.4635.91")]),
        ("UE.4635.91", [("eu_reference", "EU.4635.91")]),
        ("4635.91", [("eu_reference", "EU.4635.91")]),
        ("EU.4635", [("list_id", "EU.4635")]),
        ("17", [("list_id", "17")]),
        ("(UE) 2024/1073 du 12/04/2024", []),
    ],
)
def test_a_reference_to_the_eu_list_is_one_and_a_sentence_is_none(text: str, expected: list[tuple[str, str]]) -> None:
    record = read(REFERENCE_UE=[{"ReferenceUe": text}])
    assert [(one.type, one.value) for one in record.identifiers[1:]] == expected
    assert [part.value for part in record.other] == ([] if expected else [text])


def test_a_comment_labels_other_numbers_beside_the_one_it_stands_with() -> None:
    comment = (
        "Numéro d'enregistrement ; Lieu d'enregistrement: Omsk ; Date d'enregistrement: 16.7.2002 ; KPP: 770501001 ; "
    )
    comment += "Numéro OMI: 9074729"
    record = read(IDENTIFICATION=[{"Identification": "1022502256127", "Commentaire": comment}])
    assert [(one.type, one.value) for one in record.identifiers[1:]] == [
        ("registration", "1022502256127"),
        ("kpp", "770501001"),
        ("imo_company", "9074729"),
    ]


def test_the_first_given_name_by_alphabet_is_primary_in_any_order() -> None:
    names = [{"Prenom": name} for name in ("Иван", "Zoe", "Ada")]
    for order in (names, names[::-1]):
        assert [(name.full, name.kind) for name in read(PRENOM=order).names] == [
            *(("KORVIN Ada", "primary"), ("KORVIN Zoe", "alias"), ("KORVIN Иван", "alias")),
        ]


def test_texts_are_tidied_before_they_are_read() -> None:
    record = read(ALIAS=[{"Alias": " The  Lantern &amp;amp; Sons "}])
    assert record.names[1].full == "The Lantern & Sons"


def test_a_day_of_birth_without_its_month_is_kept() -> None:
    record = read(DATE_DE_NAISSANCE=[{"Jour": "12", "Mois": "", "Annee": "1960"}])
    assert record.birth_dates == (PartialDate(date="1960"),)
    assert [part.value for part in record.other] == ["12"]


@pytest.mark.shared
def test_the_registers_of_may_2026_differ_by_what_really_changed(shared: Path) -> None:
    found = []
    for day in ("13", "18", "26", "29", "31"):
        (path,) = (shared / "feeds" / "fr_dgt").glob(f"REBUILT__2026-05-{day}__*")
        entries, _ = documents.read("fr_dgt", VOCABULARY, documents.unpacked(path))
        assert sum(one.record is not None and one.record.completeness == "partial" for one in entries) <= 10
        found.append({entry.key: entry.digest for entry in entries})
    changes = [
        (
            len(new.keys() - old.keys()),
            len(old.keys() - new.keys()),
            sum(old[key] != new.get(key, old[key]) for key in old),
        )
        for old, new in pairwise(found)
    ]
    # Added, removed, amended. A doubled space of 29 May is no amendment.
    assert changes == [(0, 1, 1), (1, 8, 7), (17, 0, 7), (1, 2, 0)]


@pytest.mark.parametrize(
    "body", [b"02/10/2026 10:36:17", b'"02/10/2026 10:36:17"\n', b"\xef\xbb\xbf02/10/2026 10:36:17"]
)
def test_the_gate_is_the_time_of_the_last_publication(body: bytes) -> None:
    assert fr_dgt.read_last_publication(body, "").token == "02/10/2026 10:36:17"


@pytest.mark.parametrize("body", [b"", b"<html>Maintenance</html>", b"null", b"02/10/2026"])
def test_a_gate_that_says_no_time_is_refused(body: bytes) -> None:
    with pytest.raises(DocumentRefused, match="time of a publication"):
        fr_dgt.read_last_publication(body, "")


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("ou 1966", [("1960", None, None, False), ("1966", None, None, False)]),
        ("vers 1960 ou 1966", [("1960", None, None, True), ("1966", None, None, True)]),
        ("entre 1960 et 1966", [(None, "1960", "1966", False)]),
        ("né en 1960", [("1960", None, None, False)]),
    ],
)
def test_a_comment_beside_a_year_says_what_else_it_may_be(comment: str, found: list[tuple[object, ...]]) -> None:
    dates = read(DATE_DE_NAISSANCE=[{"Jour": "", "Mois": "", "Annee": "1960", "Commentaire": comment}]).birth_dates
    assert [(one.date, one.start, one.end, one.circa) for one in dates] == found
    assert {one.note for one in dates} == {comment}


def test_a_crypto_cell_gives_an_address_each_without_its_label() -> None:
    """`BSC: … TRX: …` are two addresses, and the letter case of an address is a part of it."""
    one, other = "0x3051InventedAddressf0f2bbF0000000000000", "TA1InventedAddressNumber12345678"
    comment = "Adresse de portefeuille de chaîne de blocs"
    found = read(IDENTIFICATION=[{"Identification": f"BSC: {one}  TRX: {other}", "Commentaire": comment}]).identifiers
    assert [(it.value, it.currency) for it in found if it.type == "crypto_address"] == [(one, "BSC"), (other, "TRX")]


def test_a_number_that_its_label_calls_a_registration_is_no_isin_by_chance() -> None:
    value = {"Identification": "IR0015973950", "Commentaire": "Numéro d'enregistrement"}
    assert [one.type for one in read(IDENTIFICATION=[value]).identifiers] == ["fr_reference", "registration"]


@pytest.mark.parametrize(
    ("alias", "found"),
    [
        ("En russe: Альдо КОРВИН", ["Альдо КОРВИН"]),
        ("graphie originale: الدو", ["الدو"]),
        ("Autre dénomination: Korvin Group", ["Korvin Group"]),
        ("JSC Korvin; NJSC Korvin", ["JSC Korvin", "NJSC Korvin"]),
        ("Korvin;", ["Korvin"]),
        (
            "En russe: ОАО “Корвин”  autrement connue sous le nom de Korvin OJSC  ou ОАО “КРВ”",
            ["ОАО “Корвин”", "Korvin OJSC", "ОАО “КРВ”"],
        ),
        (
            "Федеральное государственное учреждение науки Физико-технический институт имени им; А. Корвина",
            ["Федеральное государственное учреждение науки Физико-технический институт имени им; А. Корвина"],
        ),
        ("Sous ou sur", ["Sous ou sur"]),
    ],
)
def test_an_alias_stands_without_its_label_and_alone(alias: str, found: list[str]) -> None:
    assert [one.full for one in read(ALIAS=[{"Alias": alias}]).names[1:]] == found


def test_a_place_that_ends_with_its_country_has_its_code() -> None:
    record = read(
        LIEU_DE_NAISSANCE=[{"Lieu": "Homs, Syrie"}, {"Lieu": "Kherson, ex-URSS (aujourd’hui Ukraine)"}],
        ADRESSE_PP=[{"Adresse": "Avenue Korvin, Minsk, Biélorussie"}, {"Adresse": "Homs, Syrie", "Pays": "LIBAN"}],
    )
    assert [place.country for place in record.birth_places] == ["SY", "UA"]
    assert [address.country for address in record.addresses] == ["BY", "LB"]
