"""What the two OFAC vocabularies may hold, as shapes (`formats.shape`), and what of it is left out because it says
nothing about the target:

* ids of rows, and links between a row and its neighbour that the nesting says already (`FixedRef`);
* constants of the Advanced schema that OFAC never fills: acronym and script status of a name, relevance of a country,
  the type and status of an address part, fixed parts of dates;
* back references of a location, which the party states from its side: one that it does not state stands in a
  `BackReference` beside it (`ofac_advanced`), and is reported;
* the period of a sanctions measure, which is always empty: a filled one is reported as unknown;
* Advanced: `Primary` of an alias and of an identity, which the type of the alias says (`1403`);
* Enhanced: `isPrimary` of features and addresses, texts that render other fields, `identityId` and version of a row.
"""

from syncd.formats.shape import Shape

_FIXED = "YearFixed MonthFixed DayFixed"

_DATE = Shape(leaves="Year Month Day")
_DAY = Shape(ignored="CalendarTypeID", leaves="Year Month Day")
_POINT = Shape(ignored=_FIXED, attributes="Approximate", once={"From": _DATE, "To": _DATE})
_PERIOD = Shape(ignored=_FIXED, attributes="CalendarTypeID", leaves="Comment", once={"Start": _POINT, "End": _POINT})
_NO_PERIOD = Shape(ignored=f"{_FIXED} CalendarTypeID")
_REFERENCE = Shape(attributes="FeatureVersionID DocumentedNameID")

_LOCATION = Shape(
    attributes="ID",
    ignored="FeatureVersionReference IDRegDocumentReference",
    children={
        "LocationAreaCode": Shape(attributes="AreaCodeID"),
        "LocationCountry": Shape(attributes="CountryID", ignored="CountryRelevanceID"),
        "LocationPart": Shape(
            attributes="LocPartTypeID",
            children={
                "LocationPartValue": Shape(
                    attributes="Primary",
                    ignored="LocPartValueTypeID LocPartValueStatusID",
                    leaves="Comment Value",
                )
            },
        ),
    },
)

_DOCUMENT = Shape(
    attributes="IDRegDocTypeID IssuedBy-CountryID IssuedIn-LocationID ValidityID",
    ignored="ID IdentityID",
    leaves="Comment IDRegistrationNo IssuingAuthority",
    children={
        "DocumentedNameReference": _REFERENCE,
        "FeatureVersionReference": _REFERENCE,
        "DocumentDate": Shape(attributes="IDRegDocDateTypeID", once={"DatePeriod": _PERIOD}),
    },
)

_NAME_VALUE = Shape(attributes="NamePartGroupID ScriptID", ignored="ScriptStatusID Acronym", text=True)
_ALIAS = Shape(
    attributes="AliasTypeID LowQuality",
    ignored="FixedRef Primary",
    leaves="Comment",
    children={
        "DocumentedName": Shape(
            attributes="ID",
            ignored="FixedRef DocNameStatusID",
            children={"DocumentedNamePart": Shape(children={"NamePartValue": _NAME_VALUE})},
        )
    },
)
_IDENTITY = Shape(
    attributes="ID False",
    ignored="FixedRef Primary",
    leaves="Comment",
    children={
        "Alias": _ALIAS,
        "NamePartGroups": Shape(
            children={
                "MasterNamePartGroup": Shape(children={"NamePartGroup": Shape(attributes="ID NamePartTypeID")}),
            }
        ),
    },
)
_FEATURE = Shape(
    attributes="ID FeatureTypeID",
    leaves="Comment",
    children={
        "IdentityReference": Shape(attributes="IdentityID IdentityFeatureLinkTypeID"),
        "FeatureVersion": Shape(
            attributes="ID ReliabilityID",
            leaves="Comment",
            children={
                "DatePeriod": _PERIOD,
                "VersionDetail": Shape(attributes="DetailReferenceID", ignored="DetailTypeID", text=True),
                "VersionLocation": Shape(attributes="LocationID"),
            },
        ),
    },
)
_COMMENT = Shape(text=True)
_PARTY = Shape(
    attributes="FixedRef",
    children={
        "Comment": _COMMENT,
        "Profile": Shape(
            attributes="PartySubTypeID",
            ignored="ID",
            children={"Comment": _COMMENT, "Identity": _IDENTITY, "Feature": _FEATURE},
        ),
    },
)
_RELATIONSHIP = Shape(
    attributes="To-ProfileID RelationTypeID RelationQualityID Former",
    ignored="ID From-ProfileID SanctionsEntryID",
    leaves="Comment",
    once={"DatePeriod": _PERIOD},
)
_ENTRY = Shape(
    attributes="ListID ProfileID",
    ignored="ID",
    children={
        "EntryEvent": Shape(
            attributes="EntryEventTypeID LegalBasisID",
            ignored="ID",
            leaves="Comment",
            children={"Date": _DAY},
        ),
        "SanctionsMeasure": Shape(
            attributes="SanctionsTypeID", ignored="ID", leaves="Comment", children={"DatePeriod": _NO_PERIOD}
        ),
    },
)

ADVANCED = Shape(
    children={
        "DistinctParty": _PARTY,
        "Location": _LOCATION,
        "IDRegDocument": _DOCUMENT,
        "ProfileRelationship": _RELATIONSHIP,
        "SanctionsEntry": _ENTRY,
        "BackReference": Shape(attributes="Of ID LocationID"),
        "SanctionsEntryLink": Shape(
            attributes="EntryA-SanctionsEntryID EntryB-SanctionsEntryID EntryLinkTypeID",
            ignored="ID",
            leaves="Comment",
            children={"Date": _DAY},
        ),
    }
)

# A code with its label, as Enhanced writes it everywhere.
_CODE = Shape(attributes="refId", ignored="id", text=True)
_DATES = Shape(ignored="id isDateRange", leaves="fromDateBegin fromDateEnd toDateBegin toDateEnd isApproximate")

_ENHANCED_NAME = Shape(
    ignored="id",
    leaves="isPrimary isLowQuality",
    once={"aliasType": _CODE},
    children={
        "translations": Shape(
            children={
                "translation": Shape(
                    attributes="id",
                    ignored="isPrimary formattedFirstName formattedLastName formattedFullName",
                    once={"script": _CODE},
                    children={
                        "nameParts": Shape(
                            children={"namePart": Shape(attributes="id", leaves="value", once={"type": _CODE})}
                        ),
                    },
                )
            }
        ),
    },
)
_ENHANCED_ADDRESS = Shape(
    ignored="id",
    children={
        "country": _CODE,
        "translations": Shape(
            children={
                "country": _CODE,
                "translation": Shape(
                    ignored="id",
                    leaves="isPrimary",
                    once={"script": _CODE},
                    children={
                        "addressParts": Shape(
                            children={"addressPart": Shape(ignored="id", leaves="value", once={"type": _CODE})}
                        ),
                    },
                ),
            }
        ),
    },
)
_ENHANCED_FEATURE = Shape(
    ignored="id isPrimary valueRefId",
    leaves="versionId value comments",
    once={
        "type": Shape(attributes="featureTypeId", text=True),
        "valueDate": _DATES,
        "reliability": _CODE,
    },
)
_ENHANCED_DOCUMENT = Shape(
    ignored="id",
    leaves="documentNumber isValid issuingAuthority issuingLocation comments",
    once={
        "type": _CODE,
        "name": Shape(attributes="nameTranslationId", ignored="nameId", text=True),
        "issuingCountry": _CODE,
        "issueDate": _DATES,
        "expirationDate": _DATES,
    },
    children={
        "idFeatures": Shape(children={"idFeature": Shape(attributes="featureVersionId", ignored="id", text=True)}),
    },
)
_ENHANCED_RELATIONSHIP = Shape(
    ignored="id",
    leaves="comments",
    once={
        "type": _CODE,
        "relatedEntity": Shape(attributes="entityId", text=True),
        "quality": _CODE,
        "dateRange": _DATES,
    },
)


def _listed(name: str, shape: Shape) -> Shape:
    return Shape(children={name: shape})


ENHANCED = Shape(
    attributes="id",
    once={
        "generalInfo": Shape(
            ignored="identityId",
            leaves="remarks title isUsCitizen isUsPerson",
            once={"entityType": _CODE, "livingStatus": _CODE},
        ),
    },
    children={
        "sanctionsLists": _listed("sanctionsList", Shape(attributes="refId datePublished", ignored="id", text=True)),
        "sanctionsPrograms": _listed("sanctionsProgram", _CODE),
        "sanctionsTypes": _listed("sanctionsType", _CODE),
        "legalAuthorities": _listed("legalAuthority", _CODE),
        "names": _listed("name", _ENHANCED_NAME),
        "addresses": _listed("address", _ENHANCED_ADDRESS),
        "features": _listed("feature", _ENHANCED_FEATURE),
        "identityDocuments": _listed("identityDocument", _ENHANCED_DOCUMENT),
        "relationships": _listed("relationship", _ENHANCED_RELATIONSHIP),
    },
)
