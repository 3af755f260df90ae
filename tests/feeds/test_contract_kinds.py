"""Kinds of faults that lists invite, as statements over all golden documents: a new feed cannot repeat them.

Each test turns, repeats or respells what a publisher may turn, repeat or respell without saying anything by it.
"""

import copy
import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lxml import etree

from syncd.core.model import Record
from syncd.feeds.contract import JsonShape, XmlShape
from syncd.feeds.plausible import LISTING_DAYS, is_day
from syncd.feeds.reading import Entry
from syncd.normalise.words import TRUTH
from tests.feeds import documents
from tests.feeds.documents import Case

CASES = documents.cases()


def over(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=lambda case: f"{case.feed}/{case.path.name}")


every_case = over(CASES)
every_xml_case = over([case for case in CASES if case.path.suffix == ".xml"])
every_json_case = over([case for case in CASES if isinstance(documents.shape_of(case), JsonShape)])
with_ids = over(
    [
        case
        for case in CASES
        if isinstance(shape := documents.shape_of(case), XmlShape) and (shape.id_elements or shape.id_attributes)
    ]
)

# Elements whose order among their like is a fact: the parts of a name, in both vocabularies of OFAC.
ORDERED = frozenset({"DocumentedNamePart", "namePart", "name-part"})
# What makes a text the number of another thing: an entity's own id is respelt in a test of its own.
INVISIBLE = ("\u200b", "\ufeff", "\u00ad")


def entries_of(case: Case, root: etree._Element) -> list[etree._Element]:
    return documents.entry_elements(root, case.feed, case.vocabulary)


def like(element: etree._Element) -> Iterator[tuple[etree._Element, list[etree._Element]]]:
    """Each element below (and with) `element`, with its children that have a sibling of the same name."""
    for parent in element.iter("*"):
        groups: dict[str, list[etree._Element]] = {}
        for child in parent:
            if isinstance(child.tag, str) and etree.QName(child).localname not in ORDERED:
                groups.setdefault(child.tag, []).append(child)
        for children in groups.values():
            if len(children) > 1:
                yield parent, children


def turned(parent: etree._Element, children: list[etree._Element], order: Callable[[list[int]], list[int]]) -> None:
    """The children among themselves in another order; their places among other children stay."""
    places = [parent.index(child) for child in children]
    tails = [child.tail for child in children]
    copies = [copy.deepcopy(child) for child in children]
    for place, tail, at in zip(places, tails, order(list(range(len(children)))), strict=True):
        copies[at].tail = tail
        parent[place] = copies[at]


@every_xml_case
@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_repeated_elements_says_nothing(case: Case, seed: int) -> None:
    root = documents.tree(case.body())
    chance = random.Random(seed)
    orders = [lambda places: places[::-1], *[lambda places: chance.sample(places, len(places))] * 2]
    for entry in entries_of(case, root):
        for parent, children in list(like(entry)):
            turned(parent, children, orders[seed])
    body = documents.written(root)
    assert documents.digests(case.feed, case.vocabulary, body) == documents.digests(
        case.feed, case.vocabulary, case.body()
    )


@every_json_case
@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_a_json_list_says_nothing(case: Case, seed: int) -> None:
    chance = random.Random(seed)

    def turn(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: turn(part) for name, part in value.items()}
        return chance.sample([turn(part) for part in value], len(value)) if isinstance(value, list) else value

    body = json.dumps(turn(json.loads(case.body())), ensure_ascii=False).encode()
    assert documents.digests(case.feed, case.vocabulary, body) == documents.digests(
        case.feed, case.vocabulary, case.body()
    )


def changed_json(case: Case, change: Callable[[list[dict[str, Any]], JsonShape], None]) -> list[Entry]:
    """What the document reads as after `change(entries, shape)`, which changes the entries in place."""
    shape, whole = documents.shape_of(case), json.loads(case.body())
    assert isinstance(shape, JsonShape)
    entries = whole
    for member in shape.entries:
        entries = entries[member]
    change(entries, shape)
    found, _ = documents.read(case.feed, case.vocabulary, json.dumps(whole, ensure_ascii=False).encode())
    return found


@every_json_case
def test_a_json_entry_without_its_id_or_name_is_set_aside(case: Case) -> None:
    """Without a name under its key, without its id under none; the others are read."""

    def take_names(entries: list[dict[str, Any]], shape: JsonShape) -> None:
        assert [entry.pop(name) for entry in entries for name in shape.names]

    def take_id(entries: list[dict[str, Any]], shape: JsonShape) -> None:
        if shape.id:
            del entries[0][shape.id]

    expected = documents.digests(case.feed, case.vocabulary, case.body())
    nameless, unnumbered = changed_json(case, take_names), changed_json(case, take_id)
    assert {entry.key for entry in nameless if entry.problem} == set(expected)
    assert not [entry for entry in nameless if entry.record]
    assert [entry.key for entry in unnumbered if entry.problem] == [None]
    assert len(unnumbered) == len(expected)


@every_json_case
def test_a_json_member_that_nobody_knows_is_kept_and_said(case: Case) -> None:
    def add(entries: list[dict[str, Any]], _: JsonShape) -> None:
        entries[0]["inventedField"] = "a value of its own"

    entries = changed_json(case, add)
    partial = [entry.record for entry in entries if entry.record and entry.record.completeness == "partial"]
    assert {entry.key for entry in entries} == set(documents.digests(case.feed, case.vocabulary, case.body()))
    assert len(partial) == 1
    assert any("inventedField" in part.name and part.value == "a value of its own" for part in partial[0].other)


@every_xml_case
def test_an_element_that_is_repeated_to_the_letter_says_nothing(case: Case) -> None:
    expected = documents.digests(case.feed, case.vocabulary, case.body())
    repeatable = {
        etree.QName(child).localname
        for entry in entries_of(case, documents.tree(case.body()))
        for _, children in like(entry)
        for child in children
    }
    for name in sorted(repeatable):
        root = documents.tree(case.body())
        for entry in entries_of(case, root):
            for element in [one for one in entry.iter(f"{{*}}{name}") if one is not entry]:
                element.addnext(copy.deepcopy(element))
        assert documents.digests(case.feed, case.vocabulary, documents.written(root)) == expected, name


def leaves(entry: etree._Element) -> list[etree._Element]:
    return [one for one in entry.iter("*") if len(one) == 0 and one.text and one.text.strip()]


def truths(entry: etree._Element) -> Iterator[tuple[str, Callable[[str], None], str]]:
    """Each boolean of an entry: its name, how it is set anew, and what it says."""
    for element in entry.iter("*"):
        for name, value in element.attrib.items():
            if value.lower() in ("true", "false"):
                yield f"@{name}", lambda new, element=element, name=name: element.set(name, new), value.lower()
        if len(element) == 0 and (element.text or "").strip().lower() in ("true", "false"):
            said = (element.text or "").strip().lower()
            yield (
                etree.QName(element).localname,
                lambda new, element=element: setattr(element, "text", new),
                said,
            )


@every_xml_case
def test_a_boolean_in_digits_says_what_it_says_in_words(case: Case) -> None:
    root = documents.tree(case.body())
    for entry in entries_of(case, root):
        for _, put, said in list(truths(entry)):
            put("1" if said == "true" else "0")
    assert documents.digests(case.feed, case.vocabulary, documents.written(root)) == documents.digests(
        case.feed, case.vocabulary, case.body()
    )


@every_xml_case
def test_a_boolean_that_nobody_knows_is_said_and_costs_no_record(case: Case) -> None:
    expected = documents.digests(case.feed, case.vocabulary, case.body())
    names = {name for entry in entries_of(case, documents.tree(case.body())) for name, _, _ in truths(entry)}
    for wanted in sorted(names):
        root = documents.tree(case.body())
        changed = 0
        for entry in entries_of(case, root):
            for name, put, _ in list(truths(entry)):
                if name == wanted:
                    put("perhaps")
                    changed += 1
        entries, _ = documents.read(case.feed, case.vocabulary, documents.written(root))
        assert changed
        assert {entry.key for entry in entries} == set(expected)
        said = [entry for entry in entries if entry.record and "perhaps" in str(entry.record)]
        same = {entry.key: entry.digest for entry in entries} == expected
        # A boolean that is ignored with a reason changes nothing; any other is kept, and its record is partial.
        assert same or said, wanted
        assert all(entry.record.completeness == "partial" for entry in said if entry.record), wanted
    assert "perhaps" not in TRUTH


@every_xml_case
def test_an_ampersand_that_is_escaped_twice_is_one(case: Case) -> None:
    once, twice = (documents.tree(case.body()) for _ in range(2))
    for root, text in ((once, " Fire & Sons"), (twice, " Fire &amp; Sons")):
        for entry in entries_of(case, root):
            for leaf in leaves(entry):
                if re.fullmatch(r"[^\d@/:]*[A-Z][a-z]{2,}[^\d@/:]*", leaf.text.strip()) and " " in leaf.text.strip():
                    leaf.text = leaf.text.rstrip() + text
    found = [documents.read(case.feed, case.vocabulary, documents.written(root))[0] for root in (once, twice)]
    first, second = ({entry.key: entry.digest for entry in entries} for entries in found)
    assert first == second


@every_xml_case
def test_a_line_break_inside_a_text_is_a_blank(case: Case) -> None:
    root = documents.tree(case.body())
    for entry in entries_of(case, root):
        for leaf in leaves(entry):
            leaf.text = leaf.text.strip().replace(" ", "\n            ")
    assert documents.digests(case.feed, case.vocabulary, documents.written(root)) == documents.digests(
        case.feed, case.vocabulary, case.body()
    )


def respelt(published: str, how: str) -> str:
    if how == "invisible":
        return INVISIBLE[0] + published[:2] + INVISIBLE[1] + published[2:] + INVISIBLE[2]
    return {"lower": published.lower(), "blanks": f"  {published} "}[how]


@with_ids
@pytest.mark.parametrize("how", ["lower", "blanks", "invisible"])
def test_another_spelling_of_an_id_is_the_same_entry(case: Case, how: str) -> None:
    root = documents.tree(case.body())
    shape = documents.xml_shape(case.feed, case.vocabulary)
    for entry in entries_of(case, root):
        for name in shape.id_attributes:
            if entry.get(name):
                entry.set(name, respelt(entry.get(name, ""), how))
        for name in shape.id_elements:
            for element in entry.findall(f"{{*}}{name}"):
                element.text = respelt(element.text or "", how)
    assert documents.digests(case.feed, case.vocabulary, documents.written(root)) == documents.digests(
        case.feed, case.vocabulary, case.body()
    )


def records(case: Case) -> list[Record]:
    return list(documents.records(case.feed, case.vocabulary, case.body()).values())


@every_case
def test_a_date_of_a_listing_is_a_day_or_absent(case: Case) -> None:
    found = [getattr(one, name) for record in records(case) for one in record.listings for name in LISTING_DAYS]
    assert all(day is None or is_day(day) for day in found)


@every_case
def test_no_label_stays_in_a_value(case: Case) -> None:
    labels = re.compile(r"\b(?:a\.?k\.?a\b|f\.?k\.?a\b|also known as|original script|formerly)", re.IGNORECASE)
    names = [name.full for record in records(case) for name in record.names]
    assert [name for name in names if labels.search(name)] == []


@every_case
def test_nobody_is_born_after_the_document(case: Case) -> None:
    _, reading = documents.read(case.feed, case.vocabulary, case.body())
    published = (reading.header.published or "9999")[:10]
    births = [birth for record in records(case) for birth in record.birth_dates if not birth.calendar]
    first = [one for birth in births if (one := birth.start or birth.date)]
    assert all(one <= published[: len(one)] for one in first)
