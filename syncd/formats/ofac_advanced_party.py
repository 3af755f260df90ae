"""One party of OFAC's Advanced XML → a record: its bundle of elements, with the labels of the code tables."""

from typing import cast

from syncd.core.model import Listing, Name, NamePart, PartialDate, Record, Relation
from syncd.errors import MissingField, Unreadable
from syncd.formats import ofac_party
from syncd.formats import ofac_terms as terms
from syncd.formats.fields import Reading, unique
from syncd.formats.ofac_advanced import Bundle
from syncd.formats.ofac_party import Document, Feature, Location, Party, note
from syncd.formats.ofac_shapes import ADVANCED
from syncd.formats.shape import TEXT, Node, read

_OPEN = b'<Party xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
_CLOSE = b"</Party>"


def record(content: Bundle, reading: Reading, *, feed: str) -> Record:
    """The record of one party. Raises MissingField when its id or name cannot be read."""
    return _Reader(read(_OPEN + content.xml + _CLOSE, ADVANCED, reading), content, reading, feed).record()


class _Reader:
    """One bundle on its way to a record."""

    def __init__(self, bundle: Node, content: Bundle, reading: Reading, feed: str) -> None:
        self._bundle = bundle
        self._tables = content.tables
        self._parties = content.parties
        self._reading = reading
        self._feed = feed
        self._locations: dict[str, Node] = {location["ID"]: location for location in bundle.get("Location", ())}

    def record(self) -> Record:
        party = self._start()
        profiles: list[Node] = self._bundle["DistinctParty"][0].get("Profile", [])
        for profile in profiles:
            party.remarks += _texts(profile, "Comment")
            for identity in profile.get("Identity", ()):
                self._identity(identity, party)
            for feature in profile.get("Feature", ()):
                self._feature(feature, party)
        party.documents += [self._document(document) for document in self._bundle.get("IDRegDocument", ())]
        party.listings += [self._listing(entry) for entry in self._bundle.get("SanctionsEntry", ())]
        party.relations += [self._relation(relation) for relation in self._bundle.get("ProfileRelationship", ())]
        return ofac_party.record(party, self._reading)

    def _start(self) -> Party:
        found: list[Node] = self._bundle.get("DistinctParty", [])
        if not found:
            self._complain_of_orphans()
        node = found[0]
        if "FixedRef" not in node:
            raise MissingField("<DistinctParty> has no attribute FixedRef")
        key = f"{self._feed}:{node['FixedRef']}"
        self._reading.key = key
        profiles: list[Node] = node.get("Profile", [])
        subtype = profiles[0].get("PartySubTypeID", "") if profiles else ""
        kind = terms.PARTY_KINDS.get(subtype, "unknown")
        if kind == "unknown":
            self._reading.unknown_field("Profile/@PartySubTypeID", subtype)
        return Party(key=key, feed=self._feed, kind=kind, remarks=_texts(node, "Comment"))

    def _complain_of_orphans(self) -> None:
        """Something that speaks of no party of the document: the party's earlier record stays in force."""
        for entry in self._bundle.get("SanctionsEntry", ()):
            self._reading.key = f"{self._feed}:{entry.get('ProfileID')}"
        raise MissingField(f"no party in the document for its {', '.join(sorted(self._bundle))}")

    def _label(self, table: str, code: str | None) -> str | None:
        """The label of a code; None where it is absent or says `Unknown`. One that the document lacks is reported."""
        if code is None:
            return None
        label = self._tables.get(table, {}).get(code)
        if label is None:
            self._reading.unknown_field(f"{table} ID", code)
            return code
        return None if label == terms.UNKNOWN else label

    def _identity(self, identity: Node, party: Party) -> None:
        if identity.get("False", "false") != "false":
            self._reading.keep("False identity", identity["False"])
        party.remarks += _texts(identity, "Comment")
        kinds = {
            group["ID"]: group.get("NamePartTypeID", "")
            for groups in identity.get("NamePartGroups", ())
            for master in groups.get("MasterNamePartGroup", ())
            for group in master.get("NamePartGroup", ())
        }
        for alias in identity.get("Alias", ()):
            for documented in alias.get("DocumentedName", ()):
                name = self._name(documented, alias, kinds)
                if name is not None:
                    party.names[documented["ID"]] = name

    def _name(self, documented: Node, alias: Node, kinds: dict[str, str]) -> Name | None:
        parts: list[NamePart] = []
        script: str | None = None
        for part in documented.get("DocumentedNamePart", ()):
            for value in part.get("NamePartValue", ()):
                if TEXT in value:
                    kind = kinds.get(value.get("NamePartGroupID", ""), "")
                    parts.append(ofac_party.name_part(kind, value[TEXT], self._reading))
                    script = self._label("Script", value.get("ScriptID"))
        return ofac_party.name(
            parts,
            script,
            alias=alias.get("AliasTypeID", ""),
            weak=alias.get("LowQuality") == "true",
            comment=alias.get("Comment"),
            reading=self._reading,
        )

    def _feature(self, feature: Node, party: Party) -> None:
        kind: str = feature.get("FeatureTypeID", "")
        for version in feature.get("FeatureVersion", ()):
            if kind == terms.FEATURE_LOCATION:
                self._addresses(version, party)
            else:
                party.features.append(self._version(kind, feature, version))

    def _version(self, kind: str, feature: Node, version: Node) -> Feature:
        label = (self._label("FeatureType", kind) or kind).replace("’", "'")
        periods = version.get("DatePeriod", ())
        return Feature(
            type=kind,
            label=label,
            version=version.get("ID", ""),
            value=self._value(version),
            date=self._period(label, periods[0]) if periods else None,
            reliability=self._label("Reliability", version.get("ReliabilityID")),
            comment=note(feature.get("Comment"), version.get("Comment")),
        )

    def _value(self, version: Node) -> str | None:
        for detail in version.get("VersionDetail", ()):
            if "DetailReferenceID" in detail:
                return self._label("DetailReference", detail["DetailReferenceID"])
            if TEXT in detail:
                return cast(str, detail[TEXT])
        for place in version.get("VersionLocation", ()):
            location = self._location(place.get("LocationID"))
            if location is not None:
                return self._place_name(location)
        return None

    def _location(self, place: str | None) -> Node | None:
        location = self._locations.get(place or "")
        if location is None and place is not None:
            self._reading.unknown_field("LocationID", place)
        return location

    def _place_name(self, location: Node) -> str | None:
        """The only text of a location that is a name alone: a country, or a place of issue."""
        values = [
            value["Value"]
            for part in location.get("LocationPart", ())
            for value in part.get("LocationPartValue", ())
            if "Value" in value
        ]
        return ", ".join(values) or None

    def _addresses(self, version: Node, party: Party) -> None:
        for place in version.get("VersionLocation", ()):
            location = self._location(place.get("LocationID"))
            if location is not None:
                party.locations += self._in_each_script(location, version.get("Comment"))

    def _in_each_script(self, location: Node, comment: str | None) -> list[Location]:
        """The address, and its translations: values that are not primary, with the script's name as comment."""
        countries = [one["CountryID"] for one in location.get("LocationCountry", ()) if "CountryID" in one]
        country = self._label("Country", countries[0]) if countries else None
        scripts: dict[str | None, dict[str, str]] = {None: {}}
        for part in location.get("LocationPart", ()):
            for value in part.get("LocationPartValue", ()):
                if "Value" in value:
                    script = None if value.get("Primary") == "true" else value.get("Comment", "other script")
                    scripts.setdefault(script, {})[part.get("LocPartTypeID", "")] = value["Value"]
        return [Location(parts, country, note(script, comment)) for script, parts in scripts.items()]

    def _document(self, document: Node) -> Document:
        periods = {
            date.get("IDRegDocDateTypeID"): date["DatePeriod"][0]
            for date in document.get("DocumentDate", ())
            if "DatePeriod" in date
        }
        issued, expires = periods.pop(terms.DOCUMENT_ISSUED, None), periods.pop(terms.DOCUMENT_EXPIRES, None)
        for other in periods:
            self._reading.unknown_field("IDRegDocDateType", other or "")
        kind: str = document.get("IDRegDocTypeID", "")
        place = document.get("IssuedIn-LocationID")
        location = self._location(place)
        holders = document.get("DocumentedNameReference", ())
        return Document(
            type=kind,
            label=self._label("IDRegDocType", kind) or kind,
            number=document.get("IDRegistrationNo", ""),
            valid=self._valid(document.get("ValidityID")),
            country=self._label("Country", document.get("IssuedBy-CountryID")),
            issuer=document.get("IssuingAuthority"),
            issued_in=self._place_name(location) if location is not None else None,
            issued_on=self._period("identifiers.issued_on", issued) if issued else None,
            expires_on=self._period("identifiers.expires_on", expires) if expires else None,
            comment=document.get("Comment"),
            holder=holders[0].get("DocumentedNameID") if holders else None,
            features=tuple(one.get("FeatureVersionID", "") for one in document.get("FeatureVersionReference", ())),
        )

    def _valid(self, code: str | None) -> bool | None:
        label = self._label("Validity", code)
        if label is not None and label not in _VALID:
            self._reading.unknown_field("Validity", label)
        return _VALID.get(label or "")

    def _period(self, path: str, period: Node) -> PartialDate:
        if period.get("CalendarTypeID", "1") != "1":
            self._reading.unknown_field("CalendarType", period["CalendarTypeID"])
        start, end = _point(period, "Start"), _point(period, "End")
        circa = any(point.get("Approximate") == "true" for point in (*period.get("Start", ()), *period.get("End", ())))
        try:
            return ofac_party.partial_date(*start, *end, circa=circa)
        except Unreadable:
            self._reading.unreadable.append(path)
            return PartialDate(text=" … ".join(unique(date for date in (*start, *end) if date)))

    def _listing(self, entry: Node) -> Listing:
        measures: list[str] = []
        programmes: list[str] = []
        for measure in entry.get("SanctionsMeasure", ()):
            code = measure.get("SanctionsTypeID")
            if code == terms.MEASURE_PROGRAMME:
                programmes += _texts(measure, "Comment")
                continue
            label = note(self._label("SanctionsType", code), measure.get("Comment"))
            measures += [label] if label else []
        events: list[Node] = entry.get("EntryEvent", [])
        authorities = [self._label("LegalBasis", event.get("LegalBasisID")) for event in events]
        return Listing(
            list=self._label("List", entry.get("ListID")) or terms.UNKNOWN,
            programmes=unique(programmes),
            authorities=unique(label for label in authorities if label),
            measures=unique(measures),
            listed_on=self._first_day(events),
            note=note(*(event.get("Comment") for event in events)),
        )

    def _first_day(self, events: list[Node]) -> str | None:
        """The day of the entry. Every event is its creation, once for each legal authority."""
        days: list[str] = []
        for event in events:
            if event.get("EntryEventTypeID") != terms.EVENT_CREATED:
                self._reading.unknown_field(
                    "EntryEventType", self._label("EntryEventType", event.get("EntryEventTypeID")) or ""
                )
            days += [
                self._reading.text("listings.listed_on", ofac_party.day, _date(date)) for date in event.get("Date", ())
            ]
        return min(days, default=None)

    def _relation(self, relation: Node) -> Relation:
        periods = relation.get("DatePeriod", ())
        period = self._period("relations.note", periods[0]) if periods else None
        other = relation.get("To-ProfileID", "")
        return ofac_party.relation(
            self._label("RelationType", relation.get("RelationTypeID")),
            f"{self._feed}:{self._parties.get(other, other)}",
            quality=self._label("RelationQuality", relation.get("RelationQualityID")),
            period=period,
            comment=note(relation.get("Comment"), *(one.get("Comment") for one in periods)),
            former=relation.get("Former") == "true",
        )


_VALID = {"Valid": True, "Fraudulent": False}


def _texts(node: Node, name: str) -> list[str]:
    return [node[name]] if name in node else []


def _point(period: Node, name: str) -> tuple[str | None, str | None]:
    """The first and the last day of one end of a period."""
    points = period.get(name)
    if not points:
        return None, None
    point = points[0]
    first, last = point.get("From"), point.get("To")
    return (_date(first[0]) if first else None), (_date(last[0]) if last else None)


def _date(node: Node) -> str:
    try:
        return f"{int(node['Year']):04}-{int(node['Month']):02}-{int(node['Day']):02}"
    except (KeyError, ValueError):
        return "-".join(node.get(name, "") for name in ("Year", "Month", "Day"))
