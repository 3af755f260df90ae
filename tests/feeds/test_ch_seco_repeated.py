"""What stands several times under one parent in Switzerland's documents: of none a second one vanishes unsaid.

Its publisher gives no schema to the public; what may be repeated is what is repeated in his documents.
"""

import re
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from lxml import etree

from tests.feeds import documents
from tests.feeds.test_ch_seco import NAME, document, target

TEXTS = ("Erste Angabe", "Zweite Angabe")


def both(template: str) -> str:
    """The template with each of two texts; `#` is a number that tells the two apart."""
    return "".join(
        template.replace("#", str(number)).format(text) for number, text in zip((61, 62), TEXTS, strict=True)
    )


def named(parts: str) -> str:
    return f'<name ssid="60" name-type="alias" quality="good" lang="eng">{parts}</name>'


PART = '<name-part order="#" name-part-type="given-name"><value>{}</value></name-part>'
VARIANT = '<spelling-variant lang="RUS" script="LATN">{}</spelling-variant>'
DATE = '<day-month-year ssid="#" day="1" month="2" year="19#" calendar="Gregorian" quality="good"/>'
PERSON = target(NAME)
# The path of a repeated element → a target with two of it, and what is to be found of them.
REPEATED: dict[str, tuple[str, tuple[str, ...]]] = {
    "identity/name": (target(NAME + both(named(PART))), TEXTS),
    "name/name-part": (target(NAME + named(both(PART))), TEXTS),
    "name-part/spelling-variant": (
        target(NAME + named(f'<name-part order="1"><value>Vell</value>{both(VARIANT)}</name-part>')),
        TEXTS,
    ),
    "identity/nationality": (
        target(NAME + both('<nationality ssid="#"><country>{}</country></nationality>')),
        TEXTS,
    ),
    "identity/day-month-year": (target(NAME + both(DATE)), ("1961", "1962")),
    "identity/place-of-birth": (
        target(NAME + both('<place-of-birth ssid="#" place-id="8"><remarks>{}</remarks></place-of-birth>')),
        TEXTS,
    ),
    "identity/address": (
        target(NAME + both('<address ssid="#"><address-details>{}</address-details></address>')),
        TEXTS,
    ),
    "identity/identification-document": (
        target(
            NAME
            + both(
                '<identification-document ssid="#" document-type="passport"><number>{}</number>'
                "</identification-document>"
            )
        ),
        TEXTS,
    ),
    "individual/identity": (target(beside=both(f'<identity ssid="#" main="false">{named(PART)}</identity>')), TEXTS),
    "individual/justification": (target(beside=both('<justification ssid="#">{}</justification>')), TEXTS),
    "individual/other-information": (target(beside=both('<other-information ssid="#">{}</other-information>')), TEXTS),
    "individual/relation": (
        target(beside=both('<relation ssid="#" target-id="9"><remark>{}</remark></relation>')),
        TEXTS,
    ),
    "individual/generic-attribute": (
        target(beside=both('<generic-attribute ssid="#" name="k">{}</generic-attribute>')),
        TEXTS,
    ),
    "target/foreign-identifier": (
        PERSON.replace("<individual>", both("<foreign-identifier>{}</foreign-identifier>") + "<individual>"),
        TEXTS,
    ),
    "target/sanctions-set-id": (
        PERSON.replace("<individual>", both("<sanctions-set-id>{}</sanctions-set-id>") + "<individual>"),
        TEXTS,
    ),
    "target/modification": (
        target(
            modifications='<modification modification-type="amended" publication-date="2019-01-01"/>'
            '<modification modification-type="frozen" publication-date="2020-01-01"/>'
        ),
        ("2019-01-01", "frozen"),
    ),
    "target/individual": (
        PERSON.replace(
            "</individual>", f"</individual><individual><identity>{named(both(PART))}</identity></individual>"
        ),
        TEXTS,
    ),
    "address/address-details": (
        target(NAME + "<address>" + both("<address-details>{}</address-details>") + "</address>"),
        TEXTS,
    ),
    "identification-document/remark": (
        target(
            NAME
            + "<identification-document><number>1</number>"
            + both("<remark>{}</remark>")
            + "</identification-document>"
        ),
        TEXTS,
    ),
    "identification-document/number": (
        target(NAME + "<identification-document>" + both("<number>{}</number>") + "</identification-document>"),
        TEXTS,
    ),
}
# Programmes stand beside the targets, each text in up to four languages, of which the English one is taken; and in an
# amendment once more for each of their sets.
OF_A_PROGRAMME = {f"sanctions-program/{name}" for name in ("program-key", "program-name", "sanctions-set")} | {
    f"swiss-sanctions-list/{name}" for name in ("sanctions-program", "target", "place")
}


@pytest.mark.parametrize("path", REPEATED)
def test_of_what_stands_twice_both_are_read_or_said(path: str) -> None:
    body, sought = REPEATED[path]
    entries, _ = documents.read("ch_seco", "whole_list", document(body))
    found = " ".join(msgspec.json.encode(entry.record).decode() for entry in entries)
    assert not [text for text in sought if not re.search(text, found)]


def test_two_sets_of_one_programme_in_two_places_are_both_measures() -> None:
    programme = (
        '<sanctions-program ssid="20"><sanctions-set ssid="{}" lang="eng">{}</sanctions-set></sanctions-program>'
    )
    body = PERSON.replace("<individual>", "<sanctions-set-id>9</sanctions-set-id><individual>")
    twice = programme.format(7, TEXTS[0]) + programme.format(9, TEXTS[1])
    (found,) = documents.records("ch_seco", "whole_list", document(body, programme=twice)).values()
    assert found.listings[0].measures == TEXTS


@pytest.mark.parametrize(
    "second",
    [
        f'<sanctions-program><sanctions-set ssid="7" lang="eng">{TEXTS[1]}</sanctions-set></sanctions-program>',
        f'<place ssid="8"><location>{TEXTS[1]}</location><country iso-code="CD">Congo DR</country></place>',
        f'<place ssid="8"><country>{TEXTS[1]}</country></place>',
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_a_set_or_a_place_that_is_said_twice_is_shown_or_reported(second: str, order: int) -> None:
    located = target(NAME + '<address ssid="4" place-id="8"/>')
    entries, _ = documents.read("ch_seco", "whole_list", document("".join([located, second][::order])))
    found = msgspec.json.encode(entries[0].record).decode()
    assert all(text in found for text in (TEXTS[1], "annex 2", "Goma"))


def test_a_programme_with_two_english_texts_shows_both() -> None:
    texts = "".join(f'<sanctions-set ssid="7" lang="eng">{text}</sanctions-set>' for text in TEXTS)
    programme = f'<sanctions-program ssid="20">{texts}</sanctions-program>'
    (found,) = documents.records("ch_seco", "whole_list", document(PERSON, programme=programme)).values()
    assert found.listings[0].measures == ("; ".join(TEXTS),)


def _like(root: etree._Element) -> set[str]:
    found = set()
    for parent in root.iter("*"):
        if any(one.tag == "modification" for one in parent.iterancestors()):
            continue  # old copies within the history
        counted = Counter(child.tag for child in parent if isinstance(child.tag, str))
        found |= {f"{parent.tag}/{name}" for name, count in counted.items() if count > 1}
    return found


@pytest.mark.shared
def test_the_table_holds_what_the_publisher_repeats(shared: Path) -> None:
    found = set().union(*(_like(etree.parse(path).getroot()) for path in (shared / "feeds/ch_seco").glob("*.xml")))
    found = {re.sub("^(?:entity|object)/", "individual/", path) for path in found}
    assert found
    assert found <= REPEATED.keys() | OF_A_PROGRAMME
