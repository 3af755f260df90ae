"""One party of OFAC's Advanced XML → a record: its bundle of elements, with the labels of the code tables."""

from syncd.core.model import Kind, Listing, Name, PartialDate, Record, Relation
from syncd.errors import MissingField, Unreadable
from syncd.feeds.ofac import dates as ofac_dates
from syncd.feeds.ofac import party as ofac_party
from syncd.feeds.ofac import terms
from syncd.feeds.ofac.advanced import SEVERAL_LABELS, PartyBundle
from syncd.feeds.ofac.dates import date_text
from syncd.feeds.ofac.features import Feature, note
from syncd.feeds.ofac.party import IdentityDocument, Location, Party
from syncd.feeds.ofac.shapes import ADVANCED
from syncd.formats.fields import Reading, unique
from syncd.formats.shape import TEXT, Node, read_node
from syncd.normalise import source_ids
from syncd.normalise.texts import whole_number
from syncd.normalise.words import TRUTH

_OPEN = b'<Party xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
_CLOSE = b"</Party>"


def record(content: PartyBundle, reading: Reading, *, feed: str) -> Record:
    """The record of one party. Raises MissingField when its id or name cannot be read."""
    return _BundleReader(read_node(_OPEN + content.xml + _CLOSE, ADVANCED, reading), content, reading, feed).record()


class _BundleReader:
    """One bundle on its way to a record."""

    def __init__(self, bundle: Node, content: PartyBundle, reading: Reading, feed: str) -> None:
        self._bundle = bundle
        self._tables = content.tables
        self._parties = content.parties
        self._reading = reading
        self._feed = feed
        self._own_reference: Node | None = None
        self._locations: dict[str, Node] = {}
        for location in bundle.get("Location", ()):
            if self._locations.setdefault(location.get("ID", ""), location) != location:
                reading.unknown_field("Location", self._place_name(location) or location.get("ID", ""))
            self._say_areas(location)

    def record(self) -> Record:
        party = self._start()
        profiles: list[Node] = self._bundle["DistinctParty"][0].get("Profile", [])
        for profile in profiles:
            party.remarks += _comments(profile)
            for identity in profile.get("Identity", ()):
                self._identity(identity, party)
            identities = {identity.get("ID", "") for identity in profile.get("Identity", ())}
            self._own_reference = _reference(*identities) if len(identities) == 1 else None
            for feature in profile.get("Feature", ()):
                self._say_identities(feature, identities)
                self._feature(feature, party)
        party.documents += [self._document(document) for document in self._bundle.get("IDRegDocument", ())]
        party.listings += [self._listing(entry) for entry in self._bundle.get("SanctionsEntry", ())]
        party.relations += [self._relation(relation) for relation in self._bundle.get("ProfileRelationship", ())]
        for one in self._bundle.get("BackReference", ()):
            place = self._place_name(self._locations[one["LocationID"]]) or one["LocationID"]
            self._reading.unknown_field(f"Location/{one['Of']}Reference", f"{one['ID']}: {place}")
        for link in self._bundle.get("SanctionsEntryLink", ()):
            self._say_link(link)
        return ofac_party.record(party, self._reading)

    def _start(self) -> Party:
        found: list[Node] = self._bundle.get("DistinctParty", [])
        if not found:
            self._complain_of_orphans()
        node = found[0]
        if "FixedRef" not in node:
            raise MissingField("<DistinctParty> has no attribute FixedRef")
        key = self._reading.identify(self._feed, node["FixedRef"], source_ids.upper)
        return Party(key=key, feed=self._feed, kind=self._kind(node.get("Profile", [])), remarks=_comments(node))

    def _kind(self, profiles: list[Node]) -> Kind:
        subtypes = sorted({profile.get("PartySubTypeID", "") for profile in profiles})
        kinds = {terms.PARTY_KINDS.get(subtype, "unknown") for subtype in subtypes}
        if len(kinds) == 1 and "unknown" not in kinds:
            return kinds.pop()
        self._reading.unknown_field("Profile/@PartySubTypeID", ", ".join(subtypes))
        return "unknown"

    def _complain_of_orphans(self) -> None:
        """Something that speaks of no party of the document: the party's earlier record stays in force."""
        for entry in self._bundle.get("SanctionsEntry", ()):
            self._reading.key = f"{self._feed}:{entry.get('ProfileID')}"
        raise MissingField(f"no party in the document for its {', '.join(sorted(self._bundle))}")

    def _label(self, table: str, code: str | None) -> str | None:
        """The label of a code; None where it is absent or says `Unknown`. One without a label, or with several, is
        reported."""
        if code is None:
            return None
        label = self._tables.get(table, {}).get(code)
        if label is None or SEVERAL_LABELS in label:
            self._reading.unknown_field(f"{table} ID", label or code)
            return label or code
        return None if label == terms.UNKNOWN else label

    def _truth(self, path: str, published: str | None, *, unknown: bool | None) -> bool | None:
        """An XSD boolean; no when it is absent, `unknown` when it is no boolean."""
        return False if published is None else self._reading.word(path, _TRUTH, published, unknown)

    def _identity(self, identity: Node, party: Party) -> None:
        if self._truth("Identity/@False", identity.get("False"), unknown=False):
            self._reading.keep("False identity", "true")
        party.remarks += _texts(identity, "Comment")
        kinds = self._part_kinds(identity)
        for alias in identity.get("Alias", ()):
            for documented in alias.get("DocumentedName", ()):
                ofac_party.add_name(party, documented.get("ID"), self._name(documented, alias, kinds))

    def _part_kinds(self, identity: Node) -> dict[str, str]:
        """The type of each group of name parts, by the group's id; of two types one is taken and the other said."""
        kinds: dict[str, str] = {}
        for groups in identity.get("NamePartGroups", ()):
            for master in groups.get("MasterNamePartGroup", ()):
                for group in master.get("NamePartGroup", ()):
                    kind = group.get("NamePartTypeID", "")
                    standing = kinds.setdefault(group.get("ID", ""), kind)
                    if standing != kind:
                        kinds[group.get("ID", "")] = min(standing, kind)
                        self._reading.unknown_field("NamePartGroup/@NamePartTypeID", max(standing, kind))
        return kinds

    def _name(self, documented: Node, alias: Node, kinds: dict[str, str]) -> Name | None:
        """A name in one script. Its parts go by the ids of their groups, the order in which OFAC gives them."""
        values = [
            value
            for part in documented.get("DocumentedNamePart", ())
            for value in part.get("NamePartValue", ())
            if TEXT in value
        ]
        values.sort(key=lambda value: _number(value.get("NamePartGroupID", "")))
        scripts = unique(self._label("Script", value.get("ScriptID")) for value in values)
        for other in sorted(script or "" for script in scripts[1:]):
            self._reading.unknown_field("NamePartValue/@ScriptID", other)
        return ofac_party.name(
            [
                ofac_party.name_part(kinds.get(value.get("NamePartGroupID", ""), ""), value[TEXT], self._reading)
                for value in values
            ],
            scripts[0] if scripts else None,
            alias=alias.get("AliasTypeID", ""),
            weak=self._truth("Alias/@LowQuality", alias.get("LowQuality"), unknown=None),
            comment=alias.get("Comment"),
            reading=self._reading,
        )

    def _feature(self, feature: Node, party: Party) -> None:
        kind: str = feature.get("FeatureTypeID", "")
        for version in feature.get("FeatureVersion", ()):
            if kind == terms.FEATURE_LOCATION:
                self._addresses(feature, version, party)
            else:
                party.features += self._statements(kind, feature, version)

    def _statements(self, kind: str, feature: Node, version: Node) -> list[Feature]:
        """What a version says: each of its periods, details and places is a statement; none at all, its comment."""
        label = self._feature_label(kind)
        periods = version.get("DatePeriod", ())
        values = [*self._details(version), *self._places(version)]
        if not periods and not values:
            values = [None]
        comment = note(feature.get("Comment"), version.get("Comment"), *(one.get("Comment") for one in periods))
        reliability = self._label("Reliability", version.get("ReliabilityID"))
        number = version.get("ID", "")
        dated = [
            Feature(kind, label, number, None, self._period(label, period), reliability, comment) for period in periods
        ]
        return [*dated, *(Feature(kind, label, number, value, None, reliability, comment) for value in values)]

    def _feature_label(self, kind: str) -> str:
        return (self._label("FeatureType", kind) or kind).replace("’", "'")

    def _details(self, version: Node) -> list[str | None]:
        found: list[str | None] = []
        for detail in version.get("VersionDetail", ()):
            if "DetailReferenceID" in detail:
                found.append(self._label("DetailReference", detail["DetailReferenceID"]))
            if TEXT in detail:
                found.append(detail[TEXT])
        return [value for value in found if value]

    def _places(self, version: Node) -> list[str | None]:
        locations = (self._location(place.get("LocationID")) for place in version.get("VersionLocation", ()))
        return [self._place_name(location) for location in locations if location is not None]

    def _location(self, place: str | None) -> Node | None:
        location = self._locations.get(place or "")
        if location is None and place is not None:
            self._reading.unknown_field("LocationID", place)
        return location

    def _place_name(self, location: Node) -> str | None:
        """A location as one text: a country, or a place of issue, and the countries that the text does not end with."""
        values = [
            (_number(part.get("LocPartTypeID", "")), value["Value"])
            for part in location.get("LocationPart", ())
            for value in part.get("LocationPartValue", ())
            if "Value" in value
        ]
        # The name of a country is a part of no type, which has the lowest number, and is written last.
        values.sort(key=lambda one: (one[0] <= _NO_TYPE, *one))
        named = ", ".join(text for _, text in values)
        for country in self._countries(location):
            if country is not None and not f", {named}".endswith(f", {country}"):
                named = f"{named}, {country}" if named else country
        return named or None

    def _countries(self, location: Node) -> list[str | None]:
        """The labels of a location's countries; None when it has none, or says `Unknown`."""
        codes = unique(one["CountryID"] for one in location.get("LocationCountry", ()) if "CountryID" in one)
        return [self._label("Country", code) for code in codes] or [None]

    def _addresses(self, feature: Node, version: Node, party: Party) -> None:
        for place in version.get("VersionLocation", ()):
            location = self._location(place.get("LocationID"))
            if location is not None:
                party.locations += self._in_each_script(location, version.get("Comment"))
        # A location that has a date or a text as well: said where other features say theirs.
        party.features += [
            one
            for one in self._statements(terms.FEATURE_LOCATION, feature, {**version, "VersionLocation": []})
            if one.date is not None or one.value is not None
        ]

    def _in_each_script(self, location: Node, comment: str | None) -> list[Location]:
        """The address, and its translations: values that are not primary, with the script's name as comment. In several
        countries it is as many addresses."""
        scripts: dict[str | None, dict[str, tuple[str, ...]]] = {None: {}}
        for part in location.get("LocationPart", ()):
            kind = part.get("LocPartTypeID", "")
            for value in part.get("LocationPartValue", ()):
                if "Value" in value:
                    parts = scripts.setdefault(self._script(value), {})
                    parts[kind] = unique([*parts.get(kind, ()), value["Value"]])
        return [
            Location(parts, country, note(script, comment))
            for country in self._countries(location)
            for script, parts in scripts.items()
        ]

    def _script(self, value: Node) -> str | None:
        """The name of the script of a translation; None for the address as OFAC writes it."""
        other: str | None = value.get("Comment")
        primary = self._reading.word("LocationPartValue/@Primary", TRUTH, value.get("Primary"), otherwise=other is None)
        return None if primary else other or "other script"

    def _document(self, document: Node) -> IdentityDocument:
        issued, expires = self._document_dates(document)
        kind: str = document.get("IDRegDocTypeID", "")
        place = document.get("IssuedIn-LocationID")
        location = self._location(place)
        return IdentityDocument(
            type=kind,
            label=self._label("IDRegDocType", kind) or kind,
            number=document.get("IDRegistrationNo", ""),
            valid=self._valid(document.get("ValidityID")),
            country=self._label("Country", document.get("IssuedBy-CountryID")),
            issuer=document.get("IssuingAuthority"),
            issued_in=self._place_name(location) if location is not None else None,
            issued_on=issued,
            expires_on=expires,
            comment=document.get("Comment"),
            holders=tuple(one.get("DocumentedNameID", "") for one in document.get("DocumentedNameReference", ())),
            features=tuple(one.get("FeatureVersionID", "") for one in document.get("FeatureVersionReference", ())),
        )

    def _document_dates(self, document: Node) -> tuple[PartialDate | None, PartialDate | None]:
        """When it was issued and when it expires. A second date of one kind, and one of another kind, are reported."""
        found: dict[str, list[PartialDate]] = {terms.DOCUMENT_ISSUED: [], terms.DOCUMENT_EXPIRES: []}
        for date in document.get("DocumentDate", ()):
            kind = date.get("IDRegDocDateTypeID", "")
            for period in date.get("DatePeriod", ()):
                path = _DOCUMENT_DATES.get(kind)
                read = self._period(path or "IDRegDocDateType", period)
                if path is None:
                    self._reading.unknown_field("IDRegDocDateType", f"{kind}: {date_text(read)}")
                elif read not in found[kind]:
                    found[kind].append(read)
        return self._first_of(found[terms.DOCUMENT_ISSUED]), self._first_of(found[terms.DOCUMENT_EXPIRES])

    def _first_of(self, dates: list[PartialDate]) -> PartialDate | None:
        dates.sort(key=date_text)
        for other in dates[1:]:
            self._reading.unknown_field("DocumentDate", date_text(other))
        return dates[0] if dates else None

    def _valid(self, code: str | None) -> bool | None:
        return self._reading.word("Validity", terms.VALIDITY, self._label("Validity", code), None)

    def _period(self, path: str, period: Node) -> PartialDate:
        if period.get("CalendarTypeID", "1") != "1":
            self._reading.unknown_field("CalendarType", period["CalendarTypeID"])
        start, end = _point(period, "Start"), _point(period, "End")
        points = (*period.get("Start", ()), *period.get("End", ()))
        # A word that nobody knows makes no date exact.
        circa = {self._truth("@Approximate", one.get("Approximate"), unknown=True) for one in points}
        try:
            return ofac_dates.partial_date(*start, *end, circa=True in circa)
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
            note=note(*sorted(event["Comment"] for event in events if "Comment" in event)),
        )

    def _first_day(self, events: list[Node]) -> str | None:
        """The day of the entry. Every event is its creation, once for each legal authority; another one, and another
        day, are reported."""
        days: set[str] = set()
        for event in events:
            kind = event.get("EntryEventTypeID")
            if kind != terms.EVENT_CREATED:
                self._reading.unknown_field("EntryEventType", self._label("EntryEventType", kind) or "")
            days |= {
                self._reading.text("listings.listed_on", ofac_dates.whole_day, _date(date))
                for date in event.get("Date", ())
            }
        for other in sorted(days)[1:]:
            self._reading.unknown_field("EntryEvent", other)
        return min(days, default=None)

    def _relation(self, relation: Node) -> Relation:
        periods = relation.get("DatePeriod", ())
        period = self._period("relations.note", periods[0]) if periods else None
        other = self._parties.get(relation.get("To-ProfileID", ""), relation.get("To-ProfileID", ""))
        return ofac_party.relation(
            self._label("RelationType", relation.get("RelationTypeID")),
            f"{self._feed}:{ofac_party.canonical_id(other)}",
            quality=self._label("RelationQuality", relation.get("RelationQualityID")),
            period=period,
            comment=note(relation.get("Comment"), *(one.get("Comment") for one in periods)),
            former=bool(self._truth("@Former", relation.get("Former"), unknown=False)),
        )

    def _say_areas(self, location: Node) -> None:
        """Area codes have the ids of the countries that they are of, and are said when the location is in no such
        one."""
        areas = {one.get("AreaCodeID", "") for one in location.get("LocationAreaCode", ())} - {terms.AREA_UNDETERMINED}
        for area in areas - {one.get("CountryID") for one in location.get("LocationCountry", ())}:
            self._reading.unknown_field("LocationAreaCode", self._tables.get("AreaCode", {}).get(area) or area)

    def _say_identities(self, feature: Node, identities: set[str]) -> None:
        """A feature is of all identities of its profile, and in no other way than that; else it is said."""
        references: list[Node] = feature.get("IdentityReference", [])
        if len(references) == 1 and references[0] == self._own_reference:
            return
        named = {one.get("IdentityID", "") for one in references}
        for other in (named ^ identities) if references else ():
            self._reading.unknown_field("Feature/IdentityReference", f"{feature.get('ID')}: {other}")
        for code in {one.get("IdentityFeatureLinkTypeID") for one in references} - {terms.LINK_UNKNOWN}:
            label = self._label("IdentityFeatureLinkType", code)
            self._reading.unknown_field("IdentityFeatureLinkType", label or "")

    def _say_link(self, link: Node) -> None:
        """What links the party's entry with another one: none was ever published, so that it is said, and not read."""
        ends = (link.get("EntryA-SanctionsEntryID"), link.get("EntryB-SanctionsEntryID"))
        said = note(
            self._label("EntryLinkType", link.get("EntryLinkTypeID")),
            f"entries {' and '.join(end for end in ends if end)}",
            *(_date(date) for date in link.get("Date", ())),
            link.get("Comment"),
        )
        self._reading.unknown_field("SanctionsEntryLink", said or "")


_TRUTH: dict[str, bool | None] = {**TRUTH}
_NO_TYPE = 1
_DOCUMENT_DATES = {terms.DOCUMENT_ISSUED: "identifiers.issued_on", terms.DOCUMENT_EXPIRES: "identifiers.expires_on"}


def _reference(identity: str) -> Node:
    """What every feature says of the only identity of its profile."""
    return {"IdentityID": identity, "IdentityFeatureLinkTypeID": terms.LINK_UNKNOWN}


def _number(text: str) -> int:
    return whole_number(text) or 0


def _comments(node: Node) -> list[str]:
    """The comments of an element that may have several, in an order that does not depend on theirs."""
    return sorted(one[TEXT] for one in node.get("Comment", ()) if TEXT in one)


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
