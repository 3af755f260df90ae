"""Switzerland's list (SECO): one XML document with all targets, those delisted among them, and its own history.

Programmes, targets and places stand side by side and refer to each other by `ssid`. The document is read once; of
each target in force its bytes are kept, without the old copies that `modification` embeds, and at the end each is
joined with the places and sanctions sets that it refers to.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

from lxml import etree

from syncd.core.model import Gender, Kind, Listing, Record, Relation
from syncd.errors import AnotherDocument, DocumentRefused
from syncd.feeds.contract import Feed, Gate, GateAnswer, Header, Limits, Measures, RawEntry, Reader, Source, XmlShape
from syncd.feeds.measures import Terms
from syncd.feeds.seco.identity import Identities, typed_texts
from syncd.feeds.seco.references import seco_references
from syncd.formats import xml
from syncd.formats.elements import local
from syncd.formats.fields import Reading, XmlFields, unique
from syncd.formats.xml import raw
from syncd.normalise import source_ids
from syncd.normalise.texts import tidied

ID = "ch_seco"
ROOT = "swiss-sanctions-list"
LIST = "SECO sanctions list"
_MEASURE_TERMS: Terms = (
    (re.compile("financial (?:sanction|measure)|asset|freez", re.IGNORECASE), ("asset_freeze",)),
    (re.compile("travel|entry", re.IGNORECASE), ("travel_ban",)),
    (re.compile("vessel", re.IGNORECASE), ("port_ban",)),
    (re.compile("capital market", re.IGNORECASE), ("capital_market",)),
    (re.compile("arms|military", re.IGNORECASE), ("arms",)),
)
ADDRESS = (
    "https://www.sesam.search.admin.ch/sesam-search-web/pages/downloadXmlGesamtliste.xhtml"
    "?lang=en&action=downloadXmlGesamtlisteAction"
)
HEADERS = ("content-disposition", "content-length", "etag", "last-modified", "date")
_DATED_FILE = re.compile(r"filename\b[^;]{0,40}?(?P<day>\d{4}-\d\d-\d\d)", re.ASCII | re.IGNORECASE)
WHOLE, AMENDMENT = "whole-list", "amendment"
DELISTED = "de-listed"

_KINDS: dict[str, Kind] = {"individual": "person", "entity": "organisation"}
_OBJECT_KINDS: dict[str, Kind] = {"vessel": "vessel", "aircraft": "aircraft"}
_parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


class _Set(NamedTuple):
    """One sanctions set: a measure under a programme. Texts are English where there are English ones."""

    programme: str
    ordinance: str
    measure: str
    origin: str


class TargetBundle(NamedTuple):
    """A target's bytes, the sanctions sets that it is in, and the bytes of the places that it names."""

    target: bytes
    sets: Mapping[str, _Set]
    places: Mapping[str, bytes]


class _ListSections:
    def __init__(self) -> None:
        self.sets: dict[str, _Set] = {}
        self.places: dict[str, bytes] = {}
        self.targets: list[bytes] = []


def _entries(stream: BinaryIO, header: Header, wanted: str) -> Iterator[RawEntry]:
    sections = _ListSections()
    opened = False
    for element in xml.split_elements(stream, root=ROOT, tags=("sanctions-program", "target", "place")):
        if not opened:
            opened = True
            header.published = element.get("date")
            _check_type(element.get("list-type", ""), wanted)
        elif element.getparent() is element.getroottree().getroot():  # history embeds targets of its own
            _take(element, sections, header.published or "")
    for target in sections.targets:
        yield _joined(target, sections)


def _check_type(found: str, wanted: str) -> None:
    if found != wanted:
        raise AnotherDocument(f"it is a document of the type {found or 'nothing'}, not the {wanted}")


def _take(element: etree._Element, sections: _ListSections, today: str) -> None:
    name = local(element.tag)
    if name == "sanctions-program":
        for id_, one in _sets(element).items():
            standing = sections.sets.get(id_, one)
            sections.sets[id_] = _Set(*(_each_once(texts) for texts in zip(standing, one, strict=True)))
    elif name == "place":
        id_ = element.get("ssid", "")
        sections.places[id_] = _with_another(sections.places[id_], element) if id_ in sections.places else raw(element)
    elif _in_force(element, today):
        for modification in element.findall("{*}modification"):
            modification[:] = []
        sections.targets.append(raw(element))


def _sets(programme: etree._Element) -> dict[str, _Set]:
    """The sets of a programme. Each text stands in up to four languages: the English ones, else the first."""
    origin = programme.findtext("{*}origin") or ""
    key, ordinance = (_english(programme.findall(f"{{*}}program-{name}")) for name in ("key", "name"))
    by_id: dict[str, list[etree._Element]] = {}
    for one in programme.findall("{*}sanctions-set"):
        by_id.setdefault(one.get("ssid", ""), []).append(one)
    return {id_: _Set(key, ordinance, _english(labels), origin) for id_, labels in by_id.items()}


def _english(labels: list[etree._Element]) -> str:
    english = _each_once(tidied(label.text or "") for label in labels if label.get("lang") == "eng")
    return english or next((tidied(label.text) for label in labels if label.text), "")


def _each_once(texts: Iterable[str]) -> str:
    """The texts that there are, in an order that does not depend on theirs."""
    return "; ".join(sorted({text for text in texts if text}))


def _with_another(place: bytes, other: etree._Element) -> bytes:
    """A place and what another one of the same number says: of what stands twice then one is read, and one reported."""
    again = raw(other)
    if again == place:
        return place
    both = etree.fromstring(place, _parser)
    both.extend(list(etree.fromstring(again, _parser)))
    return raw(both)


def _in_force(target: etree._Element, today: str) -> bool:
    """Whether the latest modification by effective date is not a delisting. The document's own date is today.

    Of several on one day the first counts, because the publisher writes the newest first. A delisting that takes
    effect later does not count yet; a target without any modification is in force.
    """
    found = [(_when(one), one.get("modification-type")) for one in target.findall("{*}modification")]
    counted = [(when, type_) for when, type_ in found if type_ != DELISTED or not today or when <= today]
    latest = max(counted, key=lambda one: one[0], default=None)
    return latest is None or latest[1] != DELISTED


def _when(modification: Any) -> str:
    names = ("effective-date", "enactment-date", "publication-date")
    return next((value for name in names if (value := modification.get(name))), "")


def _joined(own: bytes, sections: _ListSections) -> RawEntry:
    target = etree.fromstring(own, _parser)
    ids = [*(one.text or "" for one in target.iterfind("{*}sanctions-set-id")), target.get("sanctions-set-id", "")]
    places = {place: sections.places[place] for place in sorted(_places_of(target)) if place in sections.places}
    sets = {id_: sections.sets[id_] for id_ in dict.fromkeys(map(str.strip, ids)) if id_ in sections.sets}
    labels = "\n".join("\t".join((id_, *one)) for id_, one in sets.items())
    return RawEntry(raw=b"\n".join((own, *places.values(), labels.encode())), content=TargetBundle(own, sets, places))


def _places_of(target: etree._Element) -> set[str]:
    return {place for element in target.iter("{*}address", "{*}place-of-birth") if (place := element.get("place-id"))}


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """Yield the entries of a document. Raises DocumentRefused when it is not the list, or is cut off."""
    yield from _entries(stream, header, WHOLE)


def amendment_entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """Yield the entries of an amendment. Raises DocumentRefused when it is none, or is cut off."""
    yield from _entries(stream, header, AMENDMENT)


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one entry. Raises MissingField when its id or name cannot be read."""
    target = reading.xml(etree.fromstring(content.target, _parser))
    key = reading.identify(ID, target.attribute("ssid"), source_ids.upper)
    ssid = key.removeprefix(f"{ID}:")
    party, kind = _party(target, reading)
    identities = Identities(party, kind, content.places, reading)
    for fields in (target, party):
        _keep_attributes(fields, reading)
    said = [text for info in _texts(party, "other-information") for text in info.splitlines() if text.strip()]
    numbers = typed_texts(said, kind)
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=unique(identities.names),
        birth_dates=unique(identities.birth_dates),
        birth_places=unique(identities.birth_places),
        nationalities=unique(identities.nationalities),
        genders=_genders(party, reading),
        titles=unique(identities.titles),
        addresses=unique(identities.addresses),
        identifiers=unique(
            [*seco_references(target, ssid, _origin(content)), *identities.documents, *numbers.identifiers]
        ),
        contacts=unique(numbers.contacts),
        listings=(_listing(target, content, reading),),
        relations=unique(_relations(party)) if party else (),
        reasons=unique(_texts(party, "justification")),
        remarks=tuple(numbers.remarks),
        vessel=identities.vessel,
    )


def _party(target: XmlFields, reading: Reading) -> tuple[XmlFields | None, Kind]:
    for name, kind in _KINDS.items():
        found = target.child_optional(name)
        if found is not None:
            return found, kind
    found = target.child_optional("object")
    if found is None:
        return None, "unknown"
    return found, reading.word("object/@object-type", _OBJECT_KINDS, found.attribute_optional("object-type"), "unknown")


def _genders(party: XmlFields | None, reading: Reading) -> tuple[Gender, ...]:
    sex = party.attribute_optional("sex") if party else None
    return reading.genders("individual/@sex", [sex] if sex else [])


def _texts(party: XmlFields | None, name: str) -> list[str]:
    found = []
    for fields in party.children(name) if party else ():
        fields.ignore("ssid", "lang", why="numbers the text in the publisher's own database, and says its edition")
        text = fields.own_text()
        found += [text] if text else []
    return found


def _keep_attributes(fields: XmlFields | None, reading: Reading) -> None:
    """`generic-attribute`: a name and a text for which the list itself has no element."""
    for one in fields.children("generic-attribute") if fields else ():
        one.ignore("ssid", "lang", why="numbers the attribute in the publisher's own database, and says its edition")
        reading.keep(one.attribute_optional("name") or one.name, one.own_text())


def _relations(party: XmlFields) -> Iterator[Relation]:
    for fields in party.children("relation"):
        fields.ignore("ssid", why="numbers the relation in the publisher's own database")
        other = fields.attribute_optional("target-id")
        type_ = (fields.attribute_optional("relation-type") or "related").replace("-", " ")
        note = fields.text_optional("remark") or fields.text_optional("remarks")
        yield Relation(type=type_, key=f"{ID}:{other.strip()}" if other else None, note=note)


def _origin(content: TargetBundle) -> str | None:
    return ", ".join(unique(one.origin for one in content.sets.values() if one.origin)) or None


def _listing(target: XmlFields, content: TargetBundle, reading: Reading) -> Listing:
    ids = [*target.texts("sanctions-set-id"), target.attribute_optional("sanctions-set-id") or ""]
    for id_ in ids:
        if id_ and id_.strip() not in content.sets:
            reading.unknown_field("sanctions-set-id", id_)
    made = _modifications(target, reading)
    listed = max(((one.effective, one) for one in made if one.type == "listed"), default=(None, None))[1]
    amended = (one.published or one.effective for one in made if one.type == "amended")
    sets = content.sets.values()
    return Listing(
        list=LIST,
        programmes=unique(one.programme for one in sets if one.programme),
        authorities=unique(one.ordinance for one in sets if one.ordinance),
        measures=unique(one.measure for one in sets if one.measure),
        listed_on=reading.day("modification/@enactment-date", _first(listed, "enacted", "published")),
        effective_on=reading.day("modification/@effective-date", _first(listed, "effective")),
        amended_on=reading.day("modification/@publication-date", max(amended, default=None) or None),
    )


def _first(modification: "_Modification | None", *names: str) -> str | None:
    return next((value for name in names if (value := getattr(modification, name, ""))), None)


class _Modification(NamedTuple):
    type: str
    enacted: str
    published: str
    effective: str


def _modifications(target: XmlFields, reading: Reading) -> list[_Modification]:
    found = []
    for fields in target.children("modification"):
        type_ = fields.attribute_optional("modification-type") or ""
        if type_ not in ("listed", "amended", DELISTED):
            reading.unknown_field("modification/@modification-type", type_)
        names = ("enactment-date", "publication-date", "effective-date")
        found.append(_Modification(type_, *(fields.attribute_optional(name) or "" for name in names)))
    return found


def read_headers(body: bytes, _url: str) -> GateAnswer:
    """The token is the file name that a HEAD is answered with, `consolidated-list_2026-03-02.xml`, and its validators.

    The name tells days apart: without validators the token is another each hour, so that the second publication of a
    day is found. Raises DocumentRefused when the answer names no such file.
    """
    stated = dict(line.split(": ", 1) for line in body.decode(errors="replace").splitlines() if ": " in line)
    named = _DATED_FILE.search(stated.get("content-disposition", ""))
    if named is None:
        raise DocumentRefused("no file name with a date in Content-Disposition")
    validators = [stated[name] for name in ("etag", "last-modified") if name in stated]
    hour = stated.get("date", "").partition(":")[0]
    said = [named["day"], stated.get("content-length", ""), *(validators or [hour])]
    return GateAnswer(token=" ".join(part for part in said if part))


_SHAPE = XmlShape(entries=("target",), id_attributes=("ssid",), names=("name",))

FEED = Feed(
    id=ID,
    partition=6,
    title="SECO consolidated list of sanctions",
    jurisdiction="CH",
    authority="State Secretariat for Economic Affairs (SECO)",
    legal_basis="Embargo Act (SR 946.231) and the ordinances under it",
    homepage="https://www.seco.admin.ch/seco/en/home/Aussenwirtschaftspolitik_Wirtschaftliche_Zusammenarbeit/"
    "Wirtschaftsbeziehungen/exportkontrollen-und-sanktionen/sanktionen-embargos.html",
    id_rule="target/@ssid as published. foreign-identifier is an identifier of the record, typed where its form tells.",
    sources=(
        Source(
            name="xml",
            url=ADDRESS,
            vocabulary="whole_list",
            expect="xml",
            gates=(Gate(url=ADDRESS, read=read_headers, headers=HEADERS, spared=True),),
            bytes_max=200_000_000,
            unpacked_bytes_max=200_000_000,
            timeout_seconds=300.0,
            typical_bytes=42_000_000,
            typical_seconds=40.0,
        ),
    ),
    readers={
        "whole_list": Reader(entries=entries, record=record, shape=_SHAPE),
        "amendment": Reader(entries=amendment_entries, record=record, shape=_SHAPE),
    },
    measures=Measures(
        usual=("asset_freeze",),
        source=("The sanctions-set of each target, in SECO's words."),
        terms=_MEASURE_TERMS,
    ),
    interval_seconds=300,
    limits=Limits(records_min=2_000, removals_max=150, partial_ratio=0.05),
    bytes_reason=(
        "42 MB an hour are 1 GB a day where the publisher names the day of the list alone; each 300 s they are 12 GB, "
        "while he refuses HEAD, ignores conditional questions and does not compress the document."
    ),
    parser_version=3,
    evidence="excerpt",
    quirks=(
        "HEAD names a file with the date of the list (`Content-Disposition`), and is asked first; where it is refused, "
        "or names none, the document is asked for.",
        "Delisted targets stay in the document (1,550 of 8,670): the latest modification by effective date decides.",
        "A modification embeds old copies of identity and target, which are not read.",
        "Spelling variants belong to a part of a name, by language and script.",
        "IMO, tax and registration numbers, BIC, telephone and e-mail stand in other-information, one a text.",
        "A document of the type amendment holds only what changed: refused as the list, and readable as what it is.",
    ),
    delay="The day of the ordinance's change; UN listings are taken over by themselves.",
)
