"""OFAC's Advanced XML: a party is spread over five sections, all meanings stand in code tables.

`DistinctParties` refer to `Locations` (LocationID); `IDRegDocuments` (IdentityID), `ProfileRelationships`
(From-ProfileID) and `SanctionsEntries` (ProfileID) refer to parties. The document is read once; each piece is kept as
bytes, packed, and at the end every party is joined with what it refers to and what refers to it. Only a party that is
not known yet is parsed again.

Elements go by their local names: the namespace has changed over the years.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import BinaryIO, NamedTuple

from lxml import etree

from syncd.core import canonical
from syncd.core.packing import Packing
from syncd.errors import Unreadable
from syncd.feeds.difference import NOTHING_LEFT, Left
from syncd.formats import xml
from syncd.formats.elements import local
from syncd.formats.pieces import PieceKind, Pieces
from syncd.formats.shape import Bare
from syncd.normalise import dates

ROOT = "Sanctions"
_PIECES = (
    "DateOfIssue",
    "ReferenceValueSets",
    "Location",
    "IDRegDocument",
    "DistinctParty",
    "ProfileRelationship",
    "SanctionsEntry",
    "SanctionsEntryLink",
)
# A location also lists the features and documents that name it: a country all its nationals.
_VERSIONS = {"version": "FeatureVersion@ID"}
PIECES = Pieces(
    entries=frozenset({"DistinctParty"}),
    kinds={
        "DistinctParty": PieceKind(
            leads_to={"profile": "Profile@ID", "identity": "Identity@ID", **_VERSIONS},
            shared={"place": "VersionLocation@LocationID"},
            says="FixedRef",
            asked_by="profile",
        ),
        "IDRegDocument": PieceKind(
            found_by={"identity": "IDRegDocument@IdentityID"},
            leads_to={"document": "IDRegDocument@ID", **_VERSIONS},
            shared={"place": "IDRegDocument@IssuedIn-LocationID"},
        ),
        "ProfileRelationship": PieceKind(
            found_by={"profile": "ProfileRelationship@From-ProfileID"}, leads_to=_VERSIONS
        ),
        "SanctionsEntry": PieceKind(
            found_by={"profile": "SanctionsEntry@ProfileID"},
            leads_to={"entry": "SanctionsEntry@ID", **_VERSIONS},
            says="ListID",
        ),
        "SanctionsEntryLink": PieceKind(
            found_by={"entry": "SanctionsEntryLink@EntryA-SanctionsEntryID SanctionsEntryLink@EntryB-SanctionsEntryID"},
            leads_to=_VERSIONS,
        ),
        "Location": PieceKind(
            found_by={"place": "Location@ID"},
            leads_to=_VERSIONS,
            tells_of={
                "version": "FeatureVersionReference@FeatureVersionID",
                "document": "IDRegDocumentReference@IDRegDocumentID",
            },
        ),
    },
)
# Between the labels of a code that has several in one document, which is none that can be told.
SEVERAL_LABELS = " | "

# Who has the numbers by which a location speaks of those who refer to it.
_REFERRING = ("FeatureVersion", "IDRegDocument")
_NUMBERED = re.compile(rb'<(FeatureVersion|IDRegDocument) (?:[^<>]*? )?ID="([^"]*)"')

Tables = dict[str, dict[str, str]]
"""The code tables: name of the code (`FeatureType`) → id → label."""


class PartyBundle(NamedTuple):
    """A party and all that is said of it, as XML without namespaces; the document's code tables; the party (by
    FixedRef) to which each profile of the document belongs; and what of that its relations say beside their XML."""

    xml: bytes
    tables: Tables
    parties: Mapping[str, str]
    related: bytes = b""


class _Piece(NamedTuple):
    """A DistinctParty: its id, its bytes (packed), and the ids by which the other sections speak of it."""

    id: str
    packed: bytes
    profiles: tuple[str, ...]
    identities: tuple[str, ...]
    locations: tuple[str, ...]


class _PartySections:
    """The pieces of a document, packed, until its end is reached."""

    def __init__(self) -> None:
        self.bare = Bare()
        self.place, self.party, self.of_identity, self.of_profile = (Packing() for _ in range(4))
        self.tables: Tables = {}
        self.published: str | None = None
        self.parties: list[_Piece] = []
        self.locations: dict[str, list[bytes]] = defaultdict(list)
        self.issued_in: dict[str, list[str]] = defaultdict(list)
        self.by_identity: dict[str, list[bytes]] = defaultdict(list)
        self.by_profile: dict[str, list[bytes]] = defaultdict(list)
        self.related: dict[str, list[str]] = defaultdict(list)
        self.profile_of_entry: dict[str, str] = {}
        # `<element> <its id> <location>`: what locations alone say of those who refer to them, and what these say.
        self.told: set[str] = set()
        self.stated: set[str] = set()
        self.links: list[tuple[tuple[str, str], bytes]] = []
        self.lists: set[str] = set()


class AdvancedContents(NamedTuple):
    """The content of a document. `published` is its date of issue, `YYYY-MM-DD`, if it is a day; `references` the code
    tables in one, `<table>:<id>` → label. `lists` are the names of the lists on which somebody in it stands."""

    published: str | None
    references: dict[str, str]
    lists: frozenset[str]
    parties: Iterator[PartyBundle]


def read_advanced(stream: BinaryIO, left: Left = NOTHING_LEFT) -> AdvancedContents:
    """The whole document, read to its end, then party by party; `left` are pieces of it that are not in the stream.
    Raises DocumentRefused.

    The bytes of a party do not depend on the order of the document. A document, relationship, sanctions entry or link
    of entries that speaks of no party in it comes last, as a bundle without a party.
    """
    sections = _PartySections()
    for element in xml.split_elements(stream, root=ROOT, tags=_PIECES, keep_indentation=False):
        take = _TAKE.get(local(element.tag))
        if take is not None:
            take(element, sections)
    _give_links(sections)
    tables = sections.tables
    references = {f"{table}:{code}": label for table, codes in tables.items() for code, label in codes.items()}
    named = (tables.get("List", {}).get(code, code) for code in sections.lists | left.says("SanctionsEntry"))
    lists = frozenset(name for several in named for name in several.split(SEVERAL_LABELS))
    return AdvancedContents(sections.published, references, lists, _joined(sections, left))


def _joined(sections: _PartySections, left: Left) -> Iterator[PartyBundle]:
    unstated = _unstated(sections)
    parties = left.leading("DistinctParty")
    parties |= {profile: party.id for party in sections.parties for profile in party.profiles}
    for party in sections.parties:
        places = [*party.locations, *(place for one in party.identities for place in sections.issued_in.get(one, ()))]
        unpack = sections.place.unpack
        parts = [unpack(one) for place in set(places) for one in sections.locations.get(place, ())]
        for identity in party.identities:
            parts += map(sections.of_identity.unpack, sections.by_identity.pop(identity, ()))
        for profile in party.profiles:
            parts += map(sections.of_profile.unpack, sections.by_profile.pop(profile, ()))
        own = sections.party.unpack(party.packed)
        if unstated:
            # What stands twice stays twice: a party must not depend on what locations say of another.
            parts += {*_back_references((own, *parts), unstated, sections)}.difference(parts)
        related = {other for profile in party.profiles for other in sections.related.get(profile, ())}
        yield PartyBundle(b"".join((own, *sorted(parts))), sections.tables, parties, _named_otherwise(related, parties))
    for pieces, packing in ((sections.by_identity, sections.of_identity), (sections.by_profile, sections.of_profile)):
        for orphans in pieces.values():
            yield PartyBundle(b"".join(sorted(map(packing.unpack, orphans))), sections.tables, parties)


def _named_otherwise(profiles: Iterable[str], parties: Mapping[str, str]) -> bytes:
    """Whose number is another than that of its profile: a relation names it, and the bytes of the relation do not."""
    others = sorted(f"{profile}={parties[profile]}" for profile in profiles if parties.get(profile, profile) != profile)
    return "\x1d".join(others).encode()


def _unstated(sections: _PartySections) -> dict[str, list[str]]:
    """`<element> <its id>` → the locations that it does not name, and which name it. The sections forget the rest."""
    found: dict[str, list[str]] = defaultdict(list)
    for reference in sections.told - sections.stated:
        element, _, place = reference.rpartition(" ")
        found[element].append(place)
    sections.told.clear()
    sections.stated.clear()
    return found


def _back_references(
    parts: Iterable[bytes], unstated: Mapping[str, list[str]], sections: _PartySections
) -> Iterator[bytes]:
    """What locations alone say of a party's features and documents, as elements of ours, and those locations."""
    for part in parts:
        for name, number in _NUMBERED.findall(part):
            for place in unstated.get(f"{name.decode()} {number.decode()}", ()):
                of = etree.Element("BackReference", Of=name.decode(), ID=number.decode(), LocationID=place)
                yield etree.tostring(of)
                yield from map(sections.place.unpack, sections.locations[place])


def _take_issue(element: etree._Element, sections: _PartySections) -> None:
    """The date of issue; none when its numbers are no day."""
    parts = (canonical.text(element.findtext(f"{{*}}{name}") or "") for name in ("Year", "Month", "Day"))
    try:
        sections.published = dates.gregorian(*map(int, parts)).date
    except (ValueError, Unreadable):
        sections.published = None


def _take_tables(element: etree._Element, sections: _PartySections) -> None:
    for values in element:
        for value in values:
            codes = sections.tables.setdefault(local(value.tag), {})
            code, label = value.get("ID", ""), value.text or ""
            others = {*codes[code].split(SEVERAL_LABELS)} if code in codes else set()
            codes[code] = SEVERAL_LABELS.join(sorted({*others, label})) if others else label


def _take_location(element: etree._Element, sections: _PartySections) -> None:
    # Back references: a country's location lists all its nationals. The party says the same from its side.
    namespace = str(element.tag).removesuffix("Location")
    place = element.get("ID", "")
    for name in _REFERRING:
        for child in element.findall(f"{namespace}{name}Reference"):
            sections.told.add(f"{name} {child.get(f'{name}ID', '')} {place}")
            element.remove(child)
    sections.locations[place].append(sections.place.pack(sections.bare(element)))


def _take_document(element: etree._Element, sections: _PartySections) -> None:
    identity = element.get("IdentityID", "")
    sections.by_identity[identity].append(sections.of_identity.pack(sections.bare(element)))
    place = element.get("IssuedIn-LocationID")
    if place:
        sections.issued_in[identity].append(place)
        sections.stated.add(f"IDRegDocument {element.get('ID', '')} {place}")


def _take_party(element: etree._Element, sections: _PartySections) -> None:
    namespace = str(element.tag).removesuffix("DistinctParty")
    profiles = list(element.iter(f"{namespace}Profile"))
    places = []
    for reference in element.iter(f"{namespace}VersionLocation"):
        version, place = reference.getparent(), reference.get("LocationID", "")
        places.append(place)
        if version is not None and local(version.tag) == "FeatureVersion":
            sections.stated.add(f"FeatureVersion {version.get('ID', '')} {place}")
    piece = _Piece(
        element.get("FixedRef", ""),
        sections.party.pack(sections.bare(element)),
        tuple(profile.get("ID", "") for profile in profiles),
        tuple(
            identity.get("ID", "") for profile in profiles for identity in profile.iterchildren(f"{namespace}Identity")
        ),
        tuple(places),
    )
    sections.parties.append(piece)


def _take_relationship(element: etree._Element, sections: _PartySections) -> None:
    profile = element.get("From-ProfileID", "")
    sections.related[profile].append(element.get("To-ProfileID", ""))
    sections.by_profile[profile].append(sections.of_profile.pack(sections.bare(element)))


def _take_entry(element: etree._Element, sections: _PartySections) -> None:
    sections.lists.add(element.get("ListID", ""))
    profile = element.get("ProfileID", "")
    sections.profile_of_entry[element.get("ID", "")] = profile
    sections.by_profile[profile].append(sections.of_profile.pack(sections.bare(element)))


def _take_link(element: etree._Element, sections: _PartySections) -> None:
    ends = (element.get("EntryA-SanctionsEntryID", ""), element.get("EntryB-SanctionsEntryID", ""))
    sections.links.append((ends, sections.of_profile.pack(sections.bare(element))))


def _give_links(sections: _PartySections) -> None:
    """Each link of two sanctions entries to the profiles of both; one of no entry in the document to none."""
    for ends, packed in sections.links:
        profiles = {sections.profile_of_entry[end] for end in ends if end in sections.profile_of_entry}
        for profile in profiles or {""}:
            sections.by_profile[profile].append(packed)


_TAKE: dict[str, Callable[[etree._Element, _PartySections], None]] = {
    "DateOfIssue": _take_issue,
    "ReferenceValueSets": _take_tables,
    "Location": _take_location,
    "IDRegDocument": _take_document,
    "DistinctParty": _take_party,
    "ProfileRelationship": _take_relationship,
    "SanctionsEntry": _take_entry,
    "SanctionsEntryLink": _take_link,
}
