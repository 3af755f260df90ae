"""OFAC's Enhanced XML: every entity stands alone, and every code carries its label."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from syncd.core.model import Listing, Name, PartialDate, Record, Relation
from syncd.errors import MissingField, Unreadable
from syncd.feeds.ofac import dates as ofac_dates
from syncd.feeds.ofac import party as ofac_party
from syncd.feeds.ofac import terms
from syncd.feeds.ofac.features import Feature
from syncd.feeds.ofac.party import IdentityDocument, Location, Parts, Party
from syncd.feeds.ofac.shapes import ENHANCED
from syncd.formats import shape, xml
from syncd.formats.elements import local
from syncd.formats.fields import Reading, unique
from syncd.formats.pieces import PieceKind, Pieces
from syncd.formats.shape import TEXT, Bare, Node
from syncd.normalise import source_ids
from syncd.normalise.texts import whole_number
from syncd.normalise.words import TRUTH

ROOT = "sanctionsData"
PIECES = Pieces(entries=frozenset({"entity"}), kinds={"entity": PieceKind()})


class EnhancedHeader(NamedTuple):
    """Statements of a document about itself: its date, the names of the lists it was made of (empty: not said)."""

    published: str | None
    lists: frozenset[str]


def read_enhanced(stream: BinaryIO) -> Iterator[EnhancedHeader | bytes]:
    """The publication, then each entity as XML without namespaces. Raises DocumentRefused.

    The tables of codes are not needed: an entity repeats every label that it uses.
    """
    bare = Bare()
    for element in xml.split_elements(stream, root=ROOT, tags=("publicationInfo", "entity"), keep_indentation=False):
        name = local(element.tag)
        if name == "publicationInfo":
            yield EnhancedHeader(
                element.findtext("{*}dataAsOf"),
                frozenset(one.text or "" for one in element.iterfind(".//{*}sanctionsList")),
            )
        elif name == "entity":
            yield bare(element)


_NAMESPACES = b'<entity xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def record(content: bytes, reading: Reading, *, feed: str) -> Record:
    """The record of one entity. Raises MissingField when its id or name cannot be read."""
    node = shape.read_node(_NAMESPACES + content.removeprefix(b"<entity"), ENHANCED, reading)
    return _EntityReader(node, reading, feed).record()


class _EntityReader:
    """One entity on its way to a record."""

    def __init__(self, entity: Node, reading: Reading, feed: str) -> None:
        self._entity = entity
        self._reading = reading
        self._feed = feed

    def record(self) -> Record:
        party = self._start()
        for one in self._each("names", "name"):
            self._name(one, party)
        for one in self._each("addresses", "address"):
            party.locations += self._in_each_script(one)
        for one in self._each("features", "feature"):
            party.features += self._features(one)
        party.documents += [self._document(one) for one in self._each("identityDocuments", "identityDocument")]
        party.listings += self._listings()
        party.relations += [self._relation(one) for one in self._each("relationships", "relationship")]
        return ofac_party.record(party, self._reading)

    def _start(self) -> Party:
        if "id" not in self._entity:
            raise MissingField("<entity> has no attribute id")
        key = self._reading.identify(self._feed, self._entity["id"], source_ids.upper)
        general: Node = next(iter(self._entity.get("generalInfo", ())), {})
        code, label = _code(general, "entityType")
        kind = terms.ENTITY_KINDS.get(code or "", "unknown")
        if kind == "unknown":
            self._reading.unknown_field("entityType", label or code or "")
        for name in ("isUsCitizen", "isUsPerson"):
            word = self._truth(name, general.get(name), unknown=None)
            self._reading.keep(name, _WORDS.get(word) if name in general else None)
        self._reading.keep("livingStatus", _code(general, "livingStatus")[1])
        party = Party(key=key, feed=self._feed, kind=kind, remarks=[general["remarks"]] if "remarks" in general else [])
        if "title" in general:
            party.features.append(Feature(terms.FEATURE_TITLE, "Title", "", general["title"], None, None, None))
        return party

    def _truth(self, path: str, published: str | None, *, unknown: bool | None) -> bool | None:
        """An XSD boolean; no when it is absent, `unknown` when it is no boolean."""
        return False if published is None else self._reading.word(path, _TRUTH, published, unknown)

    def _each(self, group: str, name: str) -> list[Node]:
        return [one for holder in self._entity.get(group, ()) for one in holder.get(name, ())]

    def _labels(self, group: str, name: str) -> tuple[str, ...]:
        return unique(one[TEXT] for one in self._each(group, name) if TEXT in one)

    def _name(self, name: Node, party: Party) -> None:
        alias = _code(name, "aliasType")[0]
        if alias is None and self._truth("name/isPrimary", name.get("isPrimary"), unknown=False):
            alias = terms.ALIAS_PRIMARY
        for translations in name.get("translations", ()):
            for translation in translations.get("translation", ()):
                found = self._translation(translation, alias or "", name)
                ofac_party.add_name(party, translation.get("id"), found)

    def _translation(self, translation: Node, alias: str, name: Node) -> Name | None:
        """A name in one script. Its parts go by their ids, which is the order in which Advanced publishes them."""
        parts = [part for parts in translation.get("nameParts", ()) for part in parts.get("namePart", ())]
        parts.sort(key=lambda part: _number(part.get("id", "")))
        return ofac_party.name(
            [
                ofac_party.name_part(_code(part, "type")[0] or "", part["value"], self._reading)
                for part in parts
                if "value" in part
            ],
            _code(translation, "script")[1],
            alias=alias,
            weak=self._truth("name/isLowQuality", name.get("isLowQuality"), unknown=None),
            comment=None,
            reading=self._reading,
        )

    def _in_each_script(self, address: Node) -> list[Location]:
        """The address, and its translations. The country stands with the address or with its translations; in several
        countries it is as many addresses."""
        holders: list[Node] = address.get("translations", [])
        labels = [_code(address, "country")[1], *(_code(holder, "country")[1] for holder in holders)]
        found: list[tuple[Parts, str | None]] = []
        for translation in (one for holder in holders for one in holder.get("translation", ())):
            parts = _address_parts(translation)
            other = _code(translation, "script")[1]
            primary = self._truth("translation/isPrimary", translation.get("isPrimary"), unknown=other == _LATIN)
            if primary or parts:
                found.append((parts, None if primary else other))
        countries = unique(label for label in labels if label) or (None,)
        return [Location(parts, country, script) for country in countries for parts, script in found or [({}, None)]]

    def _features(self, feature: Node) -> list[Feature]:
        """What a feature says: its date, or else its value, which renders the date."""
        types: list[Node] = feature.get("type", [{}])
        label = types[0].get(TEXT, "").replace("’", "'")
        dates: list[PartialDate | None] = [self._period(label, period) for period in feature.get("valueDate", ())]
        return [
            Feature(
                type=types[0].get("featureTypeId", ""),
                label=label,
                version=feature.get("versionId", ""),
                value=None if date else feature.get("value"),
                date=date,
                reliability=_known(_code(feature, "reliability")[1]),
                comment=feature.get("comments"),
            )
            for date in dates or [None]
        ]

    def _document(self, document: Node) -> IdentityDocument:
        code, label = _code(document, "type")
        issued, expires = document.get("issueDate"), document.get("expirationDate")
        return IdentityDocument(
            type=code or "",
            label=label or code or "",
            number=document.get("documentNumber", ""),
            valid=self._truth("isValid", document["isValid"], unknown=None) if "isValid" in document else None,
            country=_code(document, "issuingCountry")[1],
            issuer=document.get("issuingAuthority"),
            issued_in=document.get("issuingLocation"),
            issued_on=self._period("identifiers.issued_on", issued[0]) if issued else None,
            expires_on=self._period("identifiers.expires_on", expires[0]) if expires else None,
            comment=document.get("comments"),
            holders=tuple(one.get("nameTranslationId", "") for one in document.get("name", ())),
            features=tuple(
                one.get("featureVersionId", "")
                for holder in document.get("idFeatures", ())
                for one in holder.get("idFeature", ())
            ),
        )

    def _listings(self) -> list[Listing]:
        """One for each list. Programmes, authorities and measures are said once for all lists, in Advanced too."""
        return [
            Listing(
                list=one.get(TEXT, terms.UNKNOWN),
                programmes=self._labels("sanctionsPrograms", "sanctionsProgram"),
                authorities=self._labels("legalAuthorities", "legalAuthority"),
                measures=self._labels("sanctionsTypes", "sanctionsType"),
                listed_on=self._listed_on(one.get("datePublished")),
            )
            for one in self._each("sanctionsLists", "sanctionsList")
        ]

    def _listed_on(self, published: str | None) -> str | None:
        return None if published is None else self._reading.text("listings.listed_on", ofac_dates.whole_day, published)

    def _relation(self, relation: Node) -> Relation:
        periods = relation.get("dateRange", ())
        others: list[Node] = relation.get("relatedEntity", [{}])
        return ofac_party.relation(
            _code(relation, "type")[1],
            f"{self._feed}:{ofac_party.canonical_id(others[0].get('entityId', ''))}",
            quality=_code(relation, "quality")[1],
            period=self._period("relations.note", periods[0]) if periods else None,
            comment=relation.get("comments"),
        )

    def _period(self, path: str, period: Node) -> PartialDate:
        days = [period.get(name) for name in ("fromDateBegin", "fromDateEnd", "toDateBegin", "toDateEnd")]
        circa = bool(self._truth("isApproximate", period.get("isApproximate"), unknown=True))
        try:
            return ofac_dates.partial_date(*days, circa=circa)
        except Unreadable:
            self._reading.unreadable.append(path)
            return PartialDate(text=" … ".join(unique(day for day in days if day)))


def _code(node: Node, name: str) -> tuple[str | None, str | None]:
    """The id and the label of the only code `name` of an element."""
    codes: list[Node] = node.get(name, [])
    return (codes[0].get("refId"), codes[0].get(TEXT)) if codes else (None, None)


def _address_parts(translation: Node) -> Parts:
    found: Parts = {}
    for holder in translation.get("addressParts", ()):
        for part in holder.get("addressPart", ()):
            if "value" in part:
                kind = _code(part, "type")[0] or ""
                found[kind] = unique([*found.get(kind, ()), part["value"]])
    return found


def _known(label: str | None) -> str | None:
    return None if label == terms.UNKNOWN else label


def _number(text: str) -> int:
    return whole_number(text) or 0


_TRUTH: dict[str, bool | None] = {**TRUTH}
_WORDS: dict[bool | None, str] = {True: "true", False: "false"}
_LATIN = "Latin"
